"""Evidence packs: made from the rows, signed, handed out, and that on the record."""

import hashlib
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import translation

from core.actors import Actor
from core.audit import record
from core.trail import keys
from models_registry import selectors
from models_registry.access import require_on_model
from models_registry.packing import archive, summary
from models_registry.packing.archive import as_json
from models_registry.packing.gathering import Gathered, gather


@dataclass(frozen=True, slots=True)
class Pack:
    """A zip under the name it is saved as."""

    name: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def take_pack(*, actor: Actor, model_name: str, number: int) -> Pack:
    """The evidence for a version; the same bytes until something is written about it.

    Raises:
        Forbidden: the actor may not take packs.
        NotFound: there is no such version.
        Conflict: the checkpoints elsewhere are of another trail, so nothing can be signed.
    """
    require_on_model(actor, "evidence.pack", name=model_name)
    version = selectors.version(model_name, number)
    with translation.override("en"):
        found = gather(version)
        content = archive.build(
            members(found),
            subject=found.subject,
            bound={
                "artifact_digest": version.artifact_digest,
                "config_digest": version.config_digest,
                "checkpoint": found.checkpoint,
            },
            key=keys.load(settings.TRAIL.key),
        )
    pack = Pack(f"{model_name}-v{number}-evidence.zip", content)
    after = {"sha256": pack.sha256, "size_bytes": len(content)}
    with transaction.atomic(durable=True):
        record(actor, "version.pack", version, after=after, model_name=model_name)
    return pack


def members(found: Gathered) -> dict[str, bytes]:
    """The files of a pack by their names."""
    files = {f"{topic}.json": as_json(rows) for topic, rows in found.topics.items()}
    files["audit.json"] = found.audit.encode()
    files["summary.md"] = summary.markdown(found).encode()
    files["index.html"] = summary.page(found).encode()
    if found.config:
        files["config.pbtxt"] = found.config.encode()
    if difference := summary.config_diff(found):
        files["config.diff"] = difference.encode()
    return files
