"""E-mail: one message per notice, in the receiver's language, tried until it is taken or a day has passed."""

import logging
import smtplib
from datetime import timedelta
from email.utils import parseaddr
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from core.dispatch import nudge
from core.notices import kinds, preferences
from core.notices.attempts import next_try, settle, take
from core.notices.models import Mail, MailState

log = logging.getLogger(__name__)
MOST_NUDGES = 100
LONGEST_SUBJECT = 150


def send(*, mail_id: int) -> None:
    """Send one mail. Harmless to run twice; a worker that dies after the server took it sends it again."""
    mail = take(Mail.objects.filter(pk=mail_id, state=MailState.WAITING))
    if mail is None:
        return
    try:
        message(mail).send()
    except (smtplib.SMTPException, OSError) as error:
        _again(mail, why=str(error) or type(error).__name__)
        return
    settle(mail, due_at=None, state=MailState.SENT, sent_at=timezone.now(), last_error="")


def sweep() -> None:
    """Ask again for every mail that is due."""
    if not preferences.mail_works():
        return
    due = Mail.objects.filter(state=MailState.WAITING, due_at__lte=timezone.now()).order_by("due_at")
    for pk in due.values_list("pk", flat=True)[:MOST_NUDGES]:
        nudge("core.send_notice_mail", pk)


def message(mail: Mail) -> EmailMessage:
    """The mail's text; its Message-ID is the same on each try, so that a mailbox can drop a second copy."""
    event, user = mail.notice.event, mail.notice.user
    kind = kinds.named(event.kind)
    with translation.override(preferences.language_of(user)):
        sentence = kind.words(event.audit) if kind else event.audit.verb
        path = kind.url(event.audit) if kind else ""
        lines = [sentence]
        if event.audit.reason:
            lines.append(_("Reason: “%(reason)s”") % {"reason": event.audit.reason})
        if path:
            lines.append(absolute(path))
        lines.append(
            _("Conch sent this because of your settings. Change them here: %(url)s")
            % {"url": absolute(_settings_path())}
        )
        subject = " ".join(sentence.split())[:LONGEST_SUBJECT]
    domain = parseaddr(settings.NOTICES.email_from)[1].partition("@")[2] or "localhost"
    return EmailMessage(
        subject=subject,
        body="\n\n".join(lines) + "\n",
        from_email=settings.NOTICES.email_from,
        to=[mail.address],
        headers={
            "Message-ID": f"<conch-notice-{mail.notice_id}-{event.pk.hex}@{domain}>",
            "Auto-Submitted": "auto-generated",
        },
        connection=connection(),
    )


def connection() -> BaseEmailBackend:
    """To the server that CONCH_EMAIL_URL names: smtp://user:password@host:587/?starttls=1, or smtps://."""
    parts = urlsplit(settings.NOTICES.email_url)
    secure = parts.scheme == "smtps"
    options: dict[str, Any] = {
        "host": parts.hostname or "127.0.0.1",
        "port": parts.port or (465 if secure else 25),
        "username": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "use_ssl": secure,
        "use_tls": not secure and parse_qs(parts.query).get("starttls") == ["1"],
        "timeout": settings.NOTICES.timeout_s,
    }
    return get_connection("django.core.mail.backends.smtp.EmailBackend", **options)


def absolute(path: str) -> str:
    return f"{settings.NOTICES.public_url}{path}"


def _settings_path() -> str:

    return reverse("core:notice_choices")


def _again(mail: Mail, *, why: str) -> None:
    log.warning("notice_mail_failed mail=%s tries=%s why=%s", mail.pk, mail.tries, why)
    due_at = next_try(mail.tries)
    given_up = due_at - mail.created_at > timedelta(seconds=settings.NOTICES.give_up_after_s)
    state = MailState.FAILED if given_up else MailState.WAITING
    settle(mail, due_at=None if given_up else due_at, state=state, last_error=why[:500])
