"""Legal holds and retention as people and programs see them."""

import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from core.models import Membership, Workspace
from core.roles import Role
from models_registry.lifecycle import Stage
from models_registry.models import CondemnedBlob, LegalHold, ModelVersion, PromotionState
from tests.factories import a_model, a_promotion, a_user, a_version
from tests.registry_pages.conftest import browser
from tests.registry_pages.counting import queries
from tests.serving_pages.reading import words

pytestmark = pytest.mark.django_db
DELETED = "/models/deleted/?show=versions"


@pytest.fixture
def admin():
    return browser(a_user(Role.ADMIN))


@pytest.fixture
def version():
    return a_version(model=a_model(name="ranker"))


def test_an_admin_places_and_lifts_a_hold_in_the_browser(admin, version):
    done = admin.post("/models/ranker/v1/hold/", {"reason": "Case 12."})
    assert done["Location"] == "/models/ranker/v1/about/"
    page = words(admin.get("/models/ranker/v1/about/"))
    assert "Held ranker v1" in page
    assert "Case 12." in page

    hold = LegalHold.objects.get()
    assert "Case 12." in words(admin.get(f"/holds/{hold.pk}/lift/"))
    admin.post(f"/holds/{hold.pk}/lift/", {"reason": "Over."})
    hold.refresh_from_db()
    assert hold.lifted_at is not None
    assert "None stands." in words(admin.get("/models/ranker/about/"))


def test_without_a_reason_nothing_happens_and_the_form_says_so(admin, version):
    page = admin.post("/models/ranker/hold/", {"reason": ""})

    assert (page.status_code, LegalHold.objects.count()) == (422, 0)


def test_others_see_why_they_may_not(engineer, version):
    assert "This needs one of the roles: Admin." in words(engineer.get("/models/ranker/about/"))


def test_a_delete_that_a_hold_stops_says_so(admin, version):
    admin.post("/models/ranker/hold/", {"reason": "Case 12."})
    page = admin.post("/models/ranker/delete/", {"reason": "Old."})

    assert page.status_code == 409
    assert "stands on the whole model: Case 12." in words(page)
    assert ModelVersion.objects.count() == 1


def test_over_rest(admin, version):
    asked = {"reason": "Case 12.", "number": 1}
    made = admin.post("/api/v1/models/ranker/holds/", asked, "application/json")
    assert made.status_code == 201
    assert (made.json()["model_name"], made.json()["number"]) == ("ranker", 1)
    refused = admin.post("/api/v1/models/ranker/holds/", asked, "application/json")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/already-held")
    lifted = admin.post(f"/api/v1/holds/{made.json()['id']}/lift/", {"reason": "Over."}, "application/json")
    assert lifted.json()["lift_reason"] == "Over."
    assert [row["id"] for row in admin.get("/api/v1/holds/").json()["results"]] == [made.json()["id"]]


def test_the_list_of_the_deleted_tells_until_when_files_are_kept(admin):
    now, model = timezone.now(), a_model(name="ranker")
    a_version(model=model, deleted_at=now - timedelta(days=1))
    a_version(model=model, deleted_at=now - timedelta(days=40), purged_at=now)
    page = words(admin.get(DELETED))

    assert re.search(r"ranker v1 [\w ,:]+ Kept until \d+ \w+", page)
    assert re.search(r"ranker v2 [\w ,:]+ Removed \d+ \w+", page)
    few = queries(admin, DELETED)
    for _ in range(5):
        a_version(model=model, deleted_at=now)
    assert queries(admin, DELETED) == few


def test_a_purged_version_says_that_its_files_are_gone(engineer, version):
    ModelVersion.objects.update(purged_at=timezone.now())

    assert "Its files were removed" in words(engineer.get("/models/ranker/v1/"))


def test_the_command_says_what_would_go_and_removes_nothing(version, capsys):
    ModelVersion.objects.update(deleted_at=timezone.now() - timedelta(days=31))
    call_command("purge")

    said = capsys.readouterr().out
    assert said.startswith("ranker v1: deleted 20")
    assert said.endswith("Nothing was removed; --yes does it.\n")
    assert ModelVersion.with_deleted.filter(purged_at=None).count() == 1


def test_the_pages_of_what_is_held_say_so_and_why(admin, engineer, version):
    before = [queries(engineer, page) for page in ("/models/ranker/", "/models/ranker/v1/")]
    admin.post("/models/ranker/v1/hold/", {"reason": "Case 12."})
    text = "stands on v1: Case 12."

    for page in ("/models/ranker/", "/models/ranker/v1/", "/models/ranker/v1/files/"):
        assert text in words(engineer.get(page))
    assert text in words(engineer.get("/models/ranker/v1/about/"))
    assert "Delete version" not in words(engineer.get("/models/ranker/v1/about/"))
    after = [queries(engineer, page) for page in ("/models/ranker/", "/models/ranker/v1/")]
    assert [now - then for now, then in zip(after, before, strict=True)] == [1, 1]
    other = a_version(model=version.model)
    assert text not in words(engineer.get(f"/models/ranker/v{other.number}/"))


