"""Which events: the same filters for the page, the API, the export and the command."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, time, timedelta

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from core.errors import Invalid
from core.models import AuditEvent

BLANK_ZONE = re.compile(r"(T[\d:.]+) (\d\d:?\d\d)$")
FIRST_YEAR, LAST_YEAR = 1970, 2999
# Events get their id and their time at nearly the same moment; this is more than "nearly" ever was.
SLACK = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Empty text and None mean any. `since` is included, `until` is not."""

    actor: str = ""
    model: str = ""
    verb: str = ""
    door: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_any(self) -> bool:
        return self == Filters()

    def to_json(self) -> dict[str, str]:
        """The filters that are set, as text."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in found.items()
            if value
        }

    def of(self, events: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
        named = {"actor_name": self.actor, "model_name": self.model, "verb": self.verb, "door": self.door}
        events = events.filter(**{name: value for name, value in named.items() if value})
        if self.since:
            events = events.filter(at__gte=self.since, pk__gte=_first_id_since(self.since - SLACK))
        if self.until:
            last = _first_id_since(self.until + SLACK)
            events = events.filter(at__lt=self.until, **({"pk__lt": last} if last else {}))
        return events


def read(given: Mapping[str, str]) -> Filters:
    """Filters from a query string; Invalid where a time is none."""
    return Filters(
        **{name: given.get(name, "").strip()[:150] for name in ("actor", "model", "verb", "door")},
        since=moment(given.get("since", ""), field="since"),
        until=moment(given.get("until", ""), field="until"),
    )


def moment(text: str, *, field: str) -> datetime | None:
    """A date or a time as people write it in ISO 8601, in the reader's zone unless it names one."""
    if not (text := text.strip()):
        return None
    try:
        # Digits of other scripts would be read as well.
        text.encode("ascii")
        # A “+” in an address arrives as a blank.
        found = parse_datetime(BLANK_ZONE.sub(r"\1+\2", text))
        day = None if found else parse_date(text)
    except ValueError:
        found = day = None
    # Beyond these a time zone leads out of the years that there are, and nothing was written.
    if (found or day) and not FIRST_YEAR <= (found or day).year <= LAST_YEAR:  # type: ignore[union-attr]
        found = day = None
    if day is not None:
        found = datetime.combine(day, time.min)  # noqa: DTZ001 - made aware below
    if found is None:
        raise Invalid(
            _("“%(text)s” is not a time.") % {"text": text[:40]},
            code="bad-time",
            hint=_("Write it like 2026-11-01 or 2026-11-01T10:00Z."),
            field=field,
        )
    return found if timezone.is_aware(found) else timezone.make_aware(found)


def _first_id_since(at: datetime) -> int:
    """The id of the first event from then on, 0 if there is none: where a page jumps to."""
    found = AuditEvent.objects.filter(at__gte=at).order_by("at").values_list("pk", flat=True).first()
    return found or 0
