"""The Celery app: queues and what beat asks for. The rows hold the truth; a message is a nudge."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")

HOUR_S = 3600.0

app = Celery("conch")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    task_ignore_result=True,
    task_acks_late=False,
    task_default_queue="default",
    task_routes={
        "serving.*": {"queue": "deploy"},
        "core.*notice*": {"queue": "notices"},
        "experiments.run_benchmark": {"queue": "benchmark"},
    },
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    broker_transport_options={"visibility_timeout": 3600, "unacked_restore_throttle": 1},
    beat_schedule_filename=os.environ.get("CONCH_BEAT_FILE", ""),
    timezone="UTC",
)
app.autodiscover_tasks()

# What nobody waits for, and how often it is done, in seconds.
HOUSEKEEPING = {
    "models_registry.tidy": 600.0,
    "models_registry.rehash": 300.0,
    "models_registry.purge": HOUR_S,
}


@app.on_after_configure.connect
def schedule(sender: Celery, **_: object) -> None:
    """Beat's sweeps are the only retry there is."""
    from django.conf import settings

    every_s = settings.RECONCILE.sweep_every_s
    for name in ("models_registry.sweep", "serving.sweep", "experiments.sweep", "core.sweep_notices"):
        # An expiry keeps a backlog of identical sweeps from forming while workers are down.
        sender.add_periodic_task(every_s, sender.signature(name), name=name, expires=every_s * 2)
    sender.add_periodic_task(HOUR_S, sender.signature("core.sweep"), name="core.sweep", expires=HOUR_S)
    for name, seconds in HOUSEKEEPING.items():
        sender.add_periodic_task(seconds, sender.signature(name), name=name, expires=seconds)
    every_s = settings.TRAIL.every_s
    checkpoint = sender.signature("core.audit_checkpoint")
    sender.add_periodic_task(every_s, checkpoint, name="core.audit_checkpoint", expires=every_s)
