"""A worker that is killed at one exact line: it runs the real reconciler and ends itself with SIGKILL.

python -m tests.recovery.dying_worker DEPLOYMENT_ID STEP before|during
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import django


def main(deployment_id: int, fatal: str, moment: str) -> None:
    django.setup()
    from serving import bring_up, services
    from serving.models import Deployment
    from serving.services import steps

    real = steps.step

    @contextmanager
    def step(deployment: Deployment, name: str) -> Iterator[steps.Note]:
        if name == fatal and moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        with real(deployment, name) as note:
            yield note
            if name == fatal:
                os.kill(os.getpid(), signal.SIGKILL)

    bring_up.step = step  # type: ignore[assignment]
    services.reconcile_deployment(deployment_id=deployment_id)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
