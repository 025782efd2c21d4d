"""Addresses that an MLflow client knows, also below /ws/<workspace>/."""

from django.urls import path
from django.urls.resolvers import URLPattern

from models_registry.mlflow_api import artifact_files, dispatch, multipart, server_info

API = "api/2.0/mlflow"
FILES = "api/2.0/mlflow-artifacts"


def below(prefix: str) -> list[URLPattern]:
    return [
        path(f"{prefix}{API}/<path:path>", dispatch.api),
        path(f"{prefix}{FILES}/artifacts", artifact_files.listed),
        path(f"{prefix}{FILES}/artifacts/", artifact_files.listed),
        path(f"{prefix}{FILES}/artifacts/<path:path>", artifact_files.one),
        path(f"{prefix}{FILES}/presigned/<path:path>", artifact_files.presigned),
        path(f"{prefix}{FILES}/signed/<str:token>", artifact_files.signed),
        path(f"{prefix}{FILES}/mpu/part/<str:token>", multipart.part),
        path(f"{prefix}{FILES}/mpu/<str:verb>", multipart.steps),
        path(f"{prefix}{FILES}/mpu/<str:verb>/<path:folder>", multipart.steps),
        path(f"{prefix}api/3.0/mlflow/server-info", server_info.server_info),
        path(f"{prefix}model-versions/get-artifact", artifact_files.of_version),
        path(f"{prefix}health", server_info.health),
        path(f"{prefix}version", server_info.version),
    ]


urlpatterns = [*below(""), *below("ws/<slug:workspace>/")]