def test_json_of_a_model_and_a_version_tells_what_holds_them(admin, engineer, version):
    asked = {"reason": "Case 12."}
    whole = admin.post("/api/v1/models/ranker/holds/", asked, "application/json").json()
    one = admin.post("/api/v1/models/ranker/holds/", asked | {"number": 1}, "application/json").json()
    shown = [
        {key: hold[key] for key in ("id", "number", "reason", "placed_by", "placed_at")}
        for hold in (one, whole)
    ]

    for path in ("/api/v1/models/ranker/", "/api/v1/models/ranker/versions/1/"):
        assert engineer.get(path).json()["holds"] == shown
    a_model(name="free")
    rows = engineer.get("/api/v1/models/").json()["results"]
    assert [(row["name"], row["is_held"]) for row in rows] == [("free", False), ("ranker", True)]
    few = queries(engineer, "/api/v1/models/")
    for name in ("a", "b", "c"):
        LegalHold.objects.create(
            model=a_model(name=name), reason="Case 13.", placed_by=LegalHold.objects.first().placed_by
        )
    assert queries(engineer, "/api/v1/models/") == few
    admin.post(f"/api/v1/holds/{one['id']}/lift/", asked, "application/json")
    assert engineer.get("/api/v1/models/ranker/").json()["holds"] == shown[1:]


def test_deleting_over_rest_is_refused_with_the_number_of_the_hold(admin, version):
    hold = admin.post("/api/v1/models/ranker/holds/", {"reason": "Case 12."}, "application/json").json()
    for path in ("/api/v1/models/ranker/", "/api/v1/models/ranker/versions/1/"):
        refused = admin.delete(path)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/legal-hold")
        assert refused.json()["hold"] == hold["id"]
    assert ModelVersion.objects.count() == 1


def test_an_admin_of_a_workspace_holds_its_models_alone():
    for name in ("vision", "speech"):
        a_version(model=a_model(name=name, workspace=Workspace.objects.create(name=name)))
    user = a_user(username="wim")
    vision = Workspace.objects.get(name="vision")
    Membership.objects.create(user=user, workspace=vision, role_names=["admin"])
    sight, reason = browser(user), {"reason": "Case 12."}

    assert "Place hold" in words(sight.get("/models/vision/about/"))
    assert "Place hold" not in words(sight.get("/models/speech/about/"))
    assert sight.post("/models/vision/hold/", reason).status_code == 302
    assert sight.post("/models/speech/hold/", reason).status_code == 403
    assert sight.post("/api/v1/models/speech/holds/", reason, "application/json").status_code == 403
    hold = LegalHold.objects.get()
    assert hold.model.name == "vision"
    foreign = LegalHold.objects.create(
        model=ModelVersion.objects.get(model__name="speech").model, reason="Case 13.", placed_by=user
    )
    assert sight.post(f"/holds/{foreign.pk}/lift/", reason).status_code == 403
    assert sight.post(f"/holds/{hold.pk}/lift/", reason).status_code == 302
    assert list(LegalHold.objects.filter(lifted_at=None)) == [foreign]


def test_the_hold_of_a_deleted_model_is_lifted_in_the_browser(admin):
    model = a_model(name="ranker", deleted_at=timezone.now())
    made = admin.post("/api/v1/models/ranker/holds/", {"reason": "Case 12."}, "application/json")
    assert made.status_code == 201
    page = f"/holds/{LegalHold.objects.get(model=model).pk}/lift/"

    assert "Case 12." in words(admin.get(page))
    assert admin.post(page, {"reason": "Over."})["Location"] == "/models/deleted/?show=files"
    assert LegalHold.objects.get().lifted_by is not None


def test_the_list_of_files_that_will_go_names_deleted_and_retired_ones(admin, engineer):
    now, model = timezone.now(), a_model(name="ranker")
    retired = a_version(Stage.RETIRED, model=model, stage_changed_at=now)
    a_promotion(retired, state=PromotionState.APPROVED, decided_at=now)
    a_version(Stage.RETIRED, model=model, stage_changed_at=now)
    gone = a_model(name="gone", deleted_at=now)
    held = a_version(model=gone, deleted_at=now - timedelta(days=1))
    LegalHold.objects.create(model=gone, reason="Case 12.", placed_by=gone.owner)
    a_version(model=gone, deleted_at=now, purged_at=now)
    page = words(engineer.get("/models/deleted/?show=files"))

    assert re.search(r"gone v1 Deleted [\w ,:]+ Held", page)
    assert re.search(r"ranker v1 Retired [\w ,:]+ Kept until \d+ \w+", page)
    assert ("ranker v2" in page, "gone v2" in page, held.number) == (False, False, 1)
    few = queries(engineer, "/models/deleted/?show=files")
    for _ in range(5):
        a_version(model=model, deleted_at=now)
    assert queries(engineer, "/models/deleted/?show=files") == few


def test_the_command_names_the_blobs_that_would_go(version, capsys):
    ModelVersion.objects.update(deleted_at=timezone.now() - timedelta(days=31))
    CondemnedBlob.objects.create(sha256="a" * 64, condemned_at=timezone.now() - timedelta(days=8))
    used = version.files.get().sha256
    CondemnedBlob.objects.create(sha256=used, condemned_at=timezone.now() - timedelta(days=8))
    call_command("purge", dry_run=True)
    said = capsys.readouterr().out

    assert f"{'a' * 64}: nothing refers to it, given up 20" in said
    assert used not in said
    assert CondemnedBlob.objects.count() == 2
