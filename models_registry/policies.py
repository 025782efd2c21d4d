"""What a gate policy says, as values: steps, questions, tiers. Pure but for the list of known gates."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from django.utils.translation import gettext as _

from models_registry.lifecycle import PROMOTIONS

TIERS = ("low", "medium", "high")
VERBS = tuple(PROMOTIONS)
# Whose approval can count; nobody approves by being an admin.
APPROVING = ("reviewer", "validator")
MOST_APPROVALS = 5
MOST_QUESTIONS = 20
LIMITS = {"approvals": (1, MOST_APPROVALS), "expires_days": (1, 365), "sla_hours": (1, 2000)}


@dataclass(frozen=True, slots=True)
class Policy:
    """What one step needs. `shown` gates inform the reviewer but do not stop the step.

    Of the people who approve, each of `needed_roles` must be held by one, and nobody stands for two.
    """

    approvals: int
    required: tuple[str, ...]
    shown: tuple[str, ...] = ()
    needed_roles: tuple[str, ...] = ()
    checklist: tuple[str, ...] = ()
    expires_days: int = 30
    sla_hours: int = 72
    break_glass: bool = True

    def to_json(self) -> dict[str, Any]:
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Policy":
        """The step as it was kept; what older snapshots lack gets its default."""
        known = {each.name for each in fields(cls)}
        given: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in data.items()
        }
        return cls(**{name: value for name, value in given.items() if name in known})


@dataclass(frozen=True, slots=True)
class Question:
    """One question about a model; each answer has the lowest tier that it allows."""

    key: str
    text: str
    options: tuple[tuple[str, str, str], ...]

    def tier_of(self, answer: str) -> str:
        return next(tier for value, _label, tier in self.options if value == answer)


@dataclass(frozen=True, slots=True)
class Rules:
    """A whole policy."""

    steps: Mapping[str, Mapping[str, Policy]]
    questions: tuple[Question, ...] = ()
    # All answers of `when` together mean at least this tier.
    combined: tuple[tuple[Mapping[str, str], str], ...] = ()
    review_months: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Rules":
        return cls(
            steps={
                tier: {verb: Policy.from_json(step) for verb, step in verbs.items()}
                for tier, verbs in data["steps"].items()
            },
            questions=tuple(
                Question(
                    each["key"],
                    each["text"],
                    tuple((one["value"], one["label"], one["tier"]) for one in each["options"]),
                )
                for each in data.get("questions", ())
            ),
            combined=tuple((dict(each["when"]), each["tier"]) for each in data.get("combined", ())),
            review_months=dict(data.get("review_months", {})),
        )

    def tier(self, answers: Mapping[str, str]) -> str:
        """The risk tier that these answers lead to: the highest that any of them asks for."""
        found = [each.tier_of(answers[each.key]) for each in self.questions if each.key in answers]
        found += [
            tier
            for when, tier in self.combined
            if all(answers.get(key) == value for key, value in when.items())
        ]
        return max(found, key=TIERS.index, default=TIERS[0])


def problems(data: Any, *, gates: Collection[str]) -> list[str]:
    """What stands against using this document as a policy; `gates` are those that something can check."""
    if not isinstance(data, dict) or not isinstance(data.get("steps"), dict):
        return [_("A policy has “steps”, an object of risk tiers.")]
    found = [*_wrong_steps(data["steps"], gates)]
    return found + [*_wrong_questions(data.get("questions", []), data.get("combined", []))]


def _wrong_steps(steps: Mapping[str, Any], gates: Collection[str]) -> Iterator[str]:
    for tier in TIERS:
        for verb in VERBS:
            known = steps.get(tier)
            step = known.get(verb) if isinstance(known, dict) else None
            if not isinstance(step, dict):
                yield _("The step “%(verb)s” of tier “%(tier)s” is missing.") % {"verb": verb, "tier": tier}
                continue
            where = f"{tier}/{verb}"
            yield from _wrong_numbers(where, step)
            yield from _wrong_lists(where, step, gates)


def _wrong_numbers(where: str, step: Mapping[str, Any]) -> Iterator[str]:
    for name, (least, most) in LIMITS.items():
        value = step.get(name, least)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            words = {"where": where, "name": name, "least": least, "most": most}
            yield _("%(where)s: “%(name)s” is a number from %(least)d to %(most)d.") % words
    unknown = set(step) - {each.name for each in fields(Policy)}
    if unknown:
        yield _("%(where)s: nothing knows “%(names)s”.") % {
            "where": where,
            "names": ", ".join(sorted(unknown)),
        }
    if "approvals" not in step:
        yield _("%(where)s: say how many approvals it needs.") % {"where": where}


def _wrong_lists(where: str, step: Mapping[str, Any], gates: Collection[str]) -> Iterator[str]:
    lists = {name: step.get(name, []) for name in ("required", "shown", "needed_roles", "checklist")}
    for name, values in lists.items():
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            yield _("%(where)s: “%(name)s” is a list of texts.") % {"where": where, "name": name}
            return
    for gate in (*lists["required"], *lists["shown"]):
        if gate not in gates:
            yield _("%(where)s: nothing here can check the gate “%(gate)s”.") % {"where": where, "gate": gate}
    needed = lists["needed_roles"]
    if not set(needed) <= set(APPROVING):
        names = ", ".join(APPROVING)
        yield _("%(where)s: the roles that approve are %(names)s.") % {"where": where, "names": names}
    approvals = step.get("approvals", 1)
    if isinstance(approvals, int) and len(needed) > approvals:
        yield _("%(where)s: it needs more roles than approvals.") % {"where": where}


def _wrong_questions(questions: Any, combined: Any) -> Iterator[str]:
    try:
        read = Rules.from_json({"steps": {}, "questions": questions, "combined": combined})
    except (KeyError, TypeError, ValueError, AttributeError):
        yield _("Each question has a key, a text and options with value, label and tier.")
        return
    if len(read.questions) > MOST_QUESTIONS:
        yield _("There are at most %(most)d questions.") % {"most": MOST_QUESTIONS}
    options = {each.key: {value for value, _label, _tier in each.options} for each in read.questions}
    if len(options) != len(read.questions):
        yield _("Two questions have the same key.")
    tiers = {tier for each in read.questions for _value, _label, tier in each.options}
    tiers |= {tier for _when, tier in read.combined}
    if not tiers <= set(TIERS):
        yield _("A tier is one of: %(tiers)s.") % {"tiers": ", ".join(TIERS)}
    for when, _tier in read.combined:
        if not when or any(value not in options.get(key, ()) for key, value in when.items()):
            yield _("A combined rule names answers that no question has.")
