"""Gate policies: what holds, what is drafted, what a draft would change."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.actors import Actor
from core.errors import missing
from core.http import page_actor
from models_registry import gates, rehearsal, services
from models_registry.lifecycle import PROMOTIONS
from models_registry.mailboxes import all_accounts
from models_registry.models import GatePolicy, PolicyState, RiskTier
from models_registry.pages import buttons, submit
from models_registry.policies import TIERS, Policy, Rules
from models_registry.policyform import PolicyForm
from models_registry.services.policies import UNFINISHED

ROWS_A_PAGE = 25
TONES = {
    PolicyState.DRAFT: "idle",
    PolicyState.PROPOSED: "wait",
    PolicyState.PUBLISHED: "ok",
    PolicyState.DISCARDED: "idle",
}
ACTS = {
    "propose": services.propose_policy,
    "publish": services.publish_policy,
    "discard": services.discard_policy,
}


@require_GET
@login_required
def policy_list(request: HttpRequest) -> HttpResponse:
    current = gates.current_policy()
    found = GatePolicy.objects.select_related("author", "published_by").defer("rules")
    page = Paginator(found, ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(policy, TONES[PolicyState(policy.state)]) for policy in page],
        "current": current,
        "why": buttons.refusal(page_actor(request), "policy.edit"),
    }
    return render(request, "models_registry/policy_list.html", context)


@require_GET
@login_required
def policy_detail(request: HttpRequest, pk: int) -> HttpResponse:
    policy, actor, current = _policy(pk), page_actor(request), gates.current_policy()
    rules = Rules.from_json(policy.rules)
    unfinished = policy.state in UNFINISHED
    context = {
        "policy": policy,
        "tone": TONES[PolicyState(policy.state)],
        "current": current,
        "is_current": policy.pk == current.pk,
        "steps": steps(rules),
        "rules": rules,
        "outcomes": rehearsal.rehearse(policy) if unfinished else None,
        "acts": _acts(policy, actor=actor),
        "may_edit": unfinished and policy.author == actor.user,
        "why": _why_not_publish(policy, actor=actor) if policy.state == PolicyState.PROPOSED else "",
    }
    return render(request, "models_registry/policy_detail.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def policy_new(request: HttpRequest) -> HttpResponse:
    """The next policy begins as a copy of the one that holds."""
    return _edit(request, None, rules=gates.current_policy().rules, note="")


@require_http_methods(["GET", "POST"])
@login_required
def policy_edit(request: HttpRequest, pk: int) -> HttpResponse:
    policy = _policy(pk)
    return _edit(request, policy, rules=policy.rules, note=policy.note)


@require_POST
@login_required
def policy_act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    if verb not in ACTS:
        raise Http404
    ACTS[verb](actor=page_actor(request), policy_id=pk)
    return redirect("models_registry:policy_detail", pk)


def steps(rules: Rules) -> list[tuple[str, list[tuple[str, Policy]]]]:
    """The steps of each tier with their names."""
    return [
        (
            str(RiskTier(tier).label),
            [(str(PROMOTIONS[verb].target.label), step) for verb, step in rules.steps[tier].items()],
        )
        for tier in TIERS
    ]


def _edit(request: HttpRequest, policy: GatePolicy | None, *, rules: Any, note: str) -> HttpResponse:
    actor = page_actor(request)
    form = PolicyForm(request.POST or None, rules=rules, note=note)

    def write(given: dict[str, Any]) -> HttpResponse:
        document = form.document()
        if policy is None:
            saved = services.draft_policy(actor=actor, rules=document, note=given["note"])
        else:
            saved = services.save_policy(actor=actor, policy_id=policy.pk, rules=document, note=given["note"])
        return redirect("models_registry:policy_detail", saved.pk)

    context = {"policy": policy, "why": buttons.refusal(actor, "policy.edit")}
    return submit.answer(
        request, form, template="models_registry/policy_edit.html", context=context, write=write
    )


def _acts(policy: GatePolicy, *, actor: Actor) -> list[str]:
    """The verbs that this reader can use."""
    if policy.state not in UNFINISHED or not actor.may("policy.edit"):
        return []
    found = ["discard"]
    if policy.state == PolicyState.PROPOSED and not _why_not_publish(policy, actor=actor):
        found.append("publish")
    if policy.state == PolicyState.DRAFT and policy.author == actor.user:
        found.append("propose")
    return found


def _why_not_publish(policy: GatePolicy, *, actor: Actor) -> str:
    if refused := buttons.refusal(actor, "policy.edit"):
        return refused
    makers = {pk for pk in (policy.author_id, policy.proposed_by_id) if pk is not None}
    if actor.user is not None and actor.user.pk in all_accounts(makers):
        return _("You wrote or proposed it, so another admin has to publish it.")
    return ""


def _policy(pk: int) -> GatePolicy:
    people = ("author", "proposed_by", "published_by", "based_on")
    found = GatePolicy.objects.select_related(*people).filter(pk=pk).first()
    if found is None:
        raise missing(_("policy with this id"))
    return found
