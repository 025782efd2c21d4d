"""Make something happen, and tell those it concerns."""

from django.db import transaction

from core.audit import record
from core.models import NoticeEvent, User
from core.notices import fanout
from core.roles import Role
from models_registry.models import ModelVersion
from tests.factories import a_model, a_user, a_version, acting


def happened(verb: str, subject, *, by: User | None = None, model_name: str = "", **given) -> NoticeEvent:
    """The outbox row of one audited write, due but not fanned out."""
    actor = acting(by or a_user(Role.ADMIN, username="" if by else ""))
    with transaction.atomic():
        event = record(actor, verb, subject, model_name=model_name or subject.model.name, **given)
    return event.notice_event


def told(event: NoticeEvent) -> NoticeEvent:
    fanout.fan_out(event_id=str(event.pk))
    event.refresh_from_db()
    return event


def a_version_of(owner: User, *, name: str = "", **given) -> ModelVersion:
    model = a_model(owner=owner, **({"name": name} if name else {}))
    return a_version(model=model, **given)


def moved(version: ModelVersion, *, by: User | None = None, reason: str = "") -> NoticeEvent:
    """A version's step to testing, told."""
    event = happened(
        "version.test",
        version,
        by=by,
        before={"stage": "registered"},
        after={"stage": "testing"},
        reason=reason,
    )
    return told(event)
