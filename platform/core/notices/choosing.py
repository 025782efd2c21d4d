"""The form of one's choices: a row for each kind, a box for each way."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import QueryDict
from django.utils.functional import Promise

from core.models import User
from core.notices import kinds, preferences
from core.notices.models import Mail, MailState
from core.notices.preferences import Ways

MOST_FAILED = 5


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    label: str | Promise
    ways: Ways


def view(user: User) -> dict[str, Any]:
    """What the page shows: the rows, the languages, and the mails that could not be sent."""
    chosen = preferences.of(user)
    rows = [Row(kind.name, kind.label, chosen[kind.name]) for kind in kinds.for_people()]
    stuck = Mail.objects.filter(notice__user=user).exclude(state=MailState.SENT).exclude(last_error="")
    return {
        "rows": rows,
        "mail_works": preferences.mail_works(),
        "language": preferences.language_of(user),
        "languages": settings.LANGUAGES,
        "stuck": stuck.order_by("-pk")[:MOST_FAILED],
    }


def read(posted: QueryDict) -> tuple[dict[str, Ways], str]:
    """The choices for every kind, and the language of mails; a box that is not ticked is not sent."""
    in_app, email = set(posted.getlist("in_app")), set(posted.getlist("email"))
    names = [kind.name for kind in kinds.for_people()]
    return {name: Ways(name in in_app, name in email) for name in names}, posted.get("language", "")
