"""The log files of the components: rotated by size, followed by the terminal."""

import os
import shutil
from pathlib import Path

MOST_BYTES = 10 * 1024 * 1024
KEPT = 3


def open_log(path: Path) -> int:
    """A descriptor that a component writes to itself, so that its log outlives a killed supervisor."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)


def rotate(path: Path, *, most_bytes: int = MOST_BYTES) -> bool:
    """Copy and cut a log that grew too long; its writer appends, so it goes on at the start."""
    try:
        if path.stat().st_size <= most_bytes:
            return False
    except FileNotFoundError:
        return False
    for number in range(KEPT - 1, 0, -1):
        older = path.with_name(f"{path.name}.{number}")
        if older.exists():
            older.replace(path.with_name(f"{path.name}.{number + 1}"))
    shutil.copyfile(path, path.with_name(f"{path.name}.1"))
    os.truncate(path, 0)
    return True


class Tail:
    """Whole lines appended to a file since the last look; a file that was cut is read from its start."""

    def __init__(self, path: Path, *, from_end: bool = True) -> None:
        self.path = path
        self.offset = path.stat().st_size if from_end and path.exists() else 0
        self.rest = b""

    def lines(self) -> list[str]:
        try:
            with self.path.open("rb") as file:
                if os.fstat(file.fileno()).st_size < self.offset:
                    self.offset, self.rest = 0, b""
                file.seek(self.offset)
                read = file.read(1024 * 1024)
        except FileNotFoundError:
            return []
        self.offset += len(read)
        *whole, self.rest = (self.rest + read).split(b"\n")
        return [line.decode(errors="replace") for line in whole]


def last_lines(path: Path, count: int) -> list[str]:
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 64 * 1024))
            return file.read().decode(errors="replace").splitlines()[-count:]
    except FileNotFoundError:
        return []
