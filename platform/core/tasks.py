"""Nudges of the kernel; the rows say what is missing, and beat asks again."""

from celery import shared_task

from core.notices import fanout, mail
from core.webhooks import delivering


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
