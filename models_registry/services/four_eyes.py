"""Who may not decide on what: makers, by every account they have, and those with the wrong role."""

from collections.abc import Collection

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.accounts import folded_email
from core.errors import Conflict, Forbidden
from core.models import Membership, User
from core.roles import Role
from models_registry.mailboxes import all_accounts
from models_registry.models import ModelVersion, PromotionRequest
from models_registry.policies import Policy
from models_registry.services.approvals import developers_of, roles_for, uncovered

MOST_REVIEWERS = 500


def makers_of(version: ModelVersion) -> set[int]:
    """The accounts of those who created, uploaded or last edited a version."""
    return all_accounts(_hands(version))


def makers(promotion: PromotionRequest) -> set[int]:
    """The accounts of those who may not decide: who requested, created, uploaded or last edited."""
    return all_accounts({*_hands(promotion.version), promotion.requested_by_id})


def refuse_makers(user: User, promotion: PromotionRequest) -> None:
    if user.pk in makers(promotion):
        raise Forbidden(
            _("Four eyes: who registered, uploaded, edited or requested %(version)s cannot decide on it.")
            % {"version": promotion.version},
            code="four-eyes",
            hint=_("Ask another reviewer."),
        )


def refuse_wrong_role(user: User, promotion: PromotionRequest) -> set[str]:
    """The roles in which the person's verdict counts; Forbidden when there are none."""
    roles = roles_for(user, promotion.version.model)
    if not roles:
        raise Forbidden(
            _("A validator stands outside the team that develops %(model)s.")
            % {"model": promotion.version.model},
            code="own-team",
            hint=_("Ask a validator of another team, or a reviewer."),
        )
    return roles


def able(version: ModelVersion, *, barred: Collection[int]) -> list[User]:
    """Who may decide on a version: active reviewers and validators, one account of each person."""
    workspace = version.model.workspace_id or 0
    members = {
        one.user_id: frozenset(one.role_names) for one in Membership.objects.filter(workspace=workspace)
    }
    deciding = [Role.REVIEWER, Role.VALIDATOR]
    invited = [user_id for user_id, names in members.items() if names.intersection(deciding)]
    found = User.objects.filter(Q(role_names__overlap=deciding) | Q(pk__in=invited), is_active=True)
    found = found.exclude(pk__in=barred)
    developers = developers_of(version.model)
    people: list[User] = []
    seen: set[str] = set()
    for user in found.order_by("username")[:MOST_REVIEWERS]:
        user.workspace_roles = {workspace: members.get(user.pk, frozenset())}
        mailbox = folded_email(user.email)
        if (not mailbox or mailbox not in seen) and roles_for(user, version.model, developers=developers):
            people.append(user)
            seen.add(mailbox)
    return people


def refuse_without_reviewers(version: ModelVersion, *, requester: User, step: Policy) -> None:
    """A request that nobody may approve cannot be opened."""
    people = able(version, barred=all_accounts({*_hands(version), requester.pk}))
    if len(people) < step.approvals:
        raise Conflict(
            ngettext(
                "This step needs %(needed)d reviewer who did not make the version; there are %(able)d.",
                "This step needs %(needed)d reviewers who did not make the version; there are %(able)d.",
                step.approvals,
            )
            % {"needed": step.approvals, "able": len(people)},
            code="no-reviewer",
            hint=_("Ask an admin to name another reviewer."),
        )
    lacking = uncovered(step.needed_roles, [roles_for(user, version.model) for user in people])
    if lacking:
        names = ", ".join(str(Role(role).label) for role in lacking)
        raise Conflict(
            _("Nobody may approve this step as: %(roles)s.") % {"roles": names},
            code="no-reviewer",
            hint=_("Ask an admin to name somebody outside the team."),
            roles=list(lacking),
        )


def _hands(version: ModelVersion) -> set[int]:
    """The accounts that made the version what it is."""
    uploaders = {file.uploaded_by_id for file in version.files.all()}
    ids = {version.created_by_id, version.config_edited_by_id, *uploaders}
    return {pk for pk in ids if pk is not None}
