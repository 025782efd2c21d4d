"""What gunicorn does beside serving: it loads the application while the database is being prepared."""

import os
import time
from pathlib import Path
from typing import Any

PREPARED = Path("run") / "prepared"


def on_starting(server: Any) -> None:
    """Called with the application loaded and no port open yet: wait until the database is prepared."""
    from django.urls import get_resolver

    # Django loads views at the first request: here once, before the workers are forked, not in each of them.
    _ = get_resolver().url_patterns
    marker = Path(os.environ["CONCH_HOME"]) / PREPARED
    while not marker.exists():
        time.sleep(0.05)
