"""The one inversion: upper apps register how to check a gate, the registry asks.

A check takes a version and returns its Evidence; it reads and never writes.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from core.errors import Conflict

if TYPE_CHECKING:
    from models_registry.models import ModelVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known about one gate of one version, for a reviewer and for the refusal."""

    gate: str
    title: str
    passed: bool
    value: str
    detail: str = ""
    source: str = ""
    at: str = ""
    extra: dict[str, object] = field(default_factory=dict)
    # What exactly it rests on, such as one benchmark; another one later voids approvals. Empty for states.
    bound_to: str = ""
    # What to do where it does not hold, if bringing more evidence is not it.
    hint: str = ""

    def to_json(self) -> dict[str, object]:
        told = asdict(self)
        del told["hint"]
        return told


Check = Callable[["ModelVersion"], Evidence]
_checks: dict[str, Check] = {}


def register(gate: str, check: Check) -> None:
    """Bind a gate's name to its check; each name has one."""
    if _checks.get(gate, check) is not check:
        raise ValueError(f"the gate {gate} already has a check")
    _checks[gate] = check


def known() -> set[str]:
    """The names of all gates that something can check."""
    return set(_checks)


def gather(version: "ModelVersion", gates: Iterable[str]) -> list[Evidence]:
    """The evidence for these gates, in order. A gate without a check counts as not passed."""
    return [_checks[gate](version) if gate in _checks else _unknown(gate) for gate in gates]


def enforce(version: "ModelVersion", gates: Iterable[str]) -> list[Evidence]:
    """The evidence, or Conflict that lists every gate that does not hold."""
    found = gather(version, gates)
    missing = [item for item in found if not item.passed]
    if missing:
        general = _("Bring the missing evidence, then try again.")
        reasons = [f"{item.title}: {item.detail or item.value}" for item in missing]
        raise Conflict(
            _("%(version)s is held back: %(reasons)s") % {"version": version, "reasons": "; ".join(reasons)},
            code="gate-not-passed",
            hint=" ".join(dict.fromkeys(item.hint or general for item in missing)),
            gates=[item.gate for item in missing],
            reasons=reasons,
        )
    return found


def moment(value: datetime | None) -> str:
    return value.isoformat(timespec="seconds") if value else ""


def _unknown(gate: str) -> Evidence:
    return Evidence(
        gate=gate, title=gate, passed=False, value="–", detail=_("Nothing here can check this gate.")
    )
