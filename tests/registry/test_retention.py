"""Legal holds, and the removal of bytes that are past their time."""

import hashlib
import io
import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from core.errors import Conflict, Forbidden, Invalid
from core.models import AuditEvent
from core.roles import Role
from models_registry import artifacts, services
from models_registry.lifecycle import Stage
from models_registry.models import (
    BlobCheck,
    CondemnedBlob,
    LegalHold,
    ModelVersion,
    PromotionState,
    RegisteredModel,
)
from models_registry.services import purging
from models_registry.storage import Missing, store
from tests.factories import a_model, a_promotion, a_user, a_version, acting

pytestmark = pytest.mark.django_db(transaction=True)
BYTES = b"bytes of a model"
SHA = hashlib.sha256(BYTES).hexdigest()


@pytest.fixture
def admin():
    return acting(a_user(Role.ADMIN))


def stored(name="ranker", stage=Stage.REGISTERED, **given) -> ModelVersion:
    """A version whose file is in the store."""
    version = a_version(stage, model=a_model(name=name))
    ModelVersion.objects.filter(pk=version.pk).update(**given or {"stage": stage})
    artifacts.store(io.BytesIO(BYTES), declared_bytes=len(BYTES))
    version.files.update(sha256=SHA, size_bytes=len(BYTES))
    return version


def gone(version, *, days: float) -> ModelVersion:
    ModelVersion.with_deleted.filter(pk=version.pk).update(deleted_at=timezone.now() - timedelta(days=days))
    return version


def age_condemned(*, days: float) -> None:
    CondemnedBlob.objects.update(condemned_at=timezone.now() - timedelta(days=days))


def is_stored() -> bool:
    try:
        return store().size_bytes(SHA) == len(BYTES)
    except Missing:
        return False


def test_files_of_a_deleted_version_go_after_their_time_and_its_rows_stay(admin):
    version = gone(stored(), days=31)
    BlobCheck.objects.create(sha256=SHA, state="intact", checked_at=timezone.now())

    assert services.purge() == (1, 0)
    assert is_stored()
    age_condemned(days=8)
    assert services.purge() == (0, 1)

    assert not is_stored()
    version = ModelVersion.with_deleted.get(pk=version.pk)
    assert version.purged_at is not None
    assert [file.sha256 for file in version.files.all()] == [SHA]
    assert BlobCheck.objects.count() == CondemnedBlob.objects.count() == 0
    events = AuditEvent.objects.filter(verb__endswith=".purge").order_by("pk")
    assert [(event.verb, event.before) for event in events] == [
        ("version.purge", {"files": {"model.onnx": SHA}, "stage": "registered"}),
        ("blob.purge", {"sha256": SHA}),
    ]
    assert services.purge() == (0, 0)


@pytest.mark.parametrize(
    ("days", "approved", "purged"), [(29, False, 0), (31, False, 1), (31, True, 0), (3651, True, 1)]
)
def test_what_was_once_approved_is_kept_much_longer(days, approved, purged):
    version = stored()
    if approved:
        a_promotion(version, state=PromotionState.APPROVED, decided_at=timezone.now())
    gone(version, days=days)

    assert services.purge()[0] == purged


def test_a_retired_version_goes_only_if_it_was_approved_and_long_ago():
    version = stored(stage=Stage.RETIRED, stage_changed_at=timezone.now() - timedelta(days=4000))
    assert services.purge() == (0, 0)

    a_promotion(version, state=PromotionState.APPROVED, decided_at=timezone.now())
    assert services.purge() == (1, 0)


def test_bytes_that_another_version_refers_to_stay():
    gone(stored("one"), days=31)
    stored("two")

    assert services.purge() == (1, 0)
    age_condemned(days=8)
    assert services.purge() == (0, 0)
    assert (CondemnedBlob.objects.count(), is_stored()) == (0, True)


def test_the_same_bytes_uploaded_meanwhile_stay():
    gone(stored(), days=31)
    services.purge()
    age_condemned(days=8)

    artifacts.store(io.BytesIO(BYTES), declared_bytes=len(BYTES))

    assert services.purge() == (0, 0)
    assert is_stored()


def test_bytes_that_came_into_use_again_without_an_upload_stay():
    gone(stored("one"), days=31)
    services.purge()
    age_condemned(days=8)
    a_version(model=a_model(name="two")).files.update(sha256=SHA)

    assert services.purge() == (0, 0)
    assert (is_stored(), CondemnedBlob.objects.count()) == (True, 0)


