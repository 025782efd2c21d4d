"""What a policy would change for what is live and what is open, before anybody publishes it. Reads only."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from models_registry import gates, guards
from models_registry.lifecycle import PROMOTIONS, SERVABLE, Stage
from models_registry.models import GatePolicy, ModelVersion, PromotionRequest, PromotionState
from models_registry.policies import Policy, Rules

MOST_ROWS = 200
HEAVY = ("golden", "facts", "warnings")
REACHED_BY = {transition.target: verb for verb, transition in PROMOTIONS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One version or request under another policy: `changes` is empty where nothing would be different."""

    subject: str
    model: str
    number: int
    stage: str
    kind: str
    tier_before: str
    tier_after: str
    failing: list[str]
    changes: list[str]

    def to_json(self) -> dict[str, object]:
        return asdict(self)


def rehearse(policy: GatePolicy) -> list[Outcome]:
    """Live versions and open requests under this policy, those that change first; at most MOST_ROWS each."""
    rules = Rules.from_json(policy.rules)
    now = Rules.from_json(gates.current_policy().rules)
    found = [*_live(rules, now), *_open(rules)]
    return sorted(found, key=lambda outcome: (not outcome.changes, outcome.model, outcome.number))


def _live(rules: Rules, now: Rules) -> Iterator[Outcome]:
    for version in _with_model(ModelVersion.objects.filter(stage__in=SERVABLE))[:MOST_ROWS]:
        tier, later = _tiers(rules, version)
        verb = REACHED_BY[Stage(version.stage)]
        yield _outcome(
            version, kind="version", subject=str(version), tiers=(tier, later),
            before=now.steps[tier][verb], after=rules.steps[later][verb],
        )  # fmt: skip


def _open(rules: Rules) -> Iterator[Outcome]:
    found = PromotionRequest.objects.filter(state=PromotionState.OPEN).select_related("version__model")
    for request in found.defer(*(f"version__{name}" for name in HEAVY))[:MOST_ROWS]:
        tier, later = _tiers(rules, request.version)
        yield _outcome(
            request.version, kind="request", subject=f"{request} {request.version}", tiers=(tier, later),
            before=Policy.from_json(request.policy), after=rules.steps[later][request.verb],
        )  # fmt: skip


def _tiers(rules: Rules, version: ModelVersion) -> tuple[str, str]:
    model = version.model
    return model.risk_tier, rules.tier(model.risk_answers) if model.risk_answers else model.risk_tier


def _with_model(found: QuerySet[ModelVersion]) -> QuerySet[ModelVersion]:
    return found.select_related("model").defer(*HEAVY).order_by("model__name", "-number")


def _outcome(
    version: ModelVersion, *, kind: str, subject: str, tiers: tuple[str, str], before: Policy, after: Policy
) -> Outcome:
    added = [gate for gate in after.required if gate not in before.required]
    failing = [item.title for item in guards.gather(version, added) if not item.passed]
    return Outcome(
        subject=subject,
        model=version.model.name,
        number=version.number,
        stage=version.stage,
        kind=kind,
        tier_before=tiers[0],
        tier_after=tiers[1],
        failing=failing,
        changes=list(_changes(before, after, tiers=tiers)),
    )


def _changes(before: Policy, after: Policy, *, tiers: tuple[str, str]) -> Iterator[str]:
    if tiers[0] != tiers[1]:
        yield _("Tier %(before)s becomes %(after)s.") % {"before": tiers[0], "after": tiers[1]}
    if before.approvals != after.approvals:
        words = {"before": before.approvals, "after": after.approvals}
        yield _("Approvals: %(before)d becomes %(after)d.") % words
    if added := [gate for gate in after.required if gate not in before.required]:
        yield _("Needs in addition: %(gates)s.") % {"gates": ", ".join(added)}
    if dropped := [gate for gate in before.required if gate not in after.required]:
        yield _("No longer needs: %(gates)s.") % {"gates": ", ".join(dropped)}
    if roles := [role for role in after.needed_roles if role not in before.needed_roles]:
        yield _("One approval has to come from: %(roles)s.") % {"roles": ", ".join(roles)}
