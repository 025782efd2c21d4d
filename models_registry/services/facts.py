"""Facts about models and numbers about versions, written by people and by machines."""

import math
from datetime import date
from typing import TypedDict, Unpack

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core.actors import Actor
from core.audit import record
from core.errors import Conflict, Invalid
from models_registry.access import require_on_model, require_on_version
from models_registry.models import RegisteredModel, VersionMetric
from models_registry.services.stages import locked_model, locked_version

# The most characters of each.
TEXTS = {
    "display_name": 256,
    "purpose": 20_000,
    "intended_use": 20_000,
    "limits": 20_000,
    "task": 80,
    "team": 80,
}
LONGEST_METRIC = 250
LONGEST_SOURCE = 500


class Facts(TypedDict, total=False):
    """What may be said about a model; what is left out stays as it is."""

    display_name: str
    purpose: str
    intended_use: str
    limits: str
    task: str
    team: str
    next_review_on: date | None


@transaction.atomic(durable=True)
def edit_model(*, actor: Actor, name: str, **facts: Unpack[Facts]) -> RegisteredModel:
    """Change what is said about a model; its `name` is for ever, `display_name` is what people call it.

    Raises:
        Invalid: a text is too long, or the display name is none.
        Conflict: another model is called that, or looks like it.
    """
    require_on_model(actor, "model.register", name=name)
    for field, limit in TEXTS.items():
        if len(str(facts.get(field) or "")) > limit:
            raise Invalid(
                _("At most %(limit)d characters fit here.") % {"limit": limit}, code="too-long", field=field
            )
    if facts.get("display_name"):
        check_title(facts["display_name"])
    model = locked_model(name)
    before = {field: getattr(model, field) for field in facts}
    changed = {field: value for field, value in facts.items() if value != before[field]}
    if not changed:
        return model
    for field, value in changed.items():
        setattr(model, field, value)
    try:
        with transaction.atomic():
            model.save(update_fields=[*changed, "changed_at"])
    except IntegrityError as error:
        raise Conflict(
            _("Another model is called “%(title)s”, or a name that looks like it.")
            % {"title": facts.get("display_name")},
            code="name-taken",
            field="display_name",
        ) from error
    said = {field: before[field] for field in changed}
    record(actor, "model.edit", model, before=_plain(said), after=_plain(changed), model_name=model.name)
    return model


@transaction.atomic(durable=True)
def record_metric(
    *, actor: Actor, version_id: int, name: str, value: float, producer: str = "", source: str = ""
) -> VersionMetric:
    """Keep one measured number of a version; older ones of the same name stay as history.

    Args:
        producer: what measured it; the actor if left out.
        source: where the raw numbers are.

    Raises:
        Invalid: no name, too long a text, or a value that is no number.
    """
    require_on_version(actor, "version.register", version_id=version_id)
    if not name.strip() or len(name) > LONGEST_METRIC or len(source) > LONGEST_SOURCE:
        raise Invalid(
            _("A metric has a name of up to %(name)d characters and a source of up to %(source)d.")
            % {"name": LONGEST_METRIC, "source": LONGEST_SOURCE},
            code="bad-metric",
            field="name",
        )
    if not math.isfinite(value):
        raise Invalid(_("The value is not a finite number."), code="bad-metric", field="value")
    version = locked_version(version_id)
    metric = VersionMetric.objects.create(
        version=version,
        name=name.strip(),
        value=value,
        producer=(producer or (actor.user.name if actor.user else "conch"))[:250],
        source=source,
        recorded_by=actor.user,
    )
    after = {"name": metric.name, "value": value, "producer": metric.producer, "source": source}
    record(actor, "version.metric", version, after=after, model_name=version.model.name)
    return metric


def check_title(title: str) -> None:
    """Raise Invalid unless a model may be called this: no blank, no slash or colon, no control character."""
    bad = not title.strip() or title in {".", ".."} or any(c in "/:" or ord(c) < 32 for c in title)
    if bad or len(title) > TEXTS["display_name"]:
        raise Invalid(
            _("“%(title)s” cannot be the name of a model.") % {"title": title[:80]},
            code="bad-name",
            hint=_("Use up to 256 characters without slashes and colons."),
            field="name",
        )


def _plain(values: dict[str, object]) -> dict[str, object]:
    return {field: value.isoformat() if isinstance(value, date) else value for field, value in values.items()}
