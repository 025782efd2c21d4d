from rest_framework import serializers

from core.models import ApiToken, AuditCheckpoint, AuditEvent
from core.roles import Scope


class AuditEventSerializer(serializers.ModelSerializer[AuditEvent]):
    class Meta:
        model = AuditEvent
        # The salt would let whoever copied it guess what was erased later.
        exclude = ("actor", "salt")


class CheckpointSerializer(serializers.ModelSerializer[AuditCheckpoint]):
    class Meta:
        model = AuditCheckpoint
        exclude = ("id", "frontier")


class TokenSerializer(serializers.ModelSerializer[ApiToken]):
    workspace = serializers.CharField(source="workspace.name", read_only=True, allow_null=True)

    class Meta:
        model = ApiToken
        fields: tuple[str, ...] = (
            "id",
            "name",
            "hint",
            "scopes",
            "workspace",
            "model_name",
            "created_at",
            "expires_at",
            "last_used_at",
            "revoked_at",
        )


class NewTokenSerializer(serializers.Serializer[ApiToken]):
    name = serializers.CharField(max_length=80)
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=Scope.choices), allow_empty=False)
    days = serializers.IntegerField(min_value=1, max_value=365, default=30)
    workspace = serializers.CharField(
        max_length=64, default="", allow_blank=True, help_text="Writes in this workspace only."
    )
    model = serializers.CharField(
        max_length=128, default="", allow_blank=True, help_text="Writes to this model only."
    )


class TokenSecretSerializer(TokenSerializer):
    secret = serializers.CharField(help_text="Shown in this answer only.")

    class Meta(TokenSerializer.Meta):
        fields: tuple[str, ...] = (*TokenSerializer.Meta.fields, "secret")
