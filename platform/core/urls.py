"""Sign-in and settings."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from core import audit_pages, pages

app_name = "core"
urlpatterns = [
    path("sign-in/", pages.SignIn.as_view(), name="sign_in"),
    path("sign-out/", LogoutView.as_view(), name="sign_out"),
    path("settings/", pages.account, name="account"),
    path("settings/tokens/", pages.tokens, name="tokens"),
    path("settings/tokens/<int:pk>/revoke/", pages.revoke, name="revoke_token"),
    path("settings/audit/", audit_pages.audit, name="audit"),
    path("settings/audit/verify/", audit_pages.verify, name="audit_verify"),
    path("settings/audit/export/", audit_pages.export, name="audit_export"),
]
