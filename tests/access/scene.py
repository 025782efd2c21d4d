"""Something for every address to be about, and a body that each write would accept."""

import json
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from core.accounts import create_service_account, create_token
from core.audit import record
from core.models import AuditEvent, Delivery, User, Webhook
from core.roles import Role
from experiments.models import Benchmark
from models_registry import policyseed
from models_registry.lifecycle import Stage
from models_registry.models import (
    Finding,
    GatePolicy,
    Inspection,
    LegalHold,
    ModelVersion,
    Override,
    OverrideGrant,
    SavedSearch,
    TrustedKey,
)
from models_registry.policyform import PolicyForm
from serving.models import Route
from tests.factories import PASSWORD, a_deployment, a_model, a_promotion, a_server, a_user, a_version, acting

INPUTS = [{"name": "X", "datatype": "FP32", "shape": [1, 64], "data": [0.0] * 64}]


def make() -> dict[str, dict[str, Any]]:
    """Keyword arguments by URL name; "" holds those that fit everywhere else."""
    admin = a_user(Role.ADMIN, username="matrix-admin")
    a_user(Role.REVIEWER, username="matrix-reviewer")
    model, server = a_model(name="matrix"), a_server()
    draft = a_version(Stage.DRAFT, model=model, inspection=Inspection.PASSED)
    version = a_version(Stage.REGISTERED, model=model)
    live = a_version(Stage.DEPLOYED, model=model)
    promotion = a_promotion(a_version(Stage.REGISTERED, model=model))
    deployment = a_deployment(live, server=server)
    a_deployment(a_version(Stage.TESTING, model=model), server=server)
    Route.objects.create(model=model, server=server, version=live, observed=live, wished_at=timezone.now())
    plan = {"levels": [1], "seconds": 1, "warmup_seconds": 0, "batch_size": 1, "timeout_seconds": 10}
    benchmark = Benchmark.objects.create(
        version=live, server=server, requested_by=model.owner, state="done", settings=plan
    )
    token, _secret = create_token(actor=acting(admin), name="ci", scopes=["read"])
    robot = create_service_account(actor=acting(admin), username="robot", held_by=admin.username)
    with transaction.atomic():
        record(acting(admin), "test", model)
    event = AuditEvent.objects.values_list("pk", flat=True)[0]
    key = TrustedKey.objects.create(
        name="matrix", pem="x", fingerprint="0" * 64, workspace=model.workspace, added_by=admin
    )
    search = SavedSearch.objects.create(owner=admin, name="matrix", target="models", shared=True)
    number, named = version.number, {"model_name": "matrix", "name": "matrix", "model": "matrix"}
    found: dict[str, dict[str, Any]] = {
        "": named
        | {
            "number": number,
            "tab": "files",
            "filename": "model.onnx",
            "provider_id": "none",
            "verb": "discard",
            "upload_id": "00000000-0000-4000-8000-000000000000",
            "part": 1,
            "size": 1,
            "alias": "champion",
            "key": "team",
        }
    }
    keys = {
        "audit": event, "token": token.pk, "service-account": robot.pk, "promotion": promotion.pk,
        "server": server.pk, "deployment": deployment.pk, "benchmark": benchmark.pk,
        "key": key.pk, **govern(version, admin), "saved-search": search.pk, "models_registry:key": key.pk, "core:revoke_token": token.pk, "core:people": admin.pk, "core:session": 999_999,
        "notice": 999_999,
        "core:notice": 999_999,
        "core:service_accounts": robot.pk, "models_registry:review": promotion.pk, "serving:server": server.pk,
        "serving:deployment": deployment.pk, "experiments:benchmark": benchmark.pk,
    }  # fmt: skip
    for prefix, key in keys.items():
        found[prefix] = {"pk": key}
    drafts = ("version-file", "version-put", "version-upload", "version-config", "version-register",
              "models_registry:version_wizard", "models_registry:version_upload",
              "models_registry:version_file_remove", "version-uploads", "version-signature",
              "models_registry:version_declare", "models_registry:version_config", "models_registry:version_finish")  # fmt: skip
    for name in drafts:
        found[name] = {"number": draft.number}
    hold = LegalHold.objects.create(model=model, version=draft, reason="Asked for.", placed_by=admin)
    found["hold"] = found["models_registry:hold_lift"] = {"pk": hold.pk}
    hook, delivery = webhook(admin)
    found |= {"webhook": {"pk": hook}, "delivery": {"webhook_id": hook, "pk": delivery}}
    found["core:webhook"] = {"pk": hook, "delivery": delivery}
    found["models_registry:search"] = {"pk": search.pk}
    found["models_registry:keys"] = {}
    found["serving:route"] = {"model": "matrix"}
    return found


