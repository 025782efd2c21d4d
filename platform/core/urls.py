"""Sign-in and settings."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from core import pages
from core.notices import pages as notices
from core.webhooks import pages as webhooks

app_name = "core"
urlpatterns = [
    path("sign-in/", pages.SignIn.as_view(), name="sign_in"),
    path("sign-out/", LogoutView.as_view(), name="sign_out"),
    path("settings/", pages.account, name="account"),
    path("settings/tokens/", pages.tokens, name="tokens"),
    path("settings/tokens/<int:pk>/revoke/", pages.revoke, name="revoke_token"),
    path("settings/audit/", pages.audit, name="audit"),
    path("settings/notices/", notices.notice_choices, name="notice_choices"),
    path("settings/webhooks/", webhooks.webhook_list, name="webhook_list"),
    path("settings/webhooks/<uuid:pk>/", webhooks.webhook_detail, name="webhook_detail"),
    path("settings/webhooks/<uuid:pk>/secret/", webhooks.webhook_secret, name="webhook_secret"),
    path("settings/webhooks/<uuid:pk>/test/", webhooks.webhook_test, name="webhook_test"),
    path("settings/webhooks/<uuid:pk>/switch/", webhooks.webhook_switch, name="webhook_switch"),
    path("settings/webhooks/<uuid:pk>/delete/", webhooks.webhook_delete, name="webhook_delete"),
    path(
        "settings/webhooks/<uuid:pk>/<uuid:delivery>/replay/", webhooks.webhook_replay, name="webhook_replay"
    ),
    path("notices/", notices.notice_list, name="notice_list"),
    path("notices/read/", notices.notice_read_all, name="notice_read_all"),
    path("notices/<int:pk>/", notices.notice_open, name="notice_open"),
    path("notices/<int:pk>/read/", notices.notice_read, name="notice_read"),
]
