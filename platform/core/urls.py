"""Sign-in and settings."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from core import pages

app_name = "core"
urlpatterns = [
    path("sign-in/", pages.SignIn.as_view(), name="sign_in"),
    path("sign-out/", LogoutView.as_view(), name="sign_out"),
    path("settings/", pages.account, name="account"),
    path("settings/tokens/", pages.tokens, name="tokens"),
    path("settings/tokens/<int:pk>/revoke/", pages.revoke, name="revoke_token"),
    path("settings/audit/", pages.audit, name="audit"),
]
