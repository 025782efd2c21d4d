"""One person's notices: what is unread, what stands in the inbox, and marking it read.

Marks are private and move nothing that others see, so they leave no trace in the audit trail.
"""

import logging
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import missing
from core.models import AuditEvent, User
from core.notices import kinds
from core.notices.models import Notice

log = logging.getLogger(__name__)
MOST_COUNTED = 100


@dataclass(frozen=True, slots=True)
class Told:
    """A notice as its reader sees it: `words` in the active language, `url` a path or nothing."""

    pk: int
    kind: str
    words: str
    url: str
    reason: str
    at: datetime
    is_unread: bool


def inbox_of(user: User, *, unread_only: bool = False) -> QuerySet[Notice]:
    """Newest first, with all that `told` reads."""
    found = Notice.objects.filter(user=user, in_app=True).select_related("event__audit")
    return found.filter(read_at=None) if unread_only else found


def unread_count(user: User) -> int:
    """How many notices are unread, counted up to MOST_COUNTED; one query, which reads an index only."""
    return Notice.objects.filter(user=user, in_app=True, read_at=None).order_by()[:MOST_COUNTED].count()


def told(notice: Notice) -> Told:
    """A notice in the active language. A kind that no app knows any more shows its verb."""
    event = notice.event.audit
    words, url = said(event, kind_name=notice.event.kind)
    return Told(
        pk=notice.pk,
        kind=notice.event.kind,
        words=words,
        url=url,
        reason=event.reason,
        at=event.at,
        is_unread=notice.read_at is None,
    )


def said(event: AuditEvent, *, kind_name: str) -> tuple[str, str]:
    """The sentence and the path of an event; one that cannot be told must not break the page."""
    kind = kinds.named(kind_name)
    if kind is None:
        return str(event), ""
    try:
        return kind.words(event), kind.url(event)
    except Exception:
        log.exception("notice_not_told kind=%s event=%s", kind_name, event.pk)
        return str(event), ""


def one_of(user: User, notice_id: int) -> Notice:
    """One of the reader's own notices."""
    notice = inbox_of(user).filter(pk=notice_id).first()
    if notice is None:
        raise missing(_("notice of yours with this id"))
    return notice


def mark_read(*, user: User, notice_id: int) -> Notice:
    notice = one_of(user, notice_id)
    if notice.read_at is None:
        notice.read_at = timezone.now()
        Notice.objects.filter(pk=notice.pk, read_at=None).update(read_at=notice.read_at)
    return notice


def mark_all_read(*, user: User, up_to: int | None = None) -> int:
    """Mark all, or those up to the newest that the reader has seen; how many that were."""
    unread = Notice.objects.filter(user=user, read_at=None)
    return (
        unread.filter(pk__lte=up_to).update(read_at=timezone.now())
        if up_to
        else unread.update(read_at=timezone.now())
    )
