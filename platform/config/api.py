"""/api/v1/: each app brings its own addresses."""

from django.urls import include, path

urlpatterns = [
    path("", include("core.api.urls")),
    path("", include("models_registry.api.urls")),
    path("", include("serving.api.urls")),
    path("", include("experiments.api.urls")),
]
