"""What a store promises: whole blobs under their SHA-256, read and written in constant memory."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

CHUNK_BYTES = 1024 * 1024


class Missing(Exception):
    """The store does not have this blob."""


class Changed(Exception):
    """The store's bytes are not those of the digest; `found` is theirs."""

    def __init__(self, found: str) -> None:
        super().__init__(found)
        self.found = found


class Store(Protocol):
    def keep(self, draft: Path, sha256: str) -> None:
        """Take the bytes of a local file over, durably; the caller still owns and removes `draft`."""

    def read(self, sha256: str, *, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """A span of a blob in pieces. Raises Missing before the first piece."""

    def size_bytes(self, sha256: str) -> int:
        """Raises Missing."""

    def local(self, sha256: str) -> Path:
        """A path on this machine for those that need one.

        Raises Missing; Changed where a copy had to be made and came with other bytes.
        """

    def delete(self, sha256: str) -> None:
        """Harmless when it is not there."""
