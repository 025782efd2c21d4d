"""What MLflow clients log before they register: experiments, runs, logged models and their files."""

from django.db import models

from core.models import User, Workspace


class TrackedExperiment(models.Model):
    """A named group of runs."""

    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=256)
    tags = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="tracked_experiment_unique")
        ]

    def __str__(self) -> str:
        return self.name


class TrackedRun(models.Model):
    """One run: who, when, with which numbers. `metrics` holds [value, timestamp ms, step] by name."""

    experiment = models.ForeignKey(TrackedExperiment, on_delete=models.PROTECT, related_name="runs")
    run_id = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=250, blank=True)
    status = models.CharField(max_length=16, default="RUNNING")
    started_ms = models.BigIntegerField()
    ended_ms = models.BigIntegerField(null=True)
    tags = models.JSONField(default=dict)
    params = models.JSONField(default=dict)
    metrics = models.JSONField(default=dict)
    # Ids of the models it logged, with the step of each.
    outputs = models.JSONField(default=list)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return self.run_id


class LoggedModel(models.Model):
    """A model as an MLflow client logged it, before anybody registered it."""

    experiment = models.ForeignKey(TrackedExperiment, on_delete=models.PROTECT, related_name="logged")
    run = models.ForeignKey(TrackedRun, on_delete=models.PROTECT, null=True, related_name="logged")
    model_id = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=256)
    model_type = models.CharField(max_length=80, blank=True)
    status = models.CharField(max_length=32, default="LOGGED_MODEL_PENDING")
    tags = models.JSONField(default=dict)
    params = models.JSONField(default=dict)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.model_id


class StoredArtifact(models.Model):
    """One file under the path that a client gave it; its bytes live in the artifact store."""

    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="+")
    path = models.CharField(max_length=1000)
    sha256 = models.CharField(max_length=64, db_index=True)
    size_bytes = models.BigIntegerField()
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["path"]
        constraints = [models.UniqueConstraint(fields=["workspace", "path"], name="stored_artifact_unique")]
        indexes = [
            models.Index(
                fields=["workspace", "path"],
                opclasses=["int8_ops", "varchar_pattern_ops"],
                name="artifact_below",
            )
        ]

    def __str__(self) -> str:
        return self.path


class PartUpload(models.Model):
    """A file that arrives in parts; its parts are rows of their own."""

    id = models.UUIDField(primary_key=True)
    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="+")
    path = models.CharField(max_length=1000)
    part_count = models.PositiveIntegerField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return self.path


class UploadedPart(models.Model):
    """One part that has arrived, waiting beside the artifact store."""

    upload = models.ForeignKey(PartUpload, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["upload", "number"], name="uploaded_part_unique")]

    def __str__(self) -> str:
        return f"{self.upload_id}/{self.number}"
