"""A ZIP archive read with care: PyTorch's files are archives that anyone may have made."""

import zipfile
from pathlib import Path
from typing import Self

from models_registry.inspection.refused import Refused

MOST_ENTRIES = 100_000
# PyTorch stores without compression; what grows much more than this when read was made to do harm.
MOST_RATIO = 200


class Archive:
    """The entries of an archive by their path below its one top folder, where it has one.

    Raises:
        Refused: damaged-archive, or zip-bomb.
    """

    def __init__(self, path: Path, *, filename: str) -> None:
        self._filename = filename
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
            raise Refused("damaged-archive", filename=filename) from None
        entries = [entry for entry in self._zip.infolist() if not entry.is_dir()]
        if len(entries) > MOST_ENTRIES:
            raise Refused("zip-bomb", filename=filename)
        tops = {entry.filename.partition("/")[0] for entry in entries if "/" in entry.filename}
        self.top = tops.pop() if len(tops) == 1 and not any("/" not in e.filename for e in entries) else ""
        prefix = f"{self.top}/" if self.top else ""
        self._entries = {entry.filename.removeprefix(prefix): entry for entry in entries}

    @classmethod
    def names_of(cls, path: Path) -> list[str]:
        """The entries' names; none where it is no archive that can be read."""
        try:
            return list(cls(path, filename="")._entries)
        except Refused:
            return []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    @property
    def names(self) -> list[str]:
        return list(self._entries)

    def bytes_under(self, folder: str) -> int:
        return sum(entry.file_size for name, entry in self._entries.items() if name.startswith(folder))

    def read(self, name: str, *, most_bytes: int) -> bytes:
        """One entry in full; raises Refused where it is missing, damaged or too large."""
        entry = self._entries.get(name)
        if entry is None:
            raise Refused("damaged-archive", filename=self._filename)
        if entry.file_size > most_bytes or entry.file_size > MOST_RATIO * max(entry.compress_size, 1024):
            raise Refused("zip-bomb", filename=self._filename)
        try:
            with self._zip.open(entry) as stream:
                # One byte more than declared would be a lie about the size.
                content = stream.read(entry.file_size + 1)
        except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError, EOFError):
            raise Refused("damaged-archive", filename=self._filename) from None
        if len(content) != entry.file_size:
            raise Refused("damaged-archive", filename=self._filename)
        return content

    def text(self, name: str, *, most_bytes: int) -> str:
        return self.read(name, most_bytes=most_bytes).decode("utf-8", errors="replace")
