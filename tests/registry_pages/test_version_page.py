"""Is this version sound? Its tabs, its actions, its moves."""

import pytest
from django.utils import timezone

from core.actors import Door
from core.models import AuditEvent
from core.roles import Role
from models_registry import services
from models_registry.lifecycle import Stage
from models_registry.models import Inspection, PromotionRequest, PromotionState, RiskTier
from serving.models import Observed, Route
from tests.factories import SIGNATURE, a_deployment, a_model, a_promotion, a_user, a_version, acting
from tests.registry_pages.conftest import browser
from tests.registry_pages.counting import queries
from tests.serving_pages.reading import POLL, answer, attribute, words

pytestmark = pytest.mark.django_db
TABS = ["", "signature/", "config/", "files/", "evidence/", "history/"]


def ranker(stage=Stage.REGISTERED, **given):
    return a_version(stage, model=given.pop("model", None) or a_model(name="ranker"), **given)


@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize("stage", list(Stage))
def test_each_tab_of_each_stage_is_a_page(engineer, stage, tab):
    ranker(stage)

    page = engineer.get(f"/models/ranker/v1/{tab}")

    assert page.status_code == 200
    assert "ranker v1" in words(page)


def test_there_is_no_other_tab(engineer):
    ranker()

    assert engineer.get("/models/ranker/v1/nothing/").status_code == 404
    assert engineer.get("/models/ranker/v2/").status_code == 404
    assert engineer.get("/models/ranker/v99999999999999999999/").status_code == 404


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        (Stage.DRAFT, "model.onnx is read. Check its configuration, then register the version."),
        (
            Stage.REGISTERED,
            "ranker v1 is registered and never changes. It has what “Testing” requires; promotion can be requested.",
        ),
        (
            Stage.TESTING,
            "ranker v1 runs beside production and takes no traffic."
            " For “Deployed” it lacks evidence: Loads, Golden outputs.",
        ),
        (Stage.DEPLOYED, "ranker v1 is deployed but takes no traffic."),
    ],
)
def test_the_answer_says_where_it_is_and_what_comes_next(engineer, stage, said):
    ranker(stage)

    assert answer(engineer.get("/models/ranker/v1/")) == said


def test_an_open_request_is_the_answer_and_the_action(engineer):
    promotion = a_promotion(ranker())

    page = engineer.get("/models/ranker/v1/")

    assert answer(page).endswith("v1 can move on to “Testing” after 1 more approval.")
    assert "Needs 1 approval" in words(page)
    assert f'class="btn pri" href="/reviews/R-{promotion.pk}/"' in page.content.decode()
    assert "Request promotion" not in words(page)


def test_a_request_that_came_back_is_said(engineer):
    promotion = a_promotion(ranker(), state=PromotionState.CHANGES, decided_at=timezone.now())

    assert answer(engineer.get("/models/ranker/v1/")).endswith(
        f"Reviewers asked for changes in R-{promotion.pk}."
    )


def test_the_end_of_a_life_keeps_its_reason(engineer):
    ranker(Stage.RETIRED, stage_reason="Superseded by v2.")

    page = engineer.get("/models/ranker/v1/")

    assert answer(page).endswith(": “Superseded by v2.”")
    assert "Retire ranker" not in words(page)


def test_what_one_may_not_do_is_shown_with_the_reason(learner):
    a_deployment(ranker(Stage.TESTING))

    shown = words(learner.get("/models/ranker/v1/"))

    assert "Try it: This needs one of the roles: Admin, Engineer, Operator, Reviewer, Validator." in shown
    assert "Benchmark: This needs one of the roles: Engineer, Operator, Reviewer, Validator." in shown
    assert "Request promotion: This needs one of the roles: Engineer." in shown
    assert "Retire: This needs one of the roles: Engineer, Operator." in shown


def test_the_overview_follows_what_loads(engineer):
    deployment = a_deployment(
        ranker(Stage.TESTING), observed=Observed.ABSENT, observed_generation=0, ready_at=None
    )
    page = engineer.get("/models/ranker/v1/")
    assert attribute(page, id="version-live", name="hx-trigger") == "every 2s"
    deployment.observed, deployment.observed_generation = Observed.READY, 1
    deployment.save()

    part = engineer.get("/models/ranker/v1/", headers=POLL)

    assert attribute(part, id="version-live", name="hx-trigger") is None
    assert "Request promotion" in words(part)


