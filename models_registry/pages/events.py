"""Audit events as sentences with links."""

import json
import re
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.models import AuditEvent, User
from models_registry import panels
from models_registry.selectors import VERSION

VERBS: dict[str, str | Promise] = {
    "model.register": _("registered the model"),
    "version.create": _("opened a draft"),
    "version.upload": _("uploaded a file"),
    "version.remove_file": _("removed a file"),
    "version.scan": _("scanned a file"),
    "version.quarantine": _("put it into quarantine"),
    "version.release": _("released it from quarantine"),
    "upload.begin": _("began an upload in parts"),
    "upload.abort": _("aborted an upload"),
    "upload.expire": _("dropped an upload that nobody finished"),
    "version.inspect": _("read the file"),
    "version.config": _("changed the configuration"),
    "version.notes": _("changed the notes"),
    "version.register": _("registered the version"),
    "version.test": _("moved it to testing"),
    "version.ab_test": _("moved it to A/B testing"),
    "version.deploy": _("moved it to deployed"),
    "version.reject": _("rejected the version"),
    "version.retire": _("retired the version"),
    "version.pack": _("took the evidence pack"),
    "promotion.request": _("requested promotion"),
    "promotion.approve": _("approved"),
    "promotion.changes": _("asked for changes"),
    "promotion.reject": _("rejected"),
    "promotion.withdraw": _("withdrew the request"),
    "promotion.rebind": _("bound the request to what is now"),
    "promotion.expire": _("let the request expire"),
    "promotion.delegate": _("handed the review on"),
    "promotion.comment": _("commented"),
    "review.void": _("made a verdict void"),
    "finding.raise": _("raised a finding"),
    "finding.close": _("closed a finding"),
    "finding.accept": _("accepted a risk"),
    "finding.escalate": _("made a finding a blocker"),
    "override.use": _("used an emergency override"),
    "override.review": _("judged an override"),
    "model.risk": _("answered the questions on risk"),
    "model.review": _("signed the periodic review"),
    "deployment.create": _("wished it loaded"),
    "deployment.load": _("wished it loaded"),
    "deployment.unload": _("wished it unloaded"),
    "deployment.retry": _("asked for another try"),
    "deployment.failed": _("could not do it"),
    "deployment.ready": _("loaded it"),
    "deployment.absent": _("unloaded it"),
}
VERSION_LABEL = re.compile(r"^(?P<name>[a-z0-9_-]+) v(?P<number>\d+)$")
MOST_CHARACTERS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One event: who did what to what, why, and what was before and after."""

    pk: int
    user: User | None
    name: str
    did: str | Promise
    verb: str
    label: str
    url: str
    at: datetime
    door: str
    reason: str
    before: str
    after: str


def told(event: AuditEvent) -> Told:
    return Told(
        pk=event.pk,
        user=event.actor,
        name=event.actor.name if event.actor else "Conch",
        did=_did(event),
        verb=event.verb,
        label=event.object_label,
        url=_url(event),
        at=event.at,
        door=event.door,
        reason=event.reason,
        before=_written(event.before),
        after=_written(event.after),
    )


def _did(event: AuditEvent) -> str | Promise:
    if event.verb == "version.inspect" and isinstance(event.after, dict) and event.after.get("problem"):
        return _("refused the file")
    return VERBS.get(event.verb, event.verb)


def _url(event: AuditEvent) -> str:
    found = VERSION_LABEL.match(event.object_label) if event.object_type == VERSION else None
    if found:
        return reverse("models_registry:version_detail", args=[found["name"], int(found["number"])])
    return panels.url_of(event.object_label)


def _written(values: object) -> str:
    """The values of an event, short enough for a line."""
    if values is None:
        return ""
    text = json.dumps(values, ensure_ascii=False, sort_keys=True)
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}…"
