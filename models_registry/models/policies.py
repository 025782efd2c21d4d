"""Gate policies: each published version stays as it was for ever; the database refuses to change it."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.models import User


class PolicyState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    PROPOSED = "proposed", _("Proposed")
    PUBLISHED = "published", _("Published")
    DISCARDED = "discarded", _("Discarded")


class GatePolicy(models.Model):
    """What each step of the life cycle needs, per risk tier, and how the tier follows from answers.

    `rules` is a document of `models_registry.policies`. Only published ones have a number; the newest holds.
    """

    number = models.PositiveIntegerField(null=True, unique=True)
    state = models.CharField(max_length=10, choices=PolicyState, default=PolicyState.DRAFT)
    rules = models.JSONField()
    note = models.TextField(blank=True)
    based_on = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    # Nobody wrote the policy that Conch begins with.
    author = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    published_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    proposed_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)

    class Meta:
        ordering = [F("number").desc(nulls_first=True), "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=PolicyState.values), name="policy_state_known"),
            models.CheckConstraint(
                condition=Q(state=PolicyState.PUBLISHED, number__isnull=False)
                | (~Q(state=PolicyState.PUBLISHED) & Q(number__isnull=True)),
                name="policy_number_when_published",
            ),
            models.CheckConstraint(
                condition=~Q(published_by=F("author")) & ~Q(published_by=F("proposed_by"))
                | Q(published_by__isnull=True),
                name="policy_four_eyes",
            ),
            models.CheckConstraint(
                condition=~Q(state=PolicyState.PUBLISHED)
                | Q(author__isnull=True)
                | Q(published_by__isnull=False),
                name="policy_published_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return f"P-{self.number}" if self.number else str(_("Draft %(id)d") % {"id": self.pk})
