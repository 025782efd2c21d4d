"""Permission by role, as rows: read from the table that the services ask, so it can't say something else."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.roles import PEOPLE_ONLY, PERMISSIONS, Role, Scope

# What each permission lets one do. A permission of another part that isn't named here shows its own name.
MEANINGS: dict[str, Promise] = {
    "model.register": _("Register a model"),
    "version.register": _("Register versions, edit cards and notes"),
    "promotion.request": _("Request promotion"),
    "promotion.review": _("Approve, request changes, reject"),
    "version.retire": _("Retire a version"),
    "deployment.operate": _("Load and unload versions"),
    "route.operate": _("Route and stop traffic"),
    "server.manage": _("Add and edit servers"),
    "inference.run": _("Try a version in the playground"),
    "benchmark.run": _("Run benchmarks"),
    "audit.read": _("Read the whole audit log"),
    "people.manage": _("Accounts, roles, workspaces, service accounts"),
}


@dataclass(frozen=True, slots=True)
class Row:
    permission: str
    meaning: str | Promise
    granted: tuple[bool, ...]
    scope: str | Promise
    people_only: bool


def rows() -> list[Row]:
    """One row a permission; `granted` in the order of `Role`."""
    return [
        Row(
            permission,
            MEANINGS.get(permission, permission),
            tuple(role in granted for role in Role),
            Scope(scope).label,
            permission in PEOPLE_ONLY,
        )
        for permission, (granted, scope) in sorted(PERMISSIONS.items())
    ]
