"""A model as it was: what the trail leads to is what the tables said then."""

from datetime import UTC, timedelta
from random import Random
from urllib.parse import quote

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from core.accounts import create_token
from core.actors import command_actor
from core.audit import record
from core.errors import PlatformError
from core.models import AuditEvent
from core.roles import Role, Scope
from models_registry import services
from models_registry.asof.reading import model_as_of
from models_registry.lifecycle import Stage
from models_registry.models import ModelVersion, PromotionRequest
from tests.core.trails import chain_now, unprotected
from tests.factories import a_model, a_user, a_version, acting
from tests.registry_pages.counting import queries
from tests.serving_pages.reading import answer, words

pytestmark = pytest.mark.django_db
PATH = "/models/ranker/as-of/"


def noted(user, verb, subject, *, before=None, after=None, model_name="ranker"):
    """An event as a service writes it."""
    with transaction.atomic():
        event = record(acting(user), verb, subject, before=before, after=after, model_name=model_name)
    chain_now()
    return event


def at(event, **after) -> str:
    """The moment of an event, as an address says it."""
    return quote((event.at + timedelta(**after)).astimezone(UTC).isoformat())


def registered(erin) -> ModelVersion:
    """A version whose whole life is in the trail; its file exists as a row only."""
    model = a_model(name="ranker", owner=erin)
    version = a_version(model=model)
    noted(erin, "model.register", model, after={"name": "ranker", "risk_tier": "low"})
    noted(erin, "version.create", version, after={"number": 1})
    noted(erin, "version.register", version, before={"stage": "draft"}, after={"stage": "registered"})
    return version


@pytest.fixture
def promoted(erin, ray) -> ModelVersion:
    """Requested by erin, approved by ray, now in testing."""
    version = registered(erin)
    wish = {"version_id": version.pk, "verb": "test", "reason": "Better."}
    request = services.request_promotion(actor=acting(erin), **wish)
    verdict = {"promotion_id": request.pk, "verdict": "approve", "comment": "Fine."}
    services.review_promotion(actor=acting(ray), **verdict)
    chain_now()
    version.refresh_from_db()
    return version


def of(verb: str) -> AuditEvent:
    return AuditEvent.objects.get(verb=verb)


def test_stage_and_approver_at_each_moment(engineer, promoted):
    early = model_as_of("ranker", at=of("version.create").at).versions[1]
    asked = model_as_of("ranker", at=of("promotion.request").at).versions[1]
    approved = model_as_of("ranker", at=of("version.test").at).versions[1]

    assert (early.stage, early.by, early.approved) == ("draft", "erin", None)
    assert (asked.stage, [one.state for one in asked.requests]) == ("registered", ["open"])
    assert (approved.stage, approved.by) == ("testing", "ray")
    assert approved.approved is not None
    assert [one.by for one in approved.approved.approvals] == ["ray"]
    assert (approved.approved.state, approved.approved.requested_by) == ("approved", "erin")


def test_the_page_shows_the_moment_that_was_asked_for(engineer, promoted):
    label = str(PromotionRequest.objects.get())

    before = words(engineer.get(f"{PATH}?as_of={at(of('promotion.request'))}"))
    now = engineer.get(PATH)

    assert "v1 Registered – " in before
    assert f"{label} erin" in before
    assert "v1 Testing – " in words(now)
    assert " ray " in words(now)
    assert answer(now) == "What 6 events of the audit trail lead to."
    assert f'href="{PATH}"' in engineer.get("/models/ranker/").content.decode()


def test_aliases_are_where_they_were(engineer, erin, promoted):
    second = a_version(Stage.DEPLOYED, model=promoted.model)
    first_set = noted(
        erin,
        "alias.set",
        promoted,
        before={"alias": "champion", "number": None},
        after={"alias": "champion", "number": 1},
    )
    moved = noted(
        erin,
        "alias.set",
        second,
        before={"alias": "champion", "number": 1},
        after={"alias": "champion", "number": 2},
    )
    gone = noted(erin, "alias.delete", second, before={"alias": "champion", "number": 2})

    def where(event):
        return {name: alias.number for name, alias in model_as_of("ranker", at=event.at).aliases.items()}

    assert where(of("version.test")) == {}
    assert where(first_set) == {"champion": 1}
    assert where(moved) == {"champion": 2}
    assert where(gone) == {}
    assert "v1 Testing @champion" in words(engineer.get(f"{PATH}?as_of={at(first_set)}"))


