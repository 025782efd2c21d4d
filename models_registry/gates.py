"""Which policy holds for a step, and the registry's own checks."""

from collections.abc import Iterable
from dataclasses import replace

from django.utils import timezone
from django.utils.translation import gettext as _

from models_registry import guards, modelcard, modelconfig, policyseed, safety, selectors, signed
from models_registry.guards import Evidence
from models_registry.models import GatePolicy, Inspection, ModelVersion, PolicyState, RiskTier
from models_registry.policies import Policy

# Whatever a policy asks for: what was never scanned, or is not what was scanned, goes nowhere.
ALWAYS = ("intact", "scan-clean")
RETIRE = ("not-served",)
REGISTER = policyseed.REGISTER


def current_policy() -> GatePolicy:
    """The policy that holds: the newest published one; the first is made when there is none."""
    found = GatePolicy.objects.filter(state=PolicyState.PUBLISHED).order_by("-number").first()
    if found is not None:
        return found
    seed = {"state": PolicyState.PUBLISHED, "rules": policyseed.rules(), "published_at": timezone.now()}
    return GatePolicy.objects.get_or_create(number=1, defaults=seed)[0]


def policies_for(version: ModelVersion) -> dict[str, Policy]:
    """What each step needs for a version now, by verb."""
    return policies_in(current_policy(), version)


def policies_in(policy: GatePolicy, version: ModelVersion) -> dict[str, Policy]:
    steps = policy.rules["steps"][risk_tier(version)]
    found = {verb: Policy.from_json(step) for verb, step in steps.items()}
    return {verb: replace(step, required=always(step.required)) for verb, step in found.items()}


def policy_for(version: ModelVersion, verb: str) -> Policy:
    return policies_for(version)[verb]


def risk_tier(version: ModelVersion) -> str:
    """The model's tier, one step higher where the version's files can run code of their own."""
    tiers = list(RiskTier.values)
    place = tiers.index(version.model.risk_tier)
    return tiers[min(place + 1, len(tiers) - 1)] if version.raises_tier else tiers[place]


def always(required: Iterable[str]) -> tuple[str, ...]:
    """These gates behind those that no policy can leave out."""
    return tuple(dict.fromkeys([*ALWAYS, *required]))


def register_own() -> None:
    guards.register("signature-known", signature_known)
    guards.register("config-valid", config_valid)
    guards.register("card-complete", card_complete)
    safety.register_own()
    guards.register("signed", signed.check)


def signature_known(version: ModelVersion) -> Evidence:
    """The file was read and answered a real run in the sandbox."""
    passed = version.inspection == Inspection.PASSED
    inputs = len(version.signature.get("inputs", ()))
    outputs = len(version.signature.get("outputs", ()))
    return Evidence(
        gate="signature-known",
        title=_("Signature"),
        passed=passed,
        value=_("%(inputs)d in, %(outputs)d out") % {"inputs": inputs, "outputs": outputs}
        if passed
        else str(Inspection(version.inspection).label),
        detail=_known_from(version) if passed else _failure(version),
    )


def config_valid(version: ModelVersion) -> Evidence:
    """The config.pbtxt parses against Triton's own schema and fits the signature."""
    problems = config_problems(version, version.config_text)
    return Evidence(
        gate="config-valid",
        title=_("Configuration"),
        passed=not problems,
        value=_("Valid") if not problems else _("Not valid"),
        detail=str(problems[0].message)
        if problems
        else _("Checked against Triton's schema and the signature."),
    )


def card_complete(version: ModelVersion) -> Evidence:
    """The newest revision of the model card has the sections that the risk tier needs, and is approved."""
    card = selectors.newest_card(version.pk)
    lacking = modelcard.missing(card.sections if card else {}, tier=version.model.risk_tier)
    approved = card is not None and card.approved_by is not None
    if lacking:
        names = ", ".join(str(section.title) for section in lacking)
        value, detail = _("Not complete"), _("These sections are empty: %(names)s.") % {"names": names}
    elif not approved:
        value, detail = _("Not approved"), _("A reviewer who did not write it has to approve it.")
    else:
        value, detail = _("Complete and approved"), ""
    return Evidence(
        gate="card-complete",
        title=_("Model card"),
        passed=not lacking and approved,
        value=value,
        detail=detail,
        at=guards.moment(card.approved_at) if card else "",
        bound_to=f"card {card.number}" if card else "",
    )


def config_problems(version: ModelVersion, text: str) -> list[modelconfig.Problem]:
    """What stands against using this text as the version's configuration; warnings are left out."""
    found = modelconfig.validate(
        text, signature=version.signature, model_name=version.triton_name, backend=version.backend
    )
    return [problem for problem in found if problem.severity == "error"]


def _known_from(version: ModelVersion) -> str:
    """How the signature came to be known, and whether anything was run."""
    # Lists leave both out; one query then reads both.
    if "facts" in version.get_deferred_fields():
        version.refresh_from_db(fields=["facts", "golden"])
    declared = version.facts.get("declared_by")
    # Older rows hold recorded answers instead of what was run.
    if version.facts.get("ran") or version.golden:
        return _("Read from the file and confirmed by a run.")
    if declared:
        return _("Declared by %(who)s; not run here.") % {"who": declared}
    return _("Read from the files; not run here.")


def _failure(version: ModelVersion) -> str:
    if version.inspection == Inspection.NEEDED:
        return _("Declare the inputs and outputs first.")
    return version.problem.get("detail") or _("Upload a file first.")
