"""The model repository on disk: a model appears whole or not at all.

A model is written beside the repository, flushed, and renamed into it: Triton lists hidden folders too.
"""

import errno
import hashlib
import json
import os
import shutil
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.utils.translation import gettext as _

from core.errors import Invalid, Upstream
from models_registry.modelconfig import parse

CHUNK_BYTES = 1024 * 1024
MANIFEST = ".conch.json"
LEFTOVER_AFTER_S = 3600.0
File = tuple[str, Path, str]
# The file without which a backend cannot load a model.
NEEDED = {
    "onnxruntime": "model.onnx",
    "python": "model.py",
    "pytorch": "model.pt",
    "tensorrt": "model.plan",
    "vllm": "model.json",
}
COMPILED_TORCH = "model.pt2"


def stage(root: Path, name: str, *, config_text: str, files: Iterable[File]) -> bool:
    """Put a model into the repository; say whether anything changed.

    Args:
        root: the repository, a folder that exists.
        name: the model's folder in it, which is its name in Triton.
        files: (path inside the model's folder, source, expected SHA-256).

    Raises:
        Invalid: a source does not have its expected digest, a path leads outside the model's folder, or a
            file that the backend needs is missing.
        Upstream: the store or the disk failed.
    """
    wanted = sorted(files)
    preflight(config_text, [path for path, _source, _digest in wanted])
    for path in (name, *(path for path, _source, _digest in wanted)):
        _refuse_outside(path)
    if _is_whole(root / name, config_text, wanted):
        return False
    with _reported():
        draft = workshop(root) / f"staging-{uuid.uuid4().hex}"
        try:
            (draft / "1").mkdir(parents=True)
            for path, source, digest in wanted:
                _copy(source, draft / path, digest)
            _write(draft / "config.pbtxt", config_text)
            _write(draft / MANIFEST, _manifest(draft, wanted))
            _flush_folders(draft)
            _swap(draft, root, name)
            _flush(root)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return True


def remove(root: Path, name: str) -> None:
    """Take a model out of the repository; harmless when it is not there. Raises Upstream as `stage` does."""
    _refuse_outside(name)
    with _reported():
        try:
            trash = _step_aside(root, name)
        except FileNotFoundError:
            return
        shutil.rmtree(trash, ignore_errors=True)


def workshop(root: Path) -> Path:
    """Where models are prepared: on the repository's own file system, so that renaming is atomic.

    That is beside the repository, or inside where the repository is a mount of its own: Triton's index then
    shows this folder's name, but nothing in it.
    """
    beside = root.stat().st_dev == root.parent.stat().st_dev
    folder = root.with_name(f".{root.name}.staging") if beside else root / ".conch.staging"
    folder.mkdir(exist_ok=True)
    return folder


def sweep_leftovers(root: Path, *, older_than_s: float = LEFTOVER_AFTER_S) -> int:
    """Delete what dead workers left behind; return how many folders that were."""
    count = 0
    for folder in workshop(root).iterdir():
        try:
            age_s = time.time() - folder.stat().st_mtime
        except FileNotFoundError:
            continue  # its owner was faster
        if age_s > older_than_s:
            shutil.rmtree(folder, ignore_errors=True)
            count += 1
    return count


def preflight(config_text: str, paths: list[str]) -> None:
    """Refuse what Triton would choke on: a python model without model.py wedges a load for ever."""
    config = parse(config_text)
    if config.platform == "ensemble" or config.backend not in NEEDED:
        return
    own = COMPILED_TORCH if config.platform == "torch_aoti" else NEEDED[config.backend]
    needed = f"1/{config.default_model_filename or own}"
    if not any(path == needed or path.startswith(f"{needed}/") for path in paths):
        raise Invalid(
            _("The file %(path)s is missing.") % {"path": needed},
            code="missing-file",
            hint=_("Register a new version with it."),
        )


@contextmanager
def _reported() -> Iterator[None]:
    """An error of the disk, as one that may be tried again."""
    try:
        yield
    except OSError as error:
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        raise Upstream(
            _("The model repository could not be written: %(error)s.") % {"error": error.strerror or error},
            code="repository-full" if full else "repository",
            hint=_("Free space on the disk of the model repository.")
            if full
            else _("Check that the repository is mounted and that the worker may write there."),
        ) from error


def _refuse_outside(path: str) -> None:
    parts = path.split("/")
    if any(part in {"", ".", "..", "__pycache__"} or "\0" in part for part in parts):
        raise Invalid(
            _("“%(path)s” is no path inside a model's folder.") % {"path": path[:80]}, code="bad-path"
        )


def _manifest(folder: Path, wanted: list[File]) -> str:
    rows = [[path, digest, (folder / path).stat().st_size] for path, _source, digest in wanted]
    return json.dumps({"files": rows})


def _is_whole(folder: Path, config_text: str, wanted: list[File]) -> bool:
    """Whether the folder is what would be written, judged by names and sizes: hashing takes as long."""
    try:
        rows = json.loads((folder / MANIFEST).read_text())["files"]
        return (
            (folder / "config.pbtxt").read_text() == config_text
            and [(path, digest) for path, digest, _size in rows] == [(path, sha) for path, _, sha in wanted]
            and all((folder / path).stat().st_size == size for path, _digest, size in rows)
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


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


def _flush_folders(root: Path) -> None:
    for folder, _names, _files in os.walk(root, topdown=False):
        _flush(Path(folder))


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
