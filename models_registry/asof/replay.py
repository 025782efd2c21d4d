"""From events, oldest first, to what they add up to. Pure: reads no row."""

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from core.models import AuditEvent
from models_registry.asof.state import Alias, Approval, ModelState, Request, Version
from models_registry.lifecycle import TRANSITIONS, Stage

MODEL, VERSION = "models_registry.registeredmodel", "models_registry.modelversion"
PROMOTION = "models_registry.promotionrequest"
NUMBER = re.compile(r" v(\d+)$")
# What a request is after an event that ends it, whatever its details say.
ENDINGS = {"reject": "rejected", "changes": "changes", "withdraw": "withdrawn", "expire": "expired"}
FACTS = ("display_name", "purpose", "intended_use", "limits", "task", "team", "risk_tier", "next_review_on")


def replay(name: str, *, at: datetime, events: Iterable[AuditEvent]) -> ModelState:
    """The state that these events of one model lead to; those that say nothing of it are passed over."""
    run = _Replay(ModelState(name=name, at=at))
    for event in events:
        run.take(event)
    return run.state


class _Replay:
    """The state so far, and the requests by their ids, as verdicts name them."""

    def __init__(self, state: ModelState) -> None:
        self.state = state
        self.requests: dict[str, tuple[int, Request]] = {}
        self.gone: dict[int, Version] = {}

    def take(self, event: AuditEvent) -> None:
        state = self.state
        state.events += 1
        state.position = event.position or state.position
        state.erased += event.redacted
        readers: dict[str, Callable[[AuditEvent], None]] = {
            MODEL: self._model,
            VERSION: self._version,
            PROMOTION: self._promotion,
        }
        if read := readers.get(event.object_type):
            read(event)

    def _model(self, event: AuditEvent) -> None:
        before, after = _details(event.before), _details(event.after)
        self.state.facts |= {key: after[key] for key in FACTS if key in after}
        if event.verb == "model.risk" and "tier" in after:
            self.state.facts["risk_tier"] = after["tier"]
        elif event.verb == "model.delete":
            self.state.deleted = True
            for number in before.get("versions") or list(self.state.versions):
                self._remove(number)
            self._drop(before.get("aliases") or list(self.state.aliases))
        elif event.verb == "model.restore":
            self.state.deleted = False
            for number in after.get("versions") or list(self.gone):
                self._bring_back(number)

    def _version(self, event: AuditEvent) -> None:
        number, before, after = _number(event), _details(event.before), _details(event.after)
        if event.verb == "version.delete":
            self._remove(number)
        elif event.verb == "version.restore":
            self._bring_back(number)
        elif event.verb == "version.create":
            self._enter(event, number, Stage.DRAFT)
        elif event.verb == "alias.set" and "alias" in after:
            alias = Alias(name=after["alias"], number=number, by=event.actor_name, at=event.at)
            self.state.aliases[alias.name] = alias
        elif event.verb == "alias.delete" and "alias" in before:
            self._drop([before["alias"]])
        elif stage := after.get("stage") or _target(event):
            self._enter(event, number, stage)
        # A version that ends takes the names that pointed at it along.
        self._drop(_names(before.get("aliases")))

    def _promotion(self, event: AuditEvent) -> None:
        before, after = _details(event.before), _details(event.after)
        verb = event.verb.partition(".")[2]
        if event.verb == "promotion.request" and NUMBER.search(after.get("version", "")):
            self._ask(event, after)
        known = self.requests.get(event.object_id)
        if known is None:
            return
        request = known[1]
        if event.verb == "promotion.approve":
            request.approvals.append(Approval(event.actor_name, event.at))
        elif event.verb == "promotion.rebind":
            request.state = "open"
        elif event.verb == "review.void" and request.state != "approved":
            void = before.get("reviewer")
            request.approvals = [one for one in request.approvals if one.by != void]
        elif event.verb.startswith("promotion.") and verb in ENDINGS:
            request.state = ENDINGS[verb]

    def _ask(self, event: AuditEvent, after: dict[str, Any]) -> None:
        number = int(NUMBER.search(after["version"])[1])  # type: ignore[index]
        request = Request(
            label=event.object_label,
            verb=str(after.get("verb", "")),
            target=str(after.get("to", "")),
            requested_by=event.actor_name,
            requested_at=event.at,
        )
        self.requests[event.object_id] = (number, request)
        if version := self.state.versions.get(number) or self._unseen(event, number, after.get("from")):
            version.requests = [one for one in version.requests if one.label != request.label]
            version.requests.append(request)

    def _enter(self, event: AuditEvent, number: int, stage: str) -> None:
        """A version comes to a stage; the open request with approvals for that step brought it there."""
        known = self.state.versions.get(number)
        requests = known.requests if known else []
        verb = event.verb.partition(".")[2]
        brought = next((one for one in requests if one.state == "open" and one.verb == verb), None)
        if brought is not None and not brought.approvals:
            brought = None
        if brought is not None:
            brought.state = "approved"
        self.state.versions[number] = Version(
            number=number,
            stage=stage,
            since=event.at,
            by=event.actor_name,
            reason=event.reason,
            approved=brought,
            requests=requests,
        )

    def _unseen(self, event: AuditEvent, number: int, stage: str | None) -> Version | None:
        """A version whose first event is older than the trail: known from when somebody asked for it."""
        if stage is None:
            return None
        version = Version(number=number, stage=stage, since=event.at, by="")
        return self.state.versions.setdefault(number, version)

    def _remove(self, number: int) -> None:
        if found := self.state.versions.pop(number, None):
            self.gone[number] = found
        self._drop([alias.name for alias in self.state.aliases.values() if alias.number == number])

    def _bring_back(self, number: int) -> None:
        if found := self.gone.pop(number, None):
            self.state.versions[number] = found

    def _drop(self, aliases: Iterable[str]) -> None:
        for alias in list(aliases):
            self.state.aliases.pop(alias, None)


def _details(found: object) -> dict[str, Any]:
    return found if isinstance(found, dict) else {}


def _names(found: object) -> list[str]:
    return [name for name in found if isinstance(name, str)] if isinstance(found, list) else []


def _number(event: AuditEvent) -> int:
    found = NUMBER.search(event.object_label)
    return int(found[1]) if found else 0


def _target(event: AuditEvent) -> str | None:
    """Where a step of the life cycle leads, for an event whose details were erased."""
    step = TRANSITIONS.get(event.verb.partition(".")[2])
    return step.target if step and event.redacted and event.verb.startswith("version.") else None
