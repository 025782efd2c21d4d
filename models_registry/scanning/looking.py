"""Decide by name and first bytes what a file is, and scan it as that."""

import zipfile
from pathlib import Path
from typing import IO

from models_registry.scanning import archives, code, onnx_places, pickles
from models_registry.scanning.finding import Finding, flag

HEAD_BYTES = 512


def scan(path: Path, name: str) -> list[Finding]:
    """What is found in an uploaded file; `name` is its path inside the version."""
    with path.open("rb") as file:
        found = look(file, name, 0)
    if name.lower().endswith(".onnx"):
        found += onnx_places.scan(path, name)
    return found


def look(file: IO[bytes], name: str, depth: int) -> list[Finding]:
    """Scan one file, or one member of an archive; `depth` counts the archives around it."""
    head = file.read(HEAD_BYTES)
    file.seek(0)
    lower = name.lower()
    if archives.is_zip(head) or lower.endswith((".zip", ".mar", ".npz")):
        return archives.scan_zip(file, name, depth=depth, look=_in_torchscript(file) or look)
    if archives.is_tar(name, head):
        return archives.scan_tar(file, name, depth=depth, look=look)
    if lower.endswith((".py", ".pyc")):
        return code.scan_python(file.read(code.LARGEST_SOURCE_BYTES), name)
    if code.is_native(head):
        return [flag("native-code", name)]
    if lower.endswith(".onnx"):
        return []
    return pickles.scan(file, name) if pickles.looks_like(name, head) else []


def _in_torchscript(file: IO[bytes]) -> "archives.Look | None":
    """TorchScript keeps its own language in `code/*.py`, which Python never runs."""

    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return None
    finally:
        file.seek(0)
    if not any(name.endswith("/constants.pkl") for name in names):
        return None

    def without_code(member: IO[bytes], name: str, depth: int) -> list[Finding]:
        return (
            [] if "/code/" in name and name.endswith((".py", ".py.debug_pkl")) else look(member, name, depth)
        )

    return without_code
