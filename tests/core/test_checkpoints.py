"""Signed checkpoints: what a hash chain alone cannot show, an old checkpoint does."""

import json
import stat
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from core.audit import GENESIS, content_digest, details_digest, link
from core.errors import Conflict
from core.models import AuditCheckpoint, AuditEvent
from core.tasks import audit_checkpoint
from core.trail import checkpoints, folder, keys
from core.trail.checkpoints import checkpoint, note_of
from core.trail.verify import verify
from tests.core.trails import chain_now, some_events, unprotected

pytestmark = pytest.mark.django_db


def problems() -> list[str]:
    return [str(problem) for problem in verify().problems]


def rebuild_chain(start: int = 1) -> None:
    """What somebody with the database and the source can do: make every hash fit again."""
    before = AuditEvent.objects.filter(position=start - 1).values_list("hash", flat=True).first() or GENESIS
    with unprotected():
        AuditEvent.objects.filter(position__gte=start).update(hash=None)
        for event in AuditEvent.objects.filter(position__gte=start).order_by("position"):
            event.details_hash = details_digest(event)
            event.content_hash = content_digest(event)
            event.previous_hash, event.hash = before, link(before, event.content_hash)
            event.save()
            before = event.hash


def test_a_checkpoint_signs_what_is_new_and_follows_the_one_before():
    some_events(3)
    first = checkpoint()
    some_events(2)
    second = checkpoint()

    assert [(row.size, row.previous) for row in first + second] == [
        (3, ""),
        (5, note_of(first[0]).digest),
    ]
    assert checkpoint() == []
    assert all(note_of(row).is_genuine for row in AuditCheckpoint.objects.all())
    report = verify()
    assert (report.events, report.checkpoints, report.copies, report.problems) == (5, 2, 2, ())
    assert report.root == second[0].root


def test_many_new_events_are_signed_in_steps(monkeypatch):
    monkeypatch.setattr(checkpoints, "MOST_EVENTS", 4)
    some_events(9)

    assert [row.size for row in checkpoint()] == [4, 8, 9]
    assert problems() == []


def test_the_key_is_made_once_and_is_its_owners_alone(settings):
    first = keys.load(settings.TRAIL.key)

    assert stat.S_IMODE(settings.TRAIL.key.stat().st_mode) == 0o600
    assert keys.load(settings.TRAIL.key).public == first.public
    settings.TRAIL.key.chmod(0o644)
    with pytest.raises(PermissionError, match="0600"):
        keys.load(settings.TRAIL.key)


def test_the_copies_are_small_json_files_that_cannot_be_written_by_chance(settings):
    some_events(2)
    (row,) = checkpoint()

    (path,) = settings.TRAIL.checkpoints.iterdir()
    raw = json.loads(path.read_text())
    assert path.name == "checkpoint-000000000002.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o444
    assert (raw["format"], raw["size"], raw["root"]) == ("conch-checkpoint-1", 2, row.root)
    assert len(raw["leaves"]) == 2
    assert "private" not in path.read_text()


def test_lost_copies_are_written_again(settings):
    some_events(2)
    checkpoint()
    some_events(1)
    checkpoint()
    before = {path.name: path.read_text() for path in settings.TRAIL.checkpoints.iterdir()}
    for path in settings.TRAIL.checkpoints.iterdir():
        path.unlink()

    checkpoint()

    assert {path.name: path.read_text() for path in settings.TRAIL.checkpoints.iterdir()} == before


def test_a_copy_that_says_something_else_is_never_replaced(settings):
    some_events(2)
    (row,) = checkpoint()
    path = settings.TRAIL.checkpoints / folder.name_of(2)
    raw = json.loads(path.read_text())
    path.chmod(0o644)
    path.write_text(json.dumps(raw | {"root": "0" * 64}))

    assert folder.keep(settings.TRAIL.checkpoints, note_of(row), leaves=[]) is False
    assert "checkpoint-000000000002.json is not signed by the key that it names" in problems()[0]


def test_dropping_the_last_events_is_found_though_the_chain_is_whole():
    events = some_events(5)
    checkpoint()
    with unprotected():
        AuditEvent.objects.filter(position__gt=3).delete()

    found = problems()
    assert found[0] == (
        "the audit trail is broken at position 4: a signed checkpoint knows 5 events; the last 2 are gone"
    )
    with pytest.raises(CommandError, match="position 4"):
        call_command("verify_audit")
    assert len(events) == 5


