"""From rows to the cards and gates of the rail."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import moments
from models_registry import gates, guards, rail
from models_registry.guards import Evidence
from models_registry.lifecycle import Stage, promotions_from
from models_registry.models import (
    GatePolicy,
    Inspection,
    ModelVersion,
    PromotionRequest,
    PromotionState,
    RegisteredModel,
)
from models_registry.pages.tones import INSPECTIONS, approvals_given
from models_registry.panels import Measured, Share


def of_model(
    model: RegisteredModel,
    newest: Sequence[ModelVersion],
    *,
    counts: Mapping[str, int],
    requests: Mapping[int, PromotionRequest],
    shares: Sequence[Share],
    measured: Mapping[int, Measured],
) -> list[dict[str, Any]]:
    """The rail of a model; a gate speaks for the newest version of its stage."""
    percents = {share.number: share.percent for share in shares}
    cards = [
        card(version, share=percents.get(version.number), measured=measured.get(version.pk))
        for version in newest
    ]
    found: dict[str, rail.Gate] = {}
    policy = gates.current_policy()
    for version in newest:
        if version.stage not in found:
            evidence = next_evidence(version, policy)
            gate = gate_of(version, requests.get(version.pk), evidence=evidence)
            if gate:
                found[version.stage] = gate
    return rail.of_model(
        cards,
        counts=counts,
        gates=found,
        more_url="#versions",
        first_url=reverse("models_registry:register_version", args=[model.name]),
    )


def of_version(
    version: ModelVersion,
    *,
    request: PromotionRequest | None,
    evidence: Mapping[str, Sequence[Evidence]],
    been: set[str],
    share: float | None,
    measured: Measured | None,
) -> list[dict[str, Any]]:
    steps = promotions_from(version.stage)
    first = evidence.get(steps[0].verb, ()) if steps else ()
    gate = gate_of(version, request, evidence=first)
    passed = been | {Stage.DRAFT} | ({Stage.REGISTERED} if version.artifact_digest else set())
    return rail.of_version(card(version, share=share, measured=measured), been=passed, gate=gate)


def card(version: ModelVersion, *, share: float | None, measured: Measured | None) -> rail.Card:
    name = "version_wizard" if version.stage == Stage.DRAFT else "version_detail"
    lines: list[Any] = []
    if version.stage == Stage.DRAFT:
        lines.append(INSPECTIONS[version.inspection][1])
    elif version.stage in {Stage.RETIRED, Stage.REJECTED}:
        lines.append(Stage(version.stage).label)
    elif measured is not None and measured.brief:
        lines.append(measured.brief)
    return rail.Card(
        number=version.number,
        stage=version.stage,
        url=reverse(f"models_registry:{name}", args=[version.model.name, version.number]),
        lines=lines,
        note=moments.relative(version.stage_changed_at),
        share=_whole(share),
    )


def _whole(share: float | None) -> float | None:
    """A share without a fraction it does not have."""
    return int(share) if share is not None and share == int(share) else share


def next_evidence(version: ModelVersion, policy: GatePolicy) -> list[Evidence]:
    """What the first step that leads on from here requires."""
    steps = promotions_from(version.stage)
    if not steps:
        return []
    return guards.gather(version, gates.policies_in(policy, version)[steps[0].verb].required)


def gate_of(
    version: ModelVersion, request: PromotionRequest | None, *, evidence: Sequence[Evidence]
) -> rail.Gate | None:
    """What stands between a version and its next step; nothing after the last one."""
    where = [version.model.name, version.number]
    if version.stage == Stage.DRAFT:
        tone, word = INSPECTIONS[version.inspection]
        if version.inspection == Inspection.PASSED:
            word = _("To finish")
        return rail.Gate(tone=tone, word=word, url=reverse("models_registry:version_wizard", args=where))
    if request is not None and request.state == PromotionState.OPEN:
        words = {"given": approvals_given(request), "needed": request.approvals_needed}
        return rail.Gate(
            tone="wait",
            word=_("%(given)d of %(needed)d") % words,
            detail=_("approvals for “%(stage)s”") % {"stage": request.get_target_stage_display()},
            url=reverse("models_registry:review_detail", args=[request.pk]),
        )
    steps = promotions_from(version.stage)
    if not steps:
        return None
    missing = [item for item in evidence if not item.passed]
    stage = {"stage": steps[0].target.label}
    if missing:
        word = ngettext("%(n)d missing", "%(n)d missing", len(missing)) % {"n": len(missing)}
        names = ", ".join(item.title for item in missing)
        return rail.Gate(
            tone="wait",
            word=word,
            detail=_("for “%(stage)s”: %(names)s") % (stage | {"names": names}),
            url=reverse("models_registry:version_tab", args=[*where, "evidence"]),
        )
    return rail.Gate(
        tone="ok",
        word=_("Open"),
        detail=_("to “%(stage)s”") % stage,
        url=reverse("models_registry:version_promote", args=where),
    )
