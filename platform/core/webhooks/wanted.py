"""What a webhook should be, checked before anything is written."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from core.errors import Invalid
from core.webhooks import addresses, payloads, signing

SHORTEST_SECRET = 16
LONGEST_SECRET = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a webhook should be; None leaves that part as it is."""

    name: str | None = None
    url: str | None = None
    events: Iterable[str] | None = None
    description: str | None = None
    active: bool | None = None

    def fields(self) -> dict[str, Any]:
        """Checked and put into shape; raises Invalid for what cannot be."""
        found: dict[str, Any] = {}
        if self.name is not None:
            found["name"] = _named(self.name)
        if self.url is not None:
            found["url"] = _callable(self.url.strip())
        if self.events is not None:
            found["events"] = known(self.events)
        if self.description is not None:
            found["description"] = self.description.strip()[:2000]
        if self.active is not None:
            found["active"] = self.active
        return found


def _named(name: str) -> str:
    if not name.strip() or len(name.strip()) > 80:
        raise Invalid(_("Give the webhook a name of at most 80 letters."), code="bad-name")
    return name.strip()


def _callable(url: str) -> str:
    """Refuse now what would be refused at each delivery; a name without an address yet may get one."""
    with suppress(addresses.Unresolved):
        addresses.target(url)
    return url


def known(events: Iterable[str]) -> list[str]:
    """The names of events, each once; raises Invalid for one that there is not."""
    wanted = list(dict.fromkeys(events))
    if unknown := sorted(set(wanted) - set(payloads.names())):
        raise Invalid(
            _("There is no event called %(names)s.") % {"names": ", ".join(unknown)}, code="unknown-event"
        )
    if not wanted:
        raise Invalid(_("Choose at least one event."), code="no-event")
    return wanted


def signing_secret(secret: str) -> str:
    """The secret that was given, if it is long enough, or a new one."""
    if not secret:
        return signing.new_secret()
    if not SHORTEST_SECRET <= len(secret) <= LONGEST_SECRET or not secret.isprintable():
        raise Invalid(
            _("A secret has %(least)d to %(most)d letters.")
            % {"least": SHORTEST_SECRET, "most": LONGEST_SECRET},
            code="bad-secret",
        )
    return secret
