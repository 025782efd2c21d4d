"""E-mail to a real SMTP server: in the receiver's language, tried again when it is not taken."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from core.models import Mail, MailState, NoticeLanguage
from core.notices import mail
from core.roles import Role
from models_registry.services.promotions import request_promotion
from tests.factories import a_model, a_user, a_version, acting
from tests.notices.smtp_sink import Sink
from tests.notices.telling import told
from tests.serving_pages.reading import words
from tests.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sink():
    server = Sink()
    server.start()
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def mailing(settings, sink):
    settings.NOTICES = replace(
        settings.NOTICES,
        email_url=sink.url,
        email_from="Conch <conch@conch.example>",
        public_url="https://conch.example",
        claim_s=20.0,
    )


def a_reviewer(address="rose@conch.example", language=""):
    rose = a_user(Role.REVIEWER)
    rose.email = address
    rose.save()
    if language:
        NoticeLanguage.objects.create(user=rose, code=language)
    return rose


def asked(name="digits"):
    from core.models import NoticeEvent

    ada = a_user(Role.ENGINEER, username="ada")
    version = a_version(model=a_model(name=name, owner=ada), created_by=ada)
    request_promotion(actor=acting(ada), version_id=version.pk, verb="test", reason="1 point better.")
    return told(NoticeEvent.objects.get(kind="promotion.requested"))


def test_a_reviewer_gets_one_message_with_an_absolute_link(sink):
    a_reviewer()
    asked()

    mail.send(mail_id=Mail.objects.get().pk)
    mail.send(mail_id=Mail.objects.get().pk)

    (message,) = sink.messages
    assert sink.recipients == ["rose@conch.example"]
    assert message["From"] == "Conch <conch@conch.example>"
    assert message["Subject"] == ("Waiting for you: ada asks to move digits v1 from Registered to Testing.")
    body = message.get_content()
    assert "Reason: “1 point better.”" in body
    promotion = Mail.objects.get().notice.event.audit.object_id
    assert f"https://conch.example/reviews/R-{promotion}/" in body
    assert Mail.objects.get().state == MailState.SENT


def test_the_message_is_in_the_language_of_its_receiver(sink):
    a_reviewer(language="zh-hant")
    asked()

    mail.send(mail_id=Mail.objects.get().pk)

    (message,) = sink.messages
    assert "已註冊" in message["Subject"]
    assert "https://conch.example/zh-hant/reviews/" in message.get_content()


def test_a_message_that_is_refused_is_tried_again_and_shown(sink):
    rose = a_reviewer()
    asked()
    sink.refusing = True

    mail.send(mail_id=Mail.objects.get().pk)

    waiting = Mail.objects.get()
    assert (waiting.state, waiting.tries) == (MailState.WAITING, 1)
    assert "451" in waiting.last_error
    assert timedelta(seconds=7) < waiting.due_at - timezone.now() <= timedelta(seconds=12)
    reader = Client()
    reader.force_login(rose)
    assert "Trying again rose@conch.example" in words(reader.get("/settings/notices/"))
    sink.refusing = False
    Mail.objects.update(due_at=timezone.now())
    mail.send(mail_id=waiting.pk)
    assert Mail.objects.get().state == MailState.SENT
    assert len(sink.messages) == 1


def test_a_message_that_is_refused_for_a_day_is_given_up(sink):
    a_reviewer()
    asked()
    sink.refusing = True
    Mail.objects.update(created_at=timezone.now() - timedelta(hours=24))

    mail.send(mail_id=Mail.objects.get().pk)

    assert (Mail.objects.get().state, Mail.objects.get().due_at) == (MailState.FAILED, None)


def test_a_server_that_is_not_there_is_tried_again(settings):
    a_reviewer()
    asked()
    settings.NOTICES = replace(settings.NOTICES, email_url="smtp://127.0.0.1:1")

    mail.send(mail_id=Mail.objects.get().pk)

    assert Mail.objects.get().state == MailState.WAITING
    assert "refused" in Mail.objects.get().last_error


def test_without_a_mail_server_nothing_is_queued(settings):
    settings.NOTICES = replace(settings.NOTICES, email_url="")
    a_reviewer()

    event = asked()

    assert event.notices.count() == 1
    assert Mail.objects.count() == 0


def test_a_worker_sends_what_waits(worker_with_mail, sink):
    a_reviewer()
    from core.models import NoticeEvent

    ada = a_user(Role.ENGINEER)
    version = a_version(model=a_model(name="nightly", owner=ada), created_by=ada)
    request_promotion(actor=acting(ada), version_id=version.pk, verb="test", reason="Better.")

    until(lambda: sink.messages, what="the message")
    until(lambda: Mail.objects.filter(state=MailState.SENT).exists())
    assert NoticeEvent.objects.get(kind="promotion.requested").due_at is None


@pytest.fixture
def worker_with_mail(monkeypatch, servers, sink, transactional_db):
    from celery import current_app

    from tests.workers import Worker

    monkeypatch.setenv("CONCH_EMAIL_URL", sink.url)
    current_app.control.purge()
    started = Worker(servers)
    started.start()
    yield started
    started.stop()
