"""Legal holds and retention as people and programs see them."""

import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from core.roles import Role
from models_registry.models import LegalHold, ModelVersion
from tests.factories import a_model, a_user, a_version
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
