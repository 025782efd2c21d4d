"""What a post says. MLflow's envelope for all events; under MLflow's names also MLflow's data.

{"entity": "model_version_tag", "action": "set", "timestamp": "2026-11-23T10:00:00+00:00", "data": {…}}
"""

import json
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.utils import timezone, translation

from core.notices import kinds
from core.notices.kinds import Kind
from core.notices.models import NoticeEvent


def names() -> list[str]:
    """Every event that a webhook can ask for: MLflow's first, then those of Conch."""
    mlflow = dict.fromkeys(kind.mlflow.name for kind in kinds.all_kinds() if kind.mlflow)
    return [*mlflow, *(kind.name for kind in kinds.all_kinds())]


def names_of(kind: Kind) -> list[str]:
    return [kind.name, kind.mlflow.name] if kind.mlflow else [kind.name]


def body(event: NoticeEvent, *, kind: Kind, name: str) -> str:
    """The text that is signed and sent, each time the same."""
    audit = event.audit
    if kind.mlflow and name == kind.mlflow.name:
        return _written(name, at=audit.at.isoformat(), data=kind.mlflow.data(audit))
    with translation.override(settings.LANGUAGE_CODE):
        path = kind.url(audit)
        text = kind.words(audit)
    data = {
        "model": audit.model_name,
        "actor": audit.actor_name,
        "text": text,
        "url": f"{settings.NOTICES.public_url}{path}" if path else "",
        **kind.data(audit),
    }
    return _written(name, at=audit.at.isoformat(), data=data, event_id=str(event.pk))


def example(name: str) -> str:
    """A body as this event would send it, marked as a test."""
    data = next(
        (dict(kind.mlflow.example) for kind in _mlflow() if kind.mlflow and kind.mlflow.name == name), {}
    )
    return _written(name, at=timezone.now().isoformat(), data=data, test=True)


def _mlflow() -> Iterator[Kind]:
    return (kind for kind in kinds.all_kinds() if kind.mlflow)


def _written(name: str, *, at: str, data: dict[str, Any], **more: Any) -> str:
    entity, _dot, action = name.partition(".")
    content = {"entity": entity, "action": action, "timestamp": at, "data": data, **more}
    return json.dumps(content, ensure_ascii=False, default=str)
