"""Registered models: named lines of versions."""

from django.contrib.postgres.indexes import GinIndex
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Cast, Concat, Lower
from django.utils.translation import gettext_lazy as _

from core.models import User, Workspace, default_workspace

# No dots: `<model>.v<number>` is the name a version has in Triton, and must never be a model's own.
NAME_PATTERN = r"^[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?$"
# Pages that stand where the page of a model of this name would.
RESERVED_NAMES = frozenset({"register"})


class Folded(Lower):
    """A name without what the eye does not tell apart: case, width and composition."""

    template = "LOWER(NORMALIZE(%(expressions)s, NFKC))"


class RiskTier(models.TextChoices):
    LOW = "low", _("Low")
    MEDIUM = "medium", _("Medium")
    HIGH = "high", _("High")


class KeptModels(models.Manager["RegisteredModel"]):
    """Models that were not deleted."""

    def get_queryset(self) -> models.QuerySet["RegisteredModel"]:
        return super().get_queryset().filter(deleted_at=None)


class RegisteredModel(models.Model):
    """A named line of versions with an owner and a purpose."""

    name = models.CharField(
        _("name"), max_length=64, unique=True, validators=[RegexValidator(NAME_PATTERN, code="bad-name")]
    )
    # What people and MLflow clients call it, if not by `name`; may change, while `name` is for ever.
    display_name = models.CharField(_("display name"), max_length=256, blank=True)
    title_key = models.GeneratedField(
        expression=Folded(Case(When(display_name="", then=F("name")), default=F("display_name"))),
        output_field=models.CharField(max_length=512),
        db_persist=True,
        unique=True,
    )
    workspace = models.ForeignKey(
        Workspace, on_delete=models.PROTECT, related_name="+", default=default_workspace
    )
    purpose = models.TextField(_("purpose"), blank=True)
    intended_use = models.TextField(_("intended use"), blank=True)
    limits = models.TextField(_("known limits"), blank=True)
    task = models.CharField(_("task"), max_length=80, blank=True)
    tags = models.JSONField(default=dict, blank=True)
    team = models.CharField(_("team"), max_length=80, blank=True)
    risk_tier = models.CharField(_("risk tier"), max_length=8, choices=RiskTier, default=RiskTier.LOW)
    # Answers to the questions of the policy, by key; the tier follows from them once they are given.
    risk_answers = models.JSONField(default=dict, blank=True)
    risk_answered_at = models.DateTimeField(null=True, editable=False)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    # Where words are looked for; lines, so that a phrase does not run from one field into the next.
    search_text = models.GeneratedField(
        expression=Folded(
            Concat(
                F("name"), Value("\n"), F("display_name"), Value("\n"), F("purpose"), Value("\n"),
                Cast("tags", models.TextField()), output_field=models.TextField(),
            )
        ),
        output_field=models.TextField(),
        db_persist=True,
    )  # fmt: skip
    next_number = models.PositiveIntegerField(default=1)
    next_review_on = models.DateField(_("next review"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    # Deleted models keep their row, their name and their history; they can be restored.
    deleted_at = models.DateTimeField(null=True, editable=False)

    objects = KeptModels()
    with_deleted = models.Manager["RegisteredModel"]()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(Lower("name"), name="model_name_unique_folded"),
            models.CheckConstraint(condition=Q(risk_tier__in=RiskTier.values), name="model_risk_tier_known"),
        ]
        indexes = [
            models.Index(fields=["-changed_at"], name="model_changed"),
            models.Index(
                fields=["next_review_on"], name="model_next_review", condition=Q(next_review_on__isnull=False)
            ),
            GinIndex(fields=["tags"], name="model_tags"),
            GinIndex(fields=["search_text"], name="model_search", opclasses=["gin_trgm_ops"]),
            GinIndex(
                fields=["name", "display_name", "purpose"],
                name="model_texts",
                opclasses=["gin_trgm_ops"] * 3,
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def title(self) -> str:
        """What people call it."""
        return self.display_name or self.name