def webhook(admin: User) -> tuple[str, str]:
    """A webhook and what was posted to it."""
    made = Webhook.objects.create(
        name="matrix", url="https://1.1.1.1/hook", events=["version.registered"], created_by=admin
    )
    posted = Delivery.objects.create(webhook=made, event_name="version.registered", body="{}")
    return str(made.pk), str(posted.pk)


def govern(version: ModelVersion, admin: User) -> dict[str, int]:
    """A draft of a policy, a finding, an override and a grant, by the names of their addresses."""
    now = timezone.now()
    policy = GatePolicy.objects.create(rules=policyseed.rules(), author=admin)
    finding = Finding.objects.create(
        version=version, title="Odd", severity="minor", owner=admin, due_on=now.date(), raised_by=admin
    )
    override = Override.objects.create(
        version=version, verb="test", from_stage="registered", to_stage="testing", reason="Now.",
        used_by=admin, ends_at=now, review_due_at=now,
    )  # fmt: skip
    grant = OverrideGrant.objects.create(
        user=version.model.owner, granted_by=admin, reason="On call.", expires_at=now
    )
    return {
        "policy": policy.pk, "models_registry:policy_": policy.pk, "finding": finding.pk,
        "models_registry:finding_detail": finding.pk, "override": override.pk, "override-grant": grant.pk,
        "models_registry:override_detail": override.pk,
    }  # fmt: skip


def policy_body() -> dict[str, Any]:
    form = PolicyForm(rules=policyseed.rules(), note="For the matrix.")
    return {field.html_name: "" if field.value() is None else field.value() for field in form}


def arguments(scene: dict[str, dict[str, Any]], name: str, wanted: frozenset[str]) -> dict[str, Any]:
    """The arguments of one address: the general ones, then those of the longest prefixes of its name."""
    given = dict(scene[""])
    for prefix in sorted((key for key in scene if name.startswith(key)), key=len):
        given |= scene[prefix]
    return {key: given[key] for key in wanted}


def body(name: str) -> dict[str, Any]:
    """What a write would accept."""
    if name == "models_registry:version_upload":
        return {"file": SimpleUploadedFile("model.onnx", b"x")}
    if name in {"models_registry:policy_new", "models_registry:policy_edit"}:
        return policy_body()
    if name == "experiments:benchmark_new":
        plan = {"levels": "1", "seconds": 1, "warmup_seconds": 0, "batch_size": 1, "timeout_seconds": 10}
        return plan | {"version": ModelVersion.objects.get(stage=Stage.TESTING).pk}
    if name == "serving:playground":
        return {
            "version": ModelVersion.objects.get(stage=Stage.TESTING).pk,
            "view": "json",
            "json": json.dumps({"inputs": INPUTS}),
        }
    return BODIES.get(name, {})


