"""Should this version move on? The queue, the evidence, the verdict, and who may give it."""

import pytest
from django.utils import timezone

from core.actors import Door
from core.models import AuditEvent
from core.roles import Role
from models_registry import selectors, services
from models_registry.lifecycle import Stage
from models_registry.models import (
    ModelVersion,
    PromotionRequest,
    PromotionState,
    Review,
    VersionFile,
)
from models_registry.services.promotions import makers
from tests.factories import PASSWORD, SIGNATURE, a_deployment, a_model, a_promotion, a_user, a_version, acting
from tests.registry_pages.conftest import browser
from tests.registry_pages.counting import queries
from tests.serving_pages.reading import POLL, answer, attribute, words

pytestmark = pytest.mark.django_db
TWO = {"approvals": 2, "required": ["signature-known", "config-valid"], "shown": []}


def ranker(stage=Stage.REGISTERED, **given):
    return a_version(stage, model=given.pop("model", None) or a_model(name="ranker"), **given)


def submit(client, promotion, verdict="approve", comment="Numbers hold.", **more):
    signed = {"verdict": verdict, "comment": comment, "password": PASSWORD, **more}
    return client.post(f"/reviews/{promotion}/submit/", signed)


def test_the_queue_shows_what_waits_for_the_reader_oldest_first(reviewer, ray):
    first, second = a_promotion(ranker()), a_promotion(a_version())
    a_promotion(a_version(), requested_by=ray)

    page = reviewer.get("/reviews/")

    assert answer(page) == "2 requests wait for your verdict."
    shown = words(page)
    assert "For you 2 All open 3 Decided" in shown
    assert f"{first} ranker v1 Registered → Testing Needs 1 approval" in shown
    assert shown.index(str(first)) < shown.index(str(second))
    assert "Reviews 2 waiting for you" in shown


def test_who_is_no_reviewer_sees_all_that_is_open(engineer):
    a_promotion(ranker())

    page = engineer.get("/reviews/")

    assert answer(page) == "1 request is open. Reviewers decide on it."
    assert "ranker v1" in words(page)
    assert "waiting for you" not in words(page)


def test_an_empty_queue_says_what_comes_there(reviewer):
    page = reviewer.get("/reviews/")

    assert answer(page) == "Nothing waits for you; 0 requests are open."
    assert "Nothing waits for you" in words(page)


def test_decided_requests_stay_the_last_first(reviewer):
    a_promotion(ranker(), state=PromotionState.WITHDRAWN, decided_at=timezone.now())

    part = reviewer.get("/reviews/?show=decided", headers=POLL)

    assert "ranker v1 Registered → Testing Withdrawn" in words(part)
    assert part.content.decode().strip().startswith('<section class="panel" id="reviews"')


@pytest.mark.parametrize("maker", ["requester", "creator", "editor", "uploader", "judge"])
def test_the_queue_leaves_out_exactly_what_one_may_not_decide(ray, maker):
    version = ranker()
    promotion = a_promotion(version)
    if maker == "requester":
        PromotionRequest.objects.update(requested_by=ray)
    elif maker == "creator":
        ModelVersion.objects.filter(pk=version.pk).update(created_by=ray)
    elif maker == "editor":
        ModelVersion.objects.filter(pk=version.pk).update(config_edited_by=ray)
    elif maker == "uploader":
        VersionFile.objects.filter(version=version).update(uploaded_by=ray)
    else:
        promotion.policy = TWO
        promotion.save()
        services.review_promotion(
            actor=acting(ray), promotion_id=promotion.pk, verdict="approve", comment="Fine."
        )

    assert selectors.waiting_count(ray) == 0
    if maker != "judge":
        assert ray.pk in makers(PromotionRequest.objects.get())
    assert selectors.waiting_count(a_user(Role.REVIEWER)) == 1


def test_a_review_has_the_evidence_the_difference_the_files_and_the_reason(reviewer):
    model = a_model(name="ranker")
    before = a_version(Stage.DEPLOYED, model=model)
    version = a_version(model=model, config_text=before.config_text.replace("count: 1", "count: 2"))
    promotion = a_promotion(version)

    page = reviewer.get(f"/reviews/{promotion}/")

    assert answer(page) == (
        "v2 would move to “Testing”; it is compared with v1. Clients of v1 can call it as they are."
    )
    shown = words(page)
    assert "2 of 2 passed, as of now" in shown
    assert "Signature Passed 1 in, 1 out" in shown
    assert "config.pbtxt, compared with ranker v1 +1 −1" in shown
    assert "model.onnx" in shown
    assert "Changed" in shown
    assert "asked for promotion 0 s ago Better on the holdout set." in shown
    assert "Yours would be the last approval needed: the version moves at once." in shown


