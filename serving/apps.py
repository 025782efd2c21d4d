from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ServingConfig(AppConfig):
    name = "serving"
    verbose_name = _("Serving")

    def ready(self) -> None:
        from serving import evidence, notices, panels

        evidence.register_own()
        panels.register_own()
        notices.register_own()
