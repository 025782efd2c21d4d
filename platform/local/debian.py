"""What Debian and Ubuntu have as packages of their own: installed by root, else asked for in one line."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from local.errors import CannotStart
from local.interpreters import Interpreter


def require(package: str, *, why: str) -> None:
    """Install a package when root; raise CannotStart with the one command to type otherwise."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise CannotStart(
            f"The package {package} is missing ({why}); install it: sudo apt-get install {package}"
        )
    if not install(package, why=why):
        raise CannotStart(f"apt-get could not install {package} ({why}); the reason stands above.")


def install(*packages: str, why: str) -> bool:
    """Install packages as root, with fresh lists if the old ones lack them; return whether it worked."""
    print(f"Installing {' '.join(packages)} with apt-get: {why} …", flush=True)
    wanted = ["install", "-y", "--no-install-recommends", *packages]
    return _apt(wanted, quiet=True) or (_apt(["update"]) and _apt(wanted))


def _apt(arguments: list[str], *, quiet: bool = False) -> bool:
    """Run apt-get; a first try is quiet, because the second one tells whatever was wrong."""
    env = dict(os.environ) | {"DEBIAN_FRONTEND": "noninteractive"}
    errors = subprocess.DEVNULL if quiet else None
    done = subprocess.run(
        ["apt-get", "-q", *arguments], env=env, stdout=subprocess.DEVNULL, stderr=errors, check=False
    )
    return done.returncode == 0


def provide_libpython(python: Interpreter, folder: Path) -> None:
    """Have this Python's shared library: installed by root, else unpacked below `folder` from its package."""
    names = [f"libpython{python.minor}", f"libpython{python.minor}t64"]
    package = next((name for name in names if _known(name)), names[0])
    why = "Triton loads Python as a shared library"
    if os.geteuid() != 0 and _unpacked(package, python, folder):
        return
    require(package, why=why)
    if python.library(extra=folder) is None:
        raise CannotStart(f"{package} was installed, yet libpython{python.minor}.so.1.0 is not to be found.")


def _known(package: str) -> bool:
    if shutil.which("apt-cache") is None:
        return False
    shown = subprocess.run(["apt-cache", "show", package], capture_output=True, check=False)
    return shown.returncode == 0


def _unpacked(package: str, python: Interpreter, folder: Path) -> bool:
    """Whether the library could be had without root: apt-get downloads for anyone."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        return False
    with tempfile.TemporaryDirectory() as scratch:
        got = subprocess.run(
            ["apt-get", "download", "-q", package], cwd=scratch, capture_output=True, check=False
        )
        archives = list(Path(scratch).glob("*.deb"))
        if got.returncode != 0 or not archives:
            return False
        subprocess.run(["dpkg-deb", "-x", str(archives[0]), scratch], check=True)
        folder.mkdir(parents=True, exist_ok=True)
        for library in Path(scratch).glob(f"usr/lib/**/libpython{python.minor}.so.1.0"):
            shutil.copy(library, folder)
    return python.library(extra=folder) is not None
