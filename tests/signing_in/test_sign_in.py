"""Signing in: the password, the lockout, the second factor, sessions."""

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.contrib.sessions.models import Session
from django.test import Client, RequestFactory
from django.utils import timezone

from config.sign_in import SignInSettings
from core.models import AuditEvent, SignedIn, User
from core.proof import is_fresh
from core.roles import Role
from tests.factories import PASSWORD, a_user
from tests.serving_pages.reading import answer, words

pytestmark = pytest.mark.django_db
NEW_PASSWORD = "a longer battery of horses"


@pytest.fixture
def ada(db) -> User:
    return a_user(Role.ENGINEER, username="ada")


@pytest.fixture
def operator_admin(db) -> Client:
    client = Client()
    client.force_login(a_user(Role.ADMIN, username="root"))
    return client


def sign_in(client: Client, username: str = "ada", password: str = PASSWORD, **extra):
    given = {"username": username, "password": password} | extra
    return client.post("/sign-in/", given, HTTP_USER_AGENT="Mozilla/5.0 (X11; Linux) Firefox/140.0")


def current_code(secret: str) -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(secret, counter))


def turn_on_app(client: Client) -> str:
    """Turn the authenticator app on; return its secret."""
    client.post("/settings/confirm/?next=/settings/security/app/", {"password": PASSWORD})
    page = client.get("/settings/security/app/")
    assert page.status_code == 200, page.get("Location")
    secret = page.context["form"].secret
    done = client.post("/settings/security/app/", {"code": current_code(secret)})
    assert (done.status_code, done.url) == (302, "/settings/security/codes/")
    return secret


def test_the_right_password_opens_the_page_one_came_for(client, ada):
    found = sign_in(client, next="/models/")

    assert (found.status_code, found.url) == (302, "/models/")
    assert client.get("/models/").status_code == 200


def test_a_link_elsewhere_is_not_followed(client, ada):
    assert sign_in(client, next="https://evil.example/").url == "/"


def test_who_is_signed_in_needs_no_sign_in_page(client, ada):
    client.force_login(ada)

    assert client.get("/sign-in/").url == "/"


def test_a_wrong_password_is_said_and_signs_nobody_in(client, ada):
    page = sign_in(client, password="wrong")

    assert page.status_code == 200
    assert "This name and password don't belong together." in words(page)
    assert client.get("/models/").status_code == 302


def test_an_account_that_is_switched_off_stays_out(client, ada):
    User.objects.filter(pk=ada.pk).update(is_active=False)

    assert sign_in(client).url == "/sign-in/off/"
    assert client.get("/sign-in/off/").status_code == 403
    assert client.get("/models/").status_code == 302


def test_nobody_makes_an_account_for_themselves(client, db):
    given = {
        "username": "eve",
        "email": "eve@example.org",
        "password1": NEW_PASSWORD,
        "password2": NEW_PASSWORD,
    }

    page = client.post("/sign-up/", given)

    assert "Ask an admin of Conch for an account." in words(page)
    assert not User.objects.filter(username="eve").exists()
    assert "Make an account" not in words(client.get("/sign-in/"))


def test_an_account_made_by_its_owner_has_no_role(client, db, settings):
    settings.SIGN_IN = SignInSettings(sign_up=True)
    given = {
        "username": "eve",
        "email": "eve@example.org",
        "password1": NEW_PASSWORD,
        "password2": NEW_PASSWORD,
    }

    assert "Make an account" in words(client.get("/sign-in/"))
    assert client.post("/sign-up/", given | {"password2": "other"}).status_code == 200
    assert client.post("/sign-up/", given).status_code == 302

    eve = User.objects.get()
    assert (eve.username, eve.role_names, client.get("/models/").status_code) == ("eve", [], 200)
    assert AuditEvent.objects.filter(verb="account.create", actor=eve).count() == 1


def test_five_wrong_passwords_close_the_account_and_say_until_when(client, ada):
    for _try in range(4):
        assert sign_in(client, password="wrong").status_code == 200

    # Another spelling and another address give no further try.
    closed = client.post("/sign-in/", {"username": " ADA", "password": "wrong"}, REMOTE_ADDR="192.0.2.7")
    right = sign_in(client)

    assert (closed.status_code, right.status_code) == (429, 429)
    assert 880 <= int(right["Retry-After"]) <= 900
    assert re.search(r"Try again after .+, or ask an admin to open the account\.", words(right))
    assert client.get("/models/").status_code == 302


