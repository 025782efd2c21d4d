"""From one event to everyone it concerns: claim, read who that is, write their rows once."""

import logging
from collections.abc import Callable

from django.db import transaction
from django.utils import timezone

from core.dispatch import nudge
from core.models import User
from core.notices import kinds, preferences
from core.notices.attempts import next_try, settle, take
from core.notices.kinds import Kind
from core.notices.models import Mail, Notice, NoticeEvent

log = logging.getLogger(__name__)
MOST_AT_ONCE = 200
# What else wants each event: called in the settling transaction, must be harmless to run twice.
Taker = Callable[[NoticeEvent, Kind], None]
_takers: list[Taker] = []


def also(taker: Taker) -> None:
    if taker not in _takers:
        _takers.append(taker)


def fan_out(*, event_id: str) -> None:
    """Give one event to its receivers. Harmless to run twice, late, or never: the sweep asks again."""
    event = take(NoticeEvent.objects.filter(pk=event_id).select_related("audit__actor"))
    if event is None:
        return
    try:
        mails = _write(event)
    except Exception as error:
        # One event that cannot be told must not keep the others waiting.
        log.exception("notice_fan_out_failed event=%s", event)
        settle(event, due_at=next_try(event.tries), last_error=str(error)[:500])
        return
    for pk in mails:
        nudge("core.send_notice_mail", pk)


def sweep() -> None:
    """Every event that is due, oldest first."""
    due = NoticeEvent.objects.filter(due_at__lte=timezone.now()).order_by("due_at")
    for pk in due.values_list("pk", flat=True)[:MOST_AT_ONCE]:
        fan_out(event_id=str(pk))


@transaction.atomic(durable=True)
def _write(event: NoticeEvent) -> list[int]:
    """The rows of all receivers and the end of the event, together; the ids of the mails."""
    kind = kinds.named(event.kind)
    # Locks the row: a worker that was too slow finds its claim gone before it writes.
    if not settle(event, due_at=None, last_error="") or kind is None:
        return []
    mails = _to_people(event, kind)
    for taker in _takers:
        taker(event, kind)
    return mails


def _to_people(event: NoticeEvent, kind: Kind) -> list[int]:
    wanted = set(kind.receivers(event.audit)) - {event.audit.actor_id}
    people = list(User.objects.filter(pk__in=wanted, is_active=True).order_by("pk")) if wanted else []
    ways = preferences.ways(kind, [user.pk for user in people])
    chosen = [user for user in people if ways[user.pk].any]
    Notice.objects.bulk_create(
        [Notice(event=event, user=user, in_app=ways[user.pk].in_app) for user in chosen],
        ignore_conflicts=True,
    )
    if not preferences.mail_works():
        return []
    mailed = {user.pk: user.email for user in chosen if ways[user.pk].email and user.email}
    notices = Notice.objects.filter(event=event, user_id__in=mailed)
    Mail.objects.bulk_create(
        [Mail(notice=notice, address=mailed[notice.user_id]) for notice in notices], ignore_conflicts=True
    )
    return list(Mail.objects.filter(notice__event=event, sent_at=None).values_list("pk", flat=True))
