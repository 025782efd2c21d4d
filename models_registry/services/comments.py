"""Remarks on a request: by anybody who may read it, answered in threads, never changed."""

from django.db import transaction
from django.utils.translation import gettext as _

from core.actors import Actor
from core.audit import record
from core.errors import Forbidden, Invalid, missing
from models_registry.access import require_on_promotion
from models_registry.models import Comment
from models_registry.services.promotions import locked_promotion

LONGEST_COMMENT = 4000


@transaction.atomic(durable=True)
def comment_on(
    *, actor: Actor, promotion_id: int, text: str, parent_id: int | None = None, line: int | None = None
) -> Comment:
    """Say something about a request, about another remark on it, or about a line of its config.pbtxt.

    Raises:
        Invalid: no words, too many, a line that is not there, or a remark on another request.
    """
    require_on_promotion(actor, "promotion.comment", promotion_id=promotion_id)
    if actor.user is None:
        raise Forbidden(_("Only people comment."))
    if not text.strip() or len(text) > LONGEST_COMMENT:
        raise Invalid(
            _("A comment has 1 to %(most)d characters.") % {"most": LONGEST_COMMENT},
            code="bad-comment",
            field="text",
        )
    version, promotion = locked_promotion(promotion_id)
    lines = len(version.config_text.splitlines())
    if line is not None and not 1 <= line <= lines:
        raise Invalid(
            _("config.pbtxt has %(count)d lines.") % {"count": lines}, code="no-such-line", field="line"
        )
    parent = None
    if parent_id is not None:
        parent = Comment.objects.filter(pk=parent_id, promotion=promotion).first()
        if parent is None:
            raise missing(_("comment with this id on %(request)s") % {"request": promotion})
        # One level of threads: an answer to an answer belongs to the same remark.
        parent = parent.parent or parent
    comment = Comment.objects.create(
        promotion=promotion, parent=parent, author=actor.user, text=text.strip(), line=line
    )
    record(
        actor,
        "promotion.comment",
        promotion,
        after={"comment": comment.pk, "text": comment.text, "line": line},
        model_name=version.model.name,
    )
    return comment
