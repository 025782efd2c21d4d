"""Which version of a model is where, and what may move next."""

import pytest
from django.utils import timezone

from core.actors import Door
from core.roles import Role
from models_registry import services
from models_registry.lifecycle import Stage
from models_registry.models import Inspection, ModelVersion, RegisteredModel
from serving.models import Observed, Route
from tests.factories import a_deployment, a_model, a_promotion, a_user, a_version, acting
from tests.registry_pages.counting import queries
from tests.serving_pages.reading import POLL, answer, attribute, words

pytestmark = pytest.mark.django_db


def routed(version):
    deployment = a_deployment(version)
    return Route.objects.create(
        model=version.model,
        server=deployment.server,
        version=version,
        observed=version,
        observed_generation=1,
        wished_at=timezone.now(),
    )


def test_a_model_without_versions_asks_for_the_first(engineer):
    model = a_model(name="ranker")

    page = engineer.get("/models/ranker/")

    assert answer(page) == "It has no versions yet. Register the first one."
    assert "Register the first version" in words(page)
    assert f"Owner {model.owner.name} Team Vision Risk tier Low" in words(page)


def test_the_rail_shows_where_each_version_is_and_what_stands_before_its_next_step(engineer):
    model = a_model(name="ranker")
    live = a_version(Stage.DEPLOYED, model=model)
    routed(live)
    a_deployment(a_version(Stage.TESTING, model=model))
    a_promotion(a_version(Stage.REGISTERED, model=model))
    a_version(Stage.DRAFT, model=model, inspection=Inspection.FAILED)
    a_version(Stage.REJECTED, model=model)

    page = engineer.get("/models/ranker/")

    shown = words(page)
    assert "Develop 1 Check failed v4 Check failed 0 s ago" in shown
    assert "Register 1 0 of 1 approvals for “Testing” v3" in shown
    assert "Test 1 Open to “A/B testing” v2" in shown
    assert "Deploy 1" in shown
    assert "v1 100%" in shown
    assert "No objective set Not tuned yet" in shown
    assert "Retire 1 v5 Rejected" in shown
    assert answer(page) == (
        "v1 answers 100% of the traffic. v3 can move on to “Testing” after 1 more approval."
    )


def test_a_gate_names_the_evidence_that_is_missing(engineer):
    a_version(Stage.TESTING, model=a_model(name="ranker"))

    page = engineer.get("/models/ranker/")

    assert "2 missing for “A/B testing”: Loads, Golden outputs" in words(page)
    assert 'href="/models/ranker/v1/evidence/"' in page.content.decode()


def test_it_says_where_it_runs_and_follows_what_moves(engineer):
    version = a_version(Stage.TESTING, model=a_model(name="ranker"))
    deployment = a_deployment(version, observed=Observed.ABSENT, observed_generation=0, ready_at=None)

    page = engineer.get("/models/ranker/")

    assert f"{deployment.server.name} v1 Waiting – {deployment}" in words(page)
    assert attribute(page, id="model-live", name="hx-trigger") == "every 2s"
    deployment.observed, deployment.observed_generation = Observed.READY, 1
    deployment.save()
    part = engineer.get("/models/ranker/", headers=POLL)
    assert attribute(part, id="model-live", name="hx-trigger") is None
    assert attribute(part, id="model-status", name="hx-swap-oob") == "morph"
    assert "<html" not in part.content.decode()


def test_a_failure_is_said_in_the_answer(engineer):
    a_deployment(a_version(Stage.TESTING, model=a_model(name="ranker")), last_error="CUDA out of memory.")

    page = engineer.get("/models/ranker/")

    assert (
        answer(page) == "No version takes traffic. A server could not do what is wished; see where it runs."
    )
    assert "CUDA out of memory." in words(page)


def test_try_it_is_off_with_the_reason_until_a_server_is_ready(engineer):
    version = a_version(Stage.TESTING, model=a_model(name="ranker"))

    assert "Try it: No server has ranker v1 ready." in words(engineer.get("/models/ranker/"))
    a_deployment(version)
    assert f'href="/playground/?version={version.pk}"' in engineer.get("/models/ranker/").content.decode()


