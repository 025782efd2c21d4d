"""A version as a zip file, written while it is sent."""

import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from models_registry.models import ModelVersion
from serving import layout
from serving.triton.repository import File

CHUNK_BYTES = 1024 * 1024
# The same bytes whenever it is made.
WRITTEN_AT = datetime(2000, 1, 1, tzinfo=UTC).timetuple()[:6]


class _Outbox(io.RawIOBase):
    """What zipfile writes to; it is emptied after each piece."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        self._pieces.append(bytes(data))
        return len(self._pieces[-1])

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def zipped(version: ModelVersion) -> Iterator[bytes]:
    """The folder of a version in a model repository, as the pieces of a zip; memory stays constant.

    Raises Invalid or Upstream, before the first piece, when the store lacks a file.
    """
    return _pieces(version, sorted(layout.files_of(version)))


def _pieces(version: ModelVersion, files: list[File]) -> Iterator[bytes]:
    outbox = _Outbox()
    with zipfile.ZipFile(outbox, "w", zipfile.ZIP_STORED) as archive:
        config = zipfile.ZipInfo(f"{version.triton_name}/config.pbtxt", WRITTEN_AT)
        archive.writestr(config, layout.config_of(version))
        for path, source, _digest in files:
            entry = zipfile.ZipInfo(f"{version.triton_name}/{path}", WRITTEN_AT)
            with source.open("rb") as reader, archive.open(entry, "w", force_zip64=True) as writer:
                while chunk := reader.read(CHUNK_BYTES):
                    writer.write(chunk)
                    yield outbox.taken()
    yield outbox.taken()
