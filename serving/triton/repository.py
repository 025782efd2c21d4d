"""The model repository on disk: a model appears whole or not at all.

A model is written beside the repository, flushed, and renamed into it: Triton lists hidden folders too.
"""

import hashlib
import json
import os
import shutil
import time
import uuid
from collections.abc import Iterable
from pathlib import Path

from django.utils.translation import gettext as _

from core.errors import Invalid, Upstream

CHUNK_BYTES = 1024 * 1024
MANIFEST = ".conch.json"
LEFTOVER_AFTER_S = 3600.0
File = tuple[str, Path, str]


def stage(root: Path, name: str, *, config_text: str, files: Iterable[File]) -> bool:
    """Put a model into the repository; say whether anything changed.

    Args:
        files: (path inside the model's folder, source, expected SHA-256).

    Raises:
        Invalid: a source does not have its expected digest, or a file that the backend needs is missing.
        Upstream: the store or the disk failed.
    """
    wanted = sorted(files)
    preflight(config_text, [path for path, _source, _digest in wanted])
    manifest = json.dumps(
        {
            "config": hashlib.sha256(config_text.encode()).hexdigest(),
            "files": [[path, digest] for path, _source, digest in wanted],
        }
    )
    target = root / name
    if _read(target / MANIFEST) == manifest:
        return False
    draft = workshop(root) / f"staging-{uuid.uuid4().hex}"
    try:
        (draft / "1").mkdir(parents=True)
        for path, source, digest in wanted:
            _copy(source, draft / path, digest)
        _write(draft / "config.pbtxt", config_text)
        _write(draft / MANIFEST, manifest)
        _flush_folders(draft)
        _swap(draft, root, name)
        _flush(root)
    except OSError as error:
        raise Upstream(
            _("The model repository could not be written: %(error)s") % {"error": error.strerror},
            code="repository",
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return True


def remove(root: Path, name: str) -> None:
    """Take a model out of the repository; harmless when it is not there."""
    try:
        trash = _step_aside(root, name)
    except FileNotFoundError:
        return
    shutil.rmtree(trash, ignore_errors=True)


def workshop(root: Path) -> Path:
    """Where models are prepared: beside the repository, on its file system, so that renaming is atomic."""
    folder = root.with_name(f".{root.name}.staging")
    folder.mkdir(exist_ok=True)
    return folder


def sweep_leftovers(root: Path, *, older_than_s: float = LEFTOVER_AFTER_S) -> int:
    """Delete what dead workers left behind; return how many folders that were."""
    count = 0
    for folder in workshop(root).iterdir():
        if time.time() - folder.stat().st_mtime > older_than_s:
            shutil.rmtree(folder, ignore_errors=True)
            count += 1
    return count


def preflight(config_text: str, paths: list[str]) -> None:
    """Refuse what Triton would choke on: a python model without model.py wedges a load for ever."""
    if 'platform: "ensemble"' in config_text:
        return
    needed = "1/model.py" if 'backend: "python"' in config_text else "1/model.onnx"
    if needed not in paths:
        raise Invalid(
            _("The file %(path)s is missing.") % {"path": needed},
            code="missing-file",
            hint=_("Register a new version with it."),
        )


def _copy(source: Path, target: Path, expected: str) -> None:
    """Copy and re-hash; the bytes that reach the server are the bytes that were approved."""
    target.parent.mkdir(parents=True, exist_ok=True)
    hasher = hashlib.sha256()
    try:
        reader = source.open("rb")
    except FileNotFoundError as error:
        raise Invalid(
            _("The artifact %(digest)s is not in the store any more.") % {"digest": expected[:12]},
            code="artifact-missing",
            hint=_("Register a new version with this file."),
        ) from error
    with reader, target.open("xb") as writer:
        while chunk := reader.read(CHUNK_BYTES):
            hasher.update(chunk)
            writer.write(chunk)
        writer.flush()
        os.fsync(writer.fileno())
    if hasher.hexdigest() != expected:
        raise Invalid(
            _("The stored bytes of %(name)s are not those that were registered.") % {"name": target.name},
            code="artifact-changed",
            hint=_("Somebody or a disk changed them. Register a new version from the original file."),
        )


def _swap(draft: Path, root: Path, name: str) -> None:
    """Rename into place; an older folder of the name steps aside first and is deleted after."""
    trash = _step_aside(root, name) if (root / name).exists() else None
    draft.rename(root / name)
    if trash is not None:
        shutil.rmtree(trash, ignore_errors=True)


def _step_aside(root: Path, name: str) -> Path:
    trash = workshop(root) / f"trash-{uuid.uuid4().hex}"
    (root / name).rename(trash)
    return trash


def _write(path: Path, text: str) -> None:
    with path.open("x") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _flush_folders(root: Path) -> None:
    for folder, _names, _files in os.walk(root, topdown=False):
        _flush(Path(folder))


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
