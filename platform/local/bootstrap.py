"""Make the Python environments that Conch runs in. Standard library only: nothing is installed before it.

    PYTHONPATH=platform python3 -m local.bootstrap web [--level base|demo|dev] [triton [--with cuda]]

A second run finds the fingerprint of the requirements and ends at once.
"""

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local import debian, installer, interpreters
from local.errors import CannotStart
from local.layout import ROOT, Layout

REQUIREMENTS = ROOT / "requirements"
# Each level holds all of the one before, so a higher one already made is kept.
LEVELS = ("base", "demo", "dev")
TRITON_LEVELS = ("triton", "triton-cuda")
# What comes on top of any level, from requirements that are not locked.
EXTRAS = ("pytorch",)
SIZE_HINT = {
    "base": "about 500 MB",
    "demo": "about 800 MB",
    "dev": "about 1.2 GB",
    "triton": "about 300 MB",
    "triton-cuda": "about 3 GB",
    "triton-pytorch": "1 GB for the CPU, 4 GB with CUDA",
}
NVIDIA_DRIVER = Path("/dev/nvidiactl")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One environment: its folder, the Python below it, and the locked requirements it holds."""

    name: str
    folder: Path
    python: str
    files: tuple[Path, ...]
    extras: tuple[str, ...] = ()

    def fingerprint(self) -> str:
        digest = hashlib.sha256(self.python.encode())
        for path in (*self.files, *map(extra_file, self.extras)):
            digest.update(path.read_bytes())
        return digest.hexdigest()


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="bootstrap", description=__doc__)
    parser.add_argument("environments", nargs="+", choices=("web", "triton"))
    parser.add_argument("--level", choices=LEVELS, default="base", help="how much the web environment holds")
    known = ("none", "auto", "cuda", *EXTRAS)
    parser.add_argument(
        "--with", dest="backends", default="none", help=f"backends on top, for Triton: {', '.join(known)}"
    )
    asked = parser.parse_args(arguments)
    backends = asked.backends.replace(",", " ").split()
    if unknown := sorted(set(backends) - set(known)):
        parser.error(f"there is no backend {', '.join(unknown)}; there are {', '.join(known)}")
    level, extras = _level(backends), [name for name in EXTRAS if name in backends]
    envs = Layout.from_env().envs
    try:
        check_machine()
        envs.mkdir(parents=True, exist_ok=True)
        with (envs / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for name in asked.environments:
                if name == "triton" and os.environ.get("CONCH_TRITON_URL"):
                    continue
                ensure(web(envs, asked.level) if name == "web" else triton(envs, level, extras), envs)
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def check_machine() -> None:
    if sys.platform != "linux":
        raise CannotStart("Conch's embedded servers run on Linux alone.")


def web(envs: Path, level: str) -> Wanted:
    folder = envs / "web"
    level = max(level, _held(folder).get("level", "base"), key=LEVELS.index)
    return Wanted(f"web ({level})", folder, _base_python(), (REQUIREMENTS / f"{level}.txt",))


def triton(envs: Path, level: str = "triton", extras: Sequence[str] = ()) -> Wanted:
    """What was added once stays; installs Python's library if need be.

    Raises CannotStart unless Triton can load some Python here.
    """
    held = _held(envs / "triton")
    known = held.get("python", "")
    level = max(level, held.get("level", "triton"), key=TRITON_LEVELS.index)
    files = (REQUIREMENTS / f"{level}.txt", REQUIREMENTS / "triton-server.txt")
    kept = held.get("extras", "").split()
    added = tuple(name for name in EXTRAS if name in kept or name in extras)
    if known and Path(known).exists():
        return Wanted(level, envs / "triton", known, files, added)
    found = interpreters.for_triton()
    if not found:
        minors = " or ".join(interpreters.TRITON_MINORS)
        raise CannotStart(
            f"The embedded Triton needs Python {minors}; install one, "
            "or set CONCH_TRITON_URL to a Triton that runs elsewhere."
        )
    chosen = next((python for python in found if python.library(extra=envs / "lib")), None)
    if chosen is None:
        chosen = found[0]
        debian.provide_libpython(chosen, envs / "lib")
    return Wanted(level, envs / "triton", chosen.executable, files, added)


def extra_file(name: str) -> Path:
    return REQUIREMENTS / f"triton-{name}.in"


def _level(backends: Sequence[str]) -> str:
    has_gpu = NVIDIA_DRIVER.exists()
    if "auto" in backends and not has_gpu:
        print("No NVIDIA driver answers here, so nothing is added; BACKENDS=cuda installs it all the same.")
    return "triton-cuda" if "cuda" in backends or ("auto" in backends and has_gpu) else "triton"


def ensure(wanted: Wanted, envs: Path) -> None:
    """Make or complete one environment unless it already is what is wanted."""
    stamp, fingerprint = wanted.folder / "conch.json", wanted.fingerprint()
    held = _held(wanted.folder)
    usable = os.access(wanted.folder / "bin" / "python", os.X_OK)
    if usable and held.get("fingerprint") == fingerprint:
        return
    began = time.monotonic()
    level = wanted.files[0].stem
    print(f"Making the {wanted.name} environment in {wanted.folder} ({SIZE_HINT[level]}) …", flush=True)
    stamp.unlink(missing_ok=True)
    if not usable or held.get("python") != wanted.python:
        shutil.rmtree(wanted.folder, ignore_errors=True)
        _venv(wanted.python, wanted.folder)
    installer.install(wanted.folder / "bin" / "python", wanted.files, envs, REQUIREMENTS / "bootstrap.txt")
    for extra in wanted.extras:
        print(f"Adding {extra} ({SIZE_HINT[f'triton-{extra}']}) …", flush=True)
        installer.add(wanted.folder / "bin" / "python", extra_file(extra), envs)
    written = {"fingerprint": fingerprint, "level": level, "python": wanted.python}
    written["extras"] = " ".join(wanted.extras)
    stamp.write_text(json.dumps(written) + "\n")
    print(f"The {wanted.name} environment is ready after {time.monotonic() - began:.0f} s.", flush=True)


def _venv(python: str, folder: Path, *, env: Mapping[str, str] = os.environ) -> None:
    clean = {key: value for key, value in env.items() if key not in {"PYTHONPATH", "PYTHONHOME"}}
    made = subprocess.run(
        [python, "-m", "venv", "--without-pip", str(folder)],
        capture_output=True,
        text=True,
        env=clean,
        check=False,
    )
    if made.returncode != 0:
        last = (made.stderr.strip() or made.stdout.strip() or "no reason given").splitlines()[-1]
        raise CannotStart(f"{python} cannot make an environment in {folder}: {last}")


def _base_python() -> str:
    return str(getattr(sys, "_base_executable", None) or sys.executable)


def _held(folder: Path) -> dict[str, str]:
    """What an environment was made of; empty when it was never finished."""
    try:
        return dict(json.loads((folder / "conch.json").read_text()))
    except (OSError, ValueError):
        return {}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
