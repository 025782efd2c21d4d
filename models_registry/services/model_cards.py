"""Writes to model cards."""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.actors import Actor
from core.audit import record
from core.errors import Conflict, Forbidden, Invalid, missing
from core.models import User
from models_registry import modelcard
from models_registry.access import require_on_version
from models_registry.models import CardRevision, ModelVersion
from models_registry.services.stages import locked_version


@transaction.atomic(durable=True)
def save_card(*, actor: Actor, version_id: int, sections: Mapping[str, str], based_on: int) -> CardRevision:
    """Keep a new revision of a version's card; at any stage, for a card describes and does not serve.

    Args:
        sections: Markdown by section; sections left out stay empty.
        based_on: the number of the revision that was edited, 0 for none.

    Raises:
        Invalid: an unknown or too long section.
        Conflict: somebody saved another revision meanwhile.
    """
    require_on_version(actor, "version.register", version_id=version_id)
    assert actor.user is not None
    kept = _checked(sections)
    version = locked_version(version_id)
    before = version.cards.first()
    number = before.number if before else 0
    if number != based_on:
        raise Conflict(
            _("Somebody saved revision %(number)d of this card meanwhile.") % {"number": number},
            code="card-changed",
            hint=_("Compare it with yours, then save again."),
            current=number,
        )
    if before is not None and before.sections == kept:
        return before
    card = CardRevision.objects.create(version=version, number=number + 1, sections=kept, author=actor.user)
    old = before.sections if before else {}
    changed = [key for key in modelcard.KEYS if old.get(key, "") != kept.get(key, "")]
    record(
        actor,
        "card.save",
        version,
        before={"revision": number},
        after={"revision": card.number, "changed": changed},
        model_name=version.model.name,
    )
    return card


@transaction.atomic(durable=True)
def approve_card(*, actor: Actor, version_id: int, number: int) -> CardRevision:
    """Say that the newest revision of a card is right; its authors cannot.

    Raises:
        Conflict: it is not the newest revision, or is approved already.
        Forbidden: the reader wrote some revision of it.
    """
    require_on_version(actor, "promotion.review", version_id=version_id)
    assert actor.user is not None
    version = locked_version(version_id)
    card = version.cards.select_for_update(of=("self",)).first()
    if card is None:
        raise missing(_("model card of %(version)s") % {"version": version})
    if card.number != number:
        raise Conflict(
            _("Revision %(number)d is not the newest.") % {"number": number},
            code="card-changed",
            hint=_("Read revision %(number)d, then approve that.") % {"number": card.number},
            current=card.number,
        )
    if card.approved_at is not None:
        raise Conflict(
            _("Revision %(number)d is approved already.") % {"number": number}, code="card-approved"
        )
    if wrote_card(version, actor.user):
        raise Forbidden(
            _("Four eyes: who wrote this card cannot approve it."),
            code="four-eyes",
            hint=_("Ask another reviewer."),
        )
    card.approved_by, card.approved_at = actor.user, timezone.now()
    card.save(update_fields=["approved_by", "approved_at"])
    record(actor, "card.approve", version, after={"revision": number}, model_name=version.model.name)
    return card


def wrote_card(version: ModelVersion, user: User) -> bool:
    """Whether somebody wrote any revision of a version's card."""
    return version.cards.filter(author=user).exists()


def _checked(sections: Mapping[str, str]) -> dict[str, str]:
    for key, text in sections.items():
        if key not in modelcard.KEYS:
            raise Invalid(
                _("A model card has no section “%(section)s”.") % {"section": key[:40]},
                code="unknown-section",
                hint=_("The sections are: %(sections)s.") % {"sections": ", ".join(modelcard.KEYS)},
            )
        if len(text) > modelcard.LONGEST_SECTION:
            raise Invalid(
                _("The section “%(section)s” is longer than %(limit)d characters.")
                % {"section": key, "limit": modelcard.LONGEST_SECTION},
                code="section-too-long",
                field=key,
            )
    return {key: text.replace("\r\n", "\n").strip() for key, text in sections.items() if text.strip()}
