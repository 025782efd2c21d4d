"""Sign-in and settings."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from core import access_pages, audit_pages, pages, people_pages, service_pages
from core.notices import pages as notices
from core.signing_in import views as signing_in
from core.webhooks import pages as webhooks

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
    path("settings/people/", people_pages.people, name="people"),
    path("settings/people/<int:pk>/", people_pages.person, name="people_one"),
    path("settings/people/<int:pk>/roles/", people_pages.roles, name="people_roles"),
    path("settings/people/<int:pk>/switch/", people_pages.switch, name="people_switch"),
    path("settings/people/<int:pk>/team/", people_pages.team, name="people_team"),
    path("settings/people/<int:pk>/reset/", people_pages.reset, name="people_reset"),
    path("settings/people/<int:pk>/unlock/", people_pages.unlock, name="people_unlock"),
    path("settings/workspaces/", people_pages.workspaces, name="workspaces"),
    path("settings/service-accounts/", service_pages.service_accounts, name="service_accounts"),
    path("settings/service-accounts/<int:pk>/", service_pages.service_account, name="service_accounts_one"),
    path("settings/access/", access_pages.access, name="access"),
    path("settings/access/access.csv", access_pages.access_csv, name="access_csv"),
    path("settings/audit/", audit_pages.audit, name="audit"),
    path("settings/audit/verify/", audit_pages.verify, name="audit_verify"),
    path("settings/audit/export/", audit_pages.export, name="audit_export"),
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
