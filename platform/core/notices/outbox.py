"""The outbox: one row, in the transaction of the write it is about."""

from core.dispatch import after_commit
from core.models import AuditEvent
from core.notices import kinds
from core.notices.models import NoticeEvent


def keep(event: AuditEvent) -> None:
    """Called for each audit event, inside its transaction: one insert, or nothing."""
    kind = kinds.of(event)
    if kind is None:
        return
    row = NoticeEvent(audit=event, kind=kind.name)
    row.save(force_insert=True)
    if kind.prompt:
        after_commit("core.fan_out_notice", str(row.pk))
