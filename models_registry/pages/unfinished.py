"""Uploads in parts that stopped on the way, as the page of their draft tells of them."""

from dataclasses import dataclass

from django.db.models import Count
from django.utils import timezone

from core import quantities
from core.models import User
from models_registry.models import ModelVersion, UploadState


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    path: str
    size_bytes: int
    percent: str


def uploads(version: ModelVersion, *, user: User) -> list[Unfinished]:
    """A user's own, of which at least one part is here."""
    found = (
        version.uploads.filter(created_by=user, state=UploadState.OPEN, expires_at__gt=timezone.now())
        .annotate(here=Count("parts"))
        .filter(here__gt=0)
    )
    return [
        Unfinished(
            path=one.path, size_bytes=one.size_bytes, percent=quantities.percent(one.here / one.part_count)
        )
        for one in found[:5]
    ]
