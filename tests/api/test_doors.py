"""What all of the API has in common: keys for creates, tags for changes, cursors for lists, one schema."""

import threading
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connections
from django.utils import timezone
from rest_framework.test import APIClient

from core.accounts import create_token
from core.api import idempotency
from core.models import ApiToken, KeptAnswer
from core.roles import Role, Scope
from models_registry.lifecycle import Stage
from models_registry.models import ModelVersion, RegisteredModel
from tests.factories import a_model, a_user, a_version, acting

pytestmark = pytest.mark.django_db
MODELS = "/api/v1/models/"


def caller(*roles: Role) -> APIClient:
    user = a_user(*(roles or (Role.ENGINEER,)))
    _token, secret = create_token(actor=acting(user), name="ci", scopes=[scope.value for scope in Scope])
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


def create(client: APIClient, name: str = "digits", key: str = "k-1"):
    return client.post(MODELS, {"name": name}, format="json", HTTP_IDEMPOTENCY_KEY=key)


def test_a_create_sent_twice_is_done_once_and_answered_twice():
    client = caller()

    first, second = create(client), create(client)

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert (first.get("Idempotency-Replayed"), second["Idempotency-Replayed"]) == (None, "true")
    assert RegisteredModel.objects.count() == 1


def test_numbered_drafts_are_not_doubled_either():
    client, model = caller(), a_model()
    url = f"{MODELS}{model.name}/versions/"

    numbers = [client.post(url, HTTP_IDEMPOTENCY_KEY="d").json()["number"] for _ in range(3)]

    assert numbers == [1, 1, 1]
    assert model.versions.count() == 1


def test_a_key_with_another_body_is_refused():
    client = caller()
    create(client)

    refused = create(client, name="other")

    assert (refused.status_code, refused["Content-Type"]) == (422, "application/problem+json")
    assert refused.json()["type"] == "/problems/idempotency-key-reused"
    assert not RegisteredModel.objects.filter(name="other").exists()


def test_keys_of_two_callers_are_apart():
    assert create(caller(), name="one").status_code == 201
    assert create(caller(), name="two").status_code == 201


def test_a_refusal_is_not_kept():
    client = caller()
    taken = a_model(name="digits")
    refused = create(client)
    RegisteredModel.objects.filter(pk=taken.pk).update(name="moved")

    assert refused.status_code == 409
    assert create(client).status_code == 201


def test_an_unfinished_request_is_not_done_again():
    client = caller()
    create(client)
    KeptAnswer.objects.update(status=None)

    assert create(client).json()["type"] == "/problems/idempotency-unfinished"
    assert RegisteredModel.objects.count() == 1


@pytest.mark.parametrize("key", ["", "x" * 201, "tab\tkey", "鍵"])
def test_a_bad_key_is_refused(key):
    refused = create(caller(), key=key)

    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/bad-idempotency-key")
    assert RegisteredModel.objects.count() == 0


def test_a_secret_is_not_kept_with_the_answer():
    user = a_user(Role.ENGINEER)
    client = APIClient()
    client.force_login(user)
    given = {"name": "ci", "scopes": ["read"], "days": 1}

    first = client.post("/api/v1/tokens/", given, format="json", HTTP_IDEMPOTENCY_KEY="t").json()
    second = client.post("/api/v1/tokens/", given, format="json", HTTP_IDEMPOTENCY_KEY="t").json()

    assert first["secret"].startswith("conch_")
    assert second == first | {"secret": ""}
    assert first["secret"] not in KeptAnswer.objects.get().body
    assert ApiToken.objects.filter(user=user).count() == 1


def test_keys_are_forgotten_after_a_day():
    create(caller())
    KeptAnswer.objects.update(created_at=timezone.now() - timedelta(hours=25))

    assert idempotency.drop_old() == 1


def notes(client: APIClient, version: ModelVersion, text: str, **headers: str):
    url = f"{MODELS}{version.model.name}/versions/{version.number}/"
    return client.put(f"{url}notes/", {"notes": text}, format="json", **headers)


def tag(client: APIClient, version: ModelVersion) -> str:
    return client.get(f"{MODELS}{version.model.name}/versions/{version.number}/")["ETag"]


def test_a_change_of_what_one_has_not_seen_is_refused():
    client, version = caller(), a_version()
    seen = tag(client, version)

    first = notes(client, version, "mine", HTTP_IF_MATCH=seen)
    second = notes(client, version, "theirs", HTTP_IF_MATCH=seen)

    assert first.status_code == 200
    assert (second.status_code, second.json()["type"]) == (412, "/problems/changed-meanwhile")
    version.refresh_from_db()
    assert version.notes == "mine"
    assert notes(client, version, "again", HTTP_IF_MATCH=tag(client, version)).status_code == 200
    assert notes(client, version, "any", HTTP_IF_MATCH="*").status_code == 200
    assert notes(client, version, "none").status_code == 200


def test_what_is_known_is_not_sent_again():
    client, version = caller(), a_version()
    url = f"{MODELS}{version.model.name}/versions/{version.number}/"

    again = client.get(url, HTTP_IF_NONE_MATCH=tag(client, version))

    assert (again.status_code, again.content) == (304, b"")
    assert client.get(MODELS).get("ETag") is None


@pytest.mark.django_db(transaction=True)
def test_of_two_writers_at_once_only_one_wins():
    version = a_version(Stage.REGISTERED)
    clients = [caller() for _ in range(4)]
    seen, answers = tag(clients[0], version), []
    start = threading.Barrier(len(clients))

    def write(client: APIClient, text: str) -> None:
        try:
            start.wait()
            answers.append(notes(client, version, text, HTTP_IF_MATCH=seen).status_code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write, args=(one, f"n{at}")) for at, one in enumerate(clients)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert sorted(answers) == [200, 412, 412, 412]


@pytest.mark.django_db(transaction=True)
def test_of_two_creates_with_one_key_at_once_one_is_done():
    client, url = caller(), f"{MODELS}{a_model(name='race').name}/versions/"
    token = client._credentials["HTTP_AUTHORIZATION"]
    start, answers = threading.Barrier(4), []

    def write() -> None:
        own = APIClient()
        own.credentials(HTTP_AUTHORIZATION=token)
        try:
            start.wait()
            answers.append(own.post(url, HTTP_IDEMPOTENCY_KEY="race").status_code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert set(answers) <= {201, 409}
    assert 201 in answers
    assert ModelVersion.objects.filter(model__name="race").count() == 1


@pytest.mark.parametrize("url", [MODELS, f"{MODELS}m-00/versions/", "/api/v1/audit/"])
def test_a_list_is_walked_by_cursor_while_rows_are_added(url):
    client = caller(Role.ENGINEER, Role.OPERATOR)
    for number in range(7):
        model = a_model(name=f"m-{number:02}")
    for number in range(7):
        a_version(model=RegisteredModel.objects.get(name="m-00"))
        create(client, name=f"new-{number}", key=f"{number}")
    found, address = [], f"{url}?page_size=3"

    while address:
        page = client.get(address).json()
        found += [row.get("id") or row.get("number") or row["name"] for row in page["results"]]
        address = page["next"]
        if model:
            a_model(name="a-later-one")
            model = None

    assert set(page) - {"previous"} == {"next", "results"}
    assert len(found) == len(set(found))
    assert len(found) >= 7


def test_the_schema_is_exact(tmp_path):
    call_command("spectacular", "--fail-on-warn", "--validate", "--file", str(tmp_path / "schema.yml"))
