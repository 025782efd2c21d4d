"""Wait for something that another process brings about."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def until(look: Callable[[], Found], *, timeout_s: float = 30.0, what: str = "") -> Found:
    """The first truthy answer; AssertionError with the last one when the time is up."""
    deadline = time.monotonic() + timeout_s
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(
                f"{what or 'it'} did not happen within {timeout_s:g} s; last answer: {found!r}"
            )
        time.sleep(0.1)
