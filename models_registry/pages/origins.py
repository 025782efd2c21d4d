"""Where a version comes from: the picture on its page, and the form that says it."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.http import page_actor
from models_registry import lineage, selectors, services
from models_registry.forms import OriginForm
from models_registry.lineage import Node, Picture
from models_registry.models import ORIGIN_LENGTHS, ModelVersion
from models_registry.pages import buttons, submit, version_view


def picture(version: ModelVersion) -> Picture | None:
    """The lineage of a version, or None when nothing is known of it."""
    origins = [
        Node(kind=kind, name=name, detail=str(detail), url=url)
        for kind, name, detail, url in (
            ("dataset", version.dataset, _("Dataset"), ""),
            ("run", version.run_id, _("Run"), version.run_link),
            ("commit", version.source_commit, _("Commit"), ""),
            ("source", version.source_uri, _("Source"), ""),
        )
        if name
    ]
    ancestors = [_node(each) for each in selectors.ancestors(version)]
    children = [_node(each) for each in selectors.children(version)]
    if not (origins or ancestors or children):
        return None
    return lineage.draw(ancestors=ancestors, origins=origins, own=_node(version), children=children)


@require_http_methods(["GET", "POST"])
@login_required
def version_origin(request: HttpRequest, name: str, number: int) -> HttpResponse:
    actor = page_actor(request)
    seen = version_view.scene(selectors.version(name, number))
    version = seen.version
    older = selectors.comparable(version.model_id, below=number)
    context = version_view.frame(seen, actor=actor, tab="") | {
        "why": buttons.refusal(actor, "version.register")
    }
    parent = version.derived_from.number if version.derived_from else ""
    initial = {field: getattr(version, field) for field in ORIGIN_LENGTHS} | {"derived_from": parent}

    def write(given: dict[str, Any]) -> HttpResponse:
        services.set_origin(actor=actor, version_id=version.pk, **given)
        return redirect("models_registry:version_detail", name, number)

    form = OriginForm(request.POST or None, initial=initial, older=older)
    template = "models_registry/version_origin.html"
    return submit.answer(request, form, template=template, context=context, write=write)


def _node(version: ModelVersion) -> Node:
    url = reverse("models_registry:version_detail", args=[version.model.name, version.number])
    return Node(kind="version", name=f"v{version.number}", detail=version.get_stage_display(), url=url)
