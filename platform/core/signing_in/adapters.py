"""What allauth asks of Conch: who may join, how secrets are kept, which words are used."""

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.actors import Actor, Door
from core.audit import record
from core.http import request_id
from core.models import User
from core.signing_in import sessions


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _("This name and password don't belong together."),
        "account_inactive": _("This account is switched off. Ask an admin."),
        "enter_current_password": _("This isn't your current password."),
        "incorrect_password": _("This isn't your password."),
        "incorrect_code": _("This code isn't right, or was used already. Wait for the next one."),
        "unknown_email": _("No account has this e-mail address."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.SIGN_IN.sign_up)

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Pages say what happened in their own words."""

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Who this is; nobody for a program's account, which has tokens and no way in through a page."""
        user = super().authenticate(request, **credentials)
        return user if isinstance(user, User) and not user.is_service else None

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> Any:
        with transaction.atomic():
            saved = super().save_user(request, user, form, commit=commit)
            if commit:
                _joined(request, saved)
        return saved

    def login(self, request: HttpRequest, user: Any) -> None:
        if user.is_service:
            raise PermissionDenied
        super().login(request, user)
        sessions.begin(request, user)


class SocialAdapter(DefaultSocialAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """An unknown person of the identity provider gets an account without roles, if that is on."""
        return bool(settings.SIGN_IN.sign_up)

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> Any:
        with transaction.atomic():
            saved = super().save_user(request, sociallogin, form)
            if form is None:
                _joined(request, saved)
        return saved


def _joined(request: HttpRequest, user: Any) -> None:
    """Note that somebody made an account for themselves."""
    address = request.META.get("REMOTE_ADDR", "")
    actor = Actor(user=user, door=Door.PAGE, auth="sign-up", address=address, request_id=request_id(request))
    record(actor, "account.create", user, after={"username": user.username, "roles": [], "kind": user.kind})


class MfaAdapter(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("This code isn't right, or was used already. Wait for the next one."),
    }

    def get_totp_issuer(self) -> str:
        return "Conch"

    def get_totp_label(self, user: Any) -> str:
        return str(user.username)

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()


def _cipher() -> Fernet:
    """A copy of the database alone gives no second factor away: the key comes from Django's secret."""
    key = hashlib.sha256(b"conch second factors" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