SIGNED = {"password": PASSWORD}
ANSWERS = {question["key"]: question["options"][0]["value"] for question in policyseed.QUESTIONS}
JUDGED = {"verdict": "justified", "comment": "It was."}
OVERRIDE = {"verb": "test", "hours": 1, "reason": "Now."}
FINDING = {"title": "Odd", "severity": "minor", "due_on": "2099-01-01"}
REASON = {"reason": "For the matrix."}
CARD = {"sections": {"purpose": "Reads digits."}, "based_on": 0}
FORMSET = {"TOTAL_FORMS": 0, "INITIAL_FORMS": 0}
BODIES: dict[str, dict[str, Any]] = {
    "core:tokens": {"name": "ci", "scopes": ["read"], "days": 1},
    "core:people": {"username": "nina"},
    "core:people_roles": {"workspace": "", "roles": ["admin"]},
    "core:people_switch": {"active": "1"},
    "core:people_team": {"team": "Vision"},
    "core:people_reset": REASON,
    "core:workspaces": {"name": "new"},
    "core:service_accounts": {"username": "bot", "held_by": "matrix-admin"},
    "core:service_accounts_one": {"name": "ci", "scopes": ["read"], "days": 1},
    "models_registry:register_model": {"name": "new", "risk_tier": "low"},
    "models_registry:version_config": {"config_text": "x"},
    "models_registry:version_config_check": {"config_text": "x"},
    "models_registry:version_finish": {"notes": ""},
    "models_registry:version_promote": REASON | {"verb": "test"},
    "models_registry:version_retire": REASON,
    "models_registry:version_notes": {"notes": "n"},
    "models_registry:version_origin": {"source_commit": "abc1234"},
    "models_registry:card_edit": {"purpose": "Reads digits.", "based_on": "0"},
    "models_registry:card_approve": {"revision": "1"},
    "models_registry:review_submit": SIGNED | {"verdict": "approve", "comment": "Fine."},
    "serving:deployment_load": REASON,
    "serving:deployment_unload": REASON,
    "serving:route_point": REASON | {"number": "3"},
    "serving:route_stop": REASON,
    "models_registry:version_declare": {
        "config_text": "",
        **{f"{side}-{count}": total for side in ("inputs", "outputs") for count, total in FORMSET.items()},
    },
    "models_registry:search_save": {"name": "mine", "target": "models", "query": "", "sort": ""},
    "saved-search-list": {"name": "mine", "target": "models"},
    "models_registry:model_about": {"purpose": "Reads digits."},
    "models_registry:alias_set": {"alias": "best", "number": 3},
    "models_registry:alias_delete": {"alias": "best"},
    "models_registry:model_tag_set": {"key": "env", "value": "prod"},
    "models_registry:model_tag_delete": {"key": "env"},
    "models_registry:version_tag_set": {"key": "env", "value": "prod"},
    "models_registry:version_tag_delete": {"key": "env"},
    "models_registry:version_metric_add": {"name": "accuracy", "value": 0.5},
    "models_registry:model_delete": REASON,
    "models_registry:version_delete": REASON,
    "models_registry:review_resubmit": REASON,
    "models_registry:review_comment": {"text": "Why?"},
    "models_registry:review_delegate": REASON | {"to": "matrix-reviewer"},
    "models_registry:finding_detail": SIGNED | {"verdict": "close", "resolution": "Done."},
    "models_registry:finding_raise": FINDING,
    "models_registry:override_list": {"username": "matrix-admin", "days": 1, "reason": "On call."},
    "models_registry:override_detail": SIGNED | JUDGED,
    "models_registry:override_use": SIGNED | OVERRIDE,
    "models_registry:model_policy": ANSWERS,
    "policy-list": {"rules": policyseed.rules()},
    "policy-detail": {"rules": policyseed.rules()},
    "finding-close": {"resolution": "Done."},
    "finding-accept": {"resolution": "Done."},
    "override-review": JUDGED,
    "override-grant-list": {"username": "matrix-admin", "days": 1, "reason": "On call."},
    "version-findings": FINDING,
    "version-override": OVERRIDE,
    "model-risk": {"answers": ANSWERS},
    "model-periodic-review": {"comment": "Read."},
    "promotion-resubmit": REASON,
    "promotion-delegate": REASON | {"to": "matrix-reviewer"},
    "promotion-comment": {"text": "Why?"},
    "models_registry:keys": {"name": "new", "pem": "x"},
    "key-list": {"name": "new", "pem": "x"},
    "version-signature": {"inputs": [], "outputs": []},
    "version-provenance": {"bundle": "{}"},
    "models_registry:version_file_remove": {"path": "model.onnx"},
    "version-uploads": {"path": "model.onnx", "size_bytes": 1},
    "token-list": {"name": "ci", "scopes": ["read"], "days": 1},
    "models_registry:model_hold": REASON,
    "models_registry:version_hold": REASON,
    "models_registry:hold_lift": REASON,
    "hold-lift": REASON,
    "model-holds": REASON,
    "webhook-list": {"name": "new", "url": "https://1.1.1.1/hook", "events": ["version.registered"]},
    "core:webhook_list": {"name": "new", "url": "https://1.1.1.1/hook", "events": ["version.registered"]},
    "core:webhook_detail": {"name": "new", "url": "https://1.1.1.1/hook", "events": ["version.registered"]},
    "service-account-list": {"username": "bot", "held_by": "matrix-admin"},
    "service-account-tokens": {"name": "ci", "scopes": ["read"], "days": 1},
    "version-card": CARD,
    "model-tag": {"value": "vision"},
    "version-tag": {"value": "vision"},
    "model-alias": {"number": 3},
    "version-metrics": {"name": "accuracy", "value": 0.5},
    "version-card-approve": {"revision": 1},
    "model-list": {"name": "new"},
    "version-check-config": {"config_text": "x"},
    "version-config": {"config_text": "x"},
    "version-notes": {"notes": "n"},
    "version-promote": REASON | {"verb": "test"},
    "version-retire": REASON,
    "promotion-review": {"verdict": "approve", "comment": "Fine."},
    "deployment-load": REASON,
    "deployment-unload": REASON,
    "route-point": REASON | {"number": 3},
    "route-stop": REASON,
    "infer-infer": {"inputs": INPUTS},
    "benchmark-list": {"model": "matrix", "number": 3},
}
