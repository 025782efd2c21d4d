"""Blobs behind Django's storage API, with a cache of verified local copies for those that need a path."""

import hashlib
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.files.storage import Storage

from core.errors import Upstream
from models_registry.storage.contract import Changed, Missing
from models_registry.storage.folder import Pieces

# A copy that was asked for this recently may be about to be opened.
IN_USE_S = 3600.0


class RemoteStore:
    def __init__(self, storage: Storage, *, prefix: str, cache: Path, cache_bytes: int) -> None:
        self.storage = storage
        self.prefix = prefix
        self.cache = cache
        self.cache_bytes = cache_bytes

    def name(self, sha256: str) -> str:
        return "/".join(filter(None, (self.prefix, sha256[:2], sha256)))

    def keep(self, draft: Path, sha256: str) -> None:
        name = self.name(sha256)
        overwrites = getattr(self.storage, "file_overwrite", False)
        if not overwrites and self.storage.exists(name):
            if self.storage.size(name) == draft.stat().st_size:
                return
            self.storage.delete(name)
        with draft.open("rb") as file:
            kept = self.storage.save(name, File(file, name=sha256))
        if kept != name:
            self.storage.delete(kept)
            raise Upstream(f"The storage kept {name} under another name.", code="store")

    def read(self, sha256: str, *, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        bucket = getattr(self.storage, "bucket", None)
        if bucket is not None:
            return self._read_object(bucket, sha256, start, length)
        try:
            file = self.storage.open(self.name(sha256), "rb")
        except FileNotFoundError as error:
            raise Missing(sha256) from error
        file.seek(start)
        return Pieces(file, length)

    def size_bytes(self, sha256: str) -> int:
        name = self.name(sha256)
        if not self.storage.exists(name):
            raise Missing(sha256)
        return self.storage.size(name)

    def local(self, sha256: str) -> Path:
        """Hashed at every use: what a disk did to a copy is mended here and blamed on nobody."""
        path = self.cache / sha256[:2] / sha256
        with suppress(FileNotFoundError):
            os.utime(path)
            if _digest(path) == sha256:
                return path
            path.unlink(missing_ok=True)
        self._fetch(sha256, path)
        self._evict()
        return path

    def delete(self, sha256: str) -> None:
        self.storage.delete(self.name(sha256))
        (self.cache / sha256[:2] / sha256).unlink(missing_ok=True)

    def _read_object(self, bucket: Any, sha256: str, start: int, length: int | None) -> Iterator[bytes]:
        """An S3 object as it streams; the backend's own file would hold or spool all of it first."""
        if length == 0:
            return iter(())
        span = f"bytes={start}-{start + length - 1 if length is not None else ''}"
        asked = {"Range": span} if start or length is not None else {}
        try:
            body = bucket.Object(self.name(sha256)).get(**asked)["Body"]
        except self.storage.connection.meta.client.exceptions.NoSuchKey as error:  # type: ignore[attr-defined]
            raise Missing(sha256) from error
        return Pieces(body, length)

    def _fetch(self, sha256: str, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{uuid.uuid4().hex}")
        hasher = hashlib.sha256()
        try:
            with draft.open("xb") as file:
                for piece in self.read(sha256):
                    hasher.update(piece)
                    file.write(piece)
            if hasher.hexdigest() != sha256:
                raise Changed(hasher.hexdigest())
            draft.chmod(0o444)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)

    def _evict(self) -> None:
        """Drop the copies that were used longest ago until the cache fits."""
        found = [(path.stat(), path) for path in self.cache.glob("??/*") if path.is_file()]
        total = sum(stat.st_size for stat, _path in found)
        for stat, path in sorted(found, key=lambda item: item[0].st_mtime):
            if total <= self.cache_bytes or time.time() - stat.st_mtime < IN_USE_S:
                return
            path.unlink(missing_ok=True)
            total -= stat.st_size


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
