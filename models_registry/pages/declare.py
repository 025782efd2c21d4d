"""The step of the wizard where inputs and outputs are declared, as rows or as a full config.pbtxt."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from core.errors import PlatformError
from core.http import page_actor
from models_registry import selectors, services
from models_registry.lifecycle import Stage
from models_registry.models import ModelVersion
from models_registry.pages import wizard
from models_registry.tensor_forms import DeclarationForm, Rows, TensorForms, tensors


@require_POST
@login_required
def version_declare(request: HttpRequest, name: str, number: int) -> HttpResponse:
    version, actor = selectors.version(name, number), page_actor(request)
    given = DeclarationForm(request.POST)
    sides = {side: TensorForms(request.POST, prefix=side) for side in ("inputs", "outputs")}
    try:
        if not given.is_valid():
            return _again(request, version, given, sides, status=422)
        if given.cleaned_data["config_text"].strip():
            text = given.cleaned_data["config_text"]
            services.declare_by_config(actor=actor, version_id=version.pk, text=text)
        elif not all(form.is_valid() for form in sides.values()):
            return _again(request, version, given, sides, status=422)
        else:
            services.declare_signature(
                actor=actor,
                version_id=version.pk,
                inputs=tensors(sides["inputs"]),
                outputs=tensors(sides["outputs"]),
                batchable=given.cleaned_data["batchable"],
            )
    except PlatformError as error:
        if version.stage != Stage.DRAFT:
            raise
        given.refuse(error)
        return _again(request, version, given, sides, status=error.status)
    return redirect("models_registry:version_wizard", name, number)


def _again(
    request: HttpRequest,
    version: ModelVersion,
    given: DeclarationForm,
    sides: dict[str, Rows],
    *,
    status: int,
) -> HttpResponse:
    return wizard.page(
        request,
        version,
        step="check",
        status=status,
        declaration=given,
        inputs_forms=sides["inputs"],
        outputs_forms=sides["outputs"],
    )
