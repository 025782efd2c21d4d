"""Versions, their files, their metrics, and the aliases that point at them."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from core.models import User
from models_registry.inspection import sentences
from models_registry.lifecycle import ENDED, SERVABLE, Stage
from models_registry.models.registry import Folded, RegisteredModel

# The columns that say where a version comes from, and the most characters of each.
ORIGIN_LENGTHS = {"source_uri": 500, "run_id": 64, "run_link": 500, "source_commit": 64, "dataset": 500}


class Inspection(models.TextChoices):
    NONE = "none", _("No file yet")
    PENDING = "pending", _("Waiting")
    RUNNING = "running", _("Running")
    PASSED = "passed", _("Passed")
    FAILED = "failed", _("Failed")
    # Read, but the files don't tell inputs and outputs: a person declares them.
    NEEDED = "needs-signature", _("Needs its signature")


class VersionQuerySet(models.QuerySet["ModelVersion"]):
    def servable(self) -> "VersionQuerySet":
        return self.filter(stage__in=SERVABLE)

    def of(self, model_name: str) -> "VersionQuerySet":
        return self.filter(model__name=model_name)

    def for_list_page(self) -> "VersionQuerySet":
        """Everything a table of versions shows, in a fixed number of queries."""
        files = models.Prefetch("files", queryset=VersionFile.objects.select_related("scan"))
        return (
            self.select_related("model", "created_by").prefetch_related(files, "aliases").order_by("-number")
        )


class KeptVersions(models.Manager.from_queryset(VersionQuerySet)):  # type: ignore[misc]
    """Versions that were not deleted; those of a deleted model are deleted with it."""

    def get_queryset(self) -> VersionQuerySet:
        return super().get_queryset().filter(deleted_at=None)


class ModelVersion(models.Model):
    """One immutable version; only a draft's content may change."""

    model = models.ForeignKey(RegisteredModel, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    stage = models.CharField(max_length=12, choices=Stage, default=Stage.DRAFT)
    stage_changed_at = models.DateTimeField()
    stage_reason = models.TextField(blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    notes = models.TextField(blank=True)
    tags = models.JSONField(default=dict, blank=True)

    # Where it came from: a place (`runs:/…`, a URL), the run, the commit, the data, and the version before.
    source_uri = models.CharField(max_length=ORIGIN_LENGTHS["source_uri"], blank=True)
    run_id = models.CharField(max_length=ORIGIN_LENGTHS["run_id"], blank=True, db_index=True)
    run_link = models.CharField(max_length=ORIGIN_LENGTHS["run_link"], blank=True)
    source_commit = models.CharField(max_length=ORIGIN_LENGTHS["source_commit"], blank=True)
    dataset = models.CharField(max_length=ORIGIN_LENGTHS["dataset"], blank=True)
    derived_from = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="derived")
    changed_at = models.DateTimeField(auto_now=True)
    # Deleted versions keep their row, their files and their number; they can be restored.
    deleted_at = models.DateTimeField(null=True, editable=False)
    # Its files' bytes are gone by the rules of retention; everything else stays.
    purged_at = models.DateTimeField(null=True)

    backend = models.CharField(max_length=32, blank=True)
    signature = models.JSONField(default=dict, blank=True)
    facts = models.JSONField(default=dict, blank=True)
    golden = models.JSONField(default=list, blank=True)
    warnings = models.JSONField(default=list, blank=True)
    config_text = models.TextField(blank=True)
    config_edited_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    config_digest = models.CharField(max_length=64, blank=True)
    artifact_digest = models.CharField(max_length=64, blank=True)

    # Where words are looked for, beside the texts of its model.
    search_text = models.GeneratedField(
        expression=Folded(Cast("tags", models.TextField())), output_field=models.TextField(), db_persist=True
    )

    inspection = models.CharField(max_length=16, choices=Inspection, default=Inspection.NONE)
    inspection_problem = models.JSONField(null=True)
    inspection_due_at = models.DateTimeField(null=True)
    inspection_claim = models.UUIDField(null=True)
    inspection_tries = models.PositiveSmallIntegerField(default=0)

    # Set when the store's bytes were found missing or changed; nothing moves on or is loaded until released.
    quarantined_at = models.DateTimeField(null=True, editable=False)
    quarantine_reason = models.TextField(blank=True)
    # Whether a scan found what makes the model's risk tier one step higher for this version.
    raises_tier = models.BooleanField(default=False)

    objects = KeptVersions()
    with_deleted = VersionQuerySet.as_manager()

    class Meta:
        ordering = ["model_id", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["model", "number"], name="version_number_unique"),
            models.CheckConstraint(condition=Q(stage__in=Stage.values), name="version_stage_known"),
        ]
        indexes = [
            models.Index(fields=["stage", "-stage_changed_at"], name="version_stage"),
            models.Index(
                fields=["inspection_due_at"],
                name="version_inspection_due",
                condition=Q(inspection__in=["pending", "running"]),
            ),
            GinIndex(fields=["tags"], name="version_tags"),
            GinIndex(fields=["search_text"], name="version_search", opclasses=["gin_trgm_ops"]),
            models.Index(fields=["-changed_at", "-id"], name="version_changed"),
            models.Index(fields=["-created_at", "-id"], name="version_created"),
            models.Index(fields=["backend"], name="version_backend"),
            # Small enough to be read whole where a subquery names many versions.
            models.Index(fields=["id"], include=["model"], name="version_live", condition=Q(deleted_at=None)),
            models.Index(
                fields=["model"],
                name="version_check_failed",
                condition=Q(stage=Stage.DRAFT, inspection=Inspection.FAILED),
            ),
            models.Index(
                fields=["model"], name="version_quarantined", condition=Q(quarantined_at__isnull=False)
            ),
            models.Index(
                fields=["model", "stage", "backend"], name="version_of_model", condition=Q(deleted_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model.name} v{self.number}"

    @property
    def triton_name(self) -> str:
        """The name this version has in Triton; never reused."""
        return f"{self.model.name}.v{self.number}"

    @property
    def may_change_origin(self) -> bool:
        """Until its first promotion; from then on it is part of what was reviewed."""
        return self.stage in {Stage.DRAFT, Stage.REGISTERED}

    @property
    def problem(self) -> dict[str, str]:
        """Why its files were refused, in the reader's language: code, detail and hint; empty without one."""
        return sentences.problem(self.inspection_problem)

    @property
    def warning_texts(self) -> list[str]:
        """What was odd about its files, in the reader's language."""
        return [sentences.remark(one) for one in self.warnings]

    @property
    def question_texts(self) -> list[str]:
        """What its files don't tell, in the reader's language."""
        return [sentences.remark(one) for one in self.facts.get("questions", ())]

    @property
    def is_servable(self) -> bool:
        return self.stage in SERVABLE

    @property
    def is_ended(self) -> bool:
        return self.stage in ENDED

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files.all())


class VersionFile(models.Model):
    """One file of a version; its bytes live in the artifact store under their SHA-256."""

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="files")
    path = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64, db_index=True)
    size_bytes = models.BigIntegerField()
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["path"]
        constraints = [models.UniqueConstraint(fields=["version", "path"], name="version_file_unique")]

    def __str__(self) -> str:
        return self.path


class VersionMetric(models.Model):
    """One measured number of a version, with who or what measured it."""

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="metrics")
    name = models.CharField(max_length=250)
    value = models.FloatField()
    # A person's name, or the worker or run that measured it.
    producer = models.CharField(max_length=250)
    source = models.CharField(max_length=500, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)
    # Whether it is the last of its name for its version; a trigger keeps it, whoever writes.
    newest = models.BooleanField(db_default=True, editable=False)

    class Meta:
        ordering = ["name", "-recorded_at"]
        indexes = [
            models.Index(fields=["version", "name", "-recorded_at"], name="metric_newest"),
            models.Index(fields=["name", "value"], name="metric_by_value"),
            models.Index(
                fields=["name", "value"],
                include=["version"],
                name="metric_newest_by_value",
                condition=Q(newest=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} = {self.value:g}"


class Alias(models.Model):
    """A movable name for one version of a model; moved under the same policy as stages."""

    model = models.ForeignKey(RegisteredModel, on_delete=models.PROTECT, related_name="aliases")
    name = models.CharField(max_length=255)
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="aliases")
    moved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    moved_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["model", "name"], name="alias_unique")]

    def __str__(self) -> str:
        return f"@{self.name}"
