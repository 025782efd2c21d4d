from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = "Core"

    def ready(self) -> None:
        from core import audit
        from core.notices import fanout, kinds, outbox
        from core.webhooks import queue
        from core.webhooks.telling import SWITCHED_OFF

        kinds.register(SWITCHED_OFF)
        audit.listen(outbox.keep)
        fanout.also(queue.put)
