"""Gate policies in the browser and through the API."""

import pytest
from django.urls import reverse

from core.accounts import create_token
from core.roles import Role, Scope
from models_registry import gates, policyseed, services
from models_registry.lifecycle import Stage
from models_registry.models import GatePolicy, PolicyState
from models_registry.policyform import PolicyForm
from tests.factories import a_user, a_version, acting
from tests.registry_pages.conftest import browser
from tests.registry_pages.counting import queries
from tests.serving_pages.reading import answer, words

pytestmark = pytest.mark.django_db
LIST = "/settings/policies/"


@pytest.fixture
def ada():
    return a_user(Role.ADMIN, username="ada")


def typed(**changed):
    """What a browser sends for the form as it is shown, with some of it changed."""
    form = PolicyForm(rules=policyseed.rules())
    found = {bound.name: bound.value() for bound in form}
    return {name: value for name, value in (found | changed).items() if value not in (None, False)}


def drafted(ada, note="Two eyes more."):
    rules = policyseed.rules()
    rules["steps"]["low"]["deploy"]["approvals"] = 2
    return services.draft_policy(actor=acting(ada), rules=rules, note=note)


def test_the_list_names_the_policy_that_holds(ada, learner):
    page = learner.get(LIST)

    assert answer(page).startswith("P-1 holds, published")
    assert "Draft the next policy" not in words(page)
    assert "This needs one of the roles: Admin." in words(page)
    assert "Draft the next policy" in words(browser(ada).get(LIST))


def test_a_draft_is_typed_proposed_and_published_by_another(ada):
    first, second = browser(ada), browser(a_user(Role.ADMIN))
    form = typed(note="More eyes.", **{"low-deploy-approvals": 2})

    made = first.post(f"{LIST}new/", form)
    policy = GatePolicy.objects.get(state=PolicyState.DRAFT)
    assert made.url == f"{LIST}{policy.pk}/"
    first.post(f"{LIST}{policy.pk}/propose/")
    page = first.get(made.url)
    assert "You wrote or proposed it, so another admin has to publish it." in words(page)
    assert first.post(f"{LIST}{policy.pk}/publish/").status_code == 403
    second.post(f"{LIST}{policy.pk}/publish/")

    policy.refresh_from_db()
    assert (policy.number, policy.state) == (2, PolicyState.PUBLISHED)
    unchanged = policyseed.rules()
    unchanged["steps"]["low"]["deploy"]["approvals"] = 2
    assert gates.current_policy().rules == unchanged


def test_a_mistake_keeps_what_was_typed(ada):
    page = browser(ada).post(f"{LIST}new/", typed(questions='[{"key": "x"}]', note="Kept."))

    assert page.status_code == 422
    assert "Each question has a key, a text and options with value, label and tier." in words(page)
    assert "Kept." in words(page)
    assert GatePolicy.objects.filter(state=PolicyState.DRAFT).count() == 0


def test_a_draft_shows_what_it_would_change(ada, learner):
    version = a_version(Stage.DEPLOYED)
    policy = drafted(ada)

    page = learner.get(f"{LIST}{policy.pk}/")

    assert f"{version} Approvals: 1 becomes 2." in words(page)


def test_only_admins_save(engineer):
    page = engineer.post(f"{LIST}new/", typed())

    assert page.status_code == 403
    assert GatePolicy.objects.filter(state=PolicyState.DRAFT).count() == 0


def test_the_list_costs_the_same_for_many(ada, learner):
    gates.current_policy()
    few = queries(learner, LIST)
    for _ in range(20):
        drafted(ada)

    assert queries(learner, LIST) == few


def test_the_api_does_the_same(client, ada):
    _token, secret = create_token(actor=acting(ada), name="t", scopes=[Scope.READ, Scope.GOVERN])
    _token, other = create_token(
        actor=acting(a_user(Role.ADMIN)), name="t", scopes=[Scope.READ, Scope.GOVERN]
    )
    bearer = {"Authorization": f"Bearer {secret}"}
    gates.current_policy()
    rules = client.get("/api/v1/policies/", headers=bearer).json()["results"][0]["rules"]
    rules["steps"]["high"]["test"]["required"].append("magic")

    refused = client.post("/api/v1/policies/", {"rules": rules}, "application/json", headers=bearer)
    assert (refused.status_code, refused.json()["code" if "code" in refused.json() else "type"]) == (
        422,
        "/problems/bad-policy",
    )
    rules["steps"]["high"]["test"]["required"].pop()
    made = client.post(
        "/api/v1/policies/", {"rules": rules, "note": "Same."}, "application/json", headers=bearer
    )
    address = f"/api/v1/policies/{made.json()['id']}/"
    assert made.status_code == 201
    assert (
        client.put(
            address, {"rules": rules, "note": "Again."}, "application/json", headers=bearer
        ).status_code
        == 200
    )
    assert client.post(f"{address}propose/", headers=bearer).json()["state"] == "proposed"
    assert client.get(f"{address}rehearsal/", headers=bearer).json() == []
    assert client.post(f"{address}publish/", headers=bearer).status_code == 403
    done = client.post(f"{address}publish/", headers={"Authorization": f"Bearer {other}"}).json()
    assert (done["number"], done["state"]) == (2, "published")
    assert reverse("models_registry:policy_list") == LIST
