"""Search on the lists of models and versions: language, facets, chips, and the file of what was found."""

import csv
import html
import io
import re
from datetime import timedelta
from urllib.parse import parse_qs, urlencode

import pytest
from django.utils import timezone

from models_registry.lifecycle import Stage
from models_registry.models import Alias, ModelVersion
from models_registry.searching import cutting, facets, versions_matching
from tests.factories import a_model, a_version
from tests.registry_pages.counting import queries
from tests.registry_pages.test_model_list import names
from tests.serving_pages.reading import POLL, answer, words

pytestmark = pytest.mark.django_db


def found(page):
    return re.findall(r'class="med" href="/models/([\w-]+)/v(\d+)/"', page.content.decode())


def links(page, label):
    """The queries behind links that read so."""
    text = html.unescape(page.content.decode()).replace("\xa0", " ")
    plain = [(href, " ".join(re.sub("<[^>]+>", "", body).split())) for href, body in
             re.findall(r'<a class="tag" href="\?([^"]+)"[^>]*>(.*?)</a>', text, re.DOTALL)]  # fmt: skip
    return [parse_qs(href)["q"][0] if "q=" in href else "" for href, read in plain if read == label]


def ask(client, path, query, **more):
    return client.get(f"{path}?{urlencode({'q': query} | more)}")


@pytest.fixture
def shelf(erin):
    fraud = a_model(
        name="fraud", owner=erin, team="Risk", task="classify", risk_tier="high", tags={"env": "prod"}
    )
    ranker = a_model(name="ranker", owner=erin, team="Search")
    a_version(Stage.DEPLOYED, model=fraud)
    second = a_version(Stage.TESTING, model=fraud, backend="pytorch")
    a_version(Stage.TESTING, model=ranker)
    Alias.objects.create(
        model=fraud, name="champion", version=second, moved_by=erin, moved_at=second.stage_changed_at
    )


def test_the_box_takes_the_language_and_plain_words(shelf, engineer):
    assert names(ask(engineer, "/models/", "FRA")) == ["fraud"]
    assert names(ask(engineer, "/models/", "stage = 'testing' AND NOT tier = high")) == ["ranker"]
    assert found(
        ask(engineer, "/versions/", "stage IN ('testing','deployed') AND name = 'fraud'", sort="name")
    ) == [
        ("fraud", "2"),
        ("fraud", "1"),
    ]
    assert found(ask(engineer, "/versions/", "alias = champion")) == [("fraud", "2")]


def test_versions_are_told_with_how_many_fit(shelf, engineer):
    page = ask(engineer, "/versions/", "fraud")

    assert answer(page) == "2 versions fit."
    assert "fraud v2 Testing @champion pytorch Risk erin" in words(page)


def test_a_wrong_query_says_where_and_shows_nothing(shelf, engineer):
    for path in ("/models/", "/versions/"):
        page = ask(engineer, path, "fraud stage = ")

        assert page.status_code == 200
        assert "At character 15: The query ends where a value is missing." in words(page)
        assert 'value="fraud stage = "' in page.content.decode()
        assert names(page) == found(page) == []
        assert 'class="btn pri"' not in page.content.decode().partition('id="facets"')[2]


@pytest.mark.parametrize("headers", [{}, POLL])
@pytest.mark.parametrize("path", ["/models/", "/versions/"])
def test_nothing_found_leads_back_to_everything(shelf, engineer, path, headers):
    text = engineer.get(f"{path}?q=zzz", headers=headers).content.decode()

    assert f'<div class="acts"><a class="btn" href="{path}">Clear the search</a></div>' in text


def test_while_it_is_typed_a_wrong_query_leaves_the_list_as_it_was(shelf, engineer):
    part = engineer.get("/models/?q=stage+%3D", headers=POLL)

    assert part["HX-Reswap"] == "none"
    assert (
        part.content.decode()
        .strip()
        .startswith('<div id="said" role="status" hx-swap-oob="true"><p class="err">')
    )
    assert 'id="models"' not in part.content.decode()


def test_while_it_is_typed_the_list_comes_with_its_clauses_and_counts(shelf, engineer):
    part = engineer.get("/versions/?q=fraud", headers=POLL).content.decode()

    assert part.strip().startswith('<section class="panel" id="versions"')
    assert part.count('hx-swap-oob="true"') == 2
    assert "<html" not in part


