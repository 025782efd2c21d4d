"""A checkpoint as a note: signed words that mean the same wherever they are kept. Pure."""

from dataclasses import asdict, dataclass
from typing import Any

from core.canonical import canonical, sha256
from core.trail.keys import SigningKey, is_signed, key_id

FORMAT = "conch-checkpoint-1"
# Enough of a leaf's hash to say which event differs; the root alone decides whether one does.
LEAF_DIGITS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """“The first `size` events have this root”, said at `signed_at` (ISO 8601, UTC).

    `previous` is the digest of the note before, `public_key` the raw Ed25519 key in hex.
    """

    size: int
    root: str
    previous: str
    signed_at: str
    key_id: str
    public_key: str
    signature: str

    def body(self) -> dict[str, Any]:
        """What is signed."""
        return _body(size=self.size, root=self.root, previous=self.previous, signed_at=self.signed_at)

    @property
    def digest(self) -> str:
        return sha256(self.body())

    @property
    def is_genuine(self) -> bool:
        """Whether the key that it names signed it."""
        known = key_id(self.public_key) == self.key_id
        return known and is_signed(canonical(self.body()), signature=self.signature, public=self.public_key)

    def to_json(self) -> dict[str, Any]:
        return {"format": FORMAT} | asdict(self)


def signed(*, size: int, root: str, previous: str, signed_at: str, key: SigningKey) -> Note:
    body = _body(size=size, root=root, previous=previous, signed_at=signed_at)
    return Note(
        size=size,
        root=root,
        previous=previous,
        signed_at=signed_at,
        key_id=key.id,
        public_key=key.public,
        signature=key.sign(canonical(body)),
    )


def read(raw: dict[str, Any]) -> Note:
    """A note from its JSON; ValueError unless it is one."""
    if raw.get("format") != FORMAT:
        raise ValueError("not a checkpoint of Conch")
    try:
        return Note(**{name: raw[name] for name in Note.__slots__})
    except KeyError as error:
        raise ValueError(f"a checkpoint without {error}") from error


def _body(*, size: int, root: str, previous: str, signed_at: str) -> dict[str, Any]:
    return {"format": FORMAT, "size": size, "root": root, "previous": previous, "signed_at": signed_at}