def test_a_closed_account_opens_by_itself(client, ada, settings):
    for _try in range(5):
        sign_in(client, password="wrong")
    settings.AXES_COOLOFF_TIME = timedelta(seconds=0)

    assert sign_in(client).url == "/"


def test_a_success_forgets_earlier_mistakes(client, ada):
    for _round in range(2):
        for _try in range(4):
            assert sign_in(client, password="wrong").status_code == 200
        assert sign_in(Client()).status_code == 302


def test_an_admin_opens_a_closed_account_and_that_is_recorded(client, ada, operator_admin):
    for _try in range(5):
        sign_in(client, password="wrong")

    done = operator_admin.post(f"/settings/people/{ada.pk}/unlock/")

    assert done.status_code == 302
    assert sign_in(client).url == "/"
    assert AuditEvent.objects.filter(verb="account.unlock", object_id=str(ada.pk)).count() == 1


def test_nobody_else_opens_a_closed_account(client, ada):
    for _try in range(5):
        sign_in(client, password="wrong")
    other = Client()
    other.force_login(a_user(Role.OPERATOR))

    refused = other.post(f"/settings/people/{ada.pk}/unlock/")

    assert refused.status_code == 403
    assert "Admin" in words(refused)
    assert sign_in(client).status_code == 429


def test_a_code_is_asked_for_once_the_app_is_on(client, ada):
    sign_in(client)
    secret = turn_on_app(client)
    stored = Authenticator.objects.get(user=ada, type="totp").data["secret"]

    other = Client()
    first = sign_in(other)
    before = other.get("/models/").status_code
    page = other.get("/sign-in/code/")
    wrong = other.post("/sign-in/code/", {"code": "000000"})
    # The code that turned the app on is used up; the next one counts.
    counters = list(yield_hotp_counters_from_time())
    fresh = format_hotp_value(hotp_value(secret, max(counters)))
    done = other.post("/sign-in/code/", {"code": fresh})

    assert secret not in stored
    assert (first.url, before, page.status_code) == ("/sign-in/code/", 302, 200)
    assert "This code isn't right" in words(wrong)
    assert done.url == "/"
    assert other.get("/models/").status_code == 200
    assert AuditEvent.objects.filter(verb="second_factor.on", actor=ada).count() == 1


def test_a_recovery_code_works_once(client, ada):
    sign_in(client)
    turn_on_app(client)
    codes = client.get("/settings/security/codes/").context["unused_codes"]

    answers = []
    for _try in range(2):
        other = Client()
        sign_in(other)
        answers.append(other.post("/sign-in/code/", {"code": codes[0]}).status_code)

    assert len(codes) == 10
    assert answers == [302, 200]


def test_wrong_codes_close_the_account_too(client, ada):
    sign_in(client)
    turn_on_app(client)
    other = Client()
    sign_in(other)

    for _try in range(5):
        other.post("/sign-in/code/", {"code": "000000"})

    recovery = client.get("/settings/security/codes/").context["unused_codes"][0]
    assert other.post("/sign-in/code/", {"code": recovery}).status_code != 302
    assert other.get("/models/").status_code == 302
    assert sign_in(Client()).status_code == 429


def test_the_app_can_be_turned_off_again(client, ada):
    sign_in(client)
    turn_on_app(client)

    assert client.post("/settings/security/app/off/").url == "/settings/security/"
    assert not Authenticator.objects.filter(user=ada).exists()
    assert AuditEvent.objects.filter(verb="second_factor.off", actor=ada).count() == 1


def test_a_stolen_old_session_cannot_touch_the_second_factor(client, ada):
    client.force_login(ada)

    page = client.get("/settings/security/app/")

    assert page.url == "/settings/confirm/?next=%2Fsettings%2Fsecurity%2Fapp%2F"
    assert client.post(page.url, {"password": "wrong"}).status_code == 200
    assert client.get("/settings/security/app/").status_code == 302
    assert client.post(page.url, {"password": PASSWORD}).url == "/settings/security/app/"
    assert client.get("/settings/security/app/").status_code == 200


def test_recently_means_recently(client, ada):
    sign_in(client)
    request = RequestFactory().get("/")
    request.user, request.session = ada, client.session

    assert is_fresh(request, timedelta(minutes=5)) is True
    assert is_fresh(request, timedelta(seconds=0)) is False

    other = Client()
    other.force_login(ada)
    request.session = other.session
    assert is_fresh(request, timedelta(days=1)) is False


