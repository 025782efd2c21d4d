"""The trail over REST."""

import json

import pytest
from django.test import Client

from core.accounts import create_token
from core.actors import command_actor
from core.models import AuditCheckpoint, AuditEvent
from core.roles import Role, Scope
from core.trail.checkpoints import checkpoint
from tests.core.test_conch_verify import verified
from tests.core.trails import chain_now, some_events
from tests.factories import a_user

pytestmark = pytest.mark.django_db


def caller(*roles: Role, scope: Scope = Scope.READ) -> Client:
    user = a_user(*roles)
    _token, secret = create_token(actor=command_actor(user), name="t", scopes=[scope], days=1)
    chain_now()
    return Client(headers={"Authorization": f"Bearer {secret}"})


def test_an_export_over_rest_proves_itself(tmp_path):
    some_events(3, model_name="digits")
    client = caller(Role.ADMIN)

    answer = client.get("/api/v1/audit/export/?model=digits&from_size=2")

    assert answer.status_code == 200
    assert answer.streaming
    text = b"".join(answer).decode()
    raw = json.loads(text)
    assert (raw["count"], raw["filters"], raw["checkpoint"]["size"]) == (3, {"model": "digits"}, 4)
    assert [item["checkpoint"] for item in raw["earlier"]] == [{"size": 2}]
    assert answer["Content-Disposition"] == 'attachment; filename="audit-4.json"'
    path = tmp_path / "export.json"
    path.write_text(text)
    assert verified(path)[0] == 0
    event = AuditEvent.objects.get(verb="audit.export")
    assert (event.door, event.after["filters"]) == ("api", {"model": "digits"})


@pytest.mark.parametrize("role", [Role.ENGINEER, Role.REVIEWER, Role.LEARNER])
def test_an_export_needs_the_right_to_read_all(role):
    some_events(1)

    answer = caller(role).get("/api/v1/audit/export/")

    assert (answer.status_code, answer.json()["permission"]) == (403, "audit.read")
    assert AuditEvent.objects.filter(verb="audit.export").exists() is False
    assert AuditCheckpoint.objects.exists() is False


@pytest.mark.parametrize(
    "query", ["since=yesterday", "until=2026-13-01", "from_size=x", "since=2026-11-01T25:00"]
)
def test_what_cannot_be_meant_is_refused(query):
    some_events(1)

    answer = caller(Role.OPERATOR).get(f"/api/v1/audit/export/?{query}")

    assert answer.status_code == 422, answer.content
    assert AuditEvent.objects.filter(verb="audit.export").exists() is False


def test_events_are_listed_by_all_filters_together():
    some_events(2, model_name="digits")
    some_events(1, model_name="boats")
    client = caller(Role.OPERATOR)

    def found(query: str) -> int:
        return len(client.get(f"/api/v1/audit/?{query}").json()["results"])

    who = AuditEvent.objects.filter(model_name="boats").get().actor_name
    assert found("model=digits&verb=thing.change&door=api") == 2
    assert found(f"actor={who}") == 1
    assert found(f"model=digits&actor={who}") == 0
    assert found("door=command") == 1
    assert found("since=2020-01-01&until=2020-02-01") == 0
    assert found("since=2020-01-01T00:00:00+08:00") == 4
    assert found("until=2020-01-01T00:00Z") == 0


def test_checkpoints_are_there_for_everyone_to_keep():
    some_events(2)
    checkpoint()

    client = caller(Role.LEARNER)
    (row,) = client.get("/api/v1/audit/checkpoints/").json()["results"]

    assert row == client.get("/api/v1/audit/checkpoints/2/").json()
    assert (row["size"], len(row["root"]), len(row["signature"])) == (2, 64, 128)
    assert "frontier" not in row
