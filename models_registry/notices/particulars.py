"""What sentences, links and payloads take from an audit event; nothing here asks the database."""

from collections.abc import Callable
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise

from core.models import AuditEvent
from models_registry.lifecycle import Stage


def field(event: AuditEvent, name: str, *, before: bool = False) -> Any:
    """One of the particulars that the write noted down; None where it is not there."""
    noted = event.before if before else event.after
    return noted.get(name) if isinstance(noted, dict) else None


def number(event: AuditEvent) -> int | None:
    """The number of the version that an event is about, from a label like “digits v3”."""
    digits = str(field(event, "version") or event.object_label).rpartition(" v")[2]
    return int(digits) if digits.isdecimal() else None


def stage(value: object) -> str:
    """The name of a stage in the active language."""
    return str(Stage(str(value)).label) if value in Stage.values else str(value or "")


def tag(event: AuditEvent) -> tuple[str, str | None]:
    """The key that a tag event is about and its new value."""
    noted = event.after if isinstance(event.after, dict) else {}
    return next(iter(noted.items()), ("", None))


def words(sentence: Promise) -> Callable[[AuditEvent], str]:
    """A sentence that is put into the active language and filled when it is read."""
    return lambda event: (
        str(sentence)
        % {
            "who": event.actor_name,
            "request": event.object_label,
            "version": str(field(event, "version") or event.object_label),
            "model": event.model_name,
            "source": stage(field(event, "from") or field(event, "stage", before=True)),
            "stage": stage(field(event, "to") or field(event, "stage")),
            "alias": str(field(event, "alias") or field(event, "alias", before=True) or ""),
            "key": tag(event)[0],
        }
    )


def model_page(event: AuditEvent) -> str:
    return reverse("models_registry:model_detail", args=[event.model_name])


def version_page(event: AuditEvent) -> str:
    found = number(event)
    if found is None:
        return model_page(event)
    return reverse("models_registry:version_detail", args=[event.model_name, found])


def review_page(event: AuditEvent) -> str:
    return reverse("models_registry:review_detail", args=[event.object_id])
