"""The policy that Conch begins with, until an admin proposes and another publishes the next one."""

from typing import Any

from django.utils.translation import gettext_noop as _

from models_registry.policies import Policy

REGISTER = ("signature-known", "config-valid")
SERVED = (*REGISTER, "loads", "golden-outputs")
FREE = "no-blockers"
CURRENT = "review-current"
INTENDED = _("The evidence covers the use that the model is meant for.")
LIMITS = _("The known limits are acceptable for this step.")
WATCHED = _("Somebody watches it after this step and can roll it back.")

STEPS: dict[str, dict[str, Policy]] = {
    "low": {
        "test": Policy(1, (*REGISTER, FREE)),
        "ab_test": Policy(1, (*SERVED, FREE), ("benchmark",)),
        "deploy": Policy(1, (*SERVED, FREE, CURRENT), ("benchmark", "risk-answered")),
    },
    "medium": {
        "test": Policy(1, (*REGISTER, FREE)),
        "ab_test": Policy(1, (*SERVED, FREE), ("benchmark",)),
        "deploy": Policy(
            1,
            (*SERVED, "benchmark", FREE, CURRENT),
            ("risk-answered", "card-complete"),
            checklist=(INTENDED,),
            sla_hours=48,
        ),
    },
    "high": {
        "test": Policy(1, (*REGISTER, FREE)),
        "ab_test": Policy(1, (*SERVED, "benchmark", FREE), ("risk-answered",), checklist=(LIMITS,)),
        "deploy": Policy(
            2,
            (*SERVED, "benchmark", FREE, CURRENT),
            ("risk-answered", "card-complete"),
            needed_roles=("reviewer", "validator"),
            checklist=(INTENDED, LIMITS, WATCHED),
            expires_days=14,
            sla_hours=48,
        ),
    },
}


def _question(key: str, text: str, *options: tuple[str, str, str]) -> dict[str, Any]:
    return {
        "key": key,
        "text": text,
        "options": [{"value": value, "label": label, "tier": tier} for value, label, tier in options],
    }


def _yes_no(key: str, text: str, *, tier: str) -> dict[str, Any]:
    return _question(key, text, ("no", _("No"), "low"), ("yes", _("Yes"), tier))


QUESTIONS = [
    _yes_no(
        "rights",
        _("Can a wrong answer affect people's rights, money, work, schooling or access to a service?"),
        tier="high",
    ),
    _yes_no("safety", _("Can a wrong answer injure somebody or damage something?"), tier="high"),
    _question(
        "decision",
        _("Who acts on its answers?"),
        ("person", _("A person decides, with its answer as advice"), "low"),
        ("overseen", _("A machine acts, and a person can stop it in time"), "low"),
        ("machine", _("A machine acts alone"), "medium"),
    ),
    _yes_no("personal_data", _("Does it see personal data, in training or in requests?"), tier="medium"),
    _yes_no("external", _("Do people outside the organisation use it or see its answers?"), tier="medium"),
    _yes_no("code", _("Does it run code of its own (Python backend, custom operators)?"), tier="medium"),
]
COMBINED = [{"when": {"personal_data": "yes", "decision": "machine"}, "tier": "high"}]


def rules() -> dict[str, Any]:
    return {
        "steps": {
            tier: {verb: step.to_json() for verb, step in verbs.items()} for tier, verbs in STEPS.items()
        },
        "questions": QUESTIONS,
        "combined": COMBINED,
        "review_months": {"low": 24, "medium": 12, "high": 6},
    }
