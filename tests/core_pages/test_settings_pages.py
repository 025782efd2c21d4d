"""Settings: who one is, one's tokens, and the audit log."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.accounts import create_token
from core.audit import record
from core.models import ApiToken, AuditEvent
from core.roles import Role
from tests.factories import a_model, a_user, acting
from tests.serving_pages.reading import answer, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(db):
    return a_user(Role.ENGINEER, Role.OPERATOR, username="ada")


@pytest.fixture
def browser(ada):
    client = Client()
    client.force_login(ada)
    return client


def an_event(actor, verb="model.register", **given):
    model = given.pop("model", None) or a_model()
    with transaction.atomic():
        return record(acting(actor), verb, model, model_name=model.name, **given)


def test_the_account_names_roles_language_and_theme(browser):
    page = browser.get("/settings/")

    assert answer(page) == "You are ada, and your roles are: Engineer, Operator."
    assert "Language English 繁體中文 Theme The one of your system" in words(page)


def test_a_chosen_theme_is_named_and_drawn(browser):
    browser.cookies["conch_theme"] = "dark"

    page = browser.get("/settings/")

    assert "Theme Dark" in words(page)
    assert 'data-theme="dark"' in page.content.decode()


def test_a_token_is_shown_once(browser, ada):
    made = browser.post("/settings/tokens/", {"name": "ci", "scopes": ["read", "measure"], "days": "7"})

    token = ApiToken.objects.get()
    assert (token.user, token.name, sorted(token.scopes)) == (ada, "ci", ["measure", "read"])
    secret = next(word for word in words(made).split() if word.startswith("conch_") and len(word) > 20)
    assert ApiToken.objects.for_secret(secret) == token
    assert secret not in browser.get("/settings/tokens/").content.decode()


def test_a_wrong_token_form_keeps_what_was_typed(browser):
    page = browser.post("/settings/tokens/", {"name": "nightly", "scopes": ["read"], "days": "400"})

    assert page.status_code == 422
    assert "Ensure this value is less than or equal to 365." in words(page)
    assert 'value="nightly"' in page.content.decode()
    assert ApiToken.objects.exists() is False


def test_tokens_show_when_they_were_used_and_when_they_end(browser, ada):
    token, _secret = create_token(actor=acting(ada), name="ci", scopes=["read"], days=1)
    ended, _secret = create_token(actor=acting(ada), name="old", scopes=["read"], days=1)
    ApiToken.objects.filter(pk=token.pk).update(last_used_at=timezone.now() - timedelta(minutes=5))
    ApiToken.objects.filter(pk=ended.pk).update(expires_at=timezone.now() - timedelta(minutes=1))

    page = browser.get("/settings/tokens/")

    assert f"ci {token.hint}… read 5 min ago" in words(page)
    assert f"old {ended.hint}… read Never Ended" in words(page)
    assert f"/settings/tokens/{token.pk}/revoke/" in page.content.decode()
    assert f"/settings/tokens/{ended.pk}/revoke/" not in page.content.decode()


def test_a_token_is_revoked_by_its_owner_only(browser, ada):
    token, _secret = create_token(actor=acting(ada), name="ci", scopes=["read"], days=1)
    stranger = Client()
    stranger.force_login(a_user(Role.ADMIN))

    assert stranger.post(f"/settings/tokens/{token.pk}/revoke/").status_code == 404
    assert browser.post(f"/settings/tokens/{token.pk}/revoke/").url == "/settings/tokens/"

    token.refresh_from_db()
    assert token.revoked_at is not None
    assert "Revoked" in words(browser.get("/settings/tokens/"))


def test_the_tokens_of_others_are_not_shown(browser):
    create_token(actor=acting(a_user(Role.ENGINEER)), name="theirs", scopes=["read"], days=1)

    assert "theirs" not in words(browser.get("/settings/tokens/"))


def test_the_log_shows_before_and_after(browser, ada):
    an_event(
        ada,
        before={"stage": "draft", "same": 1},
        after={"stage": "registered", "same": 1, "new": [1]},
        reason="Why not.",
    )

    page = browser.get("/settings/audit/")

    assert answer(page) == "1 write, newest first. None can be changed or removed."
    assert "model.register" in words(page)
    assert "ada, api, " in words(page)
    assert "“Why not.” 2 changes stage draft → registered new [1]" in words(page)


def test_the_log_is_filtered_by_verb_and_model(browser, ada):
    model = a_model(name="digits")
    an_event(ada, "version.register", model=model)
    an_event(ada, "model.register", model=model)
    an_event(ada, "version.register")

    by_both = browser.get("/settings/audit/?verb=version.register&model=digits")

    assert answer(by_both).startswith("1 write")
    assert 'value="digits"' in by_both.content.decode()
    assert "No event matches" in words(browser.get("/settings/audit/?model=nothing"))


def test_an_engineer_sees_only_their_own_writes():
    engineer, other = a_user(Role.ENGINEER), a_user(Role.ENGINEER)
    an_event(engineer)
    an_event(other)
    client = Client()
    client.force_login(engineer)

    page = client.get("/settings/audit/")

    assert answer(page) == "1 write of yours. Operators and admins see those of everyone."
    assert other.username not in words(page)


def test_the_log_has_fifty_a_page_and_a_fixed_number_of_queries(browser, ada, django_assert_num_queries):
    an_event(ada)
    browser.get("/settings/audit/")
    with CaptureQueriesContext(connection) as one:
        browser.get("/settings/audit/")
    model = a_model()
    for _index in range(50):
        an_event(ada, model=model)

    with django_assert_num_queries(len(one.captured_queries)):
        page = browser.get("/settings/audit/")

    assert page.content.decode().count('<li id="event-') == 50
    assert answer(page).startswith("51 writes")
    assert AuditEvent.objects.count() == 51


@pytest.mark.parametrize("path", ["/settings/", "/settings/tokens/", "/settings/audit/"])
def test_settings_need_a_sign_in(client, path):
    assert client.get(path).url == f"/sign-in/?next={path}"
