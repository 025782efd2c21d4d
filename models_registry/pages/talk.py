"""What was said and done about a request, as the items that parts/talk.html draws, oldest first."""

from typing import Any

from django.utils.translation import gettext as _

from models_registry.models import Comment, PromotionRequest, PromotionState, Review
from models_registry.pages import tones


def told(promotion: PromotionRequest) -> list[dict[str, Any]]:
    """The request, its verdicts, remarks with their answers, and who handed it to whom."""
    comments = list(promotion.comments.select_related("author"))
    answers: dict[int, list[Comment]] = {}
    for comment in comments:
        if comment.parent_id is not None:
            answers.setdefault(comment.parent_id, []).append(comment)
    lines = promotion.version.config_text.splitlines()
    items = [_asked(promotion), *(_verdict(review) for review in promotion.reviews.all())]
    items += [
        _remark(comment, lines) | {"answers": [_remark(one, lines) for one in answers.get(comment.pk, ())]}
        for comment in comments
        if comment.parent_id is None
    ]
    items += [_handed(each) for each in promotion.delegations.select_related("from_user", "to_user")]
    return [*sorted(items, key=lambda item: item["at"]), *_ended(promotion)]


def _asked(promotion: PromotionRequest) -> dict[str, Any]:
    return {
        "user": promotion.requested_by,
        "name": promotion.requested_by.name,
        "did": _("asked for promotion"),
        "at": promotion.created_at,
        "text": promotion.reason,
    }


def _verdict(review: Review) -> dict[str, Any]:
    text = review.comment
    if review.conditions:
        conditions = "; ".join(f"{each['text']} ({each['due_on']})" for each in review.conditions)
        text += "\n" + _("On condition: %(conditions)s") % {"conditions": conditions}
    if review.voided_at:
        text += "\n" + _("Void: %(reason)s") % {"reason": review.void_reason}
    return {
        "user": review.reviewer,
        "name": review.reviewer.name,
        "did": tones.VERDICT_WORDS[review.verdict],
        "tone": "idle" if review.voided_at else tones.VERDICT_TONES[review.verdict],
        "at": review.created_at,
        "text": text,
    }


def _remark(comment: Comment, lines: list[str]) -> dict[str, Any]:
    did = _("commented")
    if comment.line is not None and comment.line <= len(lines):
        words = {"line": comment.line, "text": lines[comment.line - 1].strip()}
        did = _("commented on line %(line)d of config.pbtxt: %(text)s") % words
    return {
        "id": comment.pk,
        "user": comment.author,
        "name": comment.author.name,
        "did": did,
        "at": comment.created_at,
        "text": comment.text,
    }


def _handed(each: Any) -> dict[str, Any]:
    taken = each.from_user_id == each.to_user_id
    did = _("took the review") if taken else _("handed the review to %(name)s") % {"name": each.to_user.name}
    return {
        "user": each.from_user,
        "name": each.from_user.name,
        "did": did,
        "at": each.created_at,
        "text": each.reason,
    }


def _ended(promotion: PromotionRequest) -> list[dict[str, Any]]:
    words = {
        PromotionState.WITHDRAWN: _("The request was withdrawn"),
        PromotionState.EXPIRED: _("The request expired"),
    }
    did = words.get(PromotionState(promotion.state))
    if did is None:
        return []
    return [{"user": None, "name": "Conch", "did": did, "tone": "idle", "at": promotion.decided_at}]
