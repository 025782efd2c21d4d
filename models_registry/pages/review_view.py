"""One review: what is asked, the evidence for it, what changes, and who may decide."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.actors import Actor
from core.models import User
from models_registry import guards, selectors, signatures
from models_registry.models import ModelVersion, PromotionRequest, PromotionState
from models_registry.pages import buttons, cards, tabs, tones
from models_registry.services.promotions import makers
from models_registry.signatures import Change

MOST_NAMED = 3


def baseline(promotion: PromotionRequest) -> tuple[ModelVersion | None, list[int]]:
    """The version it is compared with, and the numbers of those that have traffic."""
    version = promotion.version
    live = [share.number for share in selectors.shares([version.model_id]).get(version.model_id, [])]
    return selectors.baseline(version, live=live), live


def changes(promotion: PromotionRequest, before: ModelVersion | None) -> list[Change]:
    return signatures.changes(before.signature, promotion.version.signature) if before else []


def context(
    promotion: PromotionRequest, before: ModelVersion | None, found: Sequence[Change], *, actor: Actor
) -> dict[str, Any]:
    version = promotion.version
    evidence = _evidence(promotion)
    tone, word = tones.of_request(promotion)
    barred = makers(promotion)
    waiting = selectors.able_reviewers(barred | {review.reviewer_id for review in promotion.reviews.all()})
    required = promotion.policy.get("required", ())
    cards_ = cards.evidence(evidence, required=required)
    return {
        "promotion": promotion,
        "version": version,
        "model": version.model,
        "tone": tone,
        "word": word,
        "is_open": promotion.state == PromotionState.OPEN,
        "cards": cards_,
        "passed": sum(card["tone"] == "ok" for card in cards_),
        "answer": answer(promotion, before, found, cards_),
        "before": before,
        "changes": found,
        "breaking": [change for change in found if change.breaking],
        "lines": signatures.lines(version.signature, before=before.signature if before else None),
        "files": cards.files(version, before),
        **tabs.compared(before, version),
        "talk": _talk(promotion),
        "approvals": _approvals(promotion, waiting),
        "left": tones.approvals_left(promotion),
        "waiting": waiting,
        "why": why_not(promotion, actor=actor, barred=barred, waiting=waiting),
        "may_withdraw": promotion.state == PromotionState.OPEN and promotion.requested_by == actor.user,
    }


def why_not(promotion: PromotionRequest, *, actor: Actor, barred: set[int], waiting: Sequence[User]) -> str:
    """Why this reader may not decide, and who can; nothing if they may."""
    if promotion.state != PromotionState.OPEN:
        return _("%(request)s is decided.") % {"request": promotion}
    user = actor.user
    if user is not None and any(review.reviewer_id == user.pk for review in promotion.reviews.all()):
        reason = _("You have given your verdict.")
    elif refused := buttons.refusal(actor, "promotion.review", model=promotion.version.model):
        reason = refused
    elif user is not None and user.pk in barred:
        reason = _(
            "You registered, uploaded, edited or requested %(version)s, so you can't decide on it."
        ) % {"version": promotion.version}
    else:
        return ""
    return f"{reason} {_able(waiting)}"


def answer(
    promotion: PromotionRequest,
    before: ModelVersion | None,
    found: Sequence[Change],
    cards_: Sequence[dict[str, Any]],
) -> str:
    """What is asked in one sentence, then what speaks against it."""
    words = {
        "version": f"v{promotion.version.number}",
        "stage": promotion.get_target_stage_display(),
        "before": f"v{before.number}" if before else "",
    }
    if before is None:
        sentences = [_("%(version)s would be the first version to reach “%(stage)s”.") % words]
    else:
        sentences = [_("%(version)s would move to “%(stage)s”; it is compared with %(before)s.") % words]
    missing = sum(card["tone"] == "bad" for card in cards_)
    if missing and promotion.state == PromotionState.OPEN:
        text = ngettext(
            "%(n)d piece of evidence is missing.", "%(n)d pieces of evidence are missing.", missing
        )
        sentences.append(text % {"n": missing})
    breaking = sum(change.breaking for change in found)
    if breaking:
        text = ngettext(
            "%(n)d change of the signature breaks older clients.",
            "%(n)d changes of the signature break older clients.",
            breaking,
        )
        sentences.append(text % {"n": breaking})
    elif before is not None:
        sentences.append(_("Clients of %(before)s can call it as they are.") % words)
    return " ".join(sentences)


def _evidence(promotion: PromotionRequest) -> list[dict[str, Any]]:
    """As it is now while the request is open, as it was asked with once it is decided."""
    if promotion.state != PromotionState.OPEN:
        return list(promotion.evidence)
    policy = promotion.policy
    gates = [*policy.get("required", ()), *policy.get("shown", ())]
    return [item.to_json() for item in guards.gather(promotion.version, gates)]


def _talk(promotion: PromotionRequest) -> list[dict[str, Any]]:
    asked = {
        "user": promotion.requested_by,
        "name": promotion.requested_by.name,
        "did": _("asked for promotion"),
        "at": promotion.created_at,
        "text": promotion.reason,
    }
    answers = [
        {
            "user": review.reviewer,
            "name": review.reviewer.name,
            "did": tones.VERDICT_WORDS[review.verdict],
            "tone": tones.VERDICT_TONES[review.verdict],
            "at": review.created_at,
            "text": review.comment,
        }
        for review in promotion.reviews.all()
    ]
    withdrawn = []
    if promotion.state == PromotionState.WITHDRAWN:
        did = _("The request was withdrawn")
        withdrawn = [{"user": None, "name": "Conch", "did": did, "tone": "idle", "at": promotion.decided_at}]
    return [asked, *answers, *withdrawn]


def _approvals(promotion: PromotionRequest, waiting: Sequence[User]) -> list[dict[str, Any]]:
    """Rows for parts/checklist.html: who has decided, then what is still open."""
    rows = [
        {
            "tone": tones.VERDICT_TONES[review.verdict],
            "mark": review.get_verdict_display(),
            "text": review.reviewer.name,
            "detail": tones.VERDICT_WORDS[review.verdict],
        }
        for review in promotion.reviews.all()
    ]
    if promotion.state == PromotionState.OPEN:
        left = tones.approvals_left(promotion)
        text = ngettext("%(n)d more approval", "%(n)d more approvals", left) % {"n": left}
        rows.append({"tone": "wait", "text": text, "detail": _able(waiting)})
    return rows


def _able(waiting: Sequence[User]) -> str:
    if not waiting:
        return _("Nobody else can; ask an admin to name another reviewer.")
    names = ", ".join(user.name for user in waiting[:MOST_NAMED])
    more = len(waiting) - MOST_NAMED
    if more > 0:
        return _("%(names)s and %(more)d more can.") % {"names": names, "more": more}
    return ngettext("%(names)s can.", "%(names)s can.", len(waiting)) % {"names": names}
