"""What people say about a request, and to whom they hand it."""

from django.db import models

from core.models import User
from models_registry.models.promotions import PromotionRequest


class Comment(models.Model):
    """A remark on a request, on another remark, or on a line of its new configuration; never changed."""

    promotion = models.ForeignKey(PromotionRequest, on_delete=models.PROTECT, related_name="comments")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="answers")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    # The line of the version's config.pbtxt it is about, from 1.
    line = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"comment on {self.promotion}"


class Delegation(models.Model):
    """One reviewer handed a request to another."""

    promotion = models.ForeignKey(PromotionRequest, on_delete=models.PROTECT, related_name="delegations")
    from_user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    to_user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.promotion} to {self.to_user}"