def test_evidence_that_fell_since_is_shown_as_it_is_now(reviewer):
    version = ranker(Stage.TESTING)
    deployment = a_deployment(version)
    policy = {"approvals": 1, "required": ["loads"], "shown": ["benchmark"]}
    promotion = a_promotion(version, verb="deploy", target_stage=Stage.DEPLOYED, policy=policy)
    deployment.delete()

    page = reviewer.get(f"/reviews/{promotion}/")

    shown = words(page)
    assert "Loads Missing Not ready No server has this version ready." in shown
    assert "Benchmark Not needed" in shown
    assert "1 piece of evidence is missing." in answer(page)


def test_an_approval_moves_the_version(reviewer, ray):
    version = ranker()
    promotion = a_promotion(version)

    done = submit(reviewer, promotion)

    version.refresh_from_db()
    assert (done.status_code, done["Location"]) == (302, f"/reviews/{promotion}/")
    assert version.stage == Stage.TESTING
    event = AuditEvent.objects.get(verb="promotion.approve")
    assert (event.actor, event.door, event.reason) == (ray, Door.PAGE, "Numbers hold.")
    shown = words(reviewer.get(f"/reviews/{promotion}/"))
    assert "ray approved 0 s ago Numbers hold." in shown
    assert f"{promotion} is decided." in shown


def test_the_first_of_two_approvals_waits_for_the_second(reviewer):
    promotion = a_promotion(ranker(), policy=TWO)
    other = a_user(Role.REVIEWER, username="rosa")

    submit(reviewer, promotion)

    page = reviewer.get(f"/reviews/{promotion}/")
    assert "Needs 1 approval" in words(page)
    assert "You have given your verdict. rosa can." in words(page)
    submit(browser(other), promotion)
    promotion.refresh_from_db()
    assert promotion.state == PromotionState.APPROVED


@pytest.mark.parametrize(
    ("verdict", "state", "stage"),
    [
        ("changes", PromotionState.CHANGES, Stage.REGISTERED),
        ("reject", PromotionState.REJECTED, Stage.REJECTED),
    ],
)
def test_other_verdicts_end_the_request(reviewer, verdict, state, stage):
    version = ranker()
    promotion = a_promotion(version)

    submit(reviewer, promotion, verdict=verdict, comment="Not yet.")

    promotion.refresh_from_db()
    version.refresh_from_db()
    assert (promotion.state, version.stage) == (state, stage)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"comment": " "}, "Reason : Write a reason. It is kept with your verdict."),
        ({"verdict": ""}, "Verdict : Choose a verdict."),
        ({"verdict": "maybe"}, "Select a valid choice."),
    ],
)
def test_an_unfinished_verdict_is_told_and_kept(reviewer, given, message):
    promotion = a_promotion(ranker())

    page = submit(reviewer, promotion, **{"comment": "Typed."} | given)

    assert page.status_code == 422
    assert message in words(page)
    if "comment" not in given:
        assert "Typed.</textarea>" in page.content.decode()
    assert Review.objects.exists() is False


def test_a_breaking_change_needs_its_own_tick_which_is_kept_with_the_verdict(reviewer):
    model = a_model(name="ranker")
    a_version(Stage.DEPLOYED, model=model)
    other = SIGNATURE | {"outputs": [{"name": "score", "datatype": "FP32", "shape": [-1, 2], "dims": [2]}]}
    promotion = a_promotion(a_version(model=model, signature=other))

    assert "1 change of the signature breaks older clients." in answer(reviewer.get(f"/reviews/{promotion}/"))
    page = submit(reviewer, promotion)
    assert page.status_code == 422
    assert "Tick this to approve: the signature breaks older clients." in words(page)

    done = submit(reviewer, promotion, accept_breaking="on")

    assert done.status_code == 302, words(done)
    assert Review.objects.get().comment == "Numbers hold.\n\nAccepted: Output “label” is gone."


