"""Facts, tags, aliases, metrics and soft deletes over REST."""

import pytest
from rest_framework.test import APIClient

from core.actors import Actor
from core.errors import Conflict, NotFound
from core.models import AuditEvent
from core.roles import Role
from models_registry import services
from models_registry.lifecycle import Stage
from models_registry.models import Alias, ModelVersion, PromotionState, RegisteredModel
from serving.models import Route
from serving.services import follow_version
from serving.tasks import unfollowed
from tests.factories import a_deployment, a_model, a_promotion, a_user, a_version, acting

pytestmark = pytest.mark.django_db


def client_of(*roles: Role) -> APIClient:
    client = APIClient()
    client.force_authenticate(a_user(*roles))
    return client


@pytest.fixture
def engineer() -> APIClient:
    return client_of(Role.ENGINEER)


@pytest.fixture
def operator() -> Actor:
    return acting(a_user(Role.OPERATOR))


def test_facts_are_edited_one_by_one(engineer: APIClient):
    a_model(name="digits", purpose="Old.", team="Vision")
    body = {"display_name": "Digits ✓", "limits": "Only 0–9.", "next_review_on": "2027-01-31"}
    answer = engineer.patch("/api/v1/models/digits/", body, format="json")

    assert answer.status_code == 200
    shown = answer.json()
    assert (shown["name"], shown["title"], shown["purpose"]) == ("digits", "Digits ✓", "Old.")
    event = AuditEvent.objects.get(verb="model.edit")
    assert event.before == {"display_name": "", "limits": "", "next_review_on": None}
    assert event.after == body
    assert engineer.patch("/api/v1/models/digits/", {}, format="json").status_code == 200
    assert AuditEvent.objects.filter(verb="model.edit").count() == 1


@pytest.mark.parametrize(
    ("title", "status"), [("other", 409), ("ＯＴＨＥＲ", 409), ("a/b", 422), ("x" * 257, 422)]
)
def test_a_display_name_that_cannot_be(engineer: APIClient, title: str, status: int):
    a_model(name="digits")
    a_model(name="other")
    answer = engineer.patch("/api/v1/models/digits/", {"display_name": title}, format="json")

    assert answer.status_code == status
    assert RegisteredModel.objects.get(name="digits").display_name == ""
    assert AuditEvent.objects.count() == 0


def test_tags(engineer: APIClient):
    version = a_version(model=a_model(name="digits"))
    assert engineer.put("/api/v1/models/digits/tags/a/b/", {"value": "1"}, format="json").json() == {
        "tags": {"a/b": "1"}
    }
    url = "/api/v1/models/digits/versions/1/tags/"
    assert engineer.put(f"{url}k/", {"value": ""}, format="json").json() == {"tags": {"k": ""}}
    assert engineer.delete(f"{url}k/").status_code == 204
    assert engineer.delete(f"{url}k/").status_code == 204
    assert engineer.put(f"{url}conch.stage/", {"value": "x"}, format="json").status_code == 403
    assert engineer.put(f"{url}a*b/", {"value": "x"}, format="json").status_code == 422
    assert client_of(Role.REVIEWER).put(f"{url}k/", {"value": "x"}, format="json").status_code == 403
    version.refresh_from_db()
    assert version.tags == {}
    assert list(AuditEvent.objects.order_by("pk").values_list("verb", flat=True)) == [
        "model.tag",
        "version.tag",
        "version.untag",
    ]


def test_aliases(engineer: APIClient):
    model = a_model(name="digits")
    a_version(Stage.DEPLOYED, model=model)
    a_version(Stage.REGISTERED, model=model)
    url = "/api/v1/models/digits/aliases/"
    put = engineer.put(f"{url}champion/", {"number": 1}, format="json")

    assert (put.status_code, put.json()["number"]) == (200, 1)
    assert [row["name"] for row in engineer.get(url).json()["results"]] == ["champion"]
    refused = engineer.put(f"{url}champion/", {"number": 2}, format="json")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/alias-not-reviewed")
    assert engineer.put(f"{url}latest/", {"number": 1}, format="json").status_code == 422
    assert engineer.put(f"{url}V12/", {"number": 1}, format="json").status_code == 422
    assert engineer.put(f"{url}champion/", {"number": 9}, format="json").status_code == 404
    assert Alias.objects.get().version.number == 1
    assert engineer.get("/api/v1/models/digits/").json()["aliases"] == {"champion": 1}
    assert engineer.delete(f"{url}champion/").status_code == 204
    assert Alias.objects.count() == 0
    verbs = AuditEvent.objects.order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["alias.set", "alias.delete"]


