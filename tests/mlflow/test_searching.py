"""The search calls of the real client: grammar, order and pages."""

import pytest
from mlflow import MlflowClient

from models_registry.mlflow_api import filters
from tests.mlflow.refusing import refused

NAMES = ["alpha", "Alpine", "beta", "Gamma_1", "GammaX1"]


@pytest.fixture
def five(client: MlflowClient) -> MlflowClient:
    for place, name in enumerate(NAMES):
        client.create_registered_model(name, tags={"team": "a" if place < 2 else "b"})
    client.set_registered_model_tag("beta", "note", "it's 100% done")
    return client


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", sorted(NAMES)),
        ("name = 'alpha'", ["alpha"]),
        ("name = 'ALPHA'", []),
        ("name != 'alpha'", ["Alpine", "GammaX1", "Gamma_1", "beta"]),
        ("name LIKE 'al%'", ["alpha"]),
        ("name ILIKE 'al%'", ["Alpine", "alpha"]),
        ("name like 'Gamma_1'", ["GammaX1", "Gamma_1"]),
        ("name IN ('beta', 'alpha', 'none')", ["alpha", "beta"]),
        ("tags.team = 'a' AND name LIKE 'A%'", ["Alpine"]),
        ("tag.`team` != 'a'", ["GammaX1", "Gamma_1", "beta"]),
        ("tags.\"note\" LIKE '%100%'", ["beta"]),
        ("tags.note = 'it''s 100% done'", ["beta"]),
        ("tags.note != 'x' and tags.team ILIKE 'B'", ["beta"]),
    ],
)
def test_filters_of_models(five: MlflowClient, text: str, expected: list[str]):
    assert [model.name for model in five.search_registered_models(text)] == expected


@pytest.mark.parametrize(
    "text",
    [
        "name = 'a' OR name = 'b'",
        "(name = 'a')",
        "NOT name = 'a'",
        "tags.k IS NOT NULL",
        "name > 'a'",
        "color = 'red'",
        "name = a",
        "name =",
        "name = 'a' AND",
        "name = 'a' name = 'b'",
        "name LIKE 'a' AND AND name = 'b'",
        "name IN ()",
        "name = 'unfinished",
    ],
)
def test_what_is_no_filter_is_refused_at_once(five: MlflowClient, text: str):
    error = refused(five.search_registered_models, text)

    assert (error.error_code, error.get_http_status_code()) == ("INVALID_PARAMETER_VALUE", 400)


def test_order_and_pages_without_gap_or_repeat(five: MlflowClient):
    seen: list[str] = []
    token = None
    while True:
        page = five.search_registered_models(max_results=2, order_by=["name DESC"], page_token=token)
        seen += [model.name for model in page]
        token = page.token
        if not token:
            break
        five.create_registered_model(f"zz {len(seen)}")

    assert seen == sorted(NAMES, reverse=True)
    page = five.search_registered_models(max_results=2, order_by=["name DESC"])
    for wrong in (
        {"max_results": 2, "page_token": "nonsense"},
        {"max_results": 2, "page_token": page.token},
        {"max_results": 0},
        {"max_results": 1001},
        {"order_by": ["creation_timestamp"]},
        {"order_by": ["name", "name DESC"]},
        {"order_by": ["name SIDEWAYS"]},
    ):
        assert refused(five.search_registered_models, **wrong).error_code == "INVALID_PARAMETER_VALUE"


def test_order_by_the_last_change(five: MlflowClient):
    five.set_registered_model_tag("beta", "k", "v")
    five.create_model_version("alpha", "s3://b/1")
    found = five.search_registered_models(order_by=["last_updated_timestamp DESC"], max_results=2)

    assert [model.name for model in found] == ["alpha", "beta"]


@pytest.fixture
def versions(client: MlflowClient) -> MlflowClient:
    for name in ("m", "n"):
        client.create_registered_model(name)
        for number in range(1, 4):
            client.create_model_version(name, f"s3://b/{name}/{number}", run_id=f"{name}{number}" * 16)
    client.set_model_version_tag("m", "2", "good", "yes")
    return client


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("name = 'm'", ["version_number ASC"], ["m1", "m2", "m3"]),
        ("name = 'm' AND version_number >= 2", ["version_number"], ["m2", "m3"]),
        ("version_number = '2'", ["name"], ["m2", "n2"]),
        ("run_id = '" + "m2" * 16 + "'", [], ["m2"]),
        ("run_id IN ('" + "m2" * 16 + "', '" + "n1" * 16 + "')", ["name"], ["m2", "n1"]),
        ("source_path LIKE 's3://b/n/%'", ["version_number DESC"], ["n3", "n2", "n1"]),
        ("tags.good = 'yes'", [], ["m2"]),
        ("", [], ["m2", "n3", "n2", "n1", "m3", "m1"]),
        ("", ["creation_timestamp DESC"], ["n3", "n2", "n1", "m3", "m2", "m1"]),
    ],
)
def test_versions(versions: MlflowClient, text: str, order: list[str], expected: list[str]):
    found = versions.search_model_versions(text, order_by=order)

    assert [f"{v.name}{v.version}" for v in found] == expected


def test_pages_of_versions(versions: MlflowClient):
    seen, token = [], None
    while True:
        page = versions.search_model_versions("name = 'm'", max_results=1, page_token=token)
        seen += [v.version for v in page]
        token = page.token
        if not token:
            break

    assert seen == ["2", "3", "1"]


def test_a_filter_has_an_end():
    with pytest.raises(ValueError, match="more than 50"):
        filters.parse(" AND ".join(["name = 'a'"] * 51), keys=filters.MODEL_KEYS)
