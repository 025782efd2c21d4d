"""Bytes that a hold, a copy or an upload still needs are not removed; those that nothing needs are."""

import hashlib
import io
import threading
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from core.errors import Conflict
from core.models import AuditEvent, Workspace
from core.roles import Role
from models_registry import artifacts, services
from models_registry.lifecycle import Stage
from models_registry.models import (
    CondemnedBlob,
    LegalHold,
    ModelVersion,
    RegisteredModel,
    StoredArtifact,
)
from models_registry.services import purging, tracked_files
from models_registry.services.sourced import Held, Origin
from models_registry.storage import Missing, store
from tests.factories import a_model, a_user, a_version, acting

pytestmark = pytest.mark.django_db(transaction=True)
BYTES = b"bytes that are held"
SHA = hashlib.sha256(BYTES).hexdigest()


@pytest.fixture
def admin():
    return acting(a_user(Role.ADMIN))


def kept(content: bytes = BYTES) -> artifacts.Stored:
    return artifacts.store(io.BytesIO(content), declared_bytes=len(content))


def is_stored(sha256: str = SHA) -> bool:
    try:
        store().size_bytes(sha256)
    except Missing:
        return False
    return True


def condemned(*, days: float = 8) -> None:
    when = timezone.now() - timedelta(days=days)
    CondemnedBlob.objects.update_or_create(sha256=SHA, defaults={"condemned_at": when})


@pytest.fixture
def purged() -> ModelVersion:
    """ranker v1: given up, its bytes still there for a while."""
    version = a_version(model=a_model(name="ranker"), deleted_at=timezone.now() - timedelta(days=40))
    version.files.update(sha256=SHA, size_bytes=len(BYTES))
    kept()
    assert services.purge() == (1, 0)
    condemned()
    version.refresh_from_db()
    return version


def test_bytes_condemned_anew_since_the_sweep_looked_get_their_whole_time():
    kept()
    condemned(days=0)

    assert not purging.remove_blob(SHA)
    assert (is_stored(), CondemnedBlob.objects.count()) == (True, 1)


@pytest.mark.parametrize("number", [None, 1])
def test_a_hold_also_keeps_bytes_that_were_given_up_and_are_still_there(admin, purged, number):
    hold = services.place_hold(actor=admin, name="ranker", number=number, reason="Case 12.")

    assert services.purge() == (0, 0)
    assert not purging.remove_blob(SHA)
    assert is_stored()
    services.lift_hold(actor=admin, hold_id=hold.pk, reason="Over.")
    assert services.purge() == (0, 1)
    assert not is_stored()


def test_a_version_whose_bytes_are_gone_is_not_held(admin, purged):
    services.purge()

    with pytest.raises(Conflict) as caught:
        services.place_hold(actor=admin, name="ranker", number=1, reason="Case 12.")
    assert caught.value.code == "purged"


@pytest.mark.parametrize("number", [None, 1])
def test_files_of_a_held_draft_are_neither_taken_away_nor_replaced(admin, number):
    draft = a_version(Stage.DRAFT, model=a_model(name="ranker"))
    services.place_hold(actor=admin, name="ranker", number=number, reason="Case 12.")
    before, stored = list(draft.files.values_list("path", "sha256")), kept()
    events = AuditEvent.objects.count()

    for refused in (
        lambda: services.remove_file(actor=admin, version_id=draft.pk, name="model.onnx"),
        lambda: services.attach_stored(actor=admin, version_id=draft.pk, name="model.onnx", stored=stored),
        lambda: services.attach_stored(
            actor=admin, version_id=draft.pk, name="other.onnx", stored=stored, alone=True
        ),
    ):
        with pytest.raises(Conflict) as caught:
            refused()
        assert caught.value.code == "legal-hold"
    assert list(draft.files.values_list("path", "sha256")) == before
    assert not CondemnedBlob.objects.filter(sha256=before[0][1]).exists()
    assert AuditEvent.objects.count() == events


def test_a_held_draft_still_takes_files_beside_what_it_has(admin):
    draft = a_version(Stage.DRAFT, model=a_model(name="ranker"))
    services.place_hold(actor=admin, name="ranker", reason="Case 12.")
    services.attach_stored(actor=admin, version_id=draft.pk, name="weights.bin", stored=kept())

    assert sorted(draft.files.values_list("path", flat=True)) == ["model.onnx", "weights.bin"]


