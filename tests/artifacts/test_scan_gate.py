"""From the upload to the gate: what is not scanned, or refused, does not leave `registered`."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from core.errors import Conflict
from core.models import AuditEvent
from core.roles import Role
from models_registry import gates, guards, services
from models_registry.lifecycle import Stage
from models_registry.models import FileScan, PromotionRequest, RiskTier, ScanState
from tests.artifacts import hostile
from tests.artifacts.conftest import address
from tests.factories import a_model, a_promotion, a_user, a_version, acting

pytestmark = pytest.mark.django_db(transaction=True)


def upload(api, draft, path, content):
    api.generic("PUT", address(draft, f"files/{path}"), content)
    services.run_scan(file_id=draft.files.get(path=path).pk)
    return api.get(address(draft)).json()


def evidence(version):
    return guards.gather(version, ["scan-clean"])[0]


def test_an_upload_waits_for_its_scan_and_says_so(api, draft):
    api.generic("PUT", address(draft, "files/net.onnx"), b"x")

    assert api.get(address(draft)).json()["files"][0]["scan"] == {
        "state": "pending",
        "findings": [],
        "raises_tier": False,
        "scanned_at": None,
    }
    assert services.due_scans(most=9) == [draft.files.get().pk]
    assert (evidence(draft).passed, evidence(draft).detail) == (False, "1 file is not scanned yet.")


def test_a_clean_file_passes_and_the_trail_says_so(api, draft):
    found = upload(api, draft, "config.json", b"{}")

    assert found["files"][0]["scan"]["state"] == "clean"
    assert (evidence(draft).passed, evidence(draft).value) == (True, "Clean")
    event = AuditEvent.objects.latest("pk")
    assert (event.verb, event.actor_name, event.after["state"]) == ("version.scan", "conch", "clean")
    assert services.due_scans(most=9) == []


def test_a_refusal_names_the_file_and_the_finding_everywhere(api, draft, engineer):
    found = upload(api, draft, "weights/model.pt", hostile.zipped({"net/data.pkl": hostile.SYSTEM}))

    sentence = "It is a pickle that runs code when it is loaded: posix.system."
    assert found["files"][0]["scan"]["findings"][0] == {
        "code": "pickle-runs-code",
        "file": "weights/model.pt/net/data.pkl",
        "refuses": True,
        "raises_tier": False,
        "what": sentence,
    }
    draft.stage = Stage.REGISTERED
    draft.save()
    browser = Client()
    browser.force_login(engineer)
    for page in ("", "files/", "evidence/"):
        assert (
            f"weights/model.pt/net/data.pkl: {sentence}"
            in browser.get(f"/models/ranker/v1/{page}").content.decode()
        )
    with pytest.raises(Conflict, match="posix.system"):
        services.request_promotion(actor=acting(engineer), version_id=draft.pk, verb="test", reason="go")
    assert not PromotionRequest.objects.exists()


@pytest.mark.parametrize("state", [ScanState.PENDING, ScanState.REFUSED])
def test_no_version_moves_on_before_its_files_are_clean(state):
    a_user(Role.REVIEWER)
    version = a_version()
    FileScan.objects.update(state=state)

    with pytest.raises(Conflict) as refused:
        services.request_promotion(
            actor=acting(version.created_by), version_id=version.pk, verb="test", reason="go"
        )

    assert refused.value.context["gates"] == ["scan-clean"]
    assert not PromotionRequest.objects.exists()


def test_an_approval_given_before_the_scan_moves_nothing():
    """A request of before the gate existed does not name it in its policy."""
    promotion = a_promotion()
    FileScan.objects.update(state=ScanState.REFUSED)

    with pytest.raises(Conflict):
        services.review_promotion(
            actor=acting(a_user(Role.REVIEWER)), promotion_id=promotion.pk, verdict="approve", comment="fine"
        )

    promotion.version.refresh_from_db()
    assert promotion.version.stage == Stage.REGISTERED


def test_a_file_that_came_without_a_scan_gets_one():
    version = a_version()
    FileScan.objects.all().delete()

    assert evidence(version).passed is False
    assert services.due_scans(most=9) == [version.files.get().pk]


def test_code_raises_the_tier_by_one_step_and_its_removal_lowers_it(api, draft):
    assert upload(api, draft, "model.py", b"import os\n")["raises_tier"] is True
    draft.refresh_from_db()
    assert gates.risk_tier(draft) == RiskTier.MEDIUM
    assert "benchmark" in gates.policy_for(draft, "deploy").required
    assert evidence(draft).passed is True

    api.delete(address(draft, "files/model.py"))

    draft.refresh_from_db()
    assert gates.risk_tier(draft) == RiskTier.LOW


def test_the_highest_tier_stays_the_highest():
    version = a_version(model=a_model(risk_tier=RiskTier.HIGH), raises_tier=True)

    assert gates.risk_tier(version) == RiskTier.HIGH


def test_another_file_at_the_path_is_scanned_anew(api, draft):
    upload(api, draft, "model.pkl", hostile.SYSTEM)

    found = upload(api, draft, "model.pkl", hostile.WEIGHTS)

    assert found["files"][0]["scan"]["state"] == "clean"
    assert FileScan.objects.count() == 1


def test_a_scan_whose_worker_died_is_done_by_the_next_and_given_up_after_three(api, draft):
    api.generic("PUT", address(draft, "files/net.onnx"), b"x")
    scan = FileScan.objects.get()
    FileScan.objects.update(due_at=timezone.now() + timedelta(seconds=100), tries=1)
    services.run_scan(file_id=scan.file_id)
    assert FileScan.objects.get().state == ScanState.PENDING

    FileScan.objects.update(due_at=timezone.now(), tries=3)
    services.run_scan(file_id=scan.file_id)

    found = FileScan.objects.get()
    assert (found.state, found.findings[0]["code"]) == (ScanState.REFUSED, "scan-broke")
