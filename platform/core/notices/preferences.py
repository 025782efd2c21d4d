"""What reaches whom, and how: a kind's default, unless the person chose otherwise."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from core.actors import Actor
from core.audit import record
from core.errors import Forbidden, Invalid
from core.models import User
from core.notices import kinds
from core.notices.kinds import Kind
from core.notices.models import NoticeChoice, NoticeLanguage


@dataclass(frozen=True, slots=True)
class Ways:
    """How one kind reaches one person."""

    in_app: bool
    email: bool

    @property
    def any(self) -> bool:
        return self.in_app or self.email


def mail_works() -> bool:
    """Whether a mail server is set at all."""
    return bool(settings.NOTICES.email_url)


def ways(kind: Kind, user_ids: Collection[int]) -> dict[int, Ways]:
    """How a kind reaches each of these people."""
    found = {pk: Ways(kind.in_app, kind.email) for pk in user_ids}
    for choice in NoticeChoice.objects.filter(kind=kind.name, user_id__in=user_ids):
        found[choice.user_id] = Ways(choice.in_app, choice.email)
    return found


def of(user: User) -> dict[str, Ways]:
    """How each kind reaches this person, by the kind's name."""
    found = {kind.name: Ways(kind.in_app, kind.email) for kind in kinds.for_people()}
    for choice in NoticeChoice.objects.filter(user=user, kind__in=found):
        found[choice.kind] = Ways(choice.in_app, choice.email)
    return found


def language_of(user: User) -> str:
    """The language that mail to this person is written in."""
    chosen = NoticeLanguage.objects.filter(user=user).values_list("code", flat=True).first()
    return chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


@transaction.atomic(durable=True)
def choose(*, actor: Actor, choices: Mapping[str, Ways], language: str = "") -> None:
    """Set how the named kinds reach the actor; kinds that are not named stay as they are.

    Raises:
        Invalid: no such kind, or no such language.
    """
    user = actor.user
    if user is None:
        raise Forbidden(_("Only a person can choose what to be told."))
    known = {kind.name for kind in kinds.for_people()}
    if unknown := sorted(set(choices) - known):
        raise Invalid(
            _("There is no notice called %(names)s.") % {"names": ", ".join(unknown)}, code="unknown-kind"
        )
    if language and language not in dict(settings.LANGUAGES):
        raise Invalid(
            _("Conch does not speak “%(language)s”.") % {"language": language}, code="unknown-language"
        )
    User.objects.select_for_update().get(pk=user.pk)
    before = {name: _written(each) for name, each in of(user).items() if name in choices}
    for name, each in choices.items():
        NoticeChoice.objects.update_or_create(
            user=user, kind=name, defaults={"in_app": each.in_app, "email": each.email}
        )
    if language:
        NoticeLanguage.objects.update_or_create(user=user, defaults={"code": language})
    after = {name: _written(each) for name, each in choices.items()}
    record(
        actor,
        "notices.choose",
        user,
        before=before,
        after=after | ({"language": language} if language else {}),
    )


def _written(each: Ways) -> list[str]:
    return [name for name, on in (("in_app", each.in_app), ("email", each.email)) if on]
