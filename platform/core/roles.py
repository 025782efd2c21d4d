"""Who may do what: one table, read by services, buttons and the API documentation."""

from collections.abc import Iterable

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class Role(TextChoices):
    LEARNER = "learner", gettext_lazy("Learner")
    ENGINEER = "engineer", gettext_lazy("Engineer")
    REVIEWER = "reviewer", gettext_lazy("Reviewer")
    VALIDATOR = "validator", gettext_lazy("Validator")
    OPERATOR = "operator", gettext_lazy("Operator")
    ADMIN = "admin", gettext_lazy("Admin")


class Scope(TextChoices):
    """What a token may be used for; a token never exceeds its owner's roles."""

    READ = "read", gettext_lazy("Read everything")
    REGISTER = "register", gettext_lazy("Register models and request promotion")
    REVIEW = "review", gettext_lazy("Approve, request changes, reject")
    OPERATE = "operate", gettext_lazy("Deployments, traffic and servers")
    GOVERN = "govern", gettext_lazy("Policies and emergency overrides")
    MEASURE = "measure", gettext_lazy("Inference and benchmarks")
    PEOPLE = "people", gettext_lazy("Accounts, roles and workspaces")


EVERYONE = frozenset(Role)
# Permission → the roles that have it, and the scope a token needs for it.
PERMISSIONS: dict[str, tuple[frozenset[Role], Scope]] = {
    "model.register": (frozenset({Role.ENGINEER, Role.ADMIN}), Scope.REGISTER),
    "version.register": (frozenset({Role.ENGINEER, Role.ADMIN}), Scope.REGISTER),
    "promotion.request": (frozenset({Role.ENGINEER}), Scope.REGISTER),
    "promotion.review": (frozenset({Role.REVIEWER, Role.VALIDATOR}), Scope.REVIEW),
    "promotion.comment": (frozenset(Role) - {Role.LEARNER}, Scope.REVIEW),
    "finding.raise": (
        frozenset({Role.ENGINEER, Role.REVIEWER, Role.VALIDATOR, Role.OPERATOR}),
        Scope.REVIEW,
    ),
    "finding.decide": (frozenset({Role.REVIEWER, Role.VALIDATOR}), Scope.REVIEW),
    # An operator needs a grant besides (see OverrideGrant).
    "override.use": (frozenset({Role.OPERATOR}), Scope.GOVERN),
    "override.grant": (frozenset({Role.ADMIN}), Scope.GOVERN),
    "policy.edit": (frozenset({Role.ADMIN}), Scope.GOVERN),
    "risk.answer": (frozenset({Role.ENGINEER, Role.ADMIN}), Scope.REGISTER),
    "version.sign": (frozenset({Role.ADMIN}), Scope.REGISTER),
    "key.manage": (frozenset({Role.ADMIN}), Scope.REGISTER),
    "version.retire": (frozenset({Role.ENGINEER, Role.OPERATOR}), Scope.REGISTER),
    "alias.move": (frozenset({Role.ENGINEER, Role.OPERATOR}), Scope.REGISTER),
    "model.delete": (frozenset({Role.ENGINEER, Role.ADMIN}), Scope.REGISTER),
    "hold.manage": (frozenset({Role.ADMIN}), Scope.GOVERN),
    "model.restore": (frozenset({Role.OPERATOR, Role.ADMIN}), Scope.OPERATE),
    "deployment.operate": (frozenset({Role.OPERATOR}), Scope.OPERATE),
    "route.operate": (frozenset({Role.OPERATOR}), Scope.OPERATE),
    "server.manage": (frozenset({Role.OPERATOR, Role.ADMIN}), Scope.OPERATE),
    "inference.run": (EVERYONE - {Role.LEARNER}, Scope.MEASURE),
    "benchmark.run": (
        frozenset({Role.ENGINEER, Role.REVIEWER, Role.VALIDATOR, Role.OPERATOR}),
        Scope.MEASURE,
    ),
    "search.save": (EVERYONE, Scope.REGISTER),
    "webhook.manage": (frozenset({Role.ADMIN}), Scope.OPERATE),
    "people.manage": (frozenset({Role.ADMIN}), Scope.PEOPLE),
    "audit.read": (frozenset({Role.OPERATOR, Role.ADMIN}), Scope.READ),
    # A pack tells from which address each event came.
    "evidence.pack": (EVERYONE - {Role.LEARNER}, Scope.READ),
}
# What a program's account never does, whatever its roles.
PEOPLE_ONLY = frozenset(
    {"promotion.review", "people.manage", "finding.decide", "override.use", "override.grant", "policy.edit"}
)


def allowed(permission: str, *, roles: Iterable[str], scopes: frozenset[str] | None) -> bool:
    """Whether these roles (and, for a token, these scopes) grant a permission."""
    granted, scope = PERMISSIONS[permission]
    return bool(granted.intersection(roles)) and (scopes is None or scope in scopes)


def refusal(permission: str, *, roles: Iterable[str], scopes: frozenset[str] | None) -> str:
    """One sentence that names the rule that stands in the way."""
    granted, scope = PERMISSIONS[permission]
    if granted.intersection(roles) and scopes is not None:
        return _("This token lacks the scope “%(scope)s”.") % {"scope": scope.value}
    names = ", ".join(str(role.label) for role in sorted(granted))
    return _("This needs one of the roles: %(roles)s.") % {"roles": names}
