"""Who is whom: a person with two accounts is one person to every rule of four eyes."""

from collections.abc import Iterable

from django.db.models import F, Func, Value
from django.utils.translation import gettext as _

from core.errors import Forbidden
from core.models import User
from models_registry.models import Folded


class Mailbox(Func):
    """An address without case, width, composition and the `+tag` that leads to the same mailbox."""

    function = "REGEXP_REPLACE"

    def __init__(self, expression: str) -> None:
        super().__init__(Folded(F(expression)), Value(r"\+[^@]*@"), Value("@"))


def all_accounts(user_ids: Iterable[int]) -> set[int]:
    """These accounts, whoever answers for them, and every other account with the same e-mail address."""
    ids = set(user_ids)
    if not ids:
        return ids
    ids |= set(User.objects.filter(pk__in=ids, held_by__isnull=False).values_list("held_by_id", flat=True))
    named = User.objects.exclude(email="").annotate(mailbox=Mailbox("email"))
    theirs = named.filter(pk__in=ids).values("mailbox")
    return ids | set(named.filter(mailbox__in=theirs).values_list("pk", flat=True))


def refuse_same_person(user: User, others: Iterable[int | None], *, detail: str) -> None:
    """Forbidden with this sentence when the user is one of the others, by whichever account."""
    if user.pk in all_accounts(pk for pk in others if pk is not None):
        raise Forbidden(detail, code="four-eyes", hint=_("Ask another person."))
