"""Checkpoints: made when there is something new, signed, kept in the table and in a folder elsewhere."""

from collections.abc import Iterator

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import Conflict
from core.merkle import Frontier, leaf_hash
from core.models import AuditCheckpoint, AuditEvent
from core.trail import folder, keys, notes
from core.trail.notes import Note

MOST_EVENTS = 10_000
MAKER_LOCK = 0x434F4E4349


def checkpoint() -> list[AuditCheckpoint]:
    """Sign what is new, in as many steps as it takes, and keep copies of all that the folder lacks.

    Raises:
        Conflict: the folder knows a trail that this one does not go on from.
    """
    refuse_another_trail()
    made = list(_made())
    publish()
    return made


def publish() -> int:
    """Copy to the folder what it lacks; returns how many files that were."""
    kept = {path.name for path in settings.TRAIL.checkpoints.glob("checkpoint-*.json")}
    lacking = [
        row for row in AuditCheckpoint.objects.order_by("size") if folder.name_of(row.size) not in kept
    ]
    for row in lacking:
        folder.keep(settings.TRAIL.checkpoints, note_of(row), leaves=_leaves(row))
    return len(lacking)


def note_of(row: AuditCheckpoint) -> Note:
    return Note(
        size=row.size,
        root=row.root,
        previous=row.previous,
        signed_at=row.signed_at.isoformat(),
        key_id=row.key_id,
        public_key=row.public_key,
        signature=row.signature,
    )


def newest() -> AuditCheckpoint | None:
    return AuditCheckpoint.objects.first()


def refuse_another_trail() -> None:
    """Raise Conflict unless the folder's newest checkpoint is of this trail: no gap is signed over."""
    known = folder.newest_in(settings.TRAIL.checkpoints)
    if known is None:
        return
    if AuditCheckpoint.objects.filter(size=known.note.size, root=known.note.root).exists():
        return
    raise Conflict(
        _("The folder of checkpoints knows a trail of %(size)d events that this one does not go on from.")
        % {"size": known.note.size},
        code="another-trail",
        hint=_("Was an old backup restored? Run verify_audit; it names the first event that differs."),
    )


def _made() -> Iterator[AuditCheckpoint]:
    while (row := _make_next()) is not None:
        yield row


@transaction.atomic(durable=True)
def _make_next() -> AuditCheckpoint | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [MAKER_LOCK])
    last = newest()
    size = last.size if last else 0
    frontier = Frontier(size=size, parts=map(bytes.fromhex, last.frontier) if last else ())
    fresh = AuditEvent.objects.filter(position__gt=size).order_by("position")
    for entry in fresh.values_list("hash", flat=True)[:MOST_EVENTS]:
        frontier.append(bytes.fromhex(entry or ""))
    if frontier.size == size:
        return None
    now = timezone.now()
    note = notes.signed(
        size=frontier.size,
        root=frontier.root().hex(),
        previous=note_of(last).digest if last else "",
        signed_at=now.isoformat(),
        key=keys.load(settings.TRAIL.key),
    )
    return AuditCheckpoint.objects.create(
        size=note.size,
        root=note.root,
        previous=note.previous,
        signed_at=now,
        key_id=note.key_id,
        public_key=note.public_key,
        signature=note.signature,
        frontier=[part.hex() for part in frontier.parts],
    )


def _leaves(row: AuditCheckpoint) -> list[str]:
    """What the file says of each event since the checkpoint before: the start of its leaf's hash."""
    before = AuditCheckpoint.objects.filter(size__lt=row.size).first()
    since = AuditEvent.objects.filter(position__gt=before.size if before else 0, position__lte=row.size)
    hashes = since.order_by("position").values_list("hash", flat=True)
    return [leaf_hash(bytes.fromhex(entry or "")).hex()[: notes.LEAF_DIGITS] for entry in hashes]
