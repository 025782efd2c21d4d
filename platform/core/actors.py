"""Who is acting, through which door. Every service takes an Actor and checks it before it writes."""

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

    `scopes` is None for a session and the token's scopes for a token; a token may
    further be for one workspace or one model only.
    """

    user: "User | None"
    door: Door
    scopes: frozenset[str] | None = None
    only_workspace: int | None = None
    only_model: str = ""
    auth: str = ""
    address: str = ""
    request_id: str = ""

    @property
    def roles(self) -> frozenset[str]:
        """The roles that hold everywhere."""
        return self.user.roles if self.user and self.user.is_active else frozenset()

    def roles_in(self, workspace: int | None) -> frozenset[str]:
        """The roles that hold in a workspace; without one, those that hold everywhere."""
        if workspace is None or self.user is None or not self.user.is_active:
            return self.roles
        return self.roles | self.user.workspace_roles.get(workspace, frozenset())

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


WORKER = Actor(user=None, door=Door.WORKER, auth="internal")


def command_actor(user: "User | None" = None) -> Actor:
    """The actor of a management command: the named user, or Conch itself."""
    return Actor(user=user, door=Door.COMMAND, auth="shell")