def test_a_version_is_not_made_of_files_that_were_given_up(purged):
    maker, files = acting(a_user(Role.ENGINEER)), [Held(path="model.onnx", sha256=SHA, size_bytes=3)]
    a_model(name="copy")

    with pytest.raises(Conflict) as caught:
        services.create_sourced_version(
            actor=maker, model_name="copy", origin=Origin(derived_from=purged), files=files
        )
    assert caught.value.code == "purged"
    assert ModelVersion.objects.filter(model__name="copy").count() == 0


def test_tracked_files_leave_bytes_that_are_removed_in_time():
    maker, place = acting(a_user(Role.ENGINEER)), Workspace.objects.get_or_create(name=Workspace.DEFAULT)[0]

    def put(content: bytes) -> None:
        tracked_files.put_file(
            actor=maker, workspace_id=place.pk, path="1/model.onnx", stream=io.BytesIO(content),
            declared_bytes=len(content),
        )  # fmt: skip

    def much_later() -> tuple[int, int]:
        CondemnedBlob.objects.update(condemned_at=timezone.now() - timedelta(days=8))
        return services.purge()

    put(BYTES)
    put(BYTES)
    assert (much_later(), CondemnedBlob.objects.count()) == ((0, 0), 0)
    put(b"newer")
    assert services.purge() == (0, 0)
    assert (much_later(), is_stored()) == ((0, 1), False)
    tracked_files.delete_files(actor=maker, workspace_id=place.pk, path="1")
    assert StoredArtifact.objects.count() == 0
    assert much_later() == (0, 1)
    assert not is_stored(hashlib.sha256(b"newer").hexdigest())


def test_bytes_that_were_stored_and_then_refused_are_removed_in_time(admin):
    version = a_version(model=a_model(name="ranker"))
    with pytest.raises(Conflict):
        services.attach_stored(actor=admin, version_id=version.pk, name="model.onnx", stored=kept())

    assert (services.purge(), is_stored()) == ((0, 0), True)
    condemned()
    assert (services.purge(), is_stored()) == ((0, 1), False)


def test_bytes_in_use_are_looked_at_once_and_stay(admin):
    draft = a_version(Stage.DRAFT, model=a_model(name="ranker"))
    services.attach_stored(actor=admin, version_id=draft.pk, name="weights.bin", stored=kept())
    condemned()

    assert services.purge() == (0, 0)
    assert (is_stored(), CondemnedBlob.objects.count()) == (True, 0)


def in_background(work) -> tuple[threading.Thread, threading.Event]:
    done = threading.Event()

    def run() -> None:
        try:
            work()
            done.set()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, done


def test_a_hold_that_is_being_placed_is_waited_for_by_the_removal(admin, purged):
    """The removal began before the hold stood, and still finds it."""
    removed: list[bool] = []
    with transaction.atomic():
        RegisteredModel.with_deleted.select_for_update().get(pk=purged.model_id)
        thread, done = in_background(lambda: removed.append(purging.remove_blob(SHA)))
        assert not done.wait(0.5)
        LegalHold.objects.create(model=purged.model, version=purged, reason="Case 12.", placed_by=admin.user)
    thread.join(timeout=10)

    assert (done.is_set(), removed, is_stored()) == (True, [False], True)


def test_a_hold_that_is_being_placed_is_waited_for_by_the_purge_of_a_version(admin):
    version = a_version(model=a_model(name="ranker"), deleted_at=timezone.now() - timedelta(days=40))
    purged: list[bool] = []
    with transaction.atomic():
        RegisteredModel.with_deleted.select_for_update().get(pk=version.model_id)
        thread, done = in_background(lambda: purged.append(purging.purge_version(version_id=version.pk)))
        assert not done.wait(0.5)
        LegalHold.objects.create(model=version.model, reason="Case 12.", placed_by=admin.user)
    thread.join(timeout=10)

    version.refresh_from_db()
    assert (done.is_set(), purged, version.purged_at) == (True, [False], None)


def test_what_the_command_removes_is_in_the_trail_as_such(purged):
    call_command("purge", yes=True)

    event = AuditEvent.objects.get(verb="blob.purge")
    assert (event.door, event.before, is_stored()) == ("command", {"sha256": SHA}, False)
