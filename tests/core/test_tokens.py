"""Tokens: hashed, scoped, expiring."""

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from core.accounts import create_token, revoke_token
from core.errors import Forbidden, Invalid
from core.models import ApiToken, AuditEvent, token_digest
from core.roles import Role
from tests.factories import a_user, acting

pytestmark = pytest.mark.django_db


def client_with(secret: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


def test_only_the_digest_of_a_token_is_kept():
    token, secret = create_token(actor=acting(a_user(Role.ENGINEER)), name="ci", scopes=["read"], days=1)

    assert token.digest == token_digest(secret)
    assert not ApiToken.objects.filter(digest__contains=secret).exists()
    assert secret not in str(list(AuditEvent.objects.values_list("after", "before")))


def test_a_read_token_reads_and_cannot_write():
    _token, secret = create_token(actor=acting(a_user(Role.ENGINEER)), name="ci", scopes=["read"], days=1)
    client = client_with(secret)

    assert client.get("/api/v1/models/").status_code == 200
    refused = client.post("/api/v1/models/", {"name": "digits"}, format="json")

    assert refused.status_code == 403
    assert refused["Content-Type"] == "application/problem+json"
    assert refused.json()["detail"] == "This token lacks the scope “register”."


@pytest.mark.parametrize("end", ["expired", "revoked", "unknown", "inactive"])
def test_a_dead_token_is_refused(end):
    user = a_user(Role.ENGINEER)
    token, secret = create_token(actor=acting(user), name="ci", scopes=["read"], days=1)
    if end == "expired":
        ApiToken.objects.filter(pk=token.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    elif end == "revoked":
        revoke_token(actor=acting(user), token_id=token.pk)
    elif end == "inactive":
        user.is_active = False
        user.save()
    else:
        secret += "x"

    assert client_with(secret).get("/api/v1/models/").status_code == 401


def test_a_token_cannot_make_tokens():
    with pytest.raises(Forbidden):
        create_token(
            actor=acting(a_user(Role.ENGINEER), scopes=frozenset({"read"})), name="x", scopes=["read"], days=1
        )

    assert ApiToken.objects.count() == 0


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"scopes": ["root"]}, "bad-scope"),
        ({"scopes": []}, "bad-scope"),
        ({"days": 0}, "bad-life"),
        ({"days": 366}, "bad-life"),
        ({"name": " "}, "no-name"),
    ],
)
def test_a_bad_wish_for_a_token_is_refused(given, code):
    wish = {"name": "ci", "scopes": ["read"], "days": 1} | given

    with pytest.raises(Invalid) as refused:
        create_token(actor=acting(a_user(Role.ENGINEER)), **wish)

    assert refused.value.code == code
    assert ApiToken.objects.count() == 0


def test_a_token_never_exceeds_its_owners_roles():
    _token, secret = create_token(
        actor=acting(a_user(Role.LEARNER)), name="ci", scopes=["read", "register"], days=1
    )

    refused = client_with(secret).post("/api/v1/models/", {"name": "digits"}, format="json")

    assert refused.status_code == 403
    assert refused.json()["detail"] == "This needs one of the roles: Admin, Engineer."
