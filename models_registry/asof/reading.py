"""As of a moment: which one is meant, and the events up to it."""

from datetime import datetime

from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import Invalid, NotFound
from core.models import AuditEvent
from core.moments import absolute
from core.trail.filters import moment
from models_registry.asof.replay import MODEL, PROMOTION, VERSION, replay
from models_registry.asof.state import ModelState

# What a replay needs: no event of it is about more, and events may be large.
COLUMNS = (
    "at", "actor_name", "verb", "object_type", "object_id", "object_label", "before", "after", "reason",
    "redacted", "position",
)  # fmt: skip


def asked(text: str) -> datetime:
    """The moment that somebody wrote, now if nothing.

    Raises:
        Invalid: it is not a time, or is still to come.
    """
    now = timezone.now()
    at = moment(text, field="as_of") or now
    if at > now:
        raise Invalid(
            _("“%(text)s” is still to come.") % {"text": text.strip()[:40]},
            code="time-to-come",
            hint=_("Name a moment that has passed."),
            field="as_of",
        )
    return at


def model_as_of(name: str, *, at: datetime) -> ModelState:
    """A model at a moment, what was written in that moment included; one query.

    Raises:
        NotFound: the trail knows nothing of it from before.
    """
    state = replay(name, at=at, events=_events(name, at=at).iterator(chunk_size=2000))
    if not state.events:
        raise NotFound(
            _("The trail knows of no “%(name)s” at %(moment)s.") % {"name": name, "moment": absolute(at)},
            code="not-yet",
            hint=_("Name a later moment."),
        )
    return state


def _events(name: str, *, at: datetime) -> QuerySet[AuditEvent]:
    """What bears on stages, aliases and approvals, in the order in which it was committed."""
    own = Q(object_type=MODEL) | Q(object_type=PROMOTION)
    moved = Q(object_type=VERSION) & (
        Q(after__has_key="stage")
        | Q(verb__in=["version.create", "version.delete", "alias.set", "alias.delete"])
        | Q(redacted=True)
    )
    found = AuditEvent.objects.filter(own | moved, model_name=name, at__lte=at)
    return found.only(*COLUMNS).order_by(F("position").asc(nulls_last=True), "pk")