def test_metrics_keep_their_history(engineer: APIClient):
    a_version(model=a_model(name="digits"))
    url = "/api/v1/models/digits/versions/1/metrics/"
    for value in (0.9, 0.95):
        body = {"name": "accuracy", "value": value, "producer": "nightly", "source": "s3://b/raw"}
        assert engineer.post(url, body, format="json").status_code == 201

    assert [row["value"] for row in engineer.get(url).json()["results"]] == [0.95, 0.9]
    assert engineer.post(url, {"name": "x", "value": "NaN"}, format="json").status_code == 422
    assert engineer.post(url, {"name": " ", "value": 1}, format="json").status_code == 422


def test_what_is_deleted_is_not_seen_and_comes_back_by_an_operator(engineer: APIClient):
    model = a_model(name="digits")
    version = a_version(Stage.DEPLOYED, model=model)
    promotion = a_promotion(a_version(model=model))
    services_alias(version)
    assert engineer.delete("/api/v1/models/digits/").status_code == 204

    promotion.refresh_from_db()
    assert (promotion.state, Alias.objects.count()) == (PromotionState.WITHDRAWN, 0)
    for path in ("", "versions/", "versions/1/", "aliases/"):
        answer = engineer.get(f"/api/v1/models/digits/{path}")
        assert (answer.status_code, answer.json().get("count", 0)) in {(404, 0), (200, 0)}
    assert engineer.get("/api/v1/models/").json()["results"] == []
    assert RegisteredModel.objects.count() == 0
    assert engineer.post("/api/v1/models/", {"name": "digits"}, format="json").status_code == 409
    assert engineer.post("/api/v1/models/digits/restore/").status_code == 403
    back = client_of(Role.OPERATOR).post("/api/v1/models/digits/restore/")
    assert (back.status_code, back.json()["versions"]) == (200, 2)
    assert ModelVersion.objects.count() == 2


def test_a_version_is_deleted_and_restored_alone(engineer: APIClient):
    model = a_model(name="digits")
    a_version(model=model)
    a_version(model=model)
    assert engineer.delete("/api/v1/models/digits/versions/2/").status_code == 204
    assert engineer.get("/api/v1/models/digits/versions/2/").status_code == 404
    assert engineer.get("/api/v1/models/digits/").json()["versions"] == 1
    admin = client_of(Role.ADMIN)
    back = admin.post("/api/v1/models/digits/versions/2/restore/")
    assert (back.status_code, back.json()["number"]) == (200, 2)
    assert admin.post("/api/v1/models/digits/versions/2/restore/").status_code == 404


def test_what_serves_traffic_is_not_deleted(operator: Actor):
    version = a_version(Stage.DEPLOYED)
    deployment = a_deployment(version)
    Route.objects.create(
        model=version.model,
        server=deployment.server,
        version=version,
        observed=version,
        wished_at=version.stage_changed_at,
    )
    actor = acting(a_user(Role.ENGINEER))
    with pytest.raises(Conflict, match="still being served"):
        services.delete_model(actor=actor, name=version.model.name)
    with pytest.raises(Conflict, match="still being served"):
        services.delete_version(actor=actor, version_id=version.pk)
    assert AuditEvent.objects.count() == 0
    Route.objects.all().delete()
    services.delete_version(actor=actor, version_id=version.pk)
    assert version.pk in unfollowed()
    follow_version(version_id=version.pk)
    deployment.refresh_from_db()
    assert deployment.wanted is False
    with pytest.raises(NotFound):
        services.edit_notes(actor=actor, version_id=version.pk, notes="x")


def services_alias(version: ModelVersion) -> None:
    Alias.objects.create(
        model=version.model,
        name="champion",
        version=version,
        moved_by=version.created_by,
        moved_at=version.stage_changed_at,
    )
