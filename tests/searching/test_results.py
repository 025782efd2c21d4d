"""What queries find, in a real database."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis.extra.django import TestCase

from core.roles import Role
from models_registry import searching
from models_registry.lifecycle import Stage
from models_registry.models import Alias, ModelVersion, RegisteredModel, VersionMetric
from models_registry.searching import QueryError, asking
from tests.factories import a_model, a_user, a_version
from tests.searching.test_language import QUERIES

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)


def at(found, when, **fields):
    found.filter(**fields).update(created_at=when, changed_at=when)


def measure(version, name, *values):
    for index, value in enumerate(values):
        metric = VersionMetric.objects.create(version=version, name=name, value=value, producer="run")
        VersionMetric.objects.filter(pk=metric.pk).update(recorded_at=NOW + timedelta(minutes=index))


@pytest.fixture
def shelf():
    """fraud (3 versions), ranker (1), Résumé-Parser by its display name (1), and a deleted one of each kind."""
    ann, bob = a_user(Role.ENGINEER, username="ann"), a_user(Role.ENGINEER, username="bob")
    fraud = a_model(name="fraud", owner=ann, team="Risk", risk_tier="high", purpose="Finds Stolen cards 50%.",
                    task="classify", tags={"env": "prod", "1": "one", "my key": "A b"})  # fmt: skip
    ranker = a_model(name="ranker", owner=bob, team="", purpose="Orders results.", tags={"env": "Test"})
    parser = a_model(name="parser", display_name="Résumé ＰＡＲＳＥＲ", owner=bob, team="Search", purpose="")
    f1 = a_version(Stage.RETIRED, model=fraud, backend="pytorch", run_id="run-1", tags={"seed": "7"})
    f2 = a_version(Stage.DEPLOYED, model=fraud, tags={"seed": "8", "note": "Blue"}, created_by=bob)
    a_version(Stage.DRAFT, model=fraud)
    r1 = a_version(Stage.TESTING, model=ranker)
    a_version(Stage.TESTING, model=parser, backend="vllm")
    a_version(Stage.DEPLOYED, model=fraud, deleted_at=NOW, backend="vllm")
    a_version(Stage.DEPLOYED, model=a_model(name="gone", deleted_at=NOW))
    Alias.objects.create(model=fraud, name="champion", version=f2, moved_by=ann, moved_at=NOW)
    measure(f1, "accuracy", 0.99, 0.7)
    measure(f2, "accuracy", 0.5, 0.95)
    measure(r1, "val.loss", 0.1)
    at(RegisteredModel.objects.all(), NOW - timedelta(days=40))
    at(RegisteredModel.objects.all(), NOW - timedelta(days=3), name="ranker")
    at(ModelVersion.objects.all(), NOW - timedelta(days=40))
    at(ModelVersion.objects.all(), NOW - timedelta(days=3), pk=f2.pk)


def versions(query):
    found = searching.versions_matching(query, now=NOW).order_by("model__name", "number")
    return " ".join(f"{version.model.name[0]}{version.number}" for version in found.select_related("model"))


@pytest.mark.parametrize(
    "query", ["fraud", "metrics.accuracy >= 0.9", "alias = champion", "stage = deployed"]
)
def test_few_and_many_are_found_alike(shelf, query, monkeypatch):
    few = (versions(query), models(query))
    monkeypatch.setattr(asking, "FEW", 0)

    assert (versions(query), models(query)) == few == (few[0], "fraud")


def models(query):
    return " ".join(searching.models_matching(query, now=NOW).order_by("name").values_list("name", flat=True))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", "f1 f2 f3 p1 r1"),
        ("fraud", "f1 f2 f3"),
        ("fr", "f1 f2 f3"),
        ("FRAUD", "f1 f2 f3"),
        ("'stolen cards'", "f1 f2 f3"),
        ("50%", "f1 f2 f3"),
        ("50_", ""),
        ("parser", "p1"),
        ("RÉSUMÉ", "p1"),
        ("blue", "f2"),
        ("prod stolen", "f1 f2 f3"),
        ("results blue", ""),
        ("results OR blue", "f2 r1"),
        ("name = 'fraud' AND version = 2", "f2"),
        ("name = 'Fraud'", ""),
        ("name LIKE 'fr%'", "f1 f2 f3"),
        ("name LIKE 'FR%'", ""),
        ("name ILIKE 'FR%'", "f1 f2 f3"),
        ("name NOT LIKE '%r'", "f1 f2 f3"),
        ("name LIKE 'f\\'", ""),
        ("name IN ('ranker', parser)", "p1 r1"),
        ("title = 'ranker'", "r1"),
        ("title LIKE 'R%'", "p1"),
        ("stage IN ('testing','deployed')", "f2 p1 r1"),
        ("stage != 'draft' version < 2", "f1 p1 r1"),
        ("stage = Deployed", "f2"),
        ("backend = 'vllm'", "p1"),
        ("run_id = 'run-1'", "f1"),
        ("run_id IS NULL AND name = fraud", "f2 f3"),
        ("team IS NULL", "r1"),
        ("team IS NOT NULL and not name = fraud", "p1"),
        ("tier = high or owner = bob", "f1 f2 f3 p1 r1"),
        ("author = bob", "f2 p1 r1"),
        ("task ILIKE 'CLASS%' version >= 3", "f3"),
        ("alias = 'champion'", "f2"),
        ("alias = '@champion'", "f2"),
        ("alias != 'champion' name = fraud", "f1 f3"),
        ("alias IS NULL name = fraud", "f1 f3"),
        ("tags.seed = '7'", "f1"),
        ("tags.seed != '7'", "f2"),
        ("tag.seed IN ('7','8')", "f1 f2"),
        ("tags.seed NOT IN ('7')", "f2"),
        ("tags.note LIKE 'b%'", ""),
        ("tags.note ILIKE 'b%'", "f2"),
        ("tags.note NOT LIKE 'b%'", "f2"),
        ("tags.seed IS NOT NULL", "f1 f2"),
        ("tags.seed IS NULL name = fraud", "f3"),
        ("metrics.accuracy >= 0.9", "f2"),
        ("metrics.accuracy < 0.9", "f1"),
        ("metrics.accuracy != 0.7", "f2"),
        ("NOT metrics.accuracy = 0.7 name = fraud", "f2 f3"),
        ("metrics.val.loss = 0.1", "r1"),
        ("metric.accuracy IS NULL", "f3 p1 r1"),
        ("created > '2026-01-01'", "f1 f2 f3 p1 r1"),
        ("created > 7d", "f2"),
        ("created < 7d name = fraud", "f1 f3"),
        ("created = 2026-06-12", "f2"),
        ("created > 2026-06-12", ""),
        ("created >= 2026-06-12", "f2"),
        ("created <= 2026-06-12 version = 2", "f2"),
        ("created != 2026-06-12 name = fraud", "f1 f3"),
        ("last_updated_timestamp >= 1781265600000", "f2"),
        ("changed > '2026-06-12 12:00+00:00'", ""),
        ("changed >= '2026-06-12T12:00'", "f2"),
        ("version > 99999999999999999", ""),
        ("version < 99999999999999999 name = ranker", "r1"),
    ],
)
def test_versions_that_fit(shelf, query, found):
    assert versions(query) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", "fraud parser ranker"),
        ("R", "fraud parser ranker"),
        ("stolen or order", "fraud ranker"),
        ("blue", ""),
        ("stage = deployed", "fraud"),
        ("stage != deployed", "parser ranker"),
        ("stage NOT IN (deployed, testing)", ""),
        ("stage IN (deployed, testing) name != fraud", "parser ranker"),
        ("stage NOT IN (deployed, rejected)", "parser ranker"),
        ("backend = pytorch", "fraud"),
        ("backend = vllm", "parser"),
        ("alias = champion", "fraud"),
        ("alias IS NULL", "parser ranker"),
        ("metrics.accuracy >= 0.9", "fraud"),
        ("metrics.accuracy >= 0.96", ""),
        ("tags.env = 'prod'", "fraud"),
        ("tags.env != 'prod'", "ranker"),
        ("tags.env ILIKE 't%'", "ranker"),
        ("tags.1 = 'one'", "fraud"),
        ("tags.1 LIKE 'o%'", "fraud"),
        ("tags.`my key` LIKE 'A %'", "fraud"),
        ("version > 2", "fraud"),
        ("created > 7d", "ranker"),
        ("moved IS NULL", None),
        ("next_review IS NULL owner = bob", "parser ranker"),
        ("next_review < 2027-01-01", ""),
        ("NOT (team = Risk OR team = Search)", "ranker"),
    ],
)
def test_models_that_fit(shelf, query, found):
    if found is None:
        with pytest.raises(QueryError):
            models(query)
    else:
        assert models(query) == found


def test_a_day_is_the_readers_day(shelf):
    RegisteredModel.objects.filter(name="ranker").update(created_at=datetime(2026, 6, 12, 20, tzinfo=UTC))
    with timezone.override("Asia/Taipei"):
        assert models("created = 2026-06-13") == "ranker"
        assert models("created = '2026-06-13 04:00'") == "ranker"


class TestFuzz(TestCase):
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(QUERIES)
    def test_whatever_is_read_can_be_asked(self, query):
        for find in (searching.models_matching, searching.versions_matching):
            try:
                found = find(query)
            except QueryError:
                continue
            list(found[:2])


def test_words_are_found_by_an_index(shelf):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    for query, index in (("stolen", "model_search"), ("purpose ILIKE '%stolen%'", "model_texts")):
        assert index in searching.models_matching(query).explain()


def newest():
    return list(VersionMetric.objects.filter(newest=True).values_list("name", "value").order_by("name"))


def test_the_database_knows_the_newest_value_whoever_writes_it(shelf):
    VersionMetric.objects.all().delete()
    version = ModelVersion.objects.get(model__name="fraud", number=2)
    old, new = (
        VersionMetric(version=version, name="f1", value=value, producer="run") for value in (0.1, 0.2)
    )
    VersionMetric.objects.bulk_create(
        [old, new, VersionMetric(version=version, name="auc", value=1, producer="x")]
    )
    assert newest() == [("auc", 1.0), ("f1", 0.2)]

    VersionMetric.objects.filter(pk=old.pk).update(recorded_at=timezone.now() + timedelta(days=1))
    assert newest() == [("auc", 1.0), ("f1", 0.1)]
    # Even one that writes what it read long ago.
    new.newest = True
    new.save()
    assert newest() == [("auc", 1.0), ("f1", 0.1)]

    VersionMetric.objects.filter(pk=old.pk).delete()
    assert newest() == [("auc", 1.0), ("f1", 0.2)]
    VersionMetric.objects.filter(name="auc").update(name="f1", recorded_at=timezone.now())
    assert newest() == [("f1", 1.0)]
