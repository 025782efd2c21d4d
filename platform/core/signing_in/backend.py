"""Who may sign in with a password."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from core.models import User


class PeopleBackend(AuthenticationBackend):
    """Active people; permissions are Conch's own and not asked here."""

    def user_can_authenticate(self, user: Any) -> bool:
        return isinstance(user, User) and not user.is_service and super().user_can_authenticate(user)
