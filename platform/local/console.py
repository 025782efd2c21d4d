"""What the terminal shows: one prefixed line per event."""

import os
import sys
import threading

WIDTH = 17
_COLOURS = ("36", "33", "32", "35", "34", "96", "93", "92", "95", "94")
_lock = threading.Lock()


def say(text: str, *, name: str = "conch") -> None:
    """Print each line of `text` behind the name of who says it; a closed terminal is no error."""
    prefix = f"{name:<{WIDTH}}│ "
    if _coloured():
        colour = "1" if name == "conch" else _COLOURS[sum(name.encode()) % len(_COLOURS)]
        prefix = f"\033[{colour}m{prefix}\033[0m"
    with _lock:
        try:
            for line in text.splitlines() or [""]:
                sys.stdout.write(f"{prefix}{line}\n")
            sys.stdout.flush()
        except (BrokenPipeError, OSError):
            # Whoever read us is gone; the log files keep everything.
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115


def _coloured() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
