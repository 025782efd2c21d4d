"""What beat asks of the kernel."""

import logging

from celery import shared_task

from core.api import idempotency
from core.errors import PlatformError
from core.notices import fanout, mail
from core.signing_in import sessions
from core.trail.checkpoints import checkpoint
from core.webhooks import delivering

log = logging.getLogger(__name__)


@shared_task(name="core.sweep", ignore_result=True)
def sweep() -> None:
    """Forget what has run out. Harmless to run twice, late, or never."""
    idempotency.drop_old()
    sessions.drop_dead()


@shared_task(name="core.audit_checkpoint", ignore_result=True)
def audit_checkpoint() -> None:
    """Harmless to run twice, late, or never; what it could not sign, the next one signs."""
    try:
        made = checkpoint()
    except (PlatformError, OSError) as error:
        log.critical("audit_checkpoint_refused why=%s", error)
        return
    for row in made:
        log.info("audit_checkpoint size=%d root=%s", row.size, row.root)


@shared_task(name="core.fan_out_notice", soft_time_limit=60)
def fan_out_notice(event_id: str) -> None:
    fanout.fan_out(event_id=event_id)


@shared_task(name="core.send_notice_mail", soft_time_limit=60)
def send_notice_mail(mail_id: int) -> None:
    mail.send(mail_id=mail_id)


@shared_task(name="core.deliver_notice", soft_time_limit=60)
def deliver_notice(delivery_id: str) -> None:
    delivering.deliver(delivery_id=delivery_id)


@shared_task(name="core.sweep_notices", soft_time_limit=120)
def sweep_notices() -> None:
    """Fan out what is due, then ask again for every delivery that is."""
    fanout.sweep()
    mail.sweep()
    delivering.sweep()
    delivering.forget()
