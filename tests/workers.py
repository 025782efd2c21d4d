"""A real Celery worker with its beat, as a process of its own."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.db import connections

from config.env import ROOT
from local.testing import Servers


class Worker:
    """Runs all queues against the test database, with short sweeps; `kill` is SIGKILL to all its processes."""

    def __init__(self, servers: Servers) -> None:
        self.servers = servers
        self.log = Path(servers.env["CONCH_HOME"]) / "logs" / "test-worker.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "celery", "-A", "config", "worker", "-B", "-c", "2", "-l", "WARNING"]
        command += ["-Q", "default,deploy,benchmark,notices", "--without-gossip", "--without-mingle"]
        command += ["-s", str(self.log.with_name("test-beat"))]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                env=environment(self.servers),
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        """End every process of the worker at once, as a lost machine would."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def stop(self) -> None:
        if self.process is None:
            return
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.kill()


def environment(servers: Servers) -> dict[str, str]:
    """What a process needs to work on the test database with short times."""
    database = connections.settings["default"]
    url = "postgresql://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
    return (
        dict(os.environ)
        | servers.env
        | {
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "config.settings.local",
            "PYTHONPATH": f"{ROOT / 'platform'}{os.pathsep}{ROOT}",
            "CONCH_CLAIM_S": str(settings.RECONCILE.claim_s),
            "CONCH_CLAIM_RENEW_S": str(settings.RECONCILE.renew_every_s),
            "CONCH_SWEEP_S": str(settings.RECONCILE.sweep_every_s),
            "CONCH_BACKOFF_MOST_S": "2",
        }
    )
