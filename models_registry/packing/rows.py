"""Rows as JSON: every field by its name, people by their username, moments in UTC."""

from collections.abc import Collection
from datetime import UTC, date, datetime
from typing import Any

from django.db import models

from core.canonical import settled
from core.models import User


def row(instance: models.Model, *, without: Collection[str] = ()) -> dict[str, Any]:
    """All fields of a row but `without`; a row that it points at is told by its name."""
    fields = [field for field in instance._meta.concrete_fields if field.name not in {"id", *without}]
    return {field.name: value(getattr(instance, field.name)) for field in fields}


def value(found: object) -> Any:
    if isinstance(found, User):
        return found.username
    if isinstance(found, datetime):
        return found.astimezone(UTC).isoformat()
    if isinstance(found, date):
        return found.isoformat()
    if isinstance(found, models.Model):
        return str(found)
    return settled(found)