def test_the_signature_names_what_breaks_clients_of_the_version_with_traffic(engineer):
    model = a_model(name="ranker")
    live = a_version(Stage.DEPLOYED, model=model)
    a_version(Stage.DEPLOYED, model=model)
    other = SIGNATURE | {"inputs": [{"name": "X", "datatype": "FP16", "shape": [-1, 64], "dims": [64]}]}
    a_version(model=model, signature=other, config_text='backend: "onnxruntime"')
    deployment = a_deployment(live)
    Route.objects.create(
        model=model, server=deployment.server, version=live, observed=live, wished_at=timezone.now()
    )

    shown = words(engineer.get("/models/ranker/v3/signature/"))

    assert "Clients of ranker v1 would fail. “X” was FP32 and is FP16." in shown
    assert "Compared with ranker v1" in shown
    assert "X Input FP16 [ batch , 64] Breaking" in shown


def test_the_config_is_compared_with_the_version_before(engineer):
    model = a_model(name="ranker")
    text = a_version(model=model).config_text
    a_version(model=model, config_text=text.replace("max_batch_size: 64", "max_batch_size: 32"))

    shown = words(engineer.get("/models/ranker/v2/config/"))

    assert "config.pbtxt, compared with ranker v1 +1 −1" in shown
    assert "Digest" in shown


def test_a_very_long_config_is_not_compared_nor_drawn(engineer):
    model = a_model(name="ranker")
    long = a_version(model=model).config_text + "# a comment\n" * 3000
    a_version(model=model, config_text=long)

    page = engineer.get("/models/ranker/v2/config/")

    assert "It is too long to be compared line by line here." in words(page)
    assert len(page.content) < 40_000


def test_the_files_have_digests_and_can_be_downloaded(engineer):
    version = ranker()
    file = version.files.get()

    page = engineer.get("/models/ranker/v1/files/")

    assert f'title="{file.sha256}"' in page.content.decode()
    assert 'href="/api/v1/models/ranker/versions/1/files/model.onnx/"' in page.content.decode()


def test_the_evidence_names_what_each_step_needs(engineer):
    model = a_model(name="ranker", risk_tier=RiskTier.HIGH)
    deployment = a_deployment(a_version(Stage.TESTING, model=model, golden=[{"inputs": [], "outputs": []}]))

    page = engineer.get("/models/ranker/v1/evidence/")

    shown = words(page)
    assert "8 of 11 passed" in shown
    assert "Benchmark Missing – No benchmark of this version has finished." in shown
    assert "Deployed 2 approvals, and:" in shown
    assert f'href="/deployments/{deployment}/"' in page.content.decode()


def test_the_history_has_the_version_its_requests_and_its_deployments(engineer, erin):
    version = ranker()
    a_user(Role.REVIEWER)
    promotion = services.request_promotion(
        actor=acting(erin), version_id=version.pk, verb="test", reason="Ready."
    )
    a_version(model=a_model(name="other"))

    shown = words(engineer.get("/models/ranker/v1/history/"))

    assert f"erin requested promotion {promotion} 0 s ago “Ready.”" in shown
    assert "other" not in shown


def test_a_draft_that_was_refused_says_so(engineer):
    ranker(Stage.DRAFT, inspection=Inspection.FAILED)

    assert answer(engineer.get("/models/ranker/v1/")) == (
        "model.onnx can't be registered. Upload another file to go on."
    )


@pytest.mark.parametrize("tab", TABS)
def test_a_tab_stays_within_its_queries(engineer, tab):
    version = ranker(Stage.TESTING)
    for _ in range(3):
        a_promotion(version, state=PromotionState.WITHDRAWN)
    a_deployment(version)

    assert queries(engineer, f"/models/ranker/v1/{tab}") <= 23


def test_promotion_is_requested_with_a_reason(engineer, erin):
    version = ranker()
    a_user(Role.REVIEWER)

    done = engineer.post("/models/ranker/v1/promote/", {"verb": "test", "reason": "Better on the holdout."})

    asked = PromotionRequest.objects.get()
    assert (done.status_code, done["Location"]) == (302, f"/reviews/{asked}/")
    assert (asked.version, asked.verb, asked.reason) == (version, "test", "Better on the holdout.")
    event = AuditEvent.objects.get(verb="promotion.request")
    assert (event.actor, event.door, event.auth) == (erin, Door.PAGE, "session")


