"""Run the worker process, outlive whatever the file does to it, and say what happened."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import core
from core.errors import Invalid, PlatformError, Upstream
from models_registry.inspection import sentences
from models_registry.inspection.files import Files
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


def inspect_file(path: Path, *, filename: str, limits: Limits | None = None) -> Inspection:
    """`inspect_files` for a version of one file."""
    return inspect_files({filename: path}, limits=limits)


def inspect_files(files: Files, *, limits: Limits | None = None) -> Inspection:
    """What the files of a version are: their format, signature, facts and recorded answers.

    Args:
        files: the path of each file inside the version, and where its bytes lie.

    Raises:
        Invalid: they cannot be served; code, detail and hint say why and what to do. `particulars` in its
            context is what the sentences were made of, so that they can be made in another language.
        Upstream: a file or the sandbox could not be reached; with `particulars` too.
    """
    limits = limits or Limits()
    for name, path in files.items():
        if not path.is_file():
            raise _error(Upstream, "artifact-missing", {"filename": name})
    given = json.dumps({name: str(path) for name, path in files.items()})
    arguments = [json.dumps(asdict(limits))]
    return told(ask(f"{__package__}.worker", arguments, wall_s=limits.wall_s, given=given))


def told(answer: dict[str, Any]) -> Inspection:
    """The worker's answer; raises Invalid for a refusal."""
    if "report" not in answer:
        raise _error(Invalid, answer["refused"], answer["particulars"])
    return Inspection.from_json(answer["report"])


def ask(module: str, arguments: list[str], *, wall_s: float, given: str = "") -> dict[str, Any]:
    """The JSON answer of a module run alone, or {"refused": …} for how it ended without one.

    Args:
        given: what the module reads from its standard input.

    Raises:
        Upstream: the process could not be started.
    """
    command = [sys.executable, "-s", "-m", module, *arguments]
    env = {key: os.environ[key] for key in PASSED_ON if key in os.environ} | FIXED
    with TemporaryFile() as stdin, TemporaryFile() as answers, TemporaryFile() as complaints:
        stdin.write(given.encode())
        stdin.seek(0)
        try:
            # A session of its own, so that nothing it starts outlives it.
            child = subprocess.Popen(
                command,
                cwd=ROOT,
                env=env,
                stdin=stdin,
                stdout=answers,
                stderr=complaints,
                start_new_session=True,
            )
        except OSError as error:
            raise _error(Upstream, "inspection-unavailable", {"error": error.strerror or ""}) from error
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
        return {"refused": "answer-cut-off", "particulars": {}}


def _died(code: int, complaints: IO[bytes]) -> dict[str, Any]:
    complaints.seek(max(complaints.seek(0, os.SEEK_END) - 4096, 0))
    last_words = complaints.read().decode(errors="replace")
    # Nobody but the kernel's out-of-memory killer sends this signal.
    if code == -signal.SIGKILL or any(words in last_words for words in NO_MEMORY):
        return {"refused": "too-much-memory", "particulars": {}}
    how = signal.Signals(-code).name if code < 0 else (last_words.strip().splitlines() or [str(code)])[-1]
    return {"refused": "inspection-crashed", "particulars": {"how": how[:200]}}


def _error(kind: type[PlatformError], code: str, particulars: dict[str, object]) -> PlatformError:
    detail, hint = sentences.refusal(code, particulars)
    return kind(detail, code=code, hint=hint, particulars=particulars)
