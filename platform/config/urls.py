"""Every address: pages under a language prefix, the API and health without one."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from config import health
from config.pages import home, search
from core.pages import api_docs
from core.signing_in.urls import provider_urlpatterns

handler400 = "core.pages.bad_request"
handler404 = "core.pages.not_found"
handler500 = "core.pages.broken"

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("api/v1/", include("config.api")),
    path("api/schema/", SpectacularAPIView.as_view(), name="api_schema"),
    path("", include("models_registry.mlflow_api.urls")),
    path("api/docs/", api_docs, name="api_docs"),
    path("", include(provider_urlpatterns)),
    *i18n_patterns(
        path("", home, name="home"),
        path("search/", search, name="search"),
        path("", include("core.urls")),
        path("", include("core.signing_in.urls")),
        path("", include("models_registry.urls")),
        path("", include("serving.urls")),
        path("", include("experiments.urls")),
        prefix_default_language=False,
    ),
]
