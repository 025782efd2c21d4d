"""allauth's steps as Conch's pages; what they change is written to the trail in the same transaction."""

from typing import Any

from allauth.account.views import LoginView as AllauthLoginView
from allauth.account.views import PasswordChangeView, ReauthenticateView
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.utils import is_mfa_enabled
from allauth.socialaccount.adapter import get_adapter as social_adapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.audit import record
from core.http import page_actor, signed_in
from core.signing_in import sessions


class SignIn(AllauthLoginView):
    template_name = "registration/sign_in.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = super().get_context_data(**kwargs)
        found["providers"] = [
            {"name": provider.name, "url": provider.get_login_url(self.request, **self._next())}
            for provider in social_adapter().list_providers(self.request)
        ]
        found["may_join"] = settings.SIGN_IN.sign_up
        return found

    def _next(self) -> dict[str, str]:
        found = self.get_next_url()
        return {"next": found} if found else {}


class _Recorded:
    """A step that writes its event in the transaction of its change."""

    verb = ""

    def form_valid(self, form: Any) -> HttpResponse:
        request: HttpRequest = self.request  # type: ignore[attr-defined]
        user = signed_in(request)
        with transaction.atomic():
            response: HttpResponse = super().form_valid(form)  # type: ignore[misc]
            record(page_actor(request), self.verb, user, after={"username": user.username})
        return response


class Password(_Recorded, PasswordChangeView):
    http_method_names = ["get", "post", "head", "options"]
    verb = "password.change"

    def get_default_success_url(self) -> str:
        return reverse("core:security")


class Confirm(ReauthenticateView):
    http_method_names = ["get", "post", "head", "options"]


class TurnOnApp(_Recorded, ActivateTOTPView):
    verb = "second_factor.on"


class TurnOffApp(_Recorded, DeactivateTOTPView):
    verb = "second_factor.off"


class NewCodes(_Recorded, GenerateRecoveryCodesView):
    verb = "recovery_codes.new"


@require_GET
@login_required
def security(request: HttpRequest) -> HttpResponse:
    """Password, second factor, and where the reader is signed in."""
    user = signed_in(request)
    context = {
        "has_app": is_mfa_enabled(user),
        "has_password": user.has_usable_password(),
        "sessions": sessions.listed(user, here=request.session.session_key),
    }
    return render(request, "core/security.html", context)


@require_POST
@login_required
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    sessions.end_session(actor=page_actor(request), session_id=pk)
    messages.info(request, _("That session is ended."))
    return redirect("core:security")


@require_POST
@login_required
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    sessions.end_other_sessions(actor=page_actor(request), keep=request.session.session_key)
    messages.info(request, _("You are signed out everywhere but here."))
    return redirect("core:security")


@require_GET
def inactive(request: HttpRequest) -> HttpResponse:
    return render(request, "account/account_inactive.html", status=403)
