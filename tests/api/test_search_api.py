"""Search over REST: one language, any order, cursors that hold."""

import base64
import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.roles import Role
from models_registry.lifecycle import Stage
from models_registry.models import Alias, ModelVersion, RegisteredModel
from tests.api.test_registry_api import assert_problem, client_of
from tests.factories import a_model, a_user, a_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    return client_of(a_user(Role.ENGINEER, username="ann"))


def listed(client, url):
    """Every row, page after page."""
    rows = []
    while url:
        body = client.get(url).json()
        rows += body["results"]
        url = body["next"]
    return rows


@pytest.fixture
def shelf():
    owner = a_user(Role.ENGINEER, username="bob")
    for index in range(7):
        model = a_model(name=f"m-{index}", owner=owner, team="Risk" if index % 2 else "Search")
        for stage in (Stage.RETIRED, Stage.TESTING, Stage.DEPLOYED):
            a_version(stage, model=model)


def test_models_are_found_by_the_language(client, shelf):
    a_version(model=a_model(name="gone", deleted_at=timezone.now()))

    rows = listed(client, "/api/v1/models/?q=team+%3D+'Risk'&page_size=2")

    assert [(row["name"], row["versions"]) for row in rows] == [("m-1", 3), ("m-3", 3), ("m-5", 3)]
    assert client.get("/api/v1/models/gone/").status_code == 404
    assert [row["name"] for row in listed(client, "/api/v1/models/?q=M-3")] == ["m-3"]


def test_a_version_is_shown_with_what_a_list_needs(client, shelf):
    version = ModelVersion.objects.get(model__name="m-1", number=3)
    version.tags, version.run_id = {"env": "prod"}, "run-1"
    version.save()
    Alias.objects.create(
        model=version.model,
        name="champion",
        version=version,
        moved_by=version.created_by,
        moved_at=timezone.now(),
    )

    body = client.get("/api/v1/versions/?q=alias=champion").json()

    assert body["next"] is None
    (row,) = body["results"]
    assert {key: row[key] for key in ("model", "number", "stage", "aliases", "tags", "team", "run_id")} == {
        "model": "m-1", "number": 3, "stage": "deployed", "aliases": ["champion"], "tags": {"env": "prod"},
        "team": "Risk", "run_id": "run-1",
    }  # fmt: skip
    assert "signature" not in row


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("name, version DESC", [(f"m-{index}", number) for index in range(7) for number in (3, 2, 1)]),
        ("version_number,name", [(f"m-{index}", number) for number in (1, 2, 3) for index in range(7)]),
        (
            "`name` DESC,version ASC",
            [(f"m-{index}", number) for index in range(6, -1, -1) for number in (1, 2, 3)],
        ),
    ],
)
def test_every_row_comes_once_in_any_order(client, shelf, order, expected):
    ModelVersion.objects.update(changed_at=timezone.now() - timedelta(days=1))

    rows = listed(client, f"/api/v1/versions/?order_by={order}&page_size=4")

    assert [(row["model"], row["number"]) for row in rows] == expected


def test_equal_times_are_told_apart_by_the_id(client, shelf):
    ModelVersion.objects.update(changed_at=timezone.now(), created_at=timezone.now())

    for order in ("", "&order_by=created", "&order_by=last_updated_timestamp DESC, name"):
        rows = listed(client, f"/api/v1/versions/?page_size=5{order}")
        assert len({(row["model"], row["number"]) for row in rows}) == len(rows) == 21


def test_what_comes_meanwhile_shifts_no_page(client, shelf):
    first = client.get("/api/v1/versions/?page_size=10").json()
    a_version(model=RegisteredModel.objects.get(name="m-0"))

    rest = listed(client, first["next"])

    assert len(first["results"]) + len(rest) == 21


@pytest.mark.parametrize("path", ["/api/v1/models/", "/api/v1/versions/"])
def test_what_cannot_be_used_is_refused_with_its_place(client, path):
    response = client.get(f"{path}?q=fraud AND stge = 'testing'")

    assert_problem(response, 422, "bad-query")
    assert response.json()["position"] == 11
    assert response.json()["hint"] == "Did you mean stage?"
    assert response.json()["detail"] == "There is no field “stge”."
    for query in ("order_by=size", "order_by=name,name", "order_by=name up", "order_by=,"):
        assert_problem(client.get(f"{path}?{query}"), 422, "bad-query")
    for size in ("0", "101", "x", "²", "-1", "1" * 5000):
        assert_problem(client.get(f"{path}?page_size={size}"), 422, "bad-page-size")


def test_a_cursor_belongs_to_its_query(client, shelf):
    cursor = (
        client.get("/api/v1/versions/?page_size=1&q=m-1").json()["next"].split("cursor=")[1].split("&")[0]
    )

    assert_problem(client.get(f"/api/v1/versions/?q=m-2&cursor={cursor}"), 422, "bad-cursor")
    fingerprint = json.loads(base64.urlsafe_b64decode(cursor.replace("%3D", "=")))[0]
    for values in (
        [{"at": "2026-01-01"}, 1],
        [{"at": 3}, 1],
        [1, 2],
        [{"at": "x"}, "\0"],
        [True, 1],
        3,
        [],
        None,
    ):
        made = base64.urlsafe_b64encode(json.dumps([fingerprint, values]).encode()).decode()
        assert_problem(client.get(f"/api/v1/versions/?q=m-1&cursor={made}"), 422, "bad-cursor")
    for made in ("x", "%FF", "[]", "W10=", "bnVsbA==", "字"):
        assert_problem(client.get(f"/api/v1/versions/?cursor={made}"), 422, "bad-cursor")


@pytest.mark.parametrize("path", ["/api/v1/models/", "/api/v1/versions/"])
def test_many_rows_cost_no_more_queries_than_one(client, path):
    counts = []
    for rows in (1, 19):
        for _ in range(rows):
            a_version()
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        counts.append(len(captured))

    assert counts[0] == counts[1] <= 2


def test_nobody_searches_without_signing_in(client):
    client.force_authenticate(None)

    assert client.get("/api/v1/versions/").status_code == 401
