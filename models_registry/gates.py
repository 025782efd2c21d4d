"""Which gates and how many approvals each step needs, per risk tier; and the registry's own checks."""

from dataclasses import asdict, dataclass

from django.utils.translation import gettext as _

from models_registry import guards, modelcard, modelconfig, selectors
from models_registry.guards import Evidence
from models_registry.models import Inspection, ModelVersion, RiskTier


@dataclass(frozen=True, slots=True)
class Policy:
    """What a step needs. `shown` gates inform the reviewer but do not stop the step."""

    approvals: int
    required: tuple[str, ...]
    shown: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        return asdict(self)


REGISTER = ("signature-known", "config-valid")
RETIRE = ("not-served",)
_SERVED = ("signature-known", "config-valid", "loads", "golden-outputs")

POLICIES: dict[str, dict[str, Policy]] = {
    RiskTier.LOW: {
        "test": Policy(1, REGISTER),
        "ab_test": Policy(1, _SERVED, ("benchmark",)),
        "deploy": Policy(1, _SERVED, ("benchmark",)),
    },
    RiskTier.MEDIUM: {
        "test": Policy(1, REGISTER),
        "ab_test": Policy(1, _SERVED, ("benchmark",)),
        "deploy": Policy(1, (*_SERVED, "benchmark")),
    },
    RiskTier.HIGH: {
        "test": Policy(1, REGISTER),
        "ab_test": Policy(1, (*_SERVED, "benchmark")),
        "deploy": Policy(2, (*_SERVED, "benchmark")),
    },
}


def policy_for(version: ModelVersion, verb: str) -> Policy:
    return POLICIES[version.model.risk_tier][verb]


def register_own() -> None:
    guards.register("signature-known", signature_known)
    guards.register("config-valid", config_valid)
    guards.register("card-complete", card_complete)


def signature_known(version: ModelVersion) -> Evidence:
    """The file was read and answered a real run in the sandbox."""
    passed = version.inspection == Inspection.PASSED
    problem = version.inspection_problem or {}
    inputs = len(version.signature.get("inputs", ()))
    outputs = len(version.signature.get("outputs", ()))
    return Evidence(
        gate="signature-known",
        title=_("Signature"),
        passed=passed,
        value=_("%(inputs)d in, %(outputs)d out") % {"inputs": inputs, "outputs": outputs}
        if passed
        else str(Inspection(version.inspection).label),
        detail=_("Read from the file and confirmed by a run.") if passed else _failure(problem),
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
    )


def config_problems(version: ModelVersion, text: str) -> list[modelconfig.Problem]:
    """What stands against using this text as the version's configuration; warnings are left out."""
    found = modelconfig.validate(
        text, signature=version.signature, model_name=version.triton_name, backend=version.backend
    )
    return [problem for problem in found if problem.severity == "error"]


def _failure(problem: dict[str, str]) -> str:
    return problem.get("detail") or _("Upload a file first.")
