"""A version's evidence pack, to keep."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from core.http import page_actor
from models_registry.services.packs import Pack, take_pack


@require_GET
@login_required
def evidence_pack(request: HttpRequest, name: str, number: int) -> HttpResponse:
    return as_download(take_pack(actor=page_actor(request), model_name=name, number=number))


def as_download(pack: Pack) -> HttpResponse:
    return HttpResponse(
        pack.content,
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{pack.name}"', "Cache-Control": "no-store"},
    )
