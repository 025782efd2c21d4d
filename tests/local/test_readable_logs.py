"""The terminal shows what a person wants to know; the log files keep the rest."""

import pytest

from local import application, postgres, redis, triton


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("| server_id  | triton |", None),
        ('I1123 07:42:28.405924 8275 cuda_memory_manager.cc:117] "CUDA memory pool disabled"', None),
        ('E1123 07:42:28.406676 8275 server.cc:241] "CudaDriverHelper has not been initialized."', None),
        ('I1123 07:42:28.4 8275 model_lifecycle.cc:472] "loading: digits.v1:1"', "loading: digits.v1:1"),
        (
            "I1123 07:42:28.4 8275 model_lifecycle.cc:839] \"successfully loaded 'digits.v1'\"",
            "successfully loaded 'digits.v1'",
        ),
        (
            'E1123 07:42:28.4 8275 model_repository_manager.cc:1460] "Poll failed for model \\"x\\": no config"',
            'error: Poll failed for model "x": no config',
        ),
        (
            'E1123 07:42:28.4 8275 cuda.cc:1] "unable to create stream for x: CUDA driver version is insufficient for"',
            None,
        ),
        ("W1123 07:42:28.4 8275 http_server.cc:1] slow client", "warning: slow client"),
    ],
)
def test_triton_tells_of_models_warnings_and_errors(line, shown):
    assert triton.readable(line) == shown


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (" -------------- main@host v5.7.0 (x)", False),
        ("- ** ---------- [config]", False),
        ("  . serving.sweep", False),
        (".> app:         conch:0x7f", False),
        ("", False),
        ("2026-11-23 08:00:00,000 INFO celery.worker.strategy Task serving.sweep[1-2] received", False),
        ("2026-11-23 08:00:00,000 INFO celery.app.trace Task serving.reconcile[1-2] succeeded", False),
        ("2026-11-23 08:00:00,000 WARNING serving.steps Triton was slow", True),
        ("2026-11-23 08:00:00,000 ERROR celery.app.trace Task serving.sweep[1-2] raised unexpected", True),
        ("--- Logging error ---", True),
        ("--- ***** -----", False),
        ("Traceback (most recent call last):", True),
        ('  File "serving/tasks.py", line 3, in sweep', True),
        ("    return 1 - 2", True),
    ],
)
def test_workers_tell_of_trouble_but_not_of_each_task(line, shown):
    assert application.readable_celery(line) == (line if shown else None)


def test_the_servers_keep_their_routine_to_themselves():
    assert postgres.readable("LOG:  database system is ready to accept connections") is None
    assert postgres.readable("ERROR:  deadlock detected") == "ERROR:  deadlock detected"
    assert redis.readable("15411:M 23 Nov 2026 07:56:04.584 # Server initialized") is None
    refused = "15411:M 23 Nov 2026 07:56:04.584 # Can't handle RDB format version 12"
    assert redis.readable(refused) == refused
