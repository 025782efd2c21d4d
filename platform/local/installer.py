"""Install locked requirements: with uv where it runs, else with pip; both check every hash.

uv is installed by pip, with its own hash, into an environment apart. It reads no pip configuration, so what
this machine told pip (index, certificates, folders of wheels) is passed on as uv's environment variables.
"""

import ast
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from local import debian
from local.errors import CannotStart

# What pip calls it, what uv calls it, and what uv puts between several values.
PASSED_ON = {
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "cert": ("SSL_CERT_FILE", " "),
    "client-cert": ("SSL_CLIENT_CERT", " "),
    "proxy": ("ALL_PROXY", " "),
    "timeout": ("UV_HTTP_TIMEOUT", " "),
    "no-index": ("UV_NO_INDEX", " "),
}


def install(python: Path, files: Sequence[Path], envs: Path, bootstrap: Path) -> None:
    """Make the environment of `python` hold exactly these requirements; raise CannotStart if it cannot."""
    pip = ensure_pip(envs)
    uv = ensure_uv(pip, envs, bootstrap)
    if uv is not None:
        env = dict(os.environ) | uv_environment(pip_configuration(pip), os.environ)
        command = [str(uv), "pip", "sync", "--require-hashes", "--python", str(python), *map(str, files)]
        if _shown(command, env):
            return
        print("uv did not manage; trying with pip, which takes a few minutes …", flush=True)
    listed = [part for path in files for part in ("-r", str(path))]
    # The files are whole: pip need not, and for Triton's must not, look for dependencies.
    command = [*pip, "--python", str(python), "install", "--no-deps", "--require-hashes", *listed]
    if subprocess.run(command, check=False).returncode != 0:
        raise CannotStart("The packages could not be installed; the reason stands above.")


def add(python: Path, file: Path, envs: Path) -> None:
    """Add requirements that are not locked; pip knows best which build fits this machine."""
    command = [
        *ensure_pip(envs),
        "--python",
        str(python),
        "install",
        "--quiet",
        "--no-compile",
        "-r",
        str(file),
    ]
    if subprocess.run(command, check=False).returncode != 0:
        raise CannotStart(f"{file.stem} could not be installed; the reason stands above.")


def ensure_pip(envs: Path) -> list[str]:
    """The command of a pip that installs into any environment."""
    folder = envs / "installer"
    python = folder / "bin" / "python"
    if _runs([str(python), "-m", "pip", "--version"]):
        return [str(python), "-m", "pip"]
    base = str(getattr(sys, "_base_executable", None) or sys.executable)
    make = [base, "-m", "venv", "--clear", str(folder)]
    if not _runs(make):
        if _runs([base, "-m", "pip", "--python", base, "--version"]):
            return [base, "-m", "pip"]
        minor = f"{sys.version_info[0]}.{sys.version_info[1]}"
        debian.require(f"python{minor}-venv", why="this Python came without the part that makes environments")
        if not _runs(make):
            raise CannotStart(f"{base} cannot make a virtual environment, even with python{minor}-venv.")
    return [str(python), "-m", "pip"]


def ensure_uv(pip: Sequence[str], envs: Path, bootstrap: Path) -> Path | None:
    """uv in the installer's environment; None where it cannot be had."""
    uv = envs / "installer" / "bin" / "uv"
    if _runs([str(uv), "--version"]):
        return uv
    if not uv.parent.is_dir():
        return None
    command = [
        *pip,
        "install",
        "--quiet",
        "--require-hashes",
        "--disable-pip-version-check",
        "-r",
        str(bootstrap),
    ]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    if not _runs([str(uv), "--version"]):
        print(f"uv could not be installed, so pip does its work:\n{said.strip()}", flush=True)
        return None
    return uv


def pip_configuration(pip: Sequence[str]) -> dict[str, str]:
    """What pip was told on this machine, by option; the environment outweighs the files, as in pip."""
    listed = subprocess.run([*pip, "config", "list"], capture_output=True, text=True, check=False).stdout
    found: dict[str, tuple[int, str]] = {}
    rank = {"global": 0, "install": 1, ":env:": 2}
    for line in listed.splitlines():
        key, _, value = line.partition("=")
        section, _, option = key.partition(".")
        option = option.removeprefix("default-")
        if section in rank and rank[section] >= found.get(option, (-1, ""))[0]:
            found[option] = rank[section], str(ast.literal_eval(value))
    return {option: value for option, (_, value) in found.items()}


def uv_environment(told: Mapping[str, str], env: Mapping[str, str]) -> dict[str, str]:
    """uv's variables for what pip was told; those that are set already win."""
    passed = {"UV_PYTHON_DOWNLOADS": "never", "UV_NO_CONFIG": "1"}
    for option, (variable, between) in PASSED_ON.items():
        if told.get(option) and variable not in env:
            passed[variable] = between.join(told[option].split())
    # pip takes a package from any of its indexes; the hashes decide what is accepted.
    passed["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    if not os.access(Path(env.get("HOME", "/nonexistent")), os.W_OK):
        passed["UV_NO_CACHE"] = "1"
    return {key: value for key, value in passed.items() if key not in env}


def _shown(command: Sequence[str], env: Mapping[str, str]) -> bool:
    """Run uv and show how it gets on, without its list of every package; return whether it worked."""
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if not line.startswith((" + ", " - ", " ~ ")):
                print(f"  {line.rstrip()}", flush=True)
    return process.returncode == 0


def _runs(command: Sequence[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False
