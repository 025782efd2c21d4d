"""One view for all calls: route by method and path, sign in, answer, and refuse in the client's words."""

import logging
import re
from collections.abc import Callable
from functools import partial

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from core.errors import PlatformError
from models_registry.mlflow_api import (
    errors,
    experiments,
    logged_models,
    model_versions,
    registered_models,
    runs,
    searching,
    transitions,
    webhooks,
)
from models_registry.mlflow_api.calls import Call, unknown
from models_registry.mlflow_api.signing_in import actor_of

log = logging.getLogger(__name__)
Handler = Callable[[Call], dict[str, object]]
MODELS, VERSIONS = "registered-models", "model-versions"
ROUTES: dict[tuple[str, str], Handler] = {
    ("POST", f"{MODELS}/create"): registered_models.create,
    ("GET", f"{MODELS}/get"): registered_models.get,
    ("PATCH", f"{MODELS}/update"): registered_models.update,
    ("POST", f"{MODELS}/rename"): registered_models.rename,
    ("DELETE", f"{MODELS}/delete"): registered_models.delete,
    ("GET", f"{MODELS}/search"): searching.models,
    ("POST", f"{MODELS}/get-latest-versions"): registered_models.latest,
    ("GET", f"{MODELS}/get-latest-versions"): registered_models.latest,
    ("POST", f"{MODELS}/set-tag"): registered_models.set_tag,
    ("DELETE", f"{MODELS}/delete-tag"): registered_models.delete_tag,
    ("POST", f"{MODELS}/alias"): registered_models.set_alias,
    ("DELETE", f"{MODELS}/alias"): registered_models.delete_alias,
    ("GET", f"{MODELS}/alias"): registered_models.by_alias,
    ("POST", f"{VERSIONS}/create"): model_versions.create,
    ("GET", f"{VERSIONS}/get"): model_versions.get,
    ("PATCH", f"{VERSIONS}/update"): model_versions.update,
    ("DELETE", f"{VERSIONS}/delete"): model_versions.delete,
    ("POST", f"{VERSIONS}/transition-stage"): transitions.transition,
    ("GET", f"{VERSIONS}/get-download-uri"): model_versions.download_uri,
    ("POST", f"{VERSIONS}/set-tag"): model_versions.set_tag,
    ("DELETE", f"{VERSIONS}/delete-tag"): model_versions.delete_tag,
    ("GET", f"{VERSIONS}/search"): searching.versions,
    ("POST", "experiments/create"): experiments.create,
    ("GET", "experiments/get"): experiments.get,
    ("GET", "experiments/get-by-name"): experiments.by_name,
    ("POST", "experiments/search"): experiments.search,
    ("GET", "experiments/search"): experiments.search,
    ("POST", "runs/create"): runs.create,
    ("GET", "runs/get"): runs.get,
    ("POST", "runs/update"): runs.update,
    ("POST", "runs/outputs"): runs.outputs,
    ("POST", "runs/log-batch"): runs.log_batch,
    ("POST", "runs/log-metric"): runs.log_metric,
    ("POST", "runs/log-parameter"): runs.log_param,
    ("POST", "runs/log-inputs"): runs.log_inputs,
    ("POST", "runs/log-model"): runs.log_inputs,
    ("POST", "runs/set-tag"): runs.set_tag,
    ("POST", "runs/delete-tag"): runs.delete_tag,
    ("GET", "metrics/get-history"): runs.metric_history,
    ("POST", "logged-models"): logged_models.create,
    ("POST", "logged-models/search"): logged_models.search,
    ("POST", "webhooks"): webhooks.create,
    ("GET", "webhooks"): webhooks.listed,
}
BY_ID: dict[tuple[str, str], Callable[..., dict[str, object]]] = {**logged_models.BY_ID, **webhooks.BY_ID}


@csrf_exempt
def api(request: HttpRequest, path: str, workspace: str = "") -> HttpResponseBase:
    """/api/2.0/mlflow/<path>"""
    handler = ROUTES.get((request.method or "", path)) or _with_id(request.method or "", path)
    if handler is None:
        return errors.answer(unknown(path))
    return guarded(request, workspace, lambda call: JsonResponse(handler(call)))


def _with_id(method: str, path: str) -> Handler | None:
    """The handler of an address that carries an id, with that id bound."""
    for (wanted, pattern), handler in BY_ID.items():
        match = re.fullmatch(pattern, path) if wanted == method else None
        if match is not None:
            return partial(handler, **match.groupdict())
    return None


def guarded(
    request: HttpRequest, workspace: str, respond: Callable[[Call], HttpResponseBase]
) -> HttpResponseBase:
    """Sign in and respond; whatever goes wrong is an error that the client understands."""
    prefix = f"/ws/{workspace}" if workspace else ""
    return open_to_all(
        request, lambda: respond(Call(request, actor_of(request), prefix=prefix, named=workspace))
    )


def open_to_all(request: HttpRequest, respond: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """The same without signing in, for addresses that carry their own permission."""
    try:
        return respond()
    except errors.ApiError as error:
        return errors.answer(error)
    except PlatformError as error:
        return errors.answer(errors.translated(error))
    except Exception:
        log.exception("mlflow_call_broke path=%s", request.path)
        return errors.answer(errors.ApiError("INTERNAL_ERROR", "Conch failed; the log says why."))
