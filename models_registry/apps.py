from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ModelsRegistryConfig(AppConfig):
    name = "models_registry"
    verbose_name = _("Registry")

    def ready(self) -> None:
        from models_registry import gates

        gates.register_own()
