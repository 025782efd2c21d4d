"""Addresses that an MLflow client knows, also below /ws/<workspace>/."""

from django.urls import path
from django.urls.resolvers import URLPattern

from models_registry.mlflow_api import dispatch, server_info

API = "api/2.0/mlflow"


def below(prefix: str) -> list[URLPattern]:
    return [
        path(f"{prefix}{API}/<path:path>", dispatch.api),
        path(f"{prefix}api/3.0/mlflow/server-info", server_info.server_info),
        path(f"{prefix}health", server_info.health),
        path(f"{prefix}version", server_info.version),
    ]


urlpatterns = [*below(""), *below("ws/<slug:workspace>/")]
