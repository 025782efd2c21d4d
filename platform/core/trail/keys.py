"""The Ed25519 key that signs checkpoints and packs: made once, kept in the state folder with mode 0600."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


@dataclass(frozen=True, slots=True)
class SigningKey:
    """`public` is the raw key in hex; `id` is the start of its SHA-256."""

    private: Ed25519PrivateKey
    public: str

    @property
    def id(self) -> str:
        return key_id(self.public)

    def sign(self, message: bytes) -> str:
        """The signature in hex; the same message always gives the same one."""
        return self.private.sign(message).hex()


def load(path: Path) -> SigningKey:
    """The key in this file, made first if there is none.

    Raises:
        PermissionError: others than its owner can read the file.
    """
    if not path.exists():
        _make(path)
    if path.stat().st_mode & 0o077:
        raise PermissionError(f"{path} must be readable by its owner alone (mode 0600)")
    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(path.read_text().strip()))
    return SigningKey(private, private.public_key().public_bytes_raw().hex())


def key_id(public: str) -> str:
    return hashlib.sha256(bytes.fromhex(public)).hexdigest()[:16]


def is_signed(message: bytes, *, signature: str, public: str) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(Ed25519PrivateKey.generate().private_bytes_raw().hex())
    try:
        os.link(draft, path)  # the first of several starting processes wins
    except FileExistsError:
        pass
    finally:
        draft.unlink()
