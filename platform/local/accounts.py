"""Which user runs a server that refuses to run as root, and what that user can reach."""

import os
import pwd
import subprocess
from pathlib import Path

from local.component import Account
from local.errors import CannotStart

UNPRIVILEGED = "nobody"


def unprivileged() -> Account | None:
    """The user to change to; None when this process is not root and need not change."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(UNPRIVILEGED)
    except KeyError:
        raise CannotStart(
            f"PostgreSQL refuses to run as root and there is no user '{UNPRIVILEGED}' to run it as; "
            "start Conch as an ordinary user, or set DATABASE_URL to a PostgreSQL of yours."
        ) from None
    return Account(entry.pw_uid, entry.pw_gid)


def run_as(account: Account | None) -> dict[str, object]:
    """Arguments for subprocess that change to this user for good, without root's groups."""
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def can_run(account: Account | None, program: Path) -> bool:
    """Whether this user can start this program; asked of the kernel, so every parent folder counts."""
    try:
        done = subprocess.run(
            [program, "--version"], capture_output=True, cwd="/", timeout=30, check=False, **run_as(account)
        )  # type: ignore[call-overload]
    except OSError:
        return False
    return done.returncode == 0


def can_enter(account: Account | None, folder: Path) -> bool:
    """Whether this user can search this folder and all above it."""
    change = ["/bin/sh", "-c", 'cd "$1"', "sh", folder]
    done = subprocess.run(change, capture_output=True, cwd="/", check=False, **run_as(account))  # type: ignore[call-overload]
    return done.returncode == 0
