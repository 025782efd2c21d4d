"""What the API shows of the registry, and what it takes."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from models_registry import scanning
from models_registry.lifecycle import PROMOTIONS
from models_registry.models import (
    Comment,
    FileScan,
    LegalHold,
    ModelVersion,
    PromotionRequest,
    RegisteredModel,
    Review,
    RiskTier,
    Verdict,
    VersionFile,
)
from models_registry.services.holds import holds_on_model, holds_on_version


class StandingHoldSerializer(serializers.ModelSerializer[LegalHold]):
    number = serializers.IntegerField(
        source="version.number", read_only=True, allow_null=True, default=None, help_text="null: the model."
    )
    placed_by = serializers.CharField(source="placed_by.username", read_only=True)

    class Meta:
        model = LegalHold
        fields: tuple[str, ...] = ("id", "number", "reason", "placed_by", "placed_at")
        read_only_fields = fields


class ModelSerializer(serializers.ModelSerializer[RegisteredModel]):
    owner = serializers.CharField(source="owner.username", read_only=True)
    versions = serializers.IntegerField(source="version_count", read_only=True)
    title = serializers.CharField(read_only=True)
    workspace = serializers.CharField(source="workspace.name", read_only=True)
    tags = serializers.DictField(child=serializers.CharField(), read_only=True)
    aliases = serializers.SerializerMethodField()
    is_held = serializers.BooleanField(
        read_only=True, help_text="Whether a legal hold stands on it or on a version of it."
    )

    class Meta:
        model = RegisteredModel
        fields: tuple[str, ...] = (
            "name", "display_name", "title", "workspace", "purpose", "intended_use", "limits", "task", "team",
            "risk_tier", "owner", "next_review_on", "tags", "aliases", "is_held", "versions", "created_at",
            "changed_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_aliases(self, model: RegisteredModel) -> dict[str, int]:
        """The number of the version that each alias points at."""
        return {alias.name: alias.version.number for alias in model.aliases.all()}


class ModelDetailSerializer(ModelSerializer):
    holds = serializers.SerializerMethodField()

    class Meta(ModelSerializer.Meta):
        fields: tuple[str, ...] = (*ModelSerializer.Meta.fields, "holds")
        read_only_fields = fields

    @extend_schema_field(StandingHoldSerializer(many=True))
    def get_holds(self, model: RegisteredModel) -> list[dict[str, Any]]:
        """The legal holds that stand on it and on its versions, the newest first."""
        return list(StandingHoldSerializer(holds_on_model(model), many=True).data)


class NewModelSerializer(serializers.Serializer[RegisteredModel]):
    name = serializers.CharField(max_length=200)
    purpose = serializers.CharField(max_length=20_000, default="", allow_blank=True)
    team = serializers.CharField(max_length=80, default="", allow_blank=True)
    risk_tier = serializers.ChoiceField(choices=RiskTier.choices, default=RiskTier.LOW)


class ScanFindingSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    file = serializers.CharField(help_text="The file, with the way into it where it is an archive.")
    refuses = serializers.BooleanField()
    raises_tier = serializers.BooleanField()
    what = serializers.SerializerMethodField()

    def get_what(self, finding: dict[str, object]) -> str:
        return scanning.sentence(finding)


class ScanSerializer(serializers.ModelSerializer[FileScan]):
    findings = ScanFindingSerializer(many=True, read_only=True)

    class Meta:
        model = FileScan
        fields: tuple[str, ...] = ("state", "findings", "raises_tier", "scanned_at")


class FileSerializer(serializers.ModelSerializer[VersionFile]):
    scan = serializers.SerializerMethodField()

    class Meta:
        model = VersionFile
        fields: tuple[str, ...] = ("path", "sha256", "size_bytes", "uploaded_at", "scan")

    @extend_schema_field(ScanSerializer)
    def get_scan(self, file: VersionFile) -> dict[str, Any]:
        return dict(ScanSerializer(getattr(file, "scan", None) or FileScan()).data)


class VersionSerializer(serializers.ModelSerializer[ModelVersion]):
    model = serializers.CharField(source="model.name", read_only=True)
    created_by = serializers.CharField(source="created_by.username", read_only=True)
    triton_name = serializers.CharField(read_only=True)
    files = FileSerializer(many=True, read_only=True)
    inspection_problem = serializers.SerializerMethodField()
    warnings = serializers.ListField(child=serializers.CharField(), source="warning_texts", read_only=True)
    questions = serializers.ListField(child=serializers.CharField(), source="question_texts", read_only=True)
    tags = serializers.DictField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = ModelVersion
        fields: tuple[str, ...] = (
            "model", "number", "stage", "stage_changed_at", "stage_reason", "created_by", "created_at",
            "notes", "tags", "triton_name", "backend", "inspection", "inspection_problem", "warnings",
            "questions", "signature", "facts", "artifact_digest", "config_digest", "files",
            "quarantined_at", "quarantine_reason", "raises_tier", "purged_at",
        )  # fmt: skip

    def get_inspection_problem(self, version: ModelVersion) -> dict[str, str] | None:
        return version.problem or None


class VersionDetailSerializer(VersionSerializer):
    holds = serializers.SerializerMethodField()

    class Meta(VersionSerializer.Meta):
        fields: tuple[str, ...] = (*VersionSerializer.Meta.fields, "config_text", "golden", "holds")

    @extend_schema_field(StandingHoldSerializer(many=True))
    def get_holds(self, version: ModelVersion) -> list[dict[str, Any]]:
        """The legal holds that stand on it: its own and that of its model."""
        found = holds_on_version(version).select_related("version", "placed_by")
        return list(StandingHoldSerializer(found, many=True).data)


class ConfigSerializer(serializers.Serializer[Any]):
    config_text = serializers.CharField(trim_whitespace=False, help_text="A config.pbtxt.")


class NotesSerializer(serializers.Serializer[Any]):
    notes = serializers.CharField(max_length=20_000, allow_blank=True)


class ReasonSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=4000)


class PromoteSerializer(ReasonSerializer):
    verb = serializers.ChoiceField(choices=sorted(PROMOTIONS))


class ReviewSerializer(serializers.ModelSerializer[Review]):
    reviewer = serializers.CharField(source="reviewer.username", read_only=True)

    class Meta:
        model = Review
        fields: tuple[str, ...] = (
            "reviewer", "verdict", "comment", "created_at", "round", "roles", "ticked", "conditions",
            "manifest", "voided_at", "void_reason",
        )  # fmt: skip


class ConditionSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=200)
    due_on = serializers.DateField(required=False, help_text="30 days from now if left out.")


class VerdictSerializer(serializers.Serializer[Any]):
    verdict = serializers.ChoiceField(choices=Verdict.choices)
    comment = serializers.CharField(max_length=4000)
    ticked = serializers.ListField(
        child=serializers.CharField(max_length=400),
        default=list,
        help_text="The items of the policy's checklist that you checked; an approval needs all of them.",
    )
    conditions = ConditionSerializer(many=True, default=list)


class DelegateSerializer(ReasonSerializer):
    to = serializers.CharField(max_length=150, help_text="A user name; your own to take it.")


class CommentSerializer(serializers.ModelSerializer[Comment]):
    author = serializers.CharField(source="author.username", read_only=True)

    class Meta:
        model = Comment
        fields: tuple[str, ...] = ("id", "parent", "author", "text", "line", "created_at")


class NewCommentSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=4000)
    parent_id = serializers.IntegerField(required=False, allow_null=True, default=None)
    line = serializers.IntegerField(
        required=False, allow_null=True, default=None, help_text="A line of the version's config.pbtxt."
    )


class PromotionSerializer(serializers.ModelSerializer[PromotionRequest]):
    model = serializers.CharField(source="version.model.name", read_only=True)
    number = serializers.IntegerField(source="version.number", read_only=True)
    requested_by = serializers.CharField(source="requested_by.username", read_only=True)
    assigned_to = serializers.CharField(source="assigned_to.username", read_only=True, allow_null=True)
    policy_version = serializers.IntegerField(source="policy_version.number", read_only=True, allow_null=True)
    comments = CommentSerializer(many=True, read_only=True)
    reviews = ReviewSerializer(many=True, read_only=True)

    class Meta:
        model = PromotionRequest
        fields: tuple[str, ...] = (
            "id", "model", "number", "verb", "from_stage", "target_stage", "state", "requested_by", "reason",
            "policy", "policy_version", "evidence", "artifact_digest", "config_digest", "evidence_digest",
            "round", "assigned_to", "created_at", "asked_at", "due_at", "expires_at", "is_overdue",
            "decided_at", "reviews", "comments",
        )  # fmt: skip