def test_a_rejection_needs_no_tick(reviewer):
    model = a_model(name="ranker")
    a_version(Stage.DEPLOYED, model=model)
    other = SIGNATURE | {"outputs": []}
    promotion = a_promotion(a_version(model=model, signature=other))

    assert submit(reviewer, promotion, verdict="reject", comment="No.").status_code == 302
    assert Review.objects.get().comment == "No."


@pytest.mark.parametrize(
    ("roles", "own", "reason"),
    [
        ([Role.ENGINEER], False, "This needs one of the roles: Reviewer, Validator. rosa can."),
        ([Role.ENGINEER, Role.REVIEWER], True, "You registered, uploaded, edited or requested ranker v1"),
        ([Role.ADMIN], False, "This needs one of the roles: Reviewer, Validator. rosa can."),
    ],
)
def test_who_may_not_decide_sees_why_and_who_can(roles, own, reason):
    reader = a_user(*roles)
    a_user(Role.REVIEWER, username="rosa")
    version = ranker()
    promotion = a_promotion(version, **({"requested_by": reader} if own else {}))

    page = browser(reader).get(f"/reviews/{promotion}/")

    assert reason in words(page)
    assert "rosa can." in words(page)
    assert 'name="verdict"' not in page.content.decode()
    refused = submit(browser(reader), promotion)
    assert refused.status_code == 403
    assert "What you typed Numbers hold." in words(refused)
    version.refresh_from_db()
    assert version.stage == Stage.REGISTERED
    assert Review.objects.exists() is False


def test_who_comes_second_is_told_what_happened_and_keeps_what_was_typed(reviewer):
    promotion = a_promotion(ranker())
    other = a_user(Role.REVIEWER, username="rosa")
    services.review_promotion(
        actor=acting(other), promotion_id=promotion.pk, verdict="changes", comment="Explain slice 3."
    )

    page = submit(reviewer, promotion)

    assert page.status_code == 409
    shown = words(page)
    assert f"{promotion} is Changes requested already, by rosa." in shown
    assert "Explain slice 3." in shown
    assert "What you typed Numbers hold." in shown


def test_the_requester_withdraws_and_nobody_else(engineer, erin, reviewer):
    promotion = a_promotion(ranker(), requested_by=erin)

    page = engineer.get(f"/reviews/{promotion}/")
    assert attribute(page, id="withdraw", name="class") == "ask"
    assert "Withdraw" not in words(reviewer.get(f"/reviews/{promotion}/"))
    assert reviewer.post(f"/reviews/{promotion}/withdraw/").status_code == 403
    engineer.post(f"/reviews/{promotion}/withdraw/")

    promotion.refresh_from_db()
    assert promotion.state == PromotionState.WITHDRAWN
    assert "The request was withdrawn" in words(engineer.get(f"/reviews/{promotion}/"))


def test_a_decided_review_shows_the_evidence_it_was_asked_with(reviewer):
    kept = {"gate": "loads", "title": "Loads", "passed": True, "value": "Ready on local", "at": ""}
    promotion = a_promotion(
        ranker(), state=PromotionState.APPROVED, decided_at=timezone.now(), evidence=[kept]
    )

    shown = words(reviewer.get(f"/reviews/{promotion}/"))

    assert "1 of 1 passed" in shown
    assert "as of now" not in shown
    assert "Loads Passed Ready on local" in shown


def test_there_is_no_review_that_was_not_asked_for(reviewer):
    assert reviewer.get("/reviews/R-4711/").status_code == 404
    assert reviewer.post("/reviews/R-4711/submit/", {}).status_code == 404


def test_a_review_with_many_verdicts_and_files_costs_no_more(reviewer):
    version = ranker()
    promotion = a_promotion(version, policy=TWO | {"approvals": 9})
    counts = []
    for rows in (1, 5):
        for _ in range(rows):
            judge, uploader = a_user(Role.REVIEWER), a_user(Role.ENGINEER)
            Review.objects.create(promotion=promotion, reviewer=judge, verdict="approve", comment="Fine.")
            VersionFile.objects.create(
                version=version, path=f"part-{judge.pk}", sha256="0" * 64, size_bytes=1, uploaded_by=uploader
            )
        counts.append(queries(reviewer, f"/reviews/{promotion}/"))

    assert counts[0] == counts[1]
    assert counts[1] <= 23
