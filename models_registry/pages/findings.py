"""Findings: the list, one of them, and raising one."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from core import proof
from core.actors import Actor
from core.http import page_actor, signed_in
from models_registry import selectors, services
from models_registry.governforms import DecideFindingForm, FindingForm
from models_registry.models import Finding, FindingState, PromotionRequest, PromotionState, Severity
from models_registry.pages import buttons, reviews, submit
from models_registry.services.four_eyes import makers_of

ROWS_A_PAGE = 25
TONES = {Severity.BLOCKER: "bad", Severity.MAJOR: "warn", Severity.MINOR: "wait"}


def tone(finding: Finding) -> str:
    if finding.state == FindingState.CLOSED:
        return "ok"
    return "idle" if finding.state == FindingState.ACCEPTED else TONES[Severity(finding.severity)]


@require_GET
@login_required
def finding_list(request: HttpRequest) -> HttpResponse:
    state = request.GET.get("state", "open")
    state = state if state in FindingState.values else "open"
    user = signed_in(request)
    found = _rows().filter(state=state)
    page = Paginator(found.order_by("due_on", "pk"), ROWS_A_PAGE).get_page(request.GET.get("page"))
    blockers = Finding.objects.filter(state=FindingState.OPEN, severity=Severity.BLOCKER).count()
    text = ngettext("%(n)d blocker is open.", "%(n)d blockers are open.", blockers) % {"n": blockers}
    opened = PromotionRequest.objects.filter(state=PromotionState.OPEN).count()
    waiting = selectors.waiting_count(user)
    context = {
        "page": page,
        "rows": [(finding, tone(finding)) for finding in page],
        "state": state,
        "states": FindingState.choices,
        "answer": text,
        "tabs": reviews.tabs("finding_list", user=user, waiting=waiting, opened=opened),
    }
    return render(request, "models_registry/finding_list.html", context)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
@login_required
def finding_detail(request: HttpRequest, pk: int) -> HttpResponse:
    finding = _rows().filter(pk=pk).first()
    if finding is None:
        raise selectors.missing(f"F-{pk}")
    actor = page_actor(request)
    form = DecideFindingForm(request.POST or None, is_proven=proof.is_fresh(request))

    def write(given: dict[str, Any]) -> HttpResponse:
        if given["verdict"] == "close":
            services.close_finding(actor=page_actor(request), finding_id=pk, resolution=given["resolution"])
        else:
            services.accept_finding(actor=page_actor(request), finding_id=pk, reason=given["resolution"])
        return redirect("models_registry:finding_detail", pk)

    context = {
        "finding": finding,
        "version": finding.version,
        "tone": tone(finding),
        "is_open": finding.state == FindingState.OPEN,
        "why": _why_not(finding, actor=actor),
    }
    template = "models_registry/finding_detail.html"
    return submit.answer(
        request, form, template=template, context=context, write=submit.signed(request, write)
    )


@require_http_methods(["GET", "POST"])
@login_required
def finding_raise(request: HttpRequest, name: str, number: int) -> HttpResponse:
    version, actor = selectors.version(name, number), page_actor(request)
    asked = request.GET.get("review", "")
    promotion_id = int(asked) if asked.isdecimal() else None

    def write(given: dict[str, Any]) -> HttpResponse:
        finding = services.raise_finding(
            actor=actor, version_id=version.pk, promotion_id=promotion_id, **given
        )
        return redirect("models_registry:finding_detail", finding.pk)

    due = timezone.localdate() + timedelta(days=30)
    form = FindingForm(request.POST or None, initial={"due_on": due})
    context = {
        "version": version,
        "model": version.model,
        "why": buttons.refusal(actor, "finding.raise", model=version.model),
    }
    return submit.answer(
        request, form, template="models_registry/finding_raise.html", context=context, write=write
    )


def _rows() -> QuerySet[Finding]:
    heavy = [f"version__{name}" for name in selectors.HEAVY]
    people = ("owner", "raised_by", "decided_by", "promotion", "version__model")
    return Finding.objects.select_related(*people).defer(*heavy)


def _why_not(finding: Finding, *, actor: Actor) -> str:
    """Why this reader may not decide on a finding, or nothing."""
    if refused := buttons.refusal(actor, "finding.decide", model=finding.version.model):
        return refused
    if actor.user is not None and actor.user.pk in makers_of(finding.version):
        return _("You made %(version)s, so you can't decide on a finding on it.") % {
            "version": finding.version
        }
    return ""
