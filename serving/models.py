"""Servers, and wishes about what runs on them beside what is seen to run."""

from typing import TypeVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from models_registry.models import ModelVersion, RegisteredModel

Row = TypeVar("Row", bound=models.Model, covariant=True)


class ServerState(models.TextChoices):
    UNKNOWN = "unknown", _("Unknown")
    READY = "ready", _("Ready")
    UNREACHABLE = "unreachable", _("Unreachable")


class TritonServer(models.Model):
    """One Triton: where it is, and what it last said."""

    name = models.CharField(max_length=64, unique=True)
    grpc_url = models.CharField(max_length=200)
    http_url = models.CharField(max_length=200)
    metrics_url = models.CharField(max_length=200)
    repository = models.CharField(max_length=400)
    embedded = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    state = models.CharField(max_length=12, choices=ServerState, default=ServerState.UNKNOWN)
    version = models.CharField(max_length=32, blank=True)
    extensions = models.JSONField(default=list)
    # What it has, and what of that nobody wanted, when it was last seen.
    index = models.JSONField(default=list)
    strays = models.JSONField(default=list)
    last_error = models.TextField(blank=True)
    checked_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ServerState.values), name="server_state_known")
        ]

    def __str__(self) -> str:
        return self.name


class ReconciledQuerySet(models.QuerySet[Row]):
    def due(self) -> "ReconciledQuerySet[Row]":
        """Rows whose work is due and that no living worker holds."""
        now = timezone.now()
        free = Q(claimed_until=None) | Q(claimed_until__lt=now)
        return self.filter(free, due_at__lte=now)


class Reconciled(models.Model):
    """The bookkeeping of a wish: which generation was met, who works on it, what went wrong.

    `due_at` is None when nothing is to be done. A claim is renewed while its worker lives.
    """

    generation = models.PositiveIntegerField(default=1)
    observed_generation = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(null=True)
    claim = models.UUIDField(null=True)
    claimed_until = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    error_code = models.CharField(max_length=64, blank=True)
    last_error = models.TextField(blank=True)
    last_hint = models.TextField(blank=True)
    retryable = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    objects = ReconciledQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def is_claimed(self) -> bool:
        return self.claimed_until is not None and self.claimed_until > timezone.now()


class Observed(models.TextChoices):
    ABSENT = "absent", _("Not loaded")
    READY = "ready", _("Ready")


class Phase(models.TextChoices):
    """What the page says about a wish, derived from its row alone."""

    READY = "ready", _("Ready")
    WORKING = "working", _("Loading")
    WAITING = "waiting", _("Waiting")
    RETRYING = "retrying", _("Retrying")
    FAILED = "failed", _("Failed")
    UNLOADING = "unloading", _("Unloading")
    UNLOADED = "unloaded", _("Not loaded")


class Deployment(Reconciled):
    """The wish that a version be loaded on a server, and what Triton reports about it."""

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="deployments")
    server = models.ForeignKey(TritonServer, on_delete=models.PROTECT, related_name="deployments")
    wanted = models.BooleanField(default=True)
    observed = models.CharField(max_length=8, choices=Observed, default=Observed.ABSENT)
    ready_at = models.DateTimeField(null=True)
    smoke_ms = models.FloatField(null=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["version", "server"], name="deployment_once_per_server"),
            models.CheckConstraint(
                condition=Q(observed__in=Observed.values), name="deployment_observed_known"
            ),
        ]
        indexes = [models.Index(fields=["due_at"], name="deployment_due", condition=Q(due_at__isnull=False))]

    def __str__(self) -> str:
        return f"D-{self.pk}"

    @property
    def phase(self) -> Phase:
        met = self.observed_generation == self.generation
        if not self.wanted:
            if self.observed == Observed.ABSENT and met:
                return Phase.UNLOADED
            return Phase.FAILED if self.last_error and not self.retryable else Phase.UNLOADING
        if met and self.observed == Observed.READY and not self.last_error:
            return Phase.READY
        if self.is_claimed:
            return Phase.WORKING
        if self.last_error:
            return Phase.RETRYING if self.retryable else Phase.FAILED
        return Phase.WAITING

    @property
    def settled(self) -> bool:
        """Whether nothing will happen here before somebody or something changes."""
        return self.phase in {Phase.READY, Phase.FAILED, Phase.UNLOADED}


class StepState(models.TextChoices):
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    SKIPPED = "skipped", _("Nothing to do")
    FAILED = "failed", _("Failed")
    ABANDONED = "abandoned", _("Broken off")


class DeploymentStep(models.Model):
    """One step of one attempt, with its time; steps of an attempt whose worker died are abandoned."""

    deployment = models.ForeignKey(Deployment, on_delete=models.CASCADE, related_name="steps")
    claim = models.UUIDField()
    name = models.CharField(max_length=16)
    state = models.CharField(max_length=10, choices=StepState, default=StepState.RUNNING)
    detail = models.TextField(blank=True)
    started_at = models.DateTimeField()
    duration_ms = models.FloatField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=StepState.values), name="step_state_known")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.state}"


class Route(Reconciled):
    """Which version the public name of a model answers with; Triton sees it as a one-step ensemble."""

    model = models.OneToOneField(RegisteredModel, on_delete=models.PROTECT, related_name="route")
    server = models.ForeignKey(TritonServer, on_delete=models.PROTECT, related_name="routes")
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, null=True, related_name="+")
    previous = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, null=True, related_name="+")
    observed = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, null=True, related_name="+")
    wished_at = models.DateTimeField()

    class Meta:
        ordering = ["model__name"]
        indexes = [models.Index(fields=["due_at"], name="route_due", condition=Q(due_at__isnull=False))]

    def __str__(self) -> str:
        return self.model.name

    @property
    def phase(self) -> Phase:
        if self.observed_generation == self.generation and self.observed_id == self.version_id:
            return Phase.READY if self.version_id else Phase.UNLOADED
        if self.last_error:
            return Phase.RETRYING if self.retryable else Phase.FAILED
        return Phase.WORKING if self.is_claimed else Phase.WAITING
