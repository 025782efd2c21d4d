"""Who is acting, through which door. Every service takes an Actor and checks it before it writes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from core import roles
from core.errors import Forbidden

if TYPE_CHECKING:
    from core.models import User


PROOF_LASTS = timedelta(minutes=5)


class Door(StrEnum):
    PAGE = "page"
    API = "api"
    MLFLOW = "mlflow"
    COMMAND = "command"
    WORKER = "worker"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A user (or, for workers, Conch itself) together with the way in.

    `scopes` is None for a session and the token's scopes for a token. `proved_at` is when the person last
    proved who they are, as far as this door can know (see `core.proof`).
    """

    user: "User | None"
    door: Door
    scopes: frozenset[str] | None = None
    auth: str = ""
    address: str = ""
    request_id: str = ""
    proved_at: datetime | None = None

    @property
    def roles(self) -> frozenset[str]:
        return self.user.roles if self.user and self.user.is_active else frozenset()

    def may(self, permission: str) -> bool:
        return roles.allowed(permission, roles=self.roles, scopes=self.scopes)

    def require(self, permission: str) -> None:
        """Raise Forbidden, naming the rule, unless this actor holds the permission."""
        if self.may(permission):
            return
        detail = roles.refusal(permission, roles=self.roles, scopes=self.scopes)
        raise Forbidden(detail, hint=_("Ask someone who has it, or an admin."), permission=permission)

    def require_proof(self) -> None:
        """Raise Forbidden unless the person proved who they are a moment ago: a signature needs that."""
        if self.proved_at is not None and timezone.now() - self.proved_at < PROOF_LASTS:
            return
        raise Forbidden(
            _("A signature needs fresh proof that it is you."),
            code="reauthentication-required",
            hint=_("Give your password again, or use a token that you made within the last 12 hours."),
        )


WORKER = Actor(user=None, door=Door.WORKER, auth="internal")


def command_actor(user: "User | None" = None) -> Actor:
    """The actor of a management command: the named user, or Conch itself."""
    return Actor(user=user, door=Door.COMMAND, auth="shell")
