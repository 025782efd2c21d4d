"""The content of each tab of a version."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from core import difflines, moments, quantities
from core.http import page_actor
from models_registry import gates, guards, modelcard, panels, selectors, signatures
from models_registry.forms import NotesForm
from models_registry.lifecycle import PROMOTIONS, Stage, promotions_from
from models_registry.models import ModelVersion
from models_registry.pages import buttons, cards, events, model_cards, origins, rails
from models_registry.pages.version_view import Scene

ROWS_A_PAGE = 25
# Past this a page would take longer to draw than anyone would read.
MOST_LINES = 2000
Words = str | Promise


def overview(request: HttpRequest, seen: Scene) -> dict[str, Any]:
    version, actor = seen.version, page_actor(request)
    places = panels.where_it_runs.gather(ModelVersion.objects.filter(pk=version.pk))
    measured = next(iter(panels.measured.gather([version.pk])), None)
    steps = promotions_from(version.stage)
    return {
        "facts": facts(version),
        "places": places,
        "moving": any(place.tone == "run" for place in places),
        "measured": measured,
        "rail": rails.of_version(
            version,
            request=seen.request,
            evidence=seen.evidence,
            been=selectors.approved_stages(version.pk),
            share=seen.share,
            measured=measured,
        ),
        # Called where it is drawn, which is not in the answer to a poll.
        "lineage": partial(origins.picture, version),
        "next_stage": steps[-1].target.label if steps else "",
        "summary": cards.checks(seen.evidence[steps[-1].verb]) if steps else [],
        "notes_form": NotesForm(initial={"notes": version.notes}),
        "edit_why": buttons.refusal(actor, "version.register"),
    }


def signature(request: HttpRequest, seen: Scene) -> dict[str, Any]:
    before = selectors.baseline(seen.version, live=seen.live)
    old = before.signature if before else None
    changes = signatures.changes(old, seen.version.signature) if old else []
    return {
        "before": before,
        "lines": signatures.lines(seen.version.signature, before=old),
        "breaking": [change for change in changes if change.breaking],
        "changes": changes,
    }


def card(request: HttpRequest, seen: Scene) -> dict[str, Any]:
    version, actor = seen.version, page_actor(request)
    found = selectors.newest_card(version.pk)
    lacking = modelcard.missing(found.sections if found else {}, tier=version.model.risk_tier)
    own = found is not None and found.author == actor.user
    return {
        "card": found,
        "parts": model_cards.parts(found) if found else [],
        "lacking": lacking,
        "edit_why": buttons.refusal(actor, "version.register"),
        "approve_why": _("Who wrote a card can't approve it.")
        if own
        else buttons.refusal(actor, "promotion.review"),
    }


def config(request: HttpRequest, seen: Scene) -> dict[str, Any]:
    before = selectors.baseline(seen.version, live=seen.live)
    return {"before": before, **compared(before, seen.version), "too_long": _lines(seen.version) > MOST_LINES}


def files(request: HttpRequest, seen: Scene) -> dict[str, Any]:
    before = selectors.baseline(seen.version, live=seen.live)
    return {"before": before, "files": cards.files(seen.version, before)}


def evidence(request: HttpRequest, seen: Scene) -> dict[str, Any]:
    version = seen.version
    steps = promotions_from(version.stage) or list(PROMOTIONS.values())
    policies = [gates.policy_for(version, step.verb) for step in steps]
    required = list(dict.fromkeys(gate for policy in policies for gate in policy.required))
    shown = list(dict.fromkeys(gate for policy in policies for gate in policy.shown if gate not in required))
    found = guards.gather(version, [*required, *shown])
    return {
        "cards": cards.evidence([item.to_json() for item in found], required=required),
        "passed": sum(item.passed for item in found),
        "total": len(found),
        "policies": [
            (step.target.label, policy.approvals, _titles(policy.required, found))
            for step, policy in zip(steps, policies, strict=True)
        ],
    }


def history(request: HttpRequest, seen: Scene) -> dict[str, Any]:
    places = panels.where_it_runs.gather(ModelVersion.objects.filter(pk=seen.version.pk))
    found = selectors.events_of_version(seen.version, labels=[place.label for place in places])
    page = Paginator(found, ROWS_A_PAGE).get_page(request.GET.get("page"))
    return {"page": page, "events": [events.told(event) for event in page]}


BUILDERS: dict[str, Callable[[HttpRequest, Scene], dict[str, Any]]] = {
    "overview": overview,
    "card": card,
    "signature": signature,
    "config": config,
    "files": files,
    "evidence": evidence,
    "history": history,
}


def compared(before: ModelVersion | None, after: ModelVersion) -> dict[str, Any]:
    """The difference of two configurations, unless it is too long to draw."""
    if before is None or max(_lines(before), _lines(after)) > MOST_LINES:
        return {"diff": None}
    return {"diff": difflines.diff(before.config_text, after.config_text)}


def facts(version: ModelVersion) -> list[tuple[Words, object]]:
    known = version.facts
    found: list[tuple[Words, object]] = [
        (_("Name in Triton"), version.triton_name),
        (_("Backend"), version.backend or "–"),
        (_("Batches"), _("Yes") if version.signature.get("batchable") else _("No")),
        (_("Size"), quantities.size(version.size_bytes)),
        ("SHA-256", ", ".join(quantities.short_digest(file.sha256) for file in version.files.all()) or "–"),
    ]
    if known.get("opset"):
        found.insert(1, (_("Format"), _("ONNX, opset %(opset)s") % {"opset": known["opset"]}))
    if known.get("parameters") is not None:
        found.append((_("Parameters"), quantities.number(known["parameters"])))
    if known.get("nodes") is not None:
        found.append((_("Operators"), quantities.number(known["nodes"])))
    if known.get("producer"):
        found.append((_("Made by"), known["producer"]))
    found.append((_("Begun"), moments.absolute(version.created_at)))
    if version.stage != Stage.DRAFT:
        found.append((_("In this stage since"), moments.absolute(version.stage_changed_at)))
    return found


def _lines(version: ModelVersion) -> int:
    return version.config_text.count("\n")


def _titles(required: tuple[str, ...], found: list[guards.Evidence]) -> list[tuple[str, bool]]:
    return [(item.title, item.passed) for item in found if item.gate in required]
