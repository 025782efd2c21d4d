"""The pack as a file: from members and a key to bytes, the same bytes every time. Pure."""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping

from core.trail.keys import SigningKey

FORMAT = "conch-evidence-pack-1"
MANIFEST, SEAL = "manifest.json", "manifest.sig"
# The first moment that a zip can name.
EPOCH = (1980, 1, 1, 0, 0, 0)


def as_json(value: object) -> bytes:
    """JSON for people and programs: sorted, indented, one spelling."""
    return (json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False) + "\n").encode()


def build(
    members: Mapping[str, bytes], *, subject: str, bound: Mapping[str, object], key: SigningKey
) -> bytes:
    """A zip of the members, a manifest with the SHA-256 of each, and the manifest's signature.

    Args:
        subject: what the pack is about, like “digits v3”.
        bound: what else the signature binds: digests of the version, the checkpoint of the trail.
    """
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in members.items()}
    manifest = as_json({"format": FORMAT, "subject": subject, "members": digests, **bound})
    seal = {"key_id": key.id, "public_key": key.public, "signature": key.sign(manifest)}
    return zipped({**members, MANIFEST: manifest, SEAL: as_json(seal)})


def zipped(members: Mapping[str, bytes]) -> bytes:
    """A zip without anything of its own: sorted, stored, dated 1980, readable by all."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(members):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, members[name])
    return target.getvalue()
