"""Who is acting, through which door. Every service takes an Actor and checks it before it writes."""

import os
import pwd
import uuid
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

    `scopes` is None for a session and the token's scopes for a token; a token may
    further be for one workspace or one model only. `proved_at` is when the person last
    proved who they are, as far as this door can know (see `core.proof`).
    """

    user: "User | None"
    door: Door
    scopes: frozenset[str] | None = None
    only_workspace: int | None = None
    only_model: str = ""
    auth: str = ""
    address: str = ""
    request_id: str = ""
    proved_at: datetime | None = None
    # For whom a delegate acts; the rights are always the acting user's own.
    delegated_for: "User | None" = None

    @property
    def roles(self) -> frozenset[str]:
        """The roles that hold everywhere."""
        return self.user.roles if self.user and self.user.is_active else frozenset()

    def roles_in(self, workspace: int | None) -> frozenset[str]:
        """The roles that hold in a workspace; without one, those that hold everywhere."""
        return self.user.roles_in(workspace) if self.user and self.user.is_active else frozenset()

    def may(self, permission: str, *, workspace: int | None = None, model: str = "") -> bool:
        """Whether this actor holds the permission in this workspace, for this model.

        Without a workspace only what holds everywhere counts, so a caller that names none refuses too much
        rather than too little.
        """
        return not self.why_not(permission, workspace=workspace, model=model)

    def require(self, permission: str, *, workspace: int | None = None, model: str = "") -> None:
        """Raise Forbidden, naming the rule, unless this actor holds the permission."""
        if detail := self.why_not(permission, workspace=workspace, model=model):
            raise Forbidden(detail, hint=_("Ask someone who has it, or an admin."), permission=permission)

    def why_not(self, permission: str, *, workspace: int | None = None, model: str = "") -> str:
        """One sentence on the rule that stands in the way; nothing where none does."""
        if self.user is not None and self.user.is_service and permission in roles.PEOPLE_ONLY:
            return _("A service account does not decide; a person has to.")
        # The cheap question first: roles in workspaces are read from the database.
        if not roles.allowed(permission, roles=self.roles, scopes=self.scopes):
            held = self.roles_in(workspace)
            if not roles.allowed(permission, roles=held, scopes=self.scopes):
                return roles.refusal(permission, roles=held, scopes=self.scopes)
        if self.only_workspace is not None and workspace != self.only_workspace:
            return _("This token is for another workspace.")
        if self.only_model and model != self.only_model:
            return _("This token is for the model %(name)s alone.") % {"name": self.only_model}
        return ""

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
    return Actor(user=user, door=Door.COMMAND, auth=f"shell {_account()}", request_id=uuid.uuid4().hex[:16])


def _account() -> str:
    """The account of the machine that runs the command."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
