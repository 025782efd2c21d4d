"""Every door writes the same record: who, for whom, how they proved it, from where, which request."""

import re

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client, override_settings

from core.accounts import create_token
from core.actors import WORKER, Actor, Door, command_actor
from core.audit import content, details, record
from core.models import AuditEvent, User
from core.roles import Role, Scope
from models_registry.lifecycle import Stage
from serving.tasks import follow_version
from tests.factories import a_server, a_user, a_version, acting

pytestmark = pytest.mark.django_db


def by_page(user: User, path: str) -> None:
    client = Client()
    client.force_login(user)
    assert client.post(f"{path}notes/", {"notes": "from a page"}).status_code == 302


def by_api(user: User, path: str) -> None:
    _token, secret = create_token(actor=command_actor(user), name="t", scopes=[Scope.REGISTER], days=1)
    answer = Client().put(
        f"/api/v1{path.replace('/v1/', '/versions/1/')}notes/",
        {"notes": "from the API"},
        content_type="application/json",
        headers={"Authorization": f"Bearer {secret}"},
    )
    assert answer.status_code == 200, answer.content


def event_of(door: Door) -> AuditEvent:
    found = AuditEvent.objects.filter(door=door).order_by("pk").last()
    assert found is not None
    return found


@pytest.fixture
def walked(tmp_path, django_capture_on_commit_callbacks) -> dict[Door, AuditEvent]:
    """One event through each door, by what really writes there."""
    version = a_version(Stage.TESTING)
    user, path = version.created_by, f"/models/{version.model.name}/v1/"
    a_server(embedded=True)
    by_page(user, path)
    by_api(user, path)
    with override_settings(CONCH_HOME=tmp_path):
        call_command("ensure_accounts", verbosity=0)
    follow_version.apply(args=[version.pk], throw=True)
    return {door: event_of(door) for door in (Door.PAGE, Door.API, Door.COMMAND, Door.WORKER)}


def test_each_door_writes_the_same_shape(walked):
    shapes = {door: (sorted(content(event)), sorted(details(event))) for door, event in walked.items()}

    assert len({str(shape) for shape in shapes.values()}) == 1
    assert {event.shape for event in walked.values()} == {2}


def test_each_door_says_how_the_writer_was_known(walked):
    assert walked[Door.PAGE].auth == "session"
    assert re.fullmatch(r"token conch_\w{4}|token conch_.{4}", walked[Door.API].auth)
    assert walked[Door.COMMAND].auth.startswith("shell ")
    assert walked[Door.WORKER].auth == "internal"


def test_each_door_says_from_where_and_in_which_request(walked):
    assert (walked[Door.PAGE].address, walked[Door.API].address) == ("127.0.0.1", "127.0.0.1")
    requests = [event.request_id for event in walked.values()]
    assert all(requests)
    assert len(set(requests)) == 4
    assert re.fullmatch(r"[0-9a-f]{16}", walked[Door.PAGE].request_id)
    # A worker's request is its task.
    assert re.fullmatch(r"[0-9a-f-]{36}", walked[Door.WORKER].request_id)


def test_before_and_after_stand_beside_each_other(walked):
    assert (walked[Door.PAGE].before, walked[Door.PAGE].after) == ({"notes": ""}, {"notes": "from a page"})
    assert walked[Door.API].before == {"notes": "from a page"}


def test_who_acts_for_another_is_told_apart_from_them():
    delegate, absent = a_user(Role.REVIEWER), a_user(Role.REVIEWER)
    actor = Actor(user=delegate, door=Door.PAGE, auth="session", delegated_for=absent)

    with transaction.atomic():
        event = record(actor, "thing.change", delegate)
        own = record(acting(delegate), "thing.change", delegate)

    assert (event.actor_name, event.delegated_for) == (delegate.username, absent.username)
    assert own.delegated_for == ""
    assert WORKER.delegated_for is None