def test_there_is_no_page_of_a_model_that_does_not_exist(engineer):
    page = engineer.get("/models/none/")

    assert page.status_code == 404
    assert answer(page) == "There is no “none”."


def test_the_history_tells_who_did_what_and_links_it(engineer, erin):
    services.register_model(actor=acting(erin, door=Door.PAGE), name="ranker")
    version = services.create_version(actor=acting(erin), model_name="ranker")
    services.edit_notes(actor=acting(erin), version_id=version.pk, notes="<b>From run 7</b>")

    page = engineer.get("/models/ranker/history/")

    assert answer(page) == "3 writes, newest first. None can be changed or removed."
    shown = words(page)
    assert "erin changed the notes ranker v1" in shown
    assert "erin opened a draft ranker v1" in shown
    assert "erin registered the model ranker" in shown
    assert 'href="/models/ranker/v1/"' in page.content.decode()
    assert "<b>From run 7" not in page.content.decode()


def test_twenty_versions_cost_no_more_queries_than_three(engineer):
    model = a_model(name="ranker")
    counts = []
    for stages in ((Stage.TESTING, Stage.DEPLOYED, Stage.REGISTERED), (Stage.TESTING,) * 17):
        for stage in stages:
            a_deployment(a_version(stage, model=model))
        counts.append(queries(engineer, "/models/ranker/"))

    assert counts[0] == counts[1]
    assert counts[1] <= 24


def test_registering_a_model_opens_its_first_version(engineer, erin):
    done = engineer.post(
        "/models/register/",
        {"name": "ranker", "purpose": "Sorts results.", "team": "Search", "risk_tier": "high"},
    )

    assert (done.status_code, done["Location"]) == (302, "/models/ranker/v1/register/")
    model = RegisteredModel.objects.get()
    assert (model.purpose, model.team, model.risk_tier, model.owner) == (
        "Sorts results.",
        "Search",
        "high",
        erin,
    )
    assert ModelVersion.objects.get().stage == Stage.DRAFT


@pytest.mark.parametrize(
    ("name", "status", "message"),
    [
        ("", 422, "This field is required."),
        ("Has Blank", 422, "“Has Blank” is not a model name that Conch accepts."),
        ("../etc", 422, "“../etc” is not a model name that Conch accepts."),
        ("register", 422, "“register” is a name that Conch keeps for itself."),
        ("taken", 409, "A model named “taken” exists already."),
    ],
)
def test_a_name_that_cannot_be_is_told_beside_it_and_nothing_typed_is_lost(engineer, name, status, message):
    a_model(name="taken")

    page = engineer.post(
        "/models/register/", {"name": name, "purpose": "Sorts <results>.", "risk_tier": "medium"}
    )

    assert page.status_code == status
    assert message in words(page)
    assert attribute(page, id="id_name", name="aria-describedby") == "id_name_hint id_name_error"
    assert "Sorts &lt;results&gt;." in page.content.decode()
    assert RegisteredModel.objects.count() == 1


def test_who_may_not_register_is_told_and_refused(learner):
    assert "This needs one of the roles: Admin, Engineer." in words(learner.get("/models/register/"))

    page = learner.post("/models/register/", {"name": "ranker", "risk_tier": "low"})

    assert page.status_code == 403
    assert RegisteredModel.objects.exists() is False


@pytest.mark.parametrize(
    "path",
    ["/models/", "/models/register/", "/models/ranker/", "/models/ranker/history/", "/models/ranker/register/",
     "/models/ranker/v1/", "/models/ranker/v1/config/", "/models/ranker/v1/promote/", "/reviews/"],
)  # fmt: skip
def test_every_page_asks_who_one_is(client, path):
    a_version(model=a_model(name="ranker", owner=a_user(Role.ENGINEER)))

    page = client.get(path)

    assert (page.status_code, page["Location"]) == (302, f"/sign-in/?next={path}")