def test_a_version_that_ends_or_is_deleted_takes_its_aliases_along(erin, promoted):
    named = {"alias": "champion", "number": 1}
    noted(erin, "alias.set", promoted, before=None, after=named)
    removed = noted(erin, "version.delete", promoted, before={"stage": "testing", "aliases": ["champion"]})
    restored = noted(erin, "version.restore", promoted, after={"stage": "testing"})
    noted(erin, "alias.set", promoted, before=None, after=named)
    ended = noted(
        erin,
        "version.retire",
        promoted,
        before={"stage": "testing", "aliases": ["champion"]},
        after={"stage": "retired"},
    )

    assert model_as_of("ranker", at=removed.at).versions == {}
    assert model_as_of("ranker", at=removed.at).aliases == {}
    back = model_as_of("ranker", at=restored.at)
    assert (back.versions[1].stage, back.versions[1].approved is not None, back.aliases) == (
        "testing",
        True,
        {},
    )
    assert (
        model_as_of("ranker", at=ended.at).versions[1].stage,
        model_as_of("ranker", at=ended.at).aliases,
    ) == ("retired", {})


def test_a_deleted_model_is_empty_until_it_is_restored(erin, promoted):
    removed = noted(erin, "model.delete", promoted.model, before={"versions": [1], "aliases": []})
    restored = noted(erin, "model.restore", promoted.model, after={"versions": [1]})

    then, back = model_as_of("ranker", at=removed.at), model_as_of("ranker", at=restored.at)

    assert (then.deleted, then.versions) == (True, {})
    assert (back.deleted, back.versions[1].stage) == (False, "testing")


def test_a_void_approval_counts_for_nobody(erin, ray, promoted):
    wish = {
        "version_id": promoted.pk,
        "verb": "ab_test",
        "from": "testing",
        "to": "ab_testing",
        "version": "ranker v1",
    }
    request = PromotionRequest(pk=900, version=promoted, verb="ab_test")
    noted(erin, "promotion.request", request, after=wish)
    noted(ray, "promotion.approve", request, after={"verdict": "approve"})
    void = noted(None, "review.void", request, before={"reviewer": "ray", "verdict": "approve"})

    (_old, asked) = model_as_of("ranker", at=void.at).versions[1].requests

    assert (asked.state, asked.approvals) == ("open", [])


def test_erased_details_are_told_and_the_step_is_still_known(engineer, promoted):
    with unprotected():
        AuditEvent.objects.filter(verb="version.test").update(
            before=None, after=None, reason="", address="", salt="", redacted=True
        )

    state = model_as_of("ranker", at=timezone.now())

    assert (state.versions[1].stage, state.erased) == ("testing", 1)
    assert "The details of 1 event were erased" in words(engineer.get(PATH))


@pytest.mark.parametrize("seed", range(4))
def test_replay_equals_what_the_tables_said(erin, ray, seed):
    """Versions are moved at random; each moment’s tables are kept and compared with the trail afterwards."""
    random, version, seen = Random(seed), registered(erin), []
    a_user(Role.REVIEWER, username="rob")
    actor = acting(erin)
    for _turn in range(30):
        open_ = PromotionRequest.objects.filter(state="open").first()
        try:
            match random.choice(["ask", "verdict", "verdict", "withdraw", "retire", "new", "new"]):
                case "new" if version.stage != Stage.REGISTERED:
                    version = a_version(Stage.REGISTERED, model=version.model)
                    noted(erin, "version.create", version, after={"number": version.number})
                    noted(erin, "version.register", version, after={"stage": "registered"})
                case "ask":
                    services.request_promotion(actor=actor, version_id=version.pk, verb="test", reason="r")
                case "verdict" if open_:
                    verdict = random.choice(["approve", "approve", "changes", "reject"])
                    given = {"promotion_id": open_.pk, "verdict": verdict, "comment": "c"}
                    services.review_promotion(actor=acting(ray), **given)
                case "withdraw" if open_:
                    services.withdraw_promotion(actor=actor, promotion_id=open_.pk)
                case "retire" if random.random() < 0.3:
                    services.retire_version(actor=actor, version_id=version.pk, reason="Old.")
        except PlatformError:
            pass
        chain_now()
        version.refresh_from_db()
        seen.append((timezone.now(), tables()))

    for moment, then in seen:
        assert replayed(moment) == then
    assert len({str(then) for _moment, then in seen}) > 4


