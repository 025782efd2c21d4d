"""Who may use which address: one line an endpoint. A new endpoint fails the test until it has its line here.

A line names the roles that get past the permission; what the state then forbids is other tests' matter.
Key: the URL's name. Value: the roles by method; methods that aren't named answer 405.
"""

from core.roles import Role

OPEN = frozenset({"anonymous", "nobody", *Role.values})
ALL = OPEN - {"anonymous"}
SOME_ROLE = ALL - {"nobody"}
ADMIN = frozenset({"admin"})
ENGINEER = frozenset({"engineer"})
REGISTER = frozenset({"engineer", "admin"})
RETIRE = frozenset({"engineer", "operator"})
REVIEW = frozenset({"reviewer", "validator"})
AUDIT = frozenset({"operator", "admin"})
PACK = ALL - {"nobody", "learner"}
MANAGE = frozenset({"operator", "admin"})
OPERATE = frozenset({"operator"})
INFER = ALL - {"nobody", "learner"}
BENCHMARK = frozenset({"engineer", "reviewer", "validator", "operator"})

Who = frozenset[str]
READ: dict[str, Who] = {"GET": ALL}
OPEN_READ: dict[str, Who] = {"GET": OPEN}
OPEN_STEP: dict[str, Who] = {"GET": OPEN, "POST": OPEN}
OWN_STEP: dict[str, Who] = {"GET": ALL, "POST": ALL}


def form(who: Who) -> dict[str, Who]:
    """A page that all may read and some may send."""
    return {"GET": ALL, "POST": who}


def post(who: Who) -> dict[str, Who]:
    return {"POST": who}


def put(who: Who) -> dict[str, Who]:
    return {"PUT": who}


