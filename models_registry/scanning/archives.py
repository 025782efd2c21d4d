"""Archives: names that lead outside, links, bombs; and what is inside, scanned as if it stood alone."""

import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO

from models_registry.scanning.finding import Finding, refusal

Look = Callable[[IO[bytes], str, int], list[Finding]]
MOST_MEMBERS = 50_000
DEEPEST = 4
# Real weights hardly shrink: what grows more than this was made to fill a disk.
MOST_GROWTH = 100
BOMB_BYTES = 100 * 1024**2
MOST_READ_BYTES = 2 * 1024**3
TARS = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".nemo")


@dataclass(frozen=True, slots=True)
class Member:
    name: str
    size: int
    is_file: bool
    is_link: bool
    open: Callable[[], IO[bytes]]


def is_zip(head: bytes) -> bool:
    return head[:4] in {b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"}


def is_tar(name: str, head: bytes) -> bool:
    return name.lower().endswith(TARS) or head[257:262] == b"ustar"


def scan_zip(file: IO[bytes], name: str, *, depth: int, look: Look) -> list[Finding]:
    try:
        with zipfile.ZipFile(file) as archive:
            return _scan(_zipped(archive), file, name, depth=depth, look=look)
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        EOFError,
        RuntimeError,
        OSError,
        ValueError,
    ) as error:
        return [refusal("archive-unreadable", name, why=str(error)[:200])]


def scan_tar(file: IO[bytes], name: str, *, depth: int, look: Look) -> list[Finding]:
    try:
        with tarfile.open(fileobj=file, mode="r|*") as archive:
            return _scan(_tarred(archive), file, name, depth=depth, look=look)
    except (tarfile.TarError, zlib.error, EOFError, OSError, ValueError) as error:
        return [refusal("archive-unreadable", name, why=str(error)[:200])]


def _scan(members: Iterator[Member], file: IO[bytes], name: str, *, depth: int, look: Look) -> list[Finding]:
    if depth >= DEEPEST:
        return [refusal("nested-too-deep", name)]
    place = file.tell() if file.seekable() else 0
    packed = max(file.seek(0, 2), 1)
    file.seek(place)
    found: list[Finding] = []
    unpacked = count = 0
    for member in members:
        count, unpacked = count + 1, unpacked + member.size
        if count > MOST_MEMBERS:
            return [*found, refusal("too-many-members", name, most=MOST_MEMBERS)]
        if unpacked > max(BOMB_BYTES, MOST_GROWTH * packed):
            return [*found, refusal("bomb", name, unpacked=unpacked)]
        where = f"{name}/{_shown(member.name)}"
        if _escapes(member.name):
            found.append(refusal("path-escapes", where))
        elif member.is_link:
            found.append(refusal("link-inside", where))
        elif member.is_file and member.size:
            found += _inside(member, where, depth=depth, look=look)
    return found


def _inside(member: Member, where: str, *, depth: int, look: Look) -> list[Finding]:
    """Copied out, because most readers need to seek; weights that are no container end at their head."""
    with tempfile.TemporaryFile() as copy, member.open() as reader:
        left = min(member.size, MOST_READ_BYTES)
        while left > 0 and (piece := reader.read(min(left, 1024 * 1024))):
            copy.write(piece)
            left -= len(piece)
        copy.seek(0)
        return look(copy, where, depth + 1)


def _zipped(archive: zipfile.ZipFile) -> Iterator[Member]:
    for info in archive.infolist():
        if info.flag_bits & 1:
            raise zipfile.BadZipFile(f"{_shown(info.filename)} is encrypted")
        kind = stat.S_IFMT(info.external_attr >> 16)
        yield Member(
            # As written: zipfile itself cuts names at a NUL and turns separators.
            info.orig_filename,
            info.file_size,
            not info.is_dir(),
            kind == stat.S_IFLNK,
            lambda info=info: archive.open(info),  # type: ignore[misc]
        )


def _tarred(archive: tarfile.TarFile) -> Iterator[Member]:
    for info in archive:
        odd = not (info.isfile() or info.isdir())

        def opened(info: tarfile.TarInfo = info) -> IO[bytes]:
            reader = archive.extractfile(info)
            assert reader is not None
            return reader

        yield Member(info.name, info.size, info.isfile(), odd, opened)


def _escapes(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return "\\" in name or "\0" in name or name.startswith("/") or ".." in parts or name[1:2] == ":"


def _shown(name: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in name)[:150]
