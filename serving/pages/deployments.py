"""Deployments: the list, one that is followed live, and the wishes of operators."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from core.errors import PlatformError
from core.http import is_partial, page_actor
from serving import selectors, services
from serving.pages.deployment_view import Refused, show

ROWS_A_PAGE = 25


@require_GET
@login_required
@vary_on_headers("HX-Request")
def deployment_list(request: HttpRequest) -> HttpResponse:
    name, kind = request.GET.get("q", "").strip(), request.GET.get("show", "")
    page = Paginator(selectors.deployments(name=name, show=kind), ROWS_A_PAGE).get_page(
        request.GET.get("page")
    )
    counts = selectors.deployment_counts()
    context = {
        "page": page,
        "q": name,
        "show": kind,
        "options": _options(kind=kind, name=name, counts=counts),
        "answer": _answer(counts),
        "moving": any(not deployment.settled for deployment in page),
        "total": counts["all"],
        "partial": is_partial(request),
    }
    template = "serving/deployment_list.html"
    return render(request, f"{template}#poll" if is_partial(request) else template, context)


@require_GET
@login_required
@vary_on_headers("HX-Request")
def deployment_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return show(request, selectors.deployment(pk))


@require_POST
@login_required
def deployment_load(request: HttpRequest, pk: int) -> HttpResponse:
    return _wish(request, pk, wanted=True)


@require_POST
@login_required
def deployment_unload(request: HttpRequest, pk: int) -> HttpResponse:
    return _wish(request, pk, wanted=False)


@require_POST
@login_required
def deployment_retry(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        services.retry_deployment(actor=page_actor(request), deployment_id=pk)
    except PlatformError as error:
        return show(request, selectors.deployment(pk), refused=Refused(error=error, action_id="retry"))
    return redirect("serving:deployment_detail", pk)


def _wish(request: HttpRequest, pk: int, *, wanted: bool) -> HttpResponse:
    reason = request.POST.get("reason", "")
    try:
        services.set_wanted(actor=page_actor(request), deployment_id=pk, wanted=wanted, reason=reason)
    except PlatformError as error:
        refused = Refused(error=error, action_id="load" if wanted else "unload", reason=reason)
        return show(request, selectors.deployment(pk), refused=refused)
    return redirect("serving:deployment_detail", pk)


def _options(*, kind: str, name: str, counts: dict[str, int]) -> list[dict[str, object]]:
    labels = {"": _("All"), "wanted": _("Wanted"), "failing": _("Failing"), "unloaded": _("Not wanted")}
    return [
        {"show": key, "label": label, "count": counts[key or "all"], "current": key == kind}
        for key, label in labels.items()
    ]


def _answer(counts: dict[str, int]) -> str:
    if not counts["all"]:
        return _("A deployment begins when a promotion to testing is approved.")
    text = ngettext(
        "%(ready)d of %(wanted)d wanted version is ready.",
        "%(ready)d of %(wanted)d wanted versions are ready.",
        counts["wanted"],
    )
    failing = ngettext("%(count)d fails.", "%(count)d fail.", counts["failing"])
    sentences = [text % counts]
    if counts["failing"]:
        sentences.append(failing % {"count": counts["failing"]})
    return " ".join(sentences)