def test_facets_count_and_lead_to_the_narrower_query(shelf, engineer):
    assert links(ask(engineer, "/models/", "a OR fraud"), "Testing 2") == []
    page = ask(engineer, "/models/", "a OR fraud", narrow=1)

    assert links(page, "Testing 2") == ["(a OR fraud) AND stage = 'testing'"]
    assert links(page, "Deployed 1") == ["(a OR fraud) AND stage = 'deployed'"]
    assert links(page, "High 1") == ["(a OR fraud) AND tier = 'high'"]
    assert links(page, "Risk 1") == ["(a OR fraud) AND team = 'Risk'"]
    assert links(page, "pytorch 1") == ["(a OR fraud) AND backend = 'pytorch'"]
    assert links(page, "classify 1") == ["(a OR fraud) AND task = 'classify'"]
    assert links(page, "env: prod 1") == ["(a OR fraud) AND tags.`env` = 'prod'"]
    assert names(ask(engineer, "/models/", links(page, "env: prod 1")[0])) == ["fraud"]
    assert links(ask(engineer, "/versions/", "fraud", narrow=1), "Testing 1") == [
        "fraud AND stage = 'testing'"
    ]


def test_each_clause_is_a_chip_that_can_be_taken_out(shelf, engineer):
    page = ask(engineer, "/models/", "fraud AND tier = 'high'")

    assert links(page, "tier = 'high'") == ["fraud"]
    assert links(page, "fraud") == ["tier = 'high'"]
    assert 'aria-label="Take out tier = &#x27;high&#x27;"' in page.content.decode()


def test_older_links_become_clauses(shelf, engineer):
    page = engineer.get("/models/?team=Risk&stage=testing")

    assert names(page) == ["fraud"]
    assert links(page, "team = 'Risk'") == ["stage = 'testing'"]


def test_counts_past_the_limit_are_called_what_they_are(shelf, engineer, monkeypatch):
    monkeypatch.setattr(facets, "MOST_ROWS", 2)
    monkeypatch.setattr(cutting, "MOST_COUNTED", 2)

    page = engineer.get("/versions/?narrow=1")

    assert answer(page) == "More than 2 versions fit."
    assert "Counted among 2 of what was found." in words(page)
    counted = facets.facets(versions_matching(""))
    assert counted.among == 2
    assert sum(facet.count for facet in counted.groups["stage"]) == 2


def test_what_was_found_can_be_taken_along(shelf, engineer):
    ModelVersion.objects.filter(model__name="fraud", number=2).update(run_id="=HYPERLINK(1)")
    page = engineer.get("/versions/export.csv?q=fraud")

    rows = list(csv.DictReader(io.StringIO(page.getvalue().decode())))

    assert page["Content-Disposition"] == 'attachment; filename="versions.csv"'
    assert [(row["model"], row["version"], row["aliases"], row["run_id"]) for row in rows] == [
        ("fraud", "2", "champion", "'=HYPERLINK(1)"),
        ("fraud", "1", "", ""),
    ]
    models = engineer.get("/models/export.csv?q=tier=high").getvalue().decode().splitlines()
    assert models[0] == "name,title,team,risk_tier,task,owner,created_at,changed_at"
    assert models[1].startswith("fraud,fraud,Risk,high,classify,erin,")
    assert len(models) == 2


def test_a_wrong_query_is_no_file(shelf, engineer):
    assert engineer.get("/models/export.csv?q=(").status_code == 422


def test_what_was_deleted_is_in_no_list(shelf, engineer):
    ModelVersion.objects.filter(model__name="fraud", number=2).update(deleted_at=timezone.now())
    assert found(ask(engineer, "/versions/", "fraud")) == [("fraud", "1")]
    a_version(model=a_model(name="gone", deleted_at=timezone.now()))
    assert "gone" not in words(engineer.get("/models/"))
    assert found(ask(engineer, "/versions/", "gone")) == []


def test_equal_times_keep_their_order_over_pages(erin, engineer):
    model = a_model(owner=erin)
    for _ in range(30):
        a_version(model=model)
    ModelVersion.objects.update(changed_at=timezone.now() - timedelta(days=1))

    seen = found(engineer.get("/versions/")) + found(engineer.get("/versions/?page=2"))

    assert [int(number) for _name, number in seen] == list(range(30, 0, -1))


def test_the_export_costs_the_same_for_any_number(shelf, engineer):
    assert queries(engineer, "/models/export.csv") <= 4


@pytest.mark.parametrize("language", ["en", "zh-hant"])
def test_the_pages_say_how_to_ask(shelf, engineer, language):
    prefix = "" if language == "en" else "/zh-hant"
    for path in ("/models/", "/versions/"):
        page = engineer.get(f"{prefix}{path}").content.decode()
        assert (
            "stage IN (&#x27;testing&#x27;, &#x27;deployed&#x27;)" in page
            or "stage IN ('testing', 'deployed')" in page
        )
