"""The form of a new benchmark: what load, on which version, and how long it takes."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from core.errors import Invalid, PlatformError
from core.http import is_partial, page_actor
from core.quantities import duration
from experiments import plan, selectors, services
from experiments.forms import BenchmarkForm, initial
from experiments.models import Benchmark
from experiments.selectors import Candidate
from models_registry.pages import buttons

TEMPLATE = "experiments/benchmark_new.html"


@require_http_methods(["GET", "POST"])
@login_required
@vary_on_headers("HX-Request")
def benchmark_new(request: HttpRequest) -> HttpResponse:
    """GET shows the form, or, asked by htmx, how long what is typed would take; POST starts it."""
    given = request.POST if request.method == "POST" else request.GET
    chosen = _chosen(given)
    versions = selectors.measurable_versions()
    if request.method == "POST":
        form = BenchmarkForm(request.POST, versions=versions, chosen=chosen)
        return _start(request, form, chosen)
    if is_partial(request):
        form = BenchmarkForm(request.GET, versions=versions, chosen=chosen)
        return render(request, f"{TEMPLATE}#estimate", {"estimate": _estimate(form, chosen)})
    values = initial(_template(request.GET)) | ({"version": chosen.version.pk} if chosen else {})
    return _page(request, BenchmarkForm(initial=values, versions=versions, chosen=chosen), chosen)


def _start(request: HttpRequest, form: BenchmarkForm, chosen: Candidate | None) -> HttpResponse:
    if not form.is_valid():
        return _page(request, form, chosen, status=422)
    try:
        benchmark = services.start_benchmark(
            actor=page_actor(request),
            version_id=form.cleaned_data["version"],
            settings=form.settings(),
            confirm_live=form.cleaned_data.get("confirm_live", False),
        )
    except PlatformError as error:
        if isinstance(error, Invalid) and isinstance(fields := error.context.get("errors"), dict):
            form.refuse(fields)
            return _page(request, form, chosen, status=error.status)
        return _page(request, form, chosen, refusal=error, status=error.status)
    return redirect("experiments:benchmark_detail", benchmark.pk)


def _page(
    request: HttpRequest,
    form: BenchmarkForm,
    chosen: Candidate | None,
    *,
    refusal: PlatformError | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "chosen": chosen,
        "refusal": refusal,
        "estimate": _estimate(form, chosen),
        "may_run": _may(request, "benchmark.run", chosen),
        "may_confirm": _may(request, "deployment.operate", chosen),
    }
    return render(request, TEMPLATE, context, status=status)


def _may(request: HttpRequest, permission: str, chosen: Candidate | None) -> bool:
    model = chosen.version.model if chosen else None
    return not buttons.refusal(page_actor(request), permission, model=model)


def _chosen(given: QueryDict) -> Candidate | None:
    pk = given.get("version", "")
    # PostgreSQL's largest id has 19 digits.
    return selectors.candidate(int(pk)) if pk.isdecimal() and len(pk) < 19 else None


def _template(given: QueryDict) -> plan.Plan:
    """The settings of the benchmark to run again, or the defaults."""
    pk = given.get("again", "").removeprefix("B-")
    former = Benchmark.objects.filter(pk=pk).first() if pk.isdecimal() and len(pk) < 19 else None
    return former.plan if former else plan.DEFAULTS


def _estimate(form: BenchmarkForm, chosen: Candidate | None) -> str:
    """How long it would take; "" while the settings can't be used."""
    max_batch = chosen.max_batch if chosen else 0
    try:
        if not form.is_bound:
            levels = form.initial["levels"].count(",") + 1
            seconds, warmup = (float(form.initial[name]) for name in ("seconds", "warmup_seconds"))
            wanted = plan.Plan(levels=tuple(range(1, levels + 1)), seconds=seconds, warmup_seconds=warmup)
        elif form.is_valid():
            wanted = plan.make(form.settings(), max_batch=max_batch)
        else:
            return ""
    except Invalid:
        return ""
    return duration(wanted.estimate_s)