def test_dropping_events_and_checkpoints_from_the_database_is_found_by_the_copies():
    some_events(3)
    checkpoint()
    some_events(2)
    checkpoint()
    with unprotected(), unprotected("core_auditcheckpoint"):
        AuditEvent.objects.filter(position__gt=3).delete()
        AuditCheckpoint.objects.filter(size=5).delete()

    assert problems() == [
        "the audit trail is broken at position 4: "
        "the checkpoint checkpoint-000000000005.json knows 5 events; the last 2 are gone"
    ]


def test_a_rewritten_chain_is_found_and_the_first_changed_event_named():
    events = some_events(6)
    checkpoint()
    with unprotected():
        AuditEvent.objects.filter(pk=events[3].pk).update(reason="never happened")
    rebuild_chain(start=4)

    found = problems()
    assert found == [
        "the audit trail is broken: the first 6 events are not those of their signed checkpoint",
        f"the audit trail is broken at event {events[3].pk}: "
        "it is not the event that the checkpoint checkpoint-000000000006.json signed",
    ]


def test_an_old_backup_that_went_on_is_found_at_the_event_where_it_went_on(tmp_path):
    """Restore a backup and hide the last week: the database forgot it all, and new events took its place."""
    some_events(3)
    checkpoint()
    some_events(4)
    checkpoint()
    with unprotected(), unprotected("core_auditcheckpoint"):
        AuditEvent.objects.filter(position__gt=3).delete()
        AuditCheckpoint.objects.filter(size__gt=3).delete()
    other = some_events(5)

    assert problems() == [
        f"the audit trail is broken at event {other[0].pk}: "
        "it is not the event that the checkpoint checkpoint-000000000007.json signed"
    ]
    with pytest.raises(Conflict, match="knows a trail of 7 events"):
        checkpoint()
    assert AuditCheckpoint.objects.count() == 1


def test_the_task_says_so_and_signs_nothing_over_a_gap(caplog):
    some_events(3)
    audit_checkpoint()
    with unprotected(), unprotected("core_auditcheckpoint"):
        AuditEvent.objects.filter(position__gt=1).delete()
        AuditCheckpoint.objects.all().delete()

    audit_checkpoint()

    assert "audit_checkpoint_refused" in caplog.text
    assert AuditCheckpoint.objects.exists() is False


def test_an_old_folder_of_copies_is_evidence_too(settings, tmp_path):
    """Even the folder here and the key were in the wrong hands; one copy in another drawer is enough."""
    events = some_events(4)
    checkpoint()
    drawer = tmp_path / "drawer"
    settings.TRAIL.checkpoints.rename(drawer)
    with unprotected(), unprotected("core_auditcheckpoint"):
        AuditEvent.objects.filter(pk=events[1].pk).update(reason="never happened")
        AuditCheckpoint.objects.all().delete()
    rebuild_chain(start=2)
    checkpoint()

    assert problems() == []
    with pytest.raises(CommandError, match=f"at event {events[1].pk}: it is not the event that"):
        call_command("verify_audit", against=[drawer])


def test_a_forged_checkpoint_is_found():
    some_events(2)
    checkpoint()
    with unprotected("core_auditcheckpoint"):
        AuditCheckpoint.objects.update(root="0" * 64)

    assert "is not signed by the key that it names" in problems()[0]


def test_a_copy_that_cannot_be_read_is_named(settings):
    some_events(1)
    checkpoint()
    Path(settings.TRAIL.checkpoints / "checkpoint-000000000009.json").write_text("{")

    assert "checkpoint-000000000009.json cannot be read" in problems()[0]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE core_auditcheckpoint SET size = 9",
        "DELETE FROM core_auditcheckpoint",
        "TRUNCATE core_auditcheckpoint",
    ],
)
def test_the_database_refuses_to_change_a_checkpoint(statement):
    some_events(1)
    checkpoint()
    chain_now()

    with pytest.raises(Exception, match="append-only"), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_command_says_what_it_signed(capsys):
    some_events(2)

    call_command("audit_checkpoint")
    call_command("audit_checkpoint")
    call_command("verify_audit")

    said = capsys.readouterr().out
    assert "checkpoint over 2 events, root" in said
    assert "nothing new since the last checkpoint" in said
    assert "1 checkpoints over 2 events, 1 found elsewhere" in said