def test_an_upload_during_the_removal_waits_and_has_its_bytes_afterwards():
    CondemnedBlob.objects.create(sha256=SHA)
    done = threading.Event()

    def upload() -> None:
        try:
            artifacts.store(io.BytesIO(BYTES), declared_bytes=len(BYTES))
            done.set()
        finally:
            connection.close()

    with transaction.atomic():
        CondemnedBlob.objects.select_for_update().get(pk=SHA)
        thread = threading.Thread(target=upload)
        thread.start()
        assert not done.wait(0.5)
        store().delete(SHA)
        CondemnedBlob.objects.filter(pk=SHA).delete()
    thread.join(timeout=10)

    assert done.is_set()
    assert is_stored()


def test_a_purge_that_was_killed_half_way_is_finished_by_the_next(monkeypatch):
    for name in ("one", "two"):
        gone(stored(name), days=31)
    once = purging.purge_version

    def dies(**given) -> bool:
        if ModelVersion.with_deleted.exclude(purged_at=None).exists():
            raise KeyboardInterrupt
        return once(**given)

    monkeypatch.setattr(purging, "purge_version", dies)
    with pytest.raises(KeyboardInterrupt):
        services.purge()
    monkeypatch.undo()

    assert services.purge()[0] == 1
    assert ModelVersion.with_deleted.filter(purged_at=None).count() == 0


@pytest.mark.parametrize("number", [None, 1])
def test_a_hold_on_a_version_or_its_model_stops_the_purge(admin, number):
    version = gone(stored(), days=31)
    hold = services.place_hold(actor=admin, name="ranker", number=number, reason="Case 12.")

    assert services.purge() == (0, 0)
    assert not purging.purge_version(version_id=version.pk)
    services.lift_hold(actor=admin, hold_id=hold.pk, reason="Case closed.")
    assert services.purge() == (1, 0)


def test_a_hold_stops_deletion_and_says_whose_it_is(admin):
    version = a_version(model=a_model(name="ranker"))
    hold = services.place_hold(actor=admin, name="ranker", number=1, reason="Case 12.")

    for refused in (
        lambda: services.delete_version(actor=admin, version_id=version.pk),
        lambda: services.delete_model(actor=admin, name="ranker"),
    ):
        with pytest.raises(Conflict) as caught:
            refused()
        assert caught.value.code == "legal-hold"
        who = hold.placed_by.name
        assert str(caught.value.detail) == f"A legal hold of {who} stands on v1: Case 12."
    assert (ModelVersion.objects.count(), RegisteredModel.objects.count()) == (1, 1)

    services.lift_hold(actor=admin, hold_id=hold.pk, reason="Over.")
    services.delete_model(actor=admin, name="ranker")
    verbs = AuditEvent.objects.filter(verb__startswith="hold.").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["hold.place", "hold.lift"]


def test_holds_that_cannot_be_leave_nothing(admin):
    a_version(model=a_model(name="ranker"))
    with pytest.raises(Invalid):
        services.place_hold(actor=admin, name="ranker", reason=" ")
    with pytest.raises(Forbidden):
        services.place_hold(actor=acting(a_user(Role.OPERATOR)), name="ranker", reason="Mine.")
    assert LegalHold.objects.count() == 0

    hold = services.place_hold(actor=admin, name="ranker", reason="Case 12.")
    with pytest.raises(Conflict) as again:
        services.place_hold(actor=admin, name="ranker", reason="Case 13.")
    assert again.value.code == "already-held"
    services.lift_hold(actor=admin, hold_id=hold.pk, reason="Over.")
    with pytest.raises(Conflict) as twice:
        services.lift_hold(actor=admin, hold_id=hold.pk, reason="Over again.")
    assert twice.value.code == "not-held"
    hold.refresh_from_db()
    assert hold.lift_reason == "Over."


def test_a_purged_version_is_not_restored(admin):
    version = stored()
    services.delete_version(actor=admin, version_id=version.pk)
    gone(version, days=31)
    services.purge()

    with pytest.raises(Conflict) as caught:
        services.restore_version(actor=admin, model_name="ranker", number=1)
    assert caught.value.code == "purged"
    assert ModelVersion.with_deleted.get(pk=version.pk).deleted_at is not None


def test_a_model_comes_back_without_the_versions_whose_files_are_gone(admin):
    version = stored()
    other = a_version(model=version.model)
    services.delete_model(actor=admin, name="ranker")
    ModelVersion.with_deleted.filter(pk=version.pk).update(purged_at=timezone.now())

    services.restore_model(actor=admin, name="ranker")

    assert list(ModelVersion.objects.values_list("pk", flat=True)) == [other.pk]


def test_what_is_taken_out_of_a_draft_is_condemned_once_nothing_refers_to_it(admin):
    version = stored(stage=Stage.DRAFT)
    services.remove_file(actor=admin, version_id=version.pk, name="model.onnx")

    assert list(CondemnedBlob.objects.values_list("sha256", flat=True)) == [SHA]