def test_a_new_password_ends_the_other_sessions(client, ada):
    other = Client()
    sign_in(client)
    sign_in(other)
    given = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}

    done = client.post("/settings/password/", given)

    assert done.url == "/settings/security/"
    assert (client.get("/models/").status_code, other.get("/models/").status_code) == (200, 302)
    assert sign_in(Client(), password=NEW_PASSWORD).url == "/"
    assert AuditEvent.objects.filter(verb="password.change", actor=ada).count() == 1


@pytest.mark.parametrize(
    "given",
    [
        {"oldpassword": "wrong", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD},
        {"oldpassword": PASSWORD, "password1": "short", "password2": "short"},
        {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": f"{NEW_PASSWORD}!"},
    ],
)
def test_a_bad_change_of_password_changes_nothing(client, ada, given):
    sign_in(client)

    assert client.post("/settings/password/", given).status_code == 200
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)
    assert not AuditEvent.objects.filter(verb="password.change").exists()


def test_sessions_are_listed_with_device_and_address(client, ada):
    sign_in(client)
    phone = Client()
    phone.post(
        "/sign-in/",
        {"username": "ada", "password": PASSWORD},
        HTTP_USER_AGENT="Mozilla/5.0 (iPhone; CPU) Safari/604.1",
        REMOTE_ADDR="192.0.2.9",
    )

    page = client.get("/settings/security/")

    assert answer(page).startswith("Your password alone signs you in.")
    shown = [(one.device, one.address, one.is_here) for one in page.context["sessions"]]
    assert sorted(shown) == [("Firefox, Linux", "127.0.0.1", True), ("Safari, iPhone", "192.0.2.9", False)]


def test_a_session_is_ended_from_elsewhere(client, ada):
    sign_in(client)
    other = Client()
    sign_in(other)
    row = SignedIn.objects.exclude(session_key=client.session.session_key).get()

    client.post(f"/settings/sessions/{row.pk}/end/")

    assert other.get("/models/").status_code == 302
    assert client.get("/models/").status_code == 200
    assert AuditEvent.objects.filter(verb="session.end", actor=ada).count() == 1


def test_all_other_sessions_are_ended_at_once(client, ada):
    others = [Client() for _ in range(3)]
    for one in (client, *others):
        sign_in(one)

    client.post("/settings/sessions/end/")

    assert [one.get("/models/").status_code for one in others] == [302] * 3
    assert client.get("/models/").status_code == 200


def test_nobody_ends_a_strangers_session_but_an_admin(client, ada, operator_admin):
    sign_in(client)
    row = SignedIn.objects.get(user=ada)
    stranger = Client()
    stranger.force_login(a_user(Role.OPERATOR))

    refused = stranger.post(f"/settings/sessions/{row.pk}/end/")

    assert refused.status_code == 404
    assert client.get("/models/").status_code == 200
    assert operator_admin.post(f"/settings/sessions/{row.pk}/end/").status_code == 302
    assert client.get("/models/").status_code == 302


def test_a_session_is_noted_once_a_minute_only(client, ada):
    sign_in(client)
    client.get("/settings/")
    seen = SignedIn.objects.get(user=ada).last_seen_at

    client.get("/settings/")
    assert SignedIn.objects.get(user=ada).last_seen_at == seen


def test_a_session_that_ran_out_is_not_listed(client, ada):
    sign_in(client)
    other = Client()
    sign_in(other)
    Session.objects.filter(session_key=other.session.session_key).update(
        expire_date=timezone.now() - timedelta(days=1)
    )

    assert len(client.get("/settings/security/").context["sessions"]) == 1


@pytest.mark.parametrize("path", ["/sign-in/", "/sign-up/", "/settings/security/", "/settings/password/"])
def test_the_pages_speak_chinese_and_carry_no_inline_script(client, ada, path):
    client.force_login(ada)
    if path.startswith("/sign"):
        client.logout()

    page = client.get(f"/zh-hant{path}")

    assert page.status_code == 200
    assert '<html lang="zh-Hant"' in page.content.decode()
    body = page.content.decode().split("<body", 1)[1]
    assert not re.search(r"<script|<style| on\w+=| style=", body)
