"""Real servers, a database of its own and, where wanted, a worker, for one benchmark run."""

import os
import platform
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "platform"), str(ROOT)]

from local import testing  # noqa: E402


@contextmanager
def scene(*, names: tuple[str, ...] = testing.SERVERS, worker: bool = False) -> Iterator[testing.Servers]:
    """Start the servers in a throw-away folder, migrate, set Django up; stop everything at the end."""
    with tempfile.TemporaryDirectory(prefix="conch-benchmark-", ignore_cleanup_errors=True) as folder:
        servers = testing.start(Path(folder), names=names)
        process: subprocess.Popen[bytes] | None = None
        try:
            os.environ.update(servers.env, DJANGO_SETTINGS_MODULE="config.settings.local")
            os.environ["PYTHONPATH"] = os.pathsep.join(sys.path[:2])
            import django
            from django.core.management import call_command

            django.setup()
            call_command("migrate", verbosity=0)
            process = _worker(Path(folder)) if worker else None
            yield servers
        finally:
            if process is not None:
                os.killpg(process.pid, signal.SIGTERM)
                process.wait(timeout=30)
            servers.stop()


def _worker(folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", "-B", "-c", "2", "-l", "WARNING"]
    command += ["-Q", "default,deploy,benchmark,notices", "-s", str(folder / "beat")]
    return subprocess.Popen(command, cwd=ROOT, start_new_session=True)


def percentile(values: list[float], share: float) -> float:
    """Nearest rank."""
    ordered = sorted(values)
    return ordered[max(0, min(len(ordered) - 1, round(share * len(ordered) + 0.5) - 1))]


def machine() -> str:
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
