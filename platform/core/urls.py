"""Sign-in and settings."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from core import pages
from core.signing_in import views as signing_in

app_name = "core"
urlpatterns = [
    path("sign-in/", signing_in.SignIn.as_view(), name="sign_in"),
    path("sign-out/", LogoutView.as_view(), name="sign_out"),
    path("settings/", pages.account, name="account"),
    path("settings/security/", signing_in.security, name="security"),
    path("settings/sessions/<int:pk>/end/", signing_in.end_session, name="session_end"),
    path("settings/sessions/end/", signing_in.end_other_sessions, name="session_end_others"),
    path("settings/tokens/", pages.tokens, name="tokens"),
    path("settings/tokens/<int:pk>/revoke/", pages.revoke, name="revoke_token"),
    path("settings/audit/", pages.audit, name="audit"),
]
