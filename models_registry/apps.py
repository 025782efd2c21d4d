from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ModelsRegistryConfig(AppConfig):
    name = "models_registry"
    verbose_name = _("Registry")

    def ready(self) -> None:
        from core import nav
        from models_registry import concerns, gates, governing, notices, selectors

        gates.register_own()
        governing.register_own()
        concerns.register_own()
        notices.register_own()
        nav.show_count("models_registry:review_queue", selectors.waiting_count)
