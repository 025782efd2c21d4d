"""The content of each tab of a version."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from core import difflines, moments, quantities
from core.http import page_actor
from models_registry import gates, guards, modelcard, panels, selectors, services, signatures, signed
from models_registry.forms import NotesForm
from models_registry.guards import Evidence
from models_registry.lifecycle import PROMOTIONS, Stage, promotions_from
from models_registry.models import ModelVersion
from models_registry.pages import buttons, cards, events, model_cards, origins, rails
from models_registry.pages.version_view import Scene

MOST_FINDINGS = 20
ROWS_A_PAGE = 25
# Past this a page would take longer to draw than anyone would read.
MOST_LINES = 2000
Words = str | Promise
# Proper names, the same in every language.
FORMATS = {
    "torchscript": "TorchScript",
    "tensorrt": "TensorRT",
    "huggingface": "Hugging Face",
    "python": "Python",
    "ensemble": "Ensemble",
}


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
        "edit_why": buttons.refusal(actor, "version.register", model=version.model),
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
    own = actor.user is not None and services.wrote_card(version, actor.user)
    return {
        "card": found,
        "parts": model_cards.parts(found) if found else [],
        "lacking": lacking,
        "edit_why": buttons.refusal(actor, "version.register", model=version.model),
        "approve_why": _("Who wrote a card can't approve it.")
        if own
        else buttons.refusal(actor, "promotion.review", model=version.model),
    }


def config(request: HttpRequest, seen: Scene) -> dict[str, Any]:
    before = selectors.baseline(seen.version, live=seen.live)
    return {"before": before, **compared(before, seen.version), "too_long": _lines(seen.version) > MOST_LINES}


def files(request: HttpRequest, seen: Scene) -> dict[str, Any]:
    before = selectors.baseline(seen.version, live=seen.live)
    vouched = signed.check(seen.version)
    return {
        "before": before,
        "files": cards.files(seen.version, before),
        "provenance": vouched,
        "provenance_tone": "ok" if vouched.passed else "idle" if vouched.extra.get("unsigned") else "bad",
        "holds_key": settings.SIGNING.key_file is not None,
        "sign_why": buttons.refusal(page_actor(request), "version.sign", model=seen.version.model),
    }


def evidence(request: HttpRequest, seen: Scene) -> dict[str, Any]:
    version = seen.version
    steps = promotions_from(version.stage) or list(PROMOTIONS.values())
    known = seen.policies or gates.policies_for(version)
    policies = [known[step.verb] for step in steps]
    required = list(dict.fromkeys(gate for policy in policies for gate in policy.required))
    shown = list(dict.fromkeys(gate for policy in policies for gate in policy.shown if gate not in required))
    found = _gathered(seen, [*required, *shown])
    return {
        "findings": list(version.findings.select_related("owner")[:MOST_FINDINGS]),
        "cards": cards.evidence([item.to_json() for item in found], required=required),
        "passed": sum(item.passed for item in found),
        "total": len(found),
        "pack_why": buttons.refusal(page_actor(request), "evidence.pack", model=version.model),
        "policies": [
            (step.target.label, policy.approvals, _titles(policy.required, found))
            for step, policy in zip(steps, policies, strict=True)
        ],
    }


def _gathered(seen: Scene, wanted: list[str]) -> list[Evidence]:
    """The evidence for these gates; what the scene has checked already is not checked again."""
    known = {item.gate: item for step in seen.evidence.values() for item in step}
    rest = [gate for gate in wanted if gate not in known]
    known |= dict(zip(rest, guards.gather(seen.version, rest), strict=True))
    return [known[gate] for gate in wanted]


def history(request: HttpRequest, seen: Scene) -> dict[str, Any]:
    places = panels.where_it_runs.gather(ModelVersion.objects.filter(pk=seen.version.pk))
    version = seen.version
    own = [*version.findings.only("pk"), *version.overrides.only("pk")]
    labels = [*(place.label for place in places), *map(str, own)]
    found = selectors.events_of_version(version, labels=labels)
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
    elif known.get("format"):
        found.insert(1, (_("Format"), FORMATS.get(known["format"], known["format"])))
    for key, label in (("tensorrt", "TensorRT"), ("class", _("Class"))):
        if known.get(key):
            found.append((label, known[key]))
    if known.get("steps"):
        found.append((_("Steps"), ", ".join(step["model"] for step in known["steps"])))
    if known.get("requirements"):
        found.append((_("Needs the packages"), ", ".join(known["requirements"])))
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
