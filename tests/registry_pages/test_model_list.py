"""Which models exist, where each is in its life, which needs a look."""

import re

import pytest
from django.db import connection

from core.roles import Role
from models_registry import selectors
from models_registry.lifecycle import Stage
from models_registry.models import Inspection, ModelVersion, RegisteredModel
from serving.models import Route
from tests.factories import a_deployment, a_model, a_promotion, a_server, a_user, a_version
from tests.registry_pages.counting import queries
from tests.serving_pages.reading import POLL, answer, words

pytestmark = pytest.mark.django_db


def names(response):
    return re.findall(r'class="med" href="/models/([\w-]+)/"', response.content.decode())


def serve(version):
    deployment = a_deployment(version)
    Route.objects.create(
        model=version.model,
        server=deployment.server,
        version=version,
        observed=version,
        observed_generation=1,
        wished_at=version.stage_changed_at,
    )
    return deployment


def test_without_models_it_says_how_one_begins(engineer):
    page = engineer.get("/models/")

    assert answer(page) == "Nothing is registered yet. A model begins with a name and one file."
    assert "No models yet" in words(page)
    assert page.content.decode().count('href="/models/register/"') == 2


def test_who_may_not_register_sees_why(learner):
    page = learner.get("/models/")

    assert "Register model: This needs one of the roles: Admin, Engineer." in words(page)
    assert 'href="/models/register/"' not in page.content.decode()


def test_what_needs_a_look_comes_first(engineer):
    serve(a_version(Stage.DEPLOYED, model=a_model(name="serves")))
    a_version(model=a_model(name="rests"))
    a_promotion(a_version(model=a_model(name="asks")))
    failed = serve(a_version(Stage.DEPLOYED, model=a_model(name="fails")))
    failed.last_error, failed.retryable = "Out of memory.", False
    failed.save()
    a_version(Stage.DRAFT, model=a_model(name="checks"), inspection=Inspection.RUNNING)

    page = engineer.get("/models/")

    assert names(page) == ["fails", "asks", "checks", "serves", "rests"]
    assert answer(page) == "5 models, 2 serving. fails needs a look."
    shown = words(page)
    for row in (
        "fails Failed",
        "asks Needs approval",
        "checks Checking",
        "serves Serving",
        "rests Not serving",
    ):
        assert row in shown


def test_the_answer_counts_what_it_does_not_name(engineer):
    for name in ("one", "two", "three", "four"):
        a_deployment(a_version(Stage.TESTING, model=a_model(name=name)), last_error="No.")

    assert answer(engineer.get("/models/")) == "4 models, 0 serving. four and 3 more need a look."


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=FRAUD", ["fraud-scorer"]),
        ("team=Search", ["ranker"]),
        ("stage=testing", ["ranker"]),
        ("stage=nonsense", []),
        ("team=Risk&q=rank", []),
        ("sort=name", ["fraud-scorer", "ranker"]),
        ("sort=-name", ["ranker", "fraud-scorer"]),
        ("sort=nonsense&page=99", ["fraud-scorer", "ranker"]),
    ],
)
def test_filters_and_order_are_in_the_address(engineer, query, found):
    a_version(Stage.TESTING, model=a_model(name="ranker", team="Search"))
    a_version(model=a_model(name="fraud-scorer", team="Risk"))

    page = engineer.get(f"/models/?{query}")

    assert page.status_code == 200
    assert sorted(names(page)) == sorted(found) if "nonsense" in query else names(page) == found


def test_nothing_found_offers_to_clear_the_search(engineer):
    a_model()

    page = engineer.get("/models/?q=zzz")

    assert "No model matches" in words(page)
    assert "Clear the search" in words(page)


def test_a_filter_that_is_typed_gets_the_list_alone(engineer):
    a_model(name="ranker")

    part = engineer.get("/models/?q=rank", headers=POLL)

    assert part.content.decode().strip().startswith('<section class="panel" id="models"')
    assert names(part) == ["ranker"]
    assert "HX-Request" in part["Vary"]


def test_twenty_five_models_a_page_and_the_filters_stay(engineer):
    owner = a_user(Role.ENGINEER)
    for index in range(30):
        a_model(name=f"m-{index:02d}", owner=owner)

    page = engineer.get("/models/?sort=name&team=Vision&page=2")

    assert names(page) == [f"m-{index:02d}" for index in range(25, 30)]
    assert "26 to 30 of 30" in words(page)
    assert "sort=name&amp;team=Vision&amp;page=1" in page.content.decode()


def test_the_lifecycle_column_names_what_has_traffic(engineer):
    serve(a_version(Stage.DEPLOYED, model=a_model(name="ranker"), number=12))

    page = engineer.get("/models/")

    assert 'aria-label="Deploy: 1"' in page.content.decode()
    assert "ranker Serving v12 1 Low" in words(page)


@pytest.mark.parametrize(
    "path", ["/models/", "/models/?q=m&sort=changed", "/versions/?q=stage%3Dtesting", "/reviews/?show=open"]
)
def test_twenty_rows_cost_no_more_queries_than_one(engineer, path):
    server, owner = a_server(), a_user(Role.ENGINEER)
    counts = []
    for rows in (1, 19):
        for _ in range(rows):
            version = a_version(Stage.TESTING, model=a_model(owner=owner))
            a_deployment(version, server=server)
            a_promotion(version)
        counts.append(queries(engineer, path))

    assert counts[0] == counts[1]
    assert counts[1] <= 13


def test_states_that_few_versions_are_in_are_found_by_an_index_of_their_own():
    first = a_version(model=a_model(name="many", next_review_on=None))
    copies = [ModelVersion.objects.get(pk=first.pk) for _ in range(2000)]
    for number, copy in enumerate(copies, start=2):
        copy.pk, copy.number = None, number
    ModelVersion.objects.bulk_create(copies)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("ANALYZE models_registry_modelversion, models_registry_registeredmodel")

    plan = selectors.in_order(RegisteredModel.objects.all()).explain()

    for index in ("version_quarantined", "version_check_failed", "model_next_review"):
        assert index in plan
