"""Searches kept under a name: by page and by API, one's own and shared ones, each write on the trail."""

import pytest

from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.models import AuditEvent
from core.roles import Role, Scope
from models_registry import selectors, services
from models_registry.models import SavedSearch
from models_registry.services import searches
from tests.api.test_registry_api import assert_problem, client_of
from tests.factories import a_user, acting
from tests.registry_pages.conftest import browser
from tests.registry_pages.counting import queries
from tests.serving_pages.reading import words

pytestmark = pytest.mark.django_db


def save(user, name="Live", query="stage = 'deployed'", **given):
    return services.save_search(
        actor=acting(user), name=name, target=given.pop("target", "versions"), query=query, **given
    )


def test_a_search_is_saved_on_the_page_and_leads_back(erin, engineer):
    answer = engineer.post(
        "/searches/save/",
        {"name": " My  live ", "target": "models", "query": "stage = 'deployed'", "sort": "name"},
    )

    assert answer.url == "/models/?q=stage+%3D+%27deployed%27&sort=name"
    kept = SavedSearch.objects.get()
    assert (kept.owner, kept.name, kept.target, kept.shared) == (erin, "My live", "models", False)
    page = engineer.get(answer.url).content.decode()
    assert '<a class="tag" href="/models/?q=stage+%3D+%27deployed%27&amp;sort=name">My live</a>' in page
    assert "My live" not in words(engineer.get("/versions/"))
    event = AuditEvent.objects.get()
    assert (event.verb, event.actor, event.before, event.after["query"]) == (
        "search.save", erin, None, "stage = 'deployed'",
    )  # fmt: skip


def test_the_same_name_replaces_and_nothing_new_writes_nothing(erin):
    first = save(erin)
    save(erin, name="LIVE", query="fraud")
    save(erin, name="LIVE", query="fraud")

    assert SavedSearch.objects.get().query == "fraud"
    assert [event.before and event.before["query"] for event in AuditEvent.objects.order_by("pk")] == [
        None,
        first.query,
    ]


def test_others_see_what_is_shared(erin, ray, reviewer):
    save(erin, name="Mine")
    save(erin, name="Ours", shared=True)

    assert [one.name for one in selectors.saved_searches(ray)] == ["Ours"]
    page = reviewer.get("/versions/")
    assert "Ours erin" in words(page)
    assert "Mine" not in words(page)
    assert "Delete the saved search" not in page.content.decode()


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"name": " "}, "bad-name"),
        ({"name": "x" * 81}, "bad-name"),
        ({"name": "a\0b"}, "bad-name"),
        ({"target": "servers"}, "bad-target"),
        ({"query": "stage ="}, "bad-query"),
        ({"sort": "x" * 21}, "bad-sort"),
    ],
)
def test_what_cannot_be_kept_is_refused(erin, given, code):
    with pytest.raises(Invalid) as caught:
        save(erin, **given)

    assert caught.value.code == code
    assert not SavedSearch.objects.exists()
    assert not AuditEvent.objects.exists()


def test_a_wrong_query_comes_back_with_the_reason(engineer):
    answer = engineer.post(
        "/searches/save/", {"name": "x", "target": "models", "query": "stage ="}, follow=True
    )

    assert "The query ends where a value is missing." in words(answer)
    assert not SavedSearch.objects.exists()


def test_nobody_keeps_more_than_the_limit(erin, monkeypatch):
    monkeypatch.setattr(searches, "MOST_SEARCHES", 1)
    save(erin)
    save(erin, query="fraud")

    with pytest.raises(Conflict):
        save(erin, name="Other")
    assert SavedSearch.objects.count() == 1


def test_one_deletes_ones_own_and_an_admin_what_is_shared(erin, engineer, ray):
    mine, ours = save(erin, name="Mine"), save(erin, name="Ours", shared=True)

    with pytest.raises(NotFound):
        services.delete_search(actor=acting(ray), search_id=mine.pk)
    with pytest.raises(Forbidden) as caught:
        services.delete_search(actor=acting(ray), search_id=ours.pk)
    assert caught.value.code == "not-your-search"
    assert SavedSearch.objects.count() == 2

    assert engineer.post(f"/searches/{mine.pk}/delete/", {"target": "versions"}).url == "/versions/"
    services.delete_search(actor=acting(a_user(Role.ADMIN)), search_id=ours.pk)
    assert not SavedSearch.objects.exists()
    assert AuditEvent.objects.filter(verb="search.delete").count() == 2


def test_a_token_that_may_only_read_keeps_nothing(erin):
    with pytest.raises(Forbidden):
        services.save_search(
            actor=acting(erin, scopes=frozenset({Scope.READ})), name="x", target="models", query=""
        )


def test_over_rest(erin):
    client = client_of(erin)

    made = client.post(
        "/api/v1/searches/",
        {"name": "Live", "target": "models", "query": "stage=deployed", "shared": True},
        format="json",
    )
    assert (made.status_code, made.json()["owner"]) == (201, "erin")
    path = f"/api/v1/searches/{made.json()['id']}/"
    assert client.get("/api/v1/searches/").json()["results"] == [made.json()]
    assert client_of(a_user(Role.LEARNER)).get(path).json()["query"] == "stage=deployed"
    assert_problem(client_of(a_user(Role.LEARNER)).delete(path), 403, "not-your-search")
    assert_problem(
        client.post("/api/v1/searches/", {"name": "x", "target": "models", "query": "("}, format="json"),
        422,
        "bad-query",
    )
    assert client.delete(path).status_code == 204
    assert_problem(client.delete(path), 404, "not-found")


def test_saved_searches_cost_one_query(erin):
    client = browser(erin)
    before = queries(client, "/versions/")
    for index in range(5):
        save(erin, name=f"s{index}", shared=True)
    assert queries(client, "/versions/") == before
