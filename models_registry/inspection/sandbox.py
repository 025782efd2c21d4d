"""Run the worker process, outlive whatever the file does to it, and say what happened."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from django.utils.translation import gettext as _

import core
from core.errors import Invalid, Upstream
from models_registry.inspection import magic, sentences
from models_registry.inspection.limits import Limits
from models_registry.inspection.report import Inspection

ROOT = Path(__file__).resolve().parents[2]
CORE = Path(str(core.__file__)).resolve().parents[1]
# No secrets: a database's address is in the parent's environment.
PASSED_ON = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TMPDIR")
FIXED = {
    "PYTHONPATH": f"{ROOT}:{CORE}",
    "PYTHONDONTWRITEBYTECODE": "1",
    # Threads and arenas reserve address space, which is limited.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "1",
}
OUT_OF_TIME = {-signal.SIGXCPU, -signal.SIGALRM}
NO_MEMORY = ("bad_alloc", "MemoryError", "cannot allocate memory")
LONGEST_ANSWER_BYTES = 4 * 1024 * 1024


def inspect_file(
    path: Path, *, filename: str, limits: Limits | None = None, beside: Sequence[str] = ()
) -> Inspection:
    """What a model file is: its signature, facts and recorded answers.

    Args:
        path: the file; its name does not matter.
        filename: what its owner calls it.
        beside: files of its own folder, by their paths in it, that it may keep its weights in.

    Raises:
        Invalid: the file cannot be served; code, detail and hint say why and what to do.
        Upstream: the file or the sandbox could not be reached.
    """
    limits = limits or Limits()
    if not path.is_file():
        raise Upstream(
            _("The stored file of “%(name)s” is missing.") % {"name": filename}, code="artifact-missing"
        )
    arguments = [str(path), json.dumps(asdict(limits)), json.dumps(list(beside))]
    answer = ask(f"{__package__}.worker", arguments, wall_s=limits.wall_s)
    return told(answer, path=path, filename=filename)


def told(answer: dict[str, Any], *, path: Path, filename: str) -> Inspection:
    """The worker's answer with its sentences; raises Invalid for a refusal."""
    if "report" not in answer:
        raise _invalid(answer["refused"], answer["particulars"], path=path, filename=filename)
    if not filename.lower().endswith(".onnx"):
        raise _invalid("wrong-extension", {}, path=path, filename=filename)
    report = answer["report"]
    report["warnings"] = [sentences.warning(code, particulars) for code, particulars in report["warnings"]]
    return Inspection.from_json(report)


def ask(module: str, arguments: list[str], *, wall_s: float) -> dict[str, Any]:
    """The JSON answer of a module run alone, or {"refused": …} for how it ended without one.

    Raises:
        Upstream: the process could not be started.
    """
    command = [sys.executable, "-s", "-m", module, *arguments]
    env = {key: os.environ[key] for key in PASSED_ON if key in os.environ} | FIXED
    with TemporaryFile() as answers, TemporaryFile() as complaints:
        try:
            # A session of its own, so that nothing it starts outlives it.
            child = subprocess.Popen(
                command,
                cwd=ROOT,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=answers,
                stderr=complaints,
                start_new_session=True,
            )
        except OSError as error:
            raise Upstream(
                _("The inspection could not be started: %(error)s.") % {"error": error.strerror},
                code="inspection-unavailable",
            ) from error
        code = _wait(child, wall_s)
        if code is None or code in OUT_OF_TIME:
            return {"refused": "too-slow", "particulars": {"seconds": f"{wall_s:g}"}}
        return _read(answers) if code == 0 else _died(code, complaints)


def _wait(child: "subprocess.Popen[bytes]", wall_s: float) -> int | None:
    """The exit status; None when time ran out. Either way the process is gone."""
    try:
        return child.wait(wall_s)
    except subprocess.TimeoutExpired:
        return None
    finally:
        if child.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def _read(answers: IO[bytes]) -> dict[str, Any]:
    answers.seek(0)
    text = answers.read(LONGEST_ANSWER_BYTES)
    try:
        return dict(json.loads(text))
    except ValueError:
        return {"refused": "inspection-crashed", "particulars": {"how": _("its answer was cut off")}}


def _died(code: int, complaints: IO[bytes]) -> dict[str, Any]:
    complaints.seek(max(complaints.seek(0, os.SEEK_END) - 4096, 0))
    last_words = complaints.read().decode(errors="replace")
    # Nobody but the kernel's out-of-memory killer sends this signal.
    if code == -signal.SIGKILL or any(words in last_words for words in NO_MEMORY):
        return {"refused": "too-much-memory", "particulars": {}}
    how = signal.Signals(-code).name if code < 0 else (last_words.strip().splitlines() or [str(code)])[-1]
    return {"refused": "inspection-crashed", "particulars": {"how": how[:200]}}


def _invalid(code: str, particulars: dict[str, object], *, path: Path, filename: str) -> Invalid:
    looks = magic.guess(path) if code == "not-onnx" else ""
    if looks:
        code = "unsupported-format"
    detail, hint = sentences.refusal(code, particulars | {"filename": filename, "looks": looks})
    return Invalid(detail, code=code, hint=hint)
