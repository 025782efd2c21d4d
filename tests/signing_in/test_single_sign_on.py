"""Single sign-on, against a real provider on this machine."""

from collections.abc import Iterator

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from config.sign_in import SignInSettings
from core.models import AuditEvent, User
from core.roles import Role
from tests.factories import a_user
from tests.serving_pages.reading import words
from tests.signing_in.provider import Provider

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(settings, tmp_path) -> Iterator[Provider]:
    started = Provider()
    secret = tmp_path / "secret"
    secret.write_text("s3cret\n")
    env = {
        "CONCH_OIDC_URL": started.url,
        "CONCH_OIDC_CLIENT_ID": "conch",
        "CONCH_OIDC_SECRET_FILE": str(secret),
        "CONCH_OIDC_NAME": "Example ID",
    }
    settings.SIGN_IN = SignInSettings.from_env(env)
    settings.SOCIALACCOUNT_PROVIDERS = settings.SIGN_IN.providers()
    yield started
    started.stop()


def through(provider: Provider, client: Client):
    """From the button to the page one ends on."""
    away = client.post("/oidc/main/login/?next=/models/")
    assert away.url.startswith(f"{provider.url}/authorize?")
    return client.get(provider.authorize(away.url), follow=True)


def test_the_button_stands_on_the_sign_in_page_only_where_there_is_a_provider(client, provider, settings):
    with_provider = words(client.get("/sign-in/"))
    settings.SOCIALACCOUNT_PROVIDERS = {}

    assert "Sign in with Example ID" in with_provider
    assert "Sign in with" not in words(client.get("/sign-in/"))


def test_somebody_with_an_account_is_known_by_their_verified_address(client, provider):
    ada = a_user(Role.ENGINEER, username="ada")
    User.objects.filter(pk=ada.pk).update(email="ada@example.org")
    provider.person = {"sub": "1", "email": "Ada@example.org", "email_verified": True}

    page = through(provider, client)

    assert page.redirect_chain[-1][0] == "/models/"
    assert page.wsgi_request.user == ada
    assert SocialAccount.objects.get().user == ada
    assert provider.asked[0]["client_secret"] == "s3cret"
    assert len(client.get("/settings/security/").context["sessions"]) == 1


@pytest.mark.parametrize("person", [
    {"sub": "1", "email": "ada@example.org", "email_verified": False},
    {"sub": "1", "email": "eve@example.org", "email_verified": True, "preferred_username": "ada"},
    {"sub": "1"},
])  # fmt: skip
def test_a_stranger_or_an_unverified_address_gets_no_account(client, provider, person):
    ada = a_user(Role.ENGINEER, username="ada")
    User.objects.filter(pk=ada.pk).update(email="ada@example.org")
    provider.person = person

    page = through(provider, client)

    assert "Ask an admin of Conch for an account." in words(page)
    assert page.wsgi_request.user.is_anonymous
    assert User.objects.count() == 1
    assert client.get("/models/").status_code == 302


def test_an_unknown_person_may_join_without_roles_where_that_is_on(client, provider, settings):
    env = {"CONCH_SIGN_UP": "on", "CONCH_OIDC_URL": provider.url, "CONCH_OIDC_CLIENT_ID": "conch"}
    settings.SIGN_IN = SignInSettings.from_env(env)
    provider.person = {
        "sub": "2",
        "email": "nina@example.org",
        "email_verified": True,
        "preferred_username": "nina",
    }

    page = through(provider, client)

    assert page.redirect_chain[-1][0] == "/models/"
    nina = User.objects.get()
    assert (nina.username, nina.role_names, nina.has_usable_password()) == ("nina", [], False)
    assert AuditEvent.objects.filter(verb="account.create", actor=nina).count() == 1


def test_a_switched_off_account_stays_out(client, provider):
    ada = a_user(Role.ENGINEER, username="ada")
    User.objects.filter(pk=ada.pk).update(email="ada@example.org", is_active=False)
    provider.person = {"sub": "1", "email": "ada@example.org", "email_verified": True}

    assert through(provider, client).wsgi_request.user.is_anonymous


def test_a_forged_answer_signs_nobody_in(client, provider):
    answer = client.get("/oidc/main/login/callback/?code=x&state=y")

    assert answer.status_code in {200, 401}
    assert client.get("/models/").status_code == 302
    assert provider.asked == []


@pytest.mark.parametrize(
    "env",
    [
        {"CONCH_OIDC_URL": "https://id.example.org"},
        {"CONCH_LOCKOUT_AFTER": "0"},
        {"CONCH_LOCKOUT_MINUTES": "0"},
    ],
)
def test_settings_that_make_no_sense_stop_the_start(env):
    with pytest.raises(ValueError, match="CONCH_"):
        SignInSettings.from_env(env)
