"""Prove the audit trail."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.audit import breaks
from core.models import AuditEvent


class Command(BaseCommand):
    help = (
        "Check that every audit event is unchanged and follows its predecessor; "
        "exit 1 and name the first that is not."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        for found in breaks():
            raise CommandError(f"the audit trail is broken at event {found.event_id}: {found.why}")
        last = AuditEvent.objects.order_by("-pk").first()
        head = f", head {last.hash[:16]}" if last else ""
        self.stdout.write(f"audit trail whole: {AuditEvent.objects.count()} events{head}")
