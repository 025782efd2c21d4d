"""What is said about models and versions, in the browser: facts, aliases, tags, metrics, leaving and coming back."""

import pytest

from core.models import AuditEvent, User
from core.roles import Role
from models_registry.lifecycle import Stage
from models_registry.models import Alias, ModelVersion, RegisteredModel
from tests.factories import a_model, a_user, a_version
from tests.registry_pages.conftest import browser
from tests.registry_pages.counting import queries
from tests.serving_pages.reading import words

pytestmark = pytest.mark.django_db(transaction=True)
MODEL = "/models/ranker/"


@pytest.fixture
def model(db: None) -> RegisteredModel:
    return a_model(name="ranker")


@pytest.fixture
def operator(db: None) -> User:
    return a_user(Role.OPERATOR, username="olga")


def facts(**given: str) -> dict[str, str]:
    return {"display_name": "", "purpose": "", "team": "", "next_review_on": "", **given}


def test_facts_are_changed_in_the_browser(engineer, model):
    sent = facts(display_name="Hit Ranker", purpose="Ranks hits.", team="Search", next_review_on="2027-01-31")

    assert engineer.post(f"{MODEL}about/", sent).status_code == 302

    page = words(engineer.get(f"{MODEL}about/"))
    assert "Hit Ranker" in page
    assert "Hit Ranker" in words(engineer.get(MODEL))
    event = AuditEvent.objects.get(verb="model.edit")
    assert event.after["next_review_on"] == "2027-01-31"


def test_a_name_that_is_taken_keeps_what_was_typed(engineer, model):
    a_model(name="other")

    answer = engineer.post(f"{MODEL}about/", facts(display_name="Other", purpose="Ranks hits."))

    assert answer.status_code == 409
    assert "Another model is called “Other”" in words(answer)
    assert "Ranks hits." in answer.content.decode()
    model.refresh_from_db()
    assert model.display_name == ""


def test_an_alias_is_pointed_moved_and_removed(engineer, model):
    first, second = (a_version(Stage.DEPLOYED, model=model) for _ in range(2))
    for version in (first, second):
        sent = {"alias": "champion", "number": version.number}
        assert engineer.post(f"{MODEL}aliases/", sent).status_code == 302

    assert [(alias.name, alias.version) for alias in Alias.objects.all()] == [("champion", second)]
    assert "@champion" in words(engineer.get(f"{MODEL}v2/"))
    assert "@champion" not in words(engineer.get(f"{MODEL}v1/"))
    assert "@champion" in words(engineer.get(MODEL))

    engineer.post(f"{MODEL}aliases/remove/", {"alias": "champion"})

    assert Alias.objects.count() == 0
    assert AuditEvent.objects.filter(verb__startswith="alias.").count() == 3


def test_an_alias_never_points_at_what_nobody_approved(engineer, model):
    a_version(Stage.REGISTERED, model=model)

    answer = engineer.post(f"{MODEL}aliases/", {"alias": "champion", "number": 1})

    assert answer.status_code == 422
    assert Alias.objects.count() == 0
    assert "there is none yet" in words(engineer.get(f"{MODEL}about/"))


def test_tags_of_a_model_and_of_a_version(engineer, model):
    a_version(model=model)
    for address in (MODEL, f"{MODEL}v1/"):
        assert engineer.post(f"{address}tags/", {"key": "env", "value": "prod"}).status_code == 302
        refused = engineer.post(f"{address}tags/", {"key": "conch.own", "value": "x"})
        assert refused.status_code == 403
        assert "written by Conch alone" in words(refused)
        assert "env: prod" in words(engineer.get(f"{address}about/"))
        engineer.post(f"{address}tags/remove/", {"key": "env"})
        assert "env: prod" not in words(engineer.get(f"{address}about/"))


def test_a_metric_is_recorded_and_the_newest_is_shown(engineer, model):
    version = a_version(model=model)
    for value in ("0.91", "0.93"):
        sent = {"name": "accuracy", "value": value, "source": "https://runs.example/7"}
        assert engineer.post(f"{MODEL}v1/metrics/", sent).status_code == 302

    page = engineer.get(f"{MODEL}v1/about/")
    assert "0.93" in words(page)
    assert "0.91" not in words(page)
    assert 'href="https://runs.example/7"' in page.content.decode()

    refused = engineer.post(f"{MODEL}v1/metrics/", {"name": "accuracy", "value": "inf"})
    assert refused.status_code == 422
    assert version.metrics.count() == 2


def test_a_draft_is_discarded_and_comes_back(engineer, operator, model):
    draft = a_version(Stage.DRAFT, model=model)

    engineer.post(f"{MODEL}v1/delete/", {"reason": "Wrong file."})

    assert not ModelVersion.objects.filter(pk=draft.pk).exists()
    assert engineer.get(f"{MODEL}v1/").status_code == 404
    assert "ranker v1" in words(engineer.get("/models/deleted/?show=versions"))
    assert engineer.post(f"{MODEL}v1/restore/").status_code == 403
    assert browser(operator).post(f"{MODEL}v1/restore/").status_code == 302
    assert ModelVersion.objects.filter(pk=draft.pk).exists()


def test_a_model_is_deleted_and_comes_back(engineer, operator, model):
    a_version(model=model)

    assert "1 version goes out of sight" in words(engineer.get(f"{MODEL}delete/"))
    assert engineer.post(f"{MODEL}delete/", {"reason": "No use."}).status_code == 302

    assert engineer.get(MODEL).status_code == 404
    assert "ranker" in words(engineer.get("/models/deleted/"))
    assert browser(operator).post(f"{MODEL}restore/").status_code == 302
    assert engineer.get(MODEL).status_code == 200


def test_without_the_role_everything_is_read_and_nothing_is_offered(learner, model):
    a_version(Stage.DEPLOYED, model=model)

    for address in (f"{MODEL}about/", f"{MODEL}v1/about/"):
        page = learner.get(address)
        assert page.status_code == 200
        assert "Delete model" not in words(page)
        assert "Set tag" not in words(page)


def test_more_tags_aliases_and_metrics_cost_no_more_queries(engineer, model):
    version = a_version(Stage.DEPLOYED, model=model)
    counts: list[tuple[int, int]] = []
    for total in (2, 22):
        for number in range(total):
            engineer.post(f"{MODEL}v1/metrics/", {"name": f"m{number}", "value": 1})
            engineer.post(f"{MODEL}aliases/", {"alias": f"a{number}", "number": version.number})
            engineer.post(f"{MODEL}tags/", {"key": f"t{number}", "value": "x"})
        counts.append((queries(engineer, f"{MODEL}about/"), queries(engineer, f"{MODEL}v1/about/")))

    assert counts[0] == counts[1]
    assert max(counts[1]) <= 25
