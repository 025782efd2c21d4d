"""Who is acting, through which door. Every service takes an Actor and checks it before it writes."""

import os
import pwd
import uuid
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from core import roles
from core.errors import Forbidden

if TYPE_CHECKING:
    from core.models import User


class Door(StrEnum):
    PAGE = "page"
    API = "api"
    MLFLOW = "mlflow"
    COMMAND = "command"
    WORKER = "worker"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A user (or, for workers, Conch itself) together with the way in.

    `scopes` is None for a session and the token's scopes for a token.
    """

    user: "User | None"
    door: Door
    scopes: frozenset[str] | None = None
    auth: str = ""
    address: str = ""
    request_id: str = ""
    # For whom a delegate acts; the rights are always the acting user's own.
    delegated_for: "User | None" = None

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


WORKER = Actor(user=None, door=Door.WORKER, auth="internal")


def command_actor(user: "User | None" = None) -> Actor:
    """The actor of a management command: the named user, or Conch itself."""
    return Actor(user=user, door=Door.COMMAND, auth=f"shell {_account()}", request_id=uuid.uuid4().hex[:16])


def _account() -> str:
    """The account of the machine that runs the command."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
