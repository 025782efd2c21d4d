"""Conch's addresses under the names by which allauth knows its steps."""

from allauth.account.views import PasswordSetView, SignupView
from allauth.mfa.base.views import AuthenticateView, ReauthenticateView
from allauth.mfa.recovery_codes.views import DownloadRecoveryCodesView, ViewRecoveryCodesView
from allauth.socialaccount import views as social
from django.urls import include, path

from core.signing_in import views

urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="account_login"),
    path("sign-in/code/", AuthenticateView.as_view(), name="mfa_authenticate"),
    path("sign-in/off/", views.inactive, name="account_inactive"),
    path("sign-in/cancelled/", social.login_cancelled, name="socialaccount_login_cancelled"),
    path("sign-in/failed/", social.login_error, name="socialaccount_login_error"),
    path("sign-in/join/", social.signup, name="socialaccount_signup"),
    path("sign-up/", SignupView.as_view(), name="account_signup"),
    path("settings/security/", views.security, name="mfa_index"),
    path("settings/security/app/", views.TurnOnApp.as_view(), name="mfa_activate_totp"),
    path("settings/security/app/off/", views.TurnOffApp.as_view(), name="mfa_deactivate_totp"),
    path("settings/security/codes/", ViewRecoveryCodesView.as_view(), name="mfa_view_recovery_codes"),
    path("settings/security/codes/new/", views.NewCodes.as_view(), name="mfa_generate_recovery_codes"),
    path(
        "settings/security/codes.txt",
        DownloadRecoveryCodesView.as_view(),
        name="mfa_download_recovery_codes",
    ),
    path("settings/password/", views.Password.as_view(), name="account_change_password"),
    path("settings/password/first/", PasswordSetView.as_view(), name="account_set_password"),
    path("settings/confirm/", views.Confirm.as_view(), name="account_reauthenticate"),
    path("settings/confirm/code/", ReauthenticateView.as_view(), name="mfa_reauthenticate"),
]
# The identity provider sends people back here, so these have one address in every language.
provider_urlpatterns = [
    path("", include("allauth.socialaccount.providers.openid_connect.urls")),
]
