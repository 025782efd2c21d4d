"""Blobs in a local folder: written beside, flushed, renamed; read without a copy."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from models_registry.storage.contract import CHUNK_BYTES, Missing


class FolderStore:
    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, sha256: str) -> Path:
        return self.root / sha256[:2] / sha256

    def keep(self, draft: Path, sha256: str) -> None:
        """Equal digest, equal bytes: replacing is harmless, and heals a blob that was damaged."""
        target = self.path(sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        draft.chmod(0o444)
        link = target.with_name(f".{uuid.uuid4().hex}")
        try:
            os.link(draft, link)
            link.replace(target)
        finally:
            link.unlink(missing_ok=True)
        flush(target.parent)
        flush(self.root)

    def read(self, sha256: str, *, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        try:
            file = self.path(sha256).open("rb")
        except FileNotFoundError as error:
            raise Missing(sha256) from error
        file.seek(start)
        return Pieces(file, length)

    def size_bytes(self, sha256: str) -> int:
        try:
            return self.path(sha256).stat().st_size
        except FileNotFoundError as error:
            raise Missing(sha256) from error

    def local(self, sha256: str) -> Path:
        path = self.path(sha256)
        if not path.is_file():
            raise Missing(sha256)
        return path

    def delete(self, sha256: str) -> None:
        self.path(sha256).unlink(missing_ok=True)


class Pieces:
    """The next `length` bytes of a file (all without it), in pieces; it closes the file, read or not."""

    def __init__(self, file: Any, length: int | None) -> None:
        self.file = file
        self.left = length

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self.left == 0:
            self.close()
            raise StopIteration
        piece = self.file.read(CHUNK_BYTES if self.left is None else min(CHUNK_BYTES, self.left))
        if not piece:
            self.close()
            raise StopIteration
        if self.left is not None:
            self.left -= len(piece)
        return bytes(piece)

    def close(self) -> None:
        self.file.close()
        self.left = 0


def flush(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
