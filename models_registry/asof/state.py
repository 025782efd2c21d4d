"""What is known of a model at a moment."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Approval:
    """Somebody's yes, by username."""

    by: str
    at: datetime


@dataclass(slots=True, kw_only=True)
class Request:
    """A promotion request and who stood behind it, void approvals left out."""

    label: str
    verb: str
    target: str
    requested_by: str
    requested_at: datetime
    state: str = "open"
    approvals: list[Approval] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Version:
    """A version at a moment; `approved` is the request that brought it to its stage, if one did."""

    number: int
    stage: str
    since: datetime
    by: str
    reason: str = ""
    approved: Request | None = None
    requests: list[Request] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Alias:
    """Where a movable name pointed, and who had pointed it there."""

    name: str
    number: int
    by: str
    at: datetime


@dataclass(slots=True, kw_only=True)
class ModelState:
    """A model at a moment.

    `events` were read, the last at place `position` of the trail; of `erased` of them the details are gone.
    `facts` are what was said of the model, like its risk tier; `deleted`: it was out of sight then.
    """

    name: str
    at: datetime
    events: int = 0
    position: int | None = None
    erased: int = 0
    deleted: bool = False
    facts: dict[str, Any] = field(default_factory=dict)
    versions: dict[int, Version] = field(default_factory=dict)
    aliases: dict[str, Alias] = field(default_factory=dict)