SITE: dict[str, dict[str, Who]] = {
    "healthz": OPEN_READ,
    "readyz": OPEN_READ,
    "set_language": OPEN_STEP,
    "api_schema": OPEN_READ,
    "api_docs": OPEN_READ,
    "home": READ,
    "search": READ,
}
SIGNING_IN: dict[str, dict[str, Who]] = {
    "openid_connect_login": OPEN_STEP,
    "openid_connect_callback": OPEN_STEP,
    "core:sign_in": OPEN_STEP,
    "core:sign_out": post(OPEN),
    "account_login": OPEN_STEP,
    "mfa_authenticate": OPEN_STEP,
    "account_inactive": OPEN_STEP,
    "socialaccount_login_cancelled": OPEN_READ,
    "socialaccount_login_error": OPEN_READ,
    "socialaccount_signup": OPEN_STEP,
    "account_signup": OPEN_STEP,
    "mfa_index": READ,
    "mfa_activate_totp": OWN_STEP,
    "mfa_deactivate_totp": OWN_STEP,
    "mfa_view_recovery_codes": READ,
    "mfa_generate_recovery_codes": OWN_STEP,
    "mfa_download_recovery_codes": READ,
    "account_change_password": OWN_STEP,
    "account_set_password": OWN_STEP,
    "account_reauthenticate": OWN_STEP,
    "mfa_reauthenticate": OWN_STEP,
}
SETTINGS: dict[str, dict[str, Who]] = {
    "core:account": READ,
    "core:security": READ,
    "core:session_end": post(ALL),
    "core:session_end_others": post(ALL),
    "core:tokens": form(ALL),
    "core:revoke_token": post(ALL),
    "core:people": form(ADMIN),
    "core:people_one": READ,
    "core:people_roles": post(ADMIN),
    "core:people_switch": post(ADMIN),
    "core:people_unlock": post(ADMIN),
    "core:workspaces": form(ADMIN),
    "core:service_accounts": form(ADMIN),
    "core:service_accounts_one": form(ADMIN),
    "core:access": READ,
    "core:access_csv": READ,
    "core:notice_choices": OWN_STEP,
    "core:notice_list": READ,
    "core:notice_read_all": post(ALL),
    "core:notice_open": READ,
    "core:notice_read": post(ALL),
    "core:audit": READ,
    "core:audit_verify": post(AUDIT),
    "core:audit_export": post(AUDIT),
}
REGISTRY: dict[str, dict[str, Who]] = {
    "models_registry:model_list": READ,
    "models_registry:models_csv": READ,
    "models_registry:version_list": READ,
    "models_registry:versions_csv": READ,
    "models_registry:search_save": post(SOME_ROLE),
    "models_registry:search_delete": post(SOME_ROLE),
    "models_registry:register_model": form(REGISTER),
    "models_registry:model_detail": READ,
    "models_registry:model_history": READ,
    "models_registry:compare": READ,
    "models_registry:register_version": form(REGISTER),
    "models_registry:version_detail": READ,
    "models_registry:version_wizard": READ,
    "models_registry:version_upload": post(REGISTER),
    "models_registry:version_file_remove": post(REGISTER),
    "models_registry:version_declare": post(REGISTER),
    "models_registry:version_sign": post(ADMIN),
    "models_registry:keys": form(ADMIN),
    "models_registry:key_revoke": post(ADMIN),
    "models_registry:model_as_of": READ,
    "models_registry:evidence_pack": {"GET": PACK},
    "models_registry:model_about": form(REGISTER),
    "models_registry:alias_set": post(RETIRE),
    "models_registry:alias_delete": post(RETIRE),
    "models_registry:model_tag_set": post(REGISTER),
    "models_registry:model_tag_delete": post(REGISTER),
    "models_registry:model_delete": form(REGISTER),
    "models_registry:model_restore": post(MANAGE),
    "models_registry:deleted": READ,
    "models_registry:version_about": READ,
    "models_registry:version_tag_set": post(REGISTER),
    "models_registry:version_tag_delete": post(REGISTER),
    "models_registry:version_metric_add": post(REGISTER),
    "models_registry:version_delete": form(REGISTER),
    "models_registry:version_restore": post(MANAGE),
    "models_registry:version_release": post(MANAGE),
    "models_registry:version_config": post(REGISTER),
    "models_registry:version_config_check": post(ALL),
    "models_registry:version_finish": post(REGISTER),
    "models_registry:version_promote": form(ENGINEER),
    "models_registry:version_retire": form(RETIRE),
    "models_registry:version_notes": form(REGISTER),
    "models_registry:version_origin": form(REGISTER),
    "models_registry:card_edit": form(REGISTER),
    "models_registry:card_approve": post(REVIEW),
    "models_registry:version_tab": READ,
    "models_registry:review_queue": READ,
    "models_registry:review_due": READ,
    "models_registry:review_figures": READ,
    "models_registry:review_resubmit": post(ENGINEER),
    "models_registry:review_comment": post(ALL - {"nobody", "learner"}),
    "models_registry:review_delegate": post(REVIEW),
    "models_registry:finding_list": READ,
    "models_registry:finding_detail": form(REVIEW),
    "models_registry:finding_raise": form(BENCHMARK),
    "models_registry:override_list": form(ADMIN),
    "models_registry:override_detail": form(REVIEW),
    "models_registry:override_use": form(OPERATE),
    "models_registry:model_policy": form(REGISTER),
    "models_registry:policy_list": READ,
    "models_registry:policy_new": form(ADMIN),
    "models_registry:policy_detail": READ,
    "models_registry:policy_edit": form(ADMIN),
    "models_registry:policy_act": post(ADMIN),
    "models_registry:review_detail": READ,
    "models_registry:review_submit": post(REVIEW),
    "models_registry:review_withdraw": post(ENGINEER),
}
SERVING: dict[str, dict[str, Who]] = {
    "serving:server_list": READ,
    "serving:server_detail": READ,
    "serving:deployment_list": READ,
    "serving:deployment_detail": READ,
    "serving:deployment_load": post(OPERATE),
    "serving:deployment_unload": post(OPERATE),
    "serving:deployment_retry": post(OPERATE),
    "serving:route_point": post(OPERATE),
    "serving:route_stop": post(OPERATE),
    "serving:playground": form(INFER),
}
EXPERIMENTS: dict[str, dict[str, Who]] = {
    "experiments:benchmark_list": READ,
    "experiments:benchmark_new": form(BENCHMARK),
    "experiments:benchmark_detail": READ,
    "experiments:benchmark_cancel": post(BENCHMARK),
    "experiments:benchmark_csv": READ,
}
API: dict[str, dict[str, Who]] = {
    "notice-list": READ,
    "notice-detail": READ,
    "notice-read": post(ALL),
    "notice-read-all": post(ALL),
    "notice-unread-count": READ,
    "notice-choices": {"GET": ALL, "PUT": ALL},
    "audit-list": READ,
    "audit-checkpoint-list": READ,
    "audit-checkpoint-detail": READ,
    "audit-export": {"GET": AUDIT},
    "audit-detail": READ,
    "token-list": form(ALL),
    "token-detail": {"DELETE": ALL},
    "service-account-list": form(ADMIN),
    "service-account-detail": READ,
    "service-account-tokens": post(ADMIN),
    "version-file": {"GET": ALL, "PUT": REGISTER, "DELETE": REGISTER},
    "version-put": {"GET": ALL, "PUT": REGISTER, "DELETE": REGISTER},
    "version-upload": {"PUT": REGISTER},
    "key-list": form(ADMIN),
    "key-detail": READ,
    "key-revoke": post(ADMIN),
    "version-signature": put(REGISTER),
    "version-provenance": {"GET": ALL, "PUT": REGISTER},
    "version-sign": post(ADMIN),
    "version-uploads": form(REGISTER),
    "upload": {"GET": ALL, "DELETE": REGISTER},
    "upload-part": put(REGISTER),
    "upload-complete": post(REGISTER),
    "version-card": {"GET": ALL, "PUT": REGISTER},
    "version-card-approve": post(REVIEW),
    "model-list": form(REGISTER),
    "model-detail": {"GET": ALL, "PATCH": REGISTER, "DELETE": REGISTER},
    "model-restore": post(MANAGE),
    "model-tag": {"PUT": REGISTER, "DELETE": REGISTER},
    "model-aliases": READ,
    "model-alias": {"PUT": RETIRE, "DELETE": RETIRE},
    "model-as-of": READ,
    "version-evidence-pack": {"GET": PACK},
    "version-metrics": form(REGISTER),
    "version-tag": {"PUT": REGISTER, "DELETE": REGISTER},
    "version-restore": post(MANAGE),
    "version-release": post(MANAGE),
    "version-list": form(REGISTER),
    "version-detail": {"GET": ALL, "DELETE": REGISTER},
    "version-check-config": post(ALL),
    "version-config": put(REGISTER),
    "version-notes": put(REGISTER),
    "version-promote": post(ENGINEER),
    "version-register": post(REGISTER),
    "version-retire": post(RETIRE),
    "found-version-list": READ,
    "saved-search-list": form(SOME_ROLE),
    "saved-search-detail": {"GET": ALL, "DELETE": SOME_ROLE},
    "policy-list": form(ADMIN),
    "policy-detail": {"GET": ALL, "PUT": ADMIN},
    "policy-propose": post(ADMIN),
    "policy-publish": post(ADMIN),
    "policy-discard": post(ADMIN),
    "policy-rehearsal": READ,
    "finding-list": READ,
    "finding-detail": READ,
    "finding-close": post(REVIEW),
    "finding-accept": post(REVIEW),
    "override-list": READ,
    "override-detail": READ,
    "override-review": post(REVIEW),
    "override-grant-list": form(ADMIN),
    "override-grant-revoke": post(ADMIN),
    "version-findings": post(BENCHMARK),
    "version-override": post(OPERATE),
    "model-risk": {"GET": ALL, "PUT": REGISTER},
    "model-periodic-review": post(REVIEW),
    "governance-figures": READ,
    "promotion-list": READ,
    "promotion-detail": READ,
    "promotion-review": post(REVIEW),
    "promotion-resubmit": post(ENGINEER),
    "promotion-delegate": post(REVIEW),
    "promotion-comment": post(ALL - {"nobody", "learner"}),
    "promotion-withdraw": post(ENGINEER),
    "version-export": READ,
    "server-list": READ,
    "server-detail": READ,
    "deployment-list": READ,
    "deployment-detail": READ,
    "deployment-load": post(OPERATE),
    "deployment-retry": post(OPERATE),
    "deployment-unload": post(OPERATE),
    "route-list": READ,
    "route-detail": READ,
    "route-point": post(OPERATE),
    "route-stop": post(OPERATE),
    "infer-infer": post(INFER),
    "benchmark-list": form(BENCHMARK),
    "benchmark-detail": READ,
    "benchmark-cancel": post(BENCHMARK),
}
TABLE = {**SITE, **SIGNING_IN, **SETTINGS, **REGISTRY, **SERVING, **EXPERIMENTS, **API}
