"""Registering a version: upload, check, configure, finish. The page follows the state of the draft."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from core import quantities
from core.errors import PlatformError
from core.http import is_partial, page_actor, signed_in
from models_registry import filepaths, modelconfig, selectors, services, signatures
from models_registry.forms import ConfigForm, FileForm
from models_registry.lifecycle import Stage
from models_registry.models import Inspection, ModelVersion
from models_registry.pages import answers, buttons, tabs, unfinished
from models_registry.pages.config_lines import Marked, marked
from models_registry.tensor_forms import forms_for

TEMPLATE = "models_registry/version_wizard.html"
STEPS = ("upload", "check", "configure", "finish")
MOST_LINES = 2000


@require_http_methods(["GET", "POST"])
@login_required
def register_version(request: HttpRequest, name: str) -> HttpResponse:
    """Says what comes; a POST opens the draft."""
    model, actor = selectors.model(name), page_actor(request)
    context = {
        "model": model,
        "why": buttons.refusal(actor, "version.register", model=model),
        "draft": selectors.draft_of(model.pk, signed_in(request)),
        "limit": quantities.size(settings.ARTIFACTS.max_file_bytes),
    }
    if request.method == "POST":
        try:
            version = services.create_version(actor=actor, model_name=name)
            return redirect("models_registry:version_wizard", name, version.number)
        except PlatformError as error:
            context["error"] = error
            return render(request, "models_registry/register_version.html", context, status=error.status)
    return render(request, "models_registry/register_version.html", context)


@require_GET
@login_required
@vary_on_headers("HX-Request")
def version_wizard(request: HttpRequest, name: str, number: int) -> HttpResponse:
    version = selectors.version(name, number)
    if version.stage != Stage.DRAFT:
        return redirect("models_registry:version_detail", name, number)
    return page(request, version, step=request.GET.get("step", ""))


@require_POST
@login_required
def version_upload(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """The upload of a browser without JavaScript; the others send the file to the API."""
    version = selectors.version(name, number)
    form = FileForm(request.POST, request.FILES)
    if form.is_valid():
        file, folder = form.cleaned_data["file"], form.cleaned_data["folder"].strip("/")
        beside = form.cleaned_data["beside"]
        try:
            services.upload_file(
                actor=page_actor(request),
                version_id=version.pk,
                name=f"{folder}/{file.name}" if folder else file.name,
                stream=file,
                declared_bytes=file.size,
                alone=not beside,
            )
            return redirect(_address("version_wizard", version) + ("?step=upload" if beside else ""))
        except PlatformError as error:
            if version.stage != Stage.DRAFT:
                raise
            return page(request, version, step="upload", upload_error=str(error), status=error.status)
    return page(request, version, step="upload", upload_error=_("Choose a file first."), status=422)


@require_POST
@login_required
def version_file_remove(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """Take one file out of the draft."""
    version = selectors.version(name, number)
    try:
        services.remove_file(
            actor=page_actor(request), version_id=version.pk, name=request.POST.get("path", "")
        )
    except PlatformError as error:
        if version.stage != Stage.DRAFT:
            raise
        return page(request, version, step="upload", upload_error=str(error), status=error.status)
    return redirect(f"{_address('version_wizard', version)}?step=upload")


@require_POST
@login_required
def version_config(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """Keep the edited config.pbtxt and go on, or register the version with it at once."""
    version, actor = selectors.version(name, number), page_actor(request)
    form = ConfigForm(request.POST)
    if not form.is_valid():
        return page(request, version, step="configure", form=form, status=422)
    text = form.cleaned_data["config_text"]
    try:
        # A form posts line ends of its own; what was not edited has no editor.
        if text.replace("\r\n", "\n") != version.config_text:
            services.save_config(actor=actor, version_id=version.pk, text=text)
        if request.POST.get("then") != "register":
            return redirect(f"{_address('version_wizard', version)}?step=finish")
        services.register_version(actor=actor, version_id=version.pk)
    except PlatformError as error:
        if version.stage != Stage.DRAFT:
            raise
        form.refuse(error)
        return page(request, version, step="configure", form=form, status=error.status)
    return redirect("models_registry:version_detail", name, number)


@require_POST
@login_required
@vary_on_headers("HX-Request")
def version_config_check(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """What is wrong with the text as it stands, without keeping it."""
    version = selectors.version(name, number)
    form = ConfigForm(request.POST)
    form.is_valid()
    if not is_partial(request):
        return page(request, version, step="configure", form=form)
    text = form.data.get("config_text", "")
    context = {"marked": _judged(version, text), "is_checked": True}
    return render(request, f"{TEMPLATE}#problems", context)


@require_POST
@login_required
def version_finish(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """Turn the draft into a version that never changes."""
    version = selectors.version(name, number)
    try:
        services.register_version(actor=page_actor(request), version_id=version.pk)
    except PlatformError as error:
        if version.stage != Stage.DRAFT:
            raise
        return page(request, version, step="finish", finish_error=error, status=error.status)
    return redirect("models_registry:version_detail", name, number)


def page(
    request: HttpRequest,
    version: ModelVersion,
    *,
    step: str,
    form: ConfigForm | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    actor, partial = page_actor(request), is_partial(request)
    current = _step(version, wished=step)
    text = form.data.get("config_text", "") if form else version.config_text
    file = filepaths.main(list(version.files.all()))
    context = {
        "version": version,
        "model": version.model,
        "step": current,
        "wizard": _steps(version, current),
        "number": STEPS.index(current) + 1,
        "answer": answers.of_version(version, request=None, evidence={}, share=None),
        "why": buttons.refusal(actor, "version.register", model=version.model),
        "file": file,
        "files": list(version.files.all()),
        "unfinished": unfinished.uploads(version, user=signed_in(request)) if current == "upload" else [],
        "is_checking": version.inspection in {Inspection.PENDING, Inspection.RUNNING},
        "checks": _checks(version),
        "limit": quantities.size(settings.ARTIFACTS.max_file_bytes),
        "lines": signatures.lines(version.signature),
        "facts": tabs.facts(version),
        "form": form or ConfigForm(initial={"config_text": version.config_text}),
        "marked": _judged(version, text) if current == "configure" else None,
        "is_long": text.count("\n") > MOST_LINES,
        "partial": partial,
    }
    if version.inspection == Inspection.NEEDED and "declaration" not in more:
        given, sides = forms_for(version)
        more |= {"declaration": given, **{f"{side}_forms": form for side, form in sides.items()}}
    fragment = f"{TEMPLATE}#poll" if partial else TEMPLATE
    return render(request, fragment, context | more, status=status)


def _step(version: ModelVersion, *, wished: str) -> str:
    """The step the draft is at; an earlier one may be gone back to."""
    if version.inspection == Inspection.NONE:
        return "upload"
    if version.inspection == Inspection.PASSED:
        return wished if wished in STEPS else "configure"
    return "upload" if wished == "upload" else "check"


def _steps(version: ModelVersion, current: str) -> list[dict[str, str]]:
    labels = {"upload": _("Upload"), "check": _("Check"), "configure": _("Configure"), "finish": _("Finish")}
    here, address = STEPS.index(current), _address("version_wizard", version)
    return [
        {
            "label": labels[name],
            "url": f"{address}?step={name}",
            "state": "now" if name == current else ("done" if index < here else ""),
        }
        for index, name in enumerate(STEPS)
    ]


def _checks(version: ModelVersion) -> list[dict[str, object]]:
    """What is being found out about the file, in the order it happens."""
    file = filepaths.main(list(version.files.all()))
    size = quantities.size(file.size_bytes) if file else ""
    stored: dict[str, object] = {
        "tone": "ok",
        "text": _("File is stored"),
        "detail": f"{size}, {file.sha256 if file else ''}",
    }
    read: dict[str, object] = {"text": _("File is a model that Conch can read"), "tone": "idle"}
    ran: dict[str, object] = {"text": _("Model is tried in a sandbox"), "tone": "idle"}
    made: dict[str, object] = {"text": _("Configuration is generated"), "tone": "idle"}
    if version.inspection == Inspection.PENDING:
        read["detail"] = _("Waiting for a worker")
        read["tone"] = "run"
    elif version.inspection == Inspection.RUNNING:
        read["tone"] = "run"
    elif version.inspection == Inspection.FAILED:
        read["tone"] = "bad"
    elif version.inspection == Inspection.NEEDED:
        read["tone"], ran["tone"], ran["detail"] = "ok", "idle", _("The runtime of its backend is not here")
        made["detail"] = _("Waiting for its signature")
    elif version.inspection == Inspection.PASSED:
        read["tone"] = ran["tone"] = made["tone"] = "ok"
    return [stored, read, ran, made]


def _judged(version: ModelVersion, text: str) -> Marked:
    problems = modelconfig.validate(
        text, signature=version.signature, model_name=version.triton_name, backend=version.backend
    )
    return marked(text, problems)


def _address(route: str, version: ModelVersion) -> str:
    return reverse(f"models_registry:{route}", args=[version.model.name, version.number])
