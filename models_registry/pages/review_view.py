"""One review: what is asked, the evidence for it, what changes, and who may decide."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.actors import Actor
from core.models import User
from core.roles import Role
from models_registry import guards, selectors, signatures
from models_registry.mailboxes import all_accounts
from models_registry.models import ModelVersion, PromotionRequest, PromotionState, Review
from models_registry.pages import buttons, cards, tabs, talk, tones
from models_registry.policies import Policy
from models_registry.services.approvals import quorum, roles_for, standing
from models_registry.services.four_eyes import able, makers
from models_registry.services.promotions import RESUBMITTED_FROM
from models_registry.signatures import Change

MOST_NAMED = 3
MOST_FINDINGS = 20


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
    waiting = able_on(promotion, barred=barred)
    step = Policy.from_json(promotion.policy)
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
        "talk": talk.told(promotion),
        "approvals": _approvals(promotion, waiting),
        "lacking": _roles(quorum(promotion, standing(promotion)).lacking),
        "step": step,
        "findings": list(version.findings.select_related("owner")[:MOST_FINDINGS]),
        "delegates": [user for user in waiting if user != actor.user],
        "left": tones.approvals_left(promotion),
        "waiting": waiting,
        "why": why_not(promotion, actor=actor, barred=barred, waiting=waiting),
        "may_withdraw": promotion.state == PromotionState.OPEN and promotion.requested_by == actor.user,
        "may_resubmit": promotion.state in RESUBMITTED_FROM and promotion.requested_by == actor.user,
        "may_comment": actor.may("promotion.comment"),
    }


def able_on(promotion: PromotionRequest, *, barred: set[int]) -> list[User]:
    """Who may still decide on a request whose makers are barred."""
    given = {review.reviewer_id for review in promotion.reviews.all() if review.voided_at is None}
    return able(promotion.version, barred=barred | all_accounts(given))


def why_not(promotion: PromotionRequest, *, actor: Actor, barred: set[int], waiting: Sequence[User]) -> str:
    """Why this reader may not decide, and who can; nothing if they may."""
    if promotion.state != PromotionState.OPEN:
        return _("%(request)s is decided.") % {"request": promotion}
    user = actor.user
    verdicts = [review for review in promotion.reviews.all() if review.voided_at is None]
    if user is not None and any(review.reviewer_id == user.pk for review in verdicts):
        reason = _("You have given your verdict.")
    elif refused := buttons.refusal(actor, "promotion.review", model=promotion.version.model):
        reason = refused
    elif user is not None and user.pk in barred:
        reason = _(
            "You registered, uploaded, edited or requested %(version)s, so you can't decide on it."
        ) % {"version": promotion.version}
    elif user is not None and not roles_for(user, promotion.version.model):
        reason = _("You belong to the team of %(model)s, so you can't validate it.") % {
            "model": promotion.version.model
        }
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


def _approvals(promotion: PromotionRequest, waiting: Sequence[User]) -> list[dict[str, Any]]:
    """Rows for parts/checklist.html: who has decided, then what is still open."""
    rows = [
        {
            "tone": "idle" if review.voided_at else tones.VERDICT_TONES[review.verdict],
            "mark": _("Void") if review.voided_at else review.get_verdict_display(),
            "text": review.reviewer.name,
            "detail": _verdict(review),
        }
        for review in promotion.reviews.all()
    ]
    if promotion.state == PromotionState.OPEN:
        left = tones.approvals_left(promotion)
        text = ngettext("%(n)d more approval", "%(n)d more approvals", left) % {"n": left}
        rows.append({"tone": "wait", "text": text, "detail": _able(waiting)})
    return rows


def _verdict(review: Review) -> str:
    if review.voided_at:
        return _("Void: %(reason)s") % {"reason": review.void_reason}
    words = {"verdict": tones.VERDICT_WORDS[review.verdict], "roles": _roles(review.roles)}
    return _("%(verdict)s as %(roles)s") % words if review.roles else str(words["verdict"])


def _roles(names: Sequence[str]) -> str:
    return ", ".join(str(Role(name).label) for name in names)


def _able(waiting: Sequence[User]) -> str:
    if not waiting:
        return _("Nobody else can; ask an admin to name another reviewer.")
    names = ", ".join(user.name for user in waiting[:MOST_NAMED])
    more = len(waiting) - MOST_NAMED
    if more > 0:
        return _("%(names)s and %(more)d more can.") % {"names": names, "more": more}
    return ngettext("%(names)s can.", "%(names)s can.", len(waiting)) % {"names": names}
