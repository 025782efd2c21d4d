"""Have a Chromium for the browser tests: Debian's own, installed by root, else asked for in one line."""

import os
import shutil
import sys

from local import debian

NAMES = ("chromium", "chromium-browser", "google-chrome")


def find() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def main() -> int:
    """Never fails: tests that need a browser say for themselves that there is none."""
    if find() is None and os.geteuid() == 0 and shutil.which("apt-get"):
        debian.install("chromium", why="the browser tests drive it")
    if find() is None:
        print(
            "There is no Chromium, so browser tests are left out; to have it: sudo apt-get install chromium"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