def test_the_steps_on_offer_come_from_the_transition_table(engineer):
    ranker(Stage.TESTING)

    page = engineer.get("/models/ranker/v1/promote/")

    assert "Next stage A/B testing Deployed" in words(page)
    assert "A/B testing 1 approval by someone who did not make it, and:" in words(page)


@pytest.mark.parametrize(
    ("given", "status", "message"),
    [
        ({"verb": "test", "reason": "  "}, 422, "Say why; reviewers read it first."),
        ({"verb": "fly", "reason": "Ready."}, 422, "Select a valid choice."),
        (
            {"verb": "test", "reason": "Ready."},
            409,
            "This step needs 1 reviewer who did not make the version",
        ),
    ],
)
def test_a_request_that_cannot_be_is_told_and_keeps_its_reason(engineer, given, status, message):
    ranker()

    page = engineer.post("/models/ranker/v1/promote/", given)

    assert page.status_code == status
    assert message in words(page)
    assert f"{given['reason'].strip()}</textarea>" in page.content.decode()
    assert PromotionRequest.objects.exists() is False


def test_a_gate_that_does_not_hold_is_named(engineer):
    ranker(Stage.TESTING)
    a_user(Role.REVIEWER)

    page = engineer.post("/models/ranker/v1/promote/", {"verb": "deploy", "reason": "Now."})

    assert page.status_code == 409
    assert "ranker v1 is held back: Loads: No server has this version ready." in words(page)


def test_an_ended_life_leads_nowhere(engineer):
    ranker(Stage.RETIRED)

    assert "No further step leads on from “Retired”." in words(engineer.get("/models/ranker/v1/promote/"))
    assert "A version that is “Retired” can't be retired." in words(engineer.get("/models/ranker/v1/retire/"))


def test_a_version_retires_with_a_reason(engineer):
    version = ranker(Stage.TESTING)

    done = engineer.post("/models/ranker/v1/retire/", {"reason": "Superseded."})

    version.refresh_from_db()
    assert (done.status_code, done["Location"]) == (302, "/models/ranker/v1/")
    assert (version.stage, version.stage_reason) == (Stage.RETIRED, "Superseded.")


def test_what_serves_traffic_does_not_retire(engineer):
    version = ranker(Stage.DEPLOYED)
    deployment = a_deployment(version)
    Route.objects.create(
        model=version.model,
        server=deployment.server,
        version=version,
        observed=version,
        wished_at=timezone.now(),
    )

    assert "Traffic Serves traffic" in words(engineer.get("/models/ranker/v1/retire/"))
    page = engineer.post("/models/ranker/v1/retire/", {"reason": "Too soon."})

    assert page.status_code == 409
    assert "It is still being served as ranker." in words(page)
    assert "Route its traffic to another version, or stop it, then try again." in words(page)
    assert "Bring the missing evidence" not in words(page)
    assert "Too soon.</textarea>" in page.content.decode()
    version.refresh_from_db()
    assert version.stage == Stage.DEPLOYED


def test_notes_change_at_any_time_and_are_shown_as_text(engineer):
    version = ranker(Stage.RETIRED)

    done = engineer.post("/models/ranker/v1/notes/", {"notes": "From run 7.\n<script>"})

    version.refresh_from_db()
    assert (done.status_code, version.notes) == (302, "From run 7.\n<script>")
    assert "From run 7.<br>&lt;script&gt;" in engineer.get("/models/ranker/v1/").content.decode()


@pytest.mark.parametrize("move", ["promote", "retire", "notes"])
def test_who_may_not_is_told_and_refused_by_every_form(move):
    version = ranker()
    visitor = browser(a_user(Role.LEARNER))

    assert "This needs one of the roles:" in words(visitor.get(f"/models/ranker/v1/{move}/"))
    page = visitor.post(f"/models/ranker/v1/{move}/", {"verb": "test", "reason": "Mine.", "notes": "Mine."})

    assert page.status_code == 403
    version.refresh_from_db()
    assert (version.stage, version.notes) == (Stage.REGISTERED, "")
    assert AuditEvent.objects.exists() is False
