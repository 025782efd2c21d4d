"""Find a Python that the embedded Triton can load. Standard library only: bootstrap runs before any install.

Triton's python backend starts a stub that loads libpython as a shared library, and it needs numpy 1.26,
which exists for Python 3.11 and 3.12.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

TRITON_MINORS = ("3.12", "3.11")
_DESCRIBE = """
import json, sys, sysconfig
get = sysconfig.get_config_var
print(json.dumps({
    "executable": getattr(sys, "_base_executable", None) or sys.executable,
    "minor": "%d.%d" % sys.version_info[:2],
    "site_packages": sysconfig.get_path("platlib"),
    "folders": [f for f in (get("LIBDIR"), get("LIBPL"), sys.base_prefix + "/lib") if f],
}))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """A Python, as it describes itself; `executable` is the one below any virtual environment."""

    executable: str
    minor: str
    site_packages: Path
    folders: tuple[str, ...]

    def library(self, *, extra: Path | None = None) -> Path | None:
        """Where libpython<minor>.so.1.0 lies, or None when this Python came without one."""
        name = f"libpython{self.minor}.so.1.0"
        places = [*self.folders, *system_folders(), *([str(extra)] if extra else [])]
        return next((path for place in places if (path := Path(place) / name).is_file()), None)


def system_folders() -> list[str]:
    multiarch = sysconfig.get_config_var("MULTIARCH") or ""
    return [f"/usr/lib/{multiarch}", f"/lib/{multiarch}", "/usr/lib64", "/usr/lib", "/usr/local/lib"]


def describe(python: str | Path) -> Interpreter | None:
    """What this Python says of itself; None when it does not run."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    try:
        said = subprocess.run(
            [str(python), "-c", _DESCRIBE], capture_output=True, text=True, timeout=30, env=env, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    told = json.loads(said)
    return Interpreter(
        executable=told["executable"],
        minor=told["minor"],
        site_packages=Path(told["site_packages"]),
        folders=tuple(told["folders"]),
    )


def for_triton() -> list[Interpreter]:
    """The installed Pythons of a fitting version, the running one first."""
    named = [shutil.which(f"python{minor}") for minor in TRITON_MINORS]
    usual = [f"/usr/bin/python{minor}" for minor in TRITON_MINORS]
    found = [describe(python) for python in dict.fromkeys([sys.executable, *filter(None, named), *usual])]
    return [python for python in found if python is not None and python.minor in TRITON_MINORS]