def tables() -> tuple[dict[int, str], dict[str, tuple[str, list[str]]]]:
    stages = dict(ModelVersion.objects.values_list("number", "stage"))
    requests = {
        str(one): (
            one.state,
            list(
                one.reviews.filter(verdict="approve")
                .order_by("pk")
                .values_list("reviewer__username", flat=True)
            ),
        )
        for one in PromotionRequest.objects.all()
    }
    return stages, requests


def replayed(moment) -> tuple[dict[int, str], dict[str, tuple[str, list[str]]]]:
    state = model_as_of("ranker", at=moment)
    stages = {number: str(version.stage) for number, version in state.versions.items()}
    requests = {
        one.label: (one.state, [each.by for each in one.approvals])
        for version in state.versions.values()
        for one in version.requests
    }
    return stages, requests


BAD = {
    "yesterday": "is not a time",
    "2026-13-01": "is not a time",
    "2026-01-01T25:00Z": "is not a time",
    "2026-01-01\x00": "is not a time",
    "0001-01-01T00:00+23:59": "is not a time",
    "9999-12-31T23:59-23:59": "is not a time",
    "٢٠٢٦-٠١-٠١": "is not a time",
    "' OR 1=1 --": "is not a time",
    "x" * 5000: "is not a time",
    "2900-01-01": "is still to come",
}


@pytest.mark.parametrize("text", BAD)
def test_a_moment_that_cannot_be_is_refused_beside_its_field(engineer, erin, promoted, text):
    client = caller(erin)

    page = engineer.get(PATH, {"as_of": text})
    over_rest = client.get("/api/v1/models/ranker/as-of/", {"as_of": text})

    assert page.status_code == 422
    assert BAD[text] in answer(page)
    assert 'aria-invalid="true" aria-describedby="as-of-error"' in page.content.decode()
    assert over_rest.status_code == 422
    assert over_rest.json()["type"] in {"/problems/bad-time", "/problems/time-to-come"}
    assert over_rest.json()["field"] == "as_of"


def test_before_its_first_event_there_was_nothing(engineer, erin, promoted):
    page = engineer.get(f"{PATH}?as_of=2020-01-01")

    assert page.status_code == 404
    assert "The trail knows of no “ranker” at 1 Jan 2020, 00:00 UTC." in answer(page)
    over_rest = caller(erin).get("/api/v1/models/ranker/as-of/?as_of=2020-01-01")
    assert (over_rest.status_code, over_rest.json()["type"]) == (404, "/problems/not-yet")
    assert engineer.get("/models/none/as-of/").status_code == 404


def test_a_model_without_any_event_is_empty_now(engineer):
    a_model(name="ranker")

    page = engineer.get(PATH)

    assert page.status_code == 200
    assert "No versions then" in words(page)


def caller(user) -> Client:
    _token, secret = create_token(actor=command_actor(user), name="t", scopes=[Scope.READ], days=1)
    return Client(headers={"Authorization": f"Bearer {secret}"})


def test_over_rest_too(erin, promoted):
    found = caller(erin).get(f"/api/v1/models/ranker/as-of/?as_of={at(of('version.test'))}").json()

    (version,) = found["versions"]
    assert (version["number"], version["stage"], version["by"]) == (1, "testing", "ray")
    assert [one["by"] for one in version["approved"]["approvals"]] == ["ray"]
    assert (found["events"], found["position"], found["erased"]) == (6, of("version.test").position, 0)
    assert found["facts"] == {"risk_tier": "low"}
    assert Client().get("/api/v1/models/ranker/as-of/").status_code == 401


def test_another_models_events_say_nothing_here(erin, promoted):
    other = a_version(Stage.DEPLOYED, model=a_model(name="other", owner=erin))
    noted(erin, "version.deploy", other, after={"stage": "deployed"}, model_name="other")

    assert model_as_of("ranker", at=timezone.now()).versions[1].stage == "testing"


def test_a_long_history_takes_the_same_queries_and_is_paged(engineer, erin, promoted):
    few = queries(engineer, PATH)
    for number in range(2, 62):
        version = a_version(model=promoted.model, number=number)
        with transaction.atomic():
            record(acting(erin), "version.create", version, after={"number": number}, model_name="ranker")
    chain_now()

    many = queries(engineer, PATH)

    assert many == few <= 12
    page = engineer.get(f"{PATH}?as_of={at(AuditEvent.objects.first())}")
    assert "1 to 25 of 61" in words(page)
    assert 'rel="next" href="?as_of=' in page.content.decode()


def test_it_asks_who_one_is(client, promoted):
    assert client.get(PATH)["Location"] == f"/sign-in/?next={PATH}"
