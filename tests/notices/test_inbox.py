"""The inbox: what stands there, in whose language, and what reading does."""

import pytest
from django.test import Client
from django.utils import translation

from core.models import Notice, NoticeChoice
from core.roles import Role
from models_registry.lifecycle import Stage
from tests.factories import a_user
from tests.notices.telling import a_version_of, happened, moved, told
from tests.registry_pages.counting import queries
from tests.serving_pages.reading import answer, attribute, words

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada(db):
    return a_user(Role.ENGINEER, username="ada")


@pytest.fixture
def browser(ada):
    client = Client()
    client.force_login(ada)
    return client


@pytest.fixture
def arun(db):
    return a_user(Role.ADMIN, username="arun")


def test_a_notice_is_told_in_the_language_of_its_reader(browser, ada, arun):
    moved(a_version_of(ada, name="digits"), by=arun, reason="Good enough.")

    english, chinese = browser.get("/notices/"), browser.get("/zh-hant/notices/")

    assert "digits v1 moved from Registered to Testing, by arun." in words(english)
    assert "“Good enough.”" in words(english)
    with translation.override("zh-hant"):
        stages = (str(Stage.REGISTERED.label), str(Stage.TESTING.label))
    assert stages == ("已註冊", "測試中")
    assert all(stage in words(chinese) for stage in stages)


def test_the_bell_counts_what_is_unread(browser, ada, arun):
    assert answer(browser.get("/notices/")) == "Nothing is unread."
    version = a_version_of(ada)
    moved(version, by=arun)
    moved(version, by=arun)

    page = browser.get("/models/")

    assert "Notices, 2 unread" in words(page)
    assert attribute(page, id="notices", name="href") == "/notices/"


def test_opening_a_notice_leads_to_its_thing_and_marks_it_read(browser, ada, arun):
    moved(a_version_of(ada, name="digits"), by=arun)
    notice = Notice.objects.get()

    there = browser.get(f"/notices/{notice.pk}/")

    assert there.url == "/models/digits/v1/"
    notice.refresh_from_db()
    assert notice.read_at is not None
    assert answer(browser.get("/notices/")) == "Nothing is unread."


def test_all_that_was_seen_is_marked_read_and_what_came_meanwhile_is_not(browser, ada, arun):
    version = a_version_of(ada)
    moved(version, by=arun)
    seen = Notice.objects.get()
    moved(version, by=arun)

    browser.post("/notices/read/", {"up_to": str(seen.pk)})

    assert Notice.objects.filter(read_at=None).count() == 1
    assert browser.get("/notices/?show=unread").context["rows"][0].pk > seen.pk
    browser.post("/notices/read/")
    assert Notice.objects.filter(read_at=None).count() == 0


def test_the_notices_of_others_are_neither_shown_nor_marked(ada, arun):
    moved(a_version_of(ada, name="digits"), by=arun)
    notice = Notice.objects.get()
    stranger = Client()
    stranger.force_login(a_user(Role.ADMIN))

    assert "digits" not in words(stranger.get("/notices/"))
    assert stranger.get(f"/notices/{notice.pk}/").status_code == 404
    assert stranger.post(f"/notices/{notice.pk}/read/").status_code == 404
    notice.refresh_from_db()
    assert notice.read_at is None


def test_the_inbox_costs_the_same_for_one_notice_and_for_twenty(browser, ada, arun):
    version = a_version_of(ada)
    moved(version, by=arun)
    browser.get("/notices/")
    few = queries(browser, "/notices/")
    for _index in range(30):
        moved(version, by=arun)

    assert queries(browser, "/notices/") == few
    assert "1 to 25 of 31" in words(browser.get("/notices/"))


def test_who_does_not_want_a_kind_is_not_told_it(browser, ada, arun):
    page = browser.get("/settings/notices/")
    assert "A version of yours moves to another stage" in words(page)

    browser.post("/settings/notices/", {"in_app": ["promotion.approved"], "language": "en"})
    event = moved(a_version_of(ada), by=arun)

    assert event.notices.count() == 0
    assert NoticeChoice.objects.get(user=ada, kind="promotion.approved").in_app is True
    assert NoticeChoice.objects.get(user=ada, kind="version.stage_moved").in_app is False


def test_an_unknown_language_is_refused_and_nothing_is_chosen(browser):
    page = browser.post("/settings/notices/", {"in_app": ["promotion.approved"], "language": "xx"})

    assert page.status_code == 422
    assert NoticeChoice.objects.count() == 0


def test_a_failed_deployment_reaches_operators(ada):
    from tests.factories import a_deployment

    oscar = a_user(Role.OPERATOR)
    deployment = a_deployment(a_version_of(ada, name="digits"))
    event = told(
        happened("deployment.failed", deployment, model_name="digits", after={"error": "load-failed"})
    )

    assert set(event.notices.values_list("user", flat=True)) == {oscar.pk, ada.pk}


def test_going_back_to_an_older_version_is_a_rollback_and_going_on_is_not(ada):
    version = a_version_of(ada, name="digits")
    back, on = {"version": "digits v1"}, {"version": "digits v2"}

    event = happened("route.point", version, before=on, after=back)

    assert event.kind == "deployment.rolled_back"
    with pytest.raises(Exception, match="has no notice_event"):
        happened("route.point", version, before=back, after=on)


def test_the_api_lists_counts_and_marks(ada, arun, browser):
    moved(a_version_of(ada, name="digits"), by=arun)

    found = browser.get("/api/v1/notices/?unread=true").json()["results"]

    assert [(row["kind"], row["text"], row["url"]) for row in found] == [
        ("version.stage_moved", "digits v1 moved from Registered to Testing, by arun.", "/models/digits/v1/")
    ]
    assert browser.get("/api/v1/notices/unread-count/").json() == {"count": 1}
    assert browser.post(f"/api/v1/notices/{found[0]['id']}/read/").json()["read_at"] is not None
    assert browser.post("/api/v1/notices/read-all/").json() == {"count": 0}
    assert browser.get("/api/v1/notices/?unread=true").json()["results"] == []


def test_the_api_reads_and_changes_choices(browser, ada):
    body = {"language": "zh-hant", "kinds": {"deployment.ready": {"in_app": False, "email": True}}}

    changed = browser.put("/api/v1/notices/choices/", body, content_type="application/json").json()

    assert changed["language"] == "zh-hant"
    assert changed["kinds"]["deployment.ready"] == {"in_app": False, "email": True}
    assert changed["kinds"]["deployment.failed"] == {"in_app": True, "email": True}
    unknown = {"kinds": {"no.such": {"in_app": True, "email": True}}}
    refused = browser.put("/api/v1/notices/choices/", unknown, content_type="application/json")
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/unknown-kind")
