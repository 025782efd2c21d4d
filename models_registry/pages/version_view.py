"""What every page of a version shows around its content: state, answer, actions, tabs."""

from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from core.actors import Actor
from models_registry import gates, guards, panels, safety, selectors
from models_registry.guards import Evidence
from models_registry.lifecycle import promotions_from
from models_registry.models import LegalHold, ModelVersion, PromotionRequest
from models_registry.pages import answers, buttons, tones
from models_registry.policies import Policy
from models_registry.services.holds import holds_on_version, told

TABS = ("overview", "card", "signature", "config", "files", "evidence", "history")


@dataclass(slots=True, kw_only=True)
class Scene:
    """A version with what surrounds it, read once per page."""

    version: ModelVersion
    request: PromotionRequest | None
    shares: list[panels.Share]
    # What each step needs, by verb; empty where no step leads on.
    policies: dict[str, Policy] = field(default_factory=dict)
    evidence: dict[str, list[Evidence]] = field(default_factory=dict)

    @property
    def share(self) -> float | None:
        found = (share.percent for share in self.shares if share.number == self.version.number)
        return next(found, None)

    @property
    def live(self) -> list[int]:
        """The numbers of the versions that have traffic, largest share first."""
        return [share.number for share in self.shares]


def scene(version: ModelVersion) -> Scene:
    steps = promotions_from(version.stage)
    known = gates.policies_for(version) if steps else {}
    policies = {step.verb: known[step.verb] for step in steps}
    # Each gate is checked once, whichever steps ask for it.
    wanted = list(dict.fromkeys(gate for policy in policies.values() for gate in policy.required))
    found = dict(zip(wanted, guards.gather(version, wanted), strict=True))
    return Scene(
        version=version,
        request=selectors.latest_request(version.pk),
        shares=selectors.shares([version.model_id]).get(version.model_id, []),
        policies=policies,
        evidence={verb: [found[gate] for gate in policy.required] for verb, policy in policies.items()},
    )


def frame(seen: Scene, *, actor: Actor, tab: str) -> dict[str, Any]:
    version = seen.version
    tone, word = tones.of_version(version, request=seen.request, share=seen.share)
    return {
        "version": version,
        "model": version.model,
        "request_": seen.request,
        "tone": tone,
        "word": word,
        "answer": answers.of_version(version, request=seen.request, evidence=seen.evidence, share=seen.share),
        "buttons": buttons.of_version(version, actor=actor, request=seen.request),
        "tabs": _tabs(seen, current=tab),
        "tab": tab,
        "aliases": list(version.aliases.all()),
        "held": [told(hold) for hold in _holds(version)],
        "refused": safety.refused(version),
        "release_why": buttons.refusal(actor, "server.manage"),
        "overrides": list(version.overrides.select_related("used_by")),
    }


def _holds(version: ModelVersion) -> list[LegalHold]:
    """What holds a version that `selectors.version` read."""
    if not version.is_held:  # type: ignore[attr-defined]
        return []
    return list(holds_on_version(version).select_related("version", "placed_by"))


def _tabs(seen: Scene, *, current: str) -> list[dict[str, object]]:
    version = seen.version
    labels = {
        "overview": _("Overview"),
        "card": _("Card"),
        "signature": _("Signature"),
        "config": _("Config"),
        "files": _("Files"),
        "evidence": _("Evidence"),
        "about": _("About"),
        "history": _("History"),
    }
    where = [version.model.name, version.number]
    addresses = {
        tab: reverse("models_registry:version_tab", args=[*where, tab]) for tab in TABS if tab != "overview"
    }
    addresses["about"] = reverse("models_registry:version_about", args=where)
    addresses["overview"] = reverse("models_registry:version_detail", args=where)
    return [
        {
            "label": labels[tab],
            "url": addresses[tab],
            "current": tab == current,
            "count": len(version.files.all()) if tab == "files" else None,
        }
        for tab in labels
    ]
