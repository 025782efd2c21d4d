"""The playground: one request by form or as JSON, its answer, and where the time went."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from core import quantities
from core.errors import Conflict, PlatformError
from core.http import is_partial, page_actor
from models_registry.modelconfig import parse
from models_registry.models import ModelVersion
from models_registry.pages import buttons
from serving import playground as service
from serving import selectors, tensors
from serving.pages.drafts import Draft, read, sample
from serving.pages.trials import shown

TEMPLATE = "serving/playground.html"
MOST_EXAMPLES = 5


@require_http_methods(["GET", "POST"])
@login_required
@vary_on_headers("HX-Request")
def playground(request: HttpRequest) -> HttpResponse:
    given = request.POST if request.method == "POST" else request.GET
    choices = selectors.loaded_versions()
    pk = given.get("version", "")
    version = selectors.playground_version(int(pk)) if pk.isdecimal() else None
    if version is None and choices:
        version = selectors.playground_version(choices[0].pk)
    model = version.model if version else None
    context: dict[str, Any] = {
        "choices": choices,
        "version": version,
        "why": buttons.refusal(page_actor(request), "inference.run", model=model),
        "partial": is_partial(request),
    }
    if version is None:
        return _render(request, context | {"answer": _("No version is loaded, so there is nothing to try.")})
    try:
        deployment = service.ready_deployment(version)
    except Conflict as error:
        return _render(request, context | {"absent": error, "answer": str(error.detail)}, error.status)
    context["deployment"] = deployment
    form = tensors.fields(version.signature, batched=parse(version.config_text).max_batch_size > 0)
    if request.method == "POST":
        return _answer(request, version, form, context)
    number = request.GET.get("example", "")
    draft = sample(form, version.golden, example=int(number) if number.isdecimal() else None)
    if request.GET.get("view") == "json" and draft.inputs is not None:
        draft = draft.switched(form, "json")
    return _page(request, version, draft, context)


def _answer(
    request: HttpRequest, version: ModelVersion, form: list[tensors.Field], context: dict[str, Any]
) -> HttpResponse:
    draft, wish = read(form, request.POST), request.POST.get("do", "infer")
    inputs = draft.inputs
    if inputs is None:
        return _page(request, version, draft, context, status=422)
    if wish in {"form", "json"}:
        draft = draft.switched(form, wish)
        return _page(request, version, draft, context, status=422 if draft.error else 200)
    try:
        trial = service.try_version(actor=page_actor(request), version=version, inputs=inputs)
    except PlatformError as error:
        draft, placed = draft.refused(error)
        context |= {} if placed else {"error": error, "hint": _hint(error)}
        return _page(request, version, draft, context, status=error.status)
    return _page(request, version, draft, context | {"trial": shown(trial)})


def _hint(error: PlatformError) -> str:
    """What helps; here nothing is sent again by itself, as deployments are."""
    if error.retryable:
        return _("What you typed is still here. Infer again when the server has recovered.")
    return str(error.hint)


def _page(
    request: HttpRequest, version: ModelVersion, draft: Draft, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    trial = context.get("trial")
    words: dict[str, object] = {"version": version}
    if trial:
        words["time"] = quantities.milliseconds(trial["latency_ms"])
        answer = _("%(version)s answered in %(time)s.") % words
    else:
        answer = _("Type values for %(version)s and see what it answers, and where the time goes.") % words
    drawn = {
        "draft": draft,
        "answer": answer,
        "examples": range(1, min(len(version.golden), MOST_EXAMPLES) + 1),
        "code": draft.code(request, version),
    }
    return _render(request, context | drawn, status)


def _render(request: HttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    template = f"{TEMPLATE}#answered" if context["partial"] else TEMPLATE
    response = render(request, template, context, status=status)
    if context["partial"] and status >= 400:
        # The error is drawn in its place, so the fragment is shown whatever its status.
        response["X-Fragment"] = "1"
    return response
