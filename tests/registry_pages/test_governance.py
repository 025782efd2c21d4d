"""Signing, talking, handing on, findings, overrides and risk in the browser and through the API."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core.accounts import create_token
from core.models import ApiToken, AuditEvent, Membership
from core.roles import Role, Scope
from models_registry import policyseed, services
from models_registry.lifecycle import Stage
from models_registry.models import Comment, Finding, Override, PromotionState, Review, RiskTier
from tests.factories import PASSWORD, a_model, a_promotion, a_user, a_version, acting
from tests.registry_pages.conftest import browser
from tests.registry_pages.counting import queries
from tests.serving_pages.reading import answer, words

pytestmark = pytest.mark.django_db
STEP = {"approvals": 1, "required": ["signature-known"], "shown": [], "checklist": ["Limits are fine."]}
HARMLESS = {each["key"]: each["options"][0]["value"] for each in policyseed.QUESTIONS}


def sign(client, promotion, **more):
    signed = {"verdict": "approve", "comment": "Fine.", "password": PASSWORD}
    return client.post(f"/reviews/{promotion}/submit/", signed | more)


def bearer(user, *scopes):
    _token, secret = create_token(actor=acting(user), name="t", scopes=[Scope.READ, *scopes])
    return {"Authorization": f"Bearer {secret}"}


def due(days=7):
    return (timezone.localdate() + timedelta(days=days)).isoformat()


@pytest.mark.parametrize(
    ("password", "words_"), [("wrong", "This is not your password."), ("", "Give your password to sign.")]
)
def test_a_wrong_password_signs_nothing(reviewer, password, words_):
    promotion = a_promotion()

    page = sign(reviewer, promotion, password=password)

    assert page.status_code == 422
    assert words_ in words(page)
    assert Review.objects.count() == 0


def test_a_session_that_was_just_proven_signs_without_the_password(client, ray):
    client.post("/sign-in/", {"username": "ray", "password": PASSWORD})
    promotion = a_promotion()

    assert "Your password" not in words(client.get(f"/reviews/{promotion}/"))
    assert sign(client, promotion, password="").status_code == 302
    session = client.session
    session["conch_proved_at"] = timezone.now().timestamp() - 301
    session.pop("account_authentication_methods", None)
    session.save()
    assert sign(client, a_promotion(), password="").status_code == 422
    assert Review.objects.get().manifest["proof"] == "session"


def test_an_old_token_reads_but_signs_nothing(client, ray):
    promotion, headers = a_promotion(), bearer(ray, Scope.REVIEW)
    ApiToken.objects.update(created_at=timezone.now() - timedelta(hours=13))
    address = f"/api/v1/promotions/{promotion.pk}/"
    signed = {"verdict": "approve", "comment": "Fine."}

    refused = client.post(f"{address}review/", signed, "application/json", headers=headers)

    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/reauthentication-required")
    assert client.get(address, headers=headers).status_code == 200
    ApiToken.objects.update(created_at=timezone.now())
    done = client.post(f"{address}review/", signed, "application/json", headers=headers).json()
    assert (done["state"], done["reviews"][0]["manifest"]["name"]) == ("approved", "ray")


def test_an_item_of_the_checklist_has_to_be_ticked(reviewer):
    promotion = a_promotion(policy=STEP)

    page = sign(reviewer, promotion)
    assert page.status_code == 422
    assert "Tick what you checked before you approve." in words(page)
    assert sign(reviewer, promotion, ticked=["Limits are fine."]).status_code == 302

    assert Review.objects.get().ticked == ["Limits are fine."]


def test_conditions_become_findings_and_are_said_in_the_conversation(reviewer):
    promotion = a_promotion()

    sign(reviewer, promotion, conditions="Measure slice 4.\n\nTell support.")

    assert list(Finding.objects.order_by("pk").values_list("title", flat=True)) == [
        "Measure slice 4.",
        "Tell support.",
    ]
    shown = words(reviewer.get(f"/reviews/{promotion}/"))
    assert "On condition: Measure slice 4." in shown
    assert "Major, Open" in shown


def test_the_page_says_what_is_due_and_by_which_policy(reviewer, erin):
    a_user(Role.REVIEWER)
    version = a_version(created_by=erin)
    promotion = services.request_promotion(
        actor=acting(erin), version_id=version.pk, verb="test", reason="Ready."
    )

    shown = words(reviewer.get(f"/reviews/{promotion}/"))
    assert "Policy P-1 Verdict due" in shown
    assert "72 h left" in words(reviewer.get("/reviews/"))
    promotion.due_at = timezone.now() - timedelta(hours=5)
    promotion.save()
    queue = words(reviewer.get("/reviews/"))
    assert "Overdue" in queue
    assert "5 h over" in queue


def test_comments_and_answers_stand_in_the_conversation(engineer, reviewer, learner):
    promotion = a_promotion()

    assert engineer.post(f"/reviews/{promotion}/comment/", {"text": "Why 64?", "line": 1}).status_code == 302
    first = Comment.objects.get()
    reviewer.post(f"/reviews/{promotion}/comment/", {"text": "Memory.", "parent": first.pk})
    shown = words(reviewer.get(f"/reviews/{promotion}/"))
    assert "erin commented on line 1 of config.pbtxt:" in shown
    assert "Why 64?" in shown
    assert "ray commented 0 s ago Memory." in shown
    assert engineer.post(f"/reviews/{promotion}/comment/", {"text": ""}).status_code == 422
    assert learner.post(f"/reviews/{promotion}/comment/", {"text": "Hm"}).status_code == 403
    assert Comment.objects.count() == 2


def test_a_review_is_handed_on(reviewer):
    rosa, promotion = a_user(Role.REVIEWER, username="rosa"), a_promotion()

    done = reviewer.post(f"/reviews/{promotion}/delegate/", {"to": "rosa", "reason": "I am away."})

    assert done.status_code == 302
    shown = words(browser(rosa).get(f"/reviews/{promotion}/"))
    assert "With rosa" in shown
    assert "ray handed the review to rosa 0 s ago I am away." in shown
    refused = reviewer.post(
        f"/reviews/{promotion}/delegate/", {"to": promotion.requested_by.username, "reason": "You."}
    )
    assert refused.status_code == 422


def test_who_asked_asks_again_and_verdicts_are_void(reviewer, engineer, erin):
    version = a_version(created_by=erin)
    promotion = a_promotion(version)
    sign(reviewer, promotion, verdict="changes", comment="Say more.")

    assert "Ask again" in words(engineer.get(f"/reviews/{promotion}/"))
    engineer.post(f"/reviews/{promotion}/resubmit/", {"reason": "Said more."})

    promotion.refresh_from_db()
    assert (promotion.state, promotion.round) == (PromotionState.OPEN, 2)
    assert "Void: Said more." in words(reviewer.get(f"/reviews/{promotion}/"))
    assert sign(reviewer, promotion).status_code == 302
    version.refresh_from_db()
    assert version.stage == Stage.TESTING


def test_a_finding_is_raised_shown_and_closed(engineer, reviewer, erin):
    version = a_version(model=a_model(name="ranker", owner=erin))
    typed = {
        "title": "Wrong on slice 4",
        "severity": "blocker",
        "due_on": due(),
        "owner": "",
        "detail": "Measured.",
    }

    made = reviewer.post("/models/ranker/v1/findings/raise/", typed)

    finding = Finding.objects.get()
    assert made.url == f"/findings/{finding}/"
    assert "Findings Missing 1 blocker is open" in words(engineer.get("/models/ranker/v1/evidence/"))
    assert "Blocked by a finding" in words(engineer.get("/models/"))
    listed = reviewer.get("/findings/")
    assert answer(listed) == "1 blocker is open."
    assert f"{finding} Wrong on slice 4 Blocker ranker v1 erin" in words(listed)
    decided = {"verdict": "close", "resolution": "Retrained.", "password": PASSWORD}
    erin.role_names = [Role.ENGINEER, Role.REVIEWER]
    erin.save()
    assert engineer.post(made.url, decided).status_code == 403
    assert "You made ranker v1" in words(engineer.get(made.url))
    assert reviewer.post(made.url, decided).status_code == 302
    assert "ray: “Retrained.”" in words(reviewer.get(made.url))
    assert version.findings.get().state == "closed"


def test_a_wrong_finding_keeps_what_was_typed(reviewer):
    version = a_version()

    page = reviewer.post(
        f"/models/{version.model.name}/v1/findings/raise/",
        {"title": "Kept", "severity": "major", "due_on": due(-3)},
    )

    assert page.status_code == 422
    assert "This date is over." in words(page)
    assert 'value="Kept"' in page.content.decode()


def test_an_override_is_granted_used_marked_and_judged(reviewer):
    ada, otto = a_user(Role.ADMIN), a_user(Role.OPERATOR, username="otto")
    version = a_version(Stage.TESTING, model=a_model(name="ranker"))
    operator = browser(otto)
    use = {"verb": "deploy", "hours": 4, "reason": "Live one is broken.", "password": PASSWORD}

    assert "Nobody granted you an emergency override." in words(operator.get("/models/ranker/v1/override/"))
    assert operator.post("/models/ranker/v1/override/", use | {"password": "wrong"}).status_code == 422
    assert operator.post("/models/ranker/v1/override/", use).status_code == 403
    browser(ada).post("/overrides/", {"username": "otto", "days": 7, "reason": "On call."})
    done = operator.post("/models/ranker/v1/override/", use)

    override = Override.objects.get()
    version.refresh_from_db()
    assert (done.url, version.stage) == (f"/overrides/{override}/", Stage.DEPLOYED)
    shown = words(reviewer.get("/models/ranker/v1/"))
    assert "It came to “deployed” by an emergency override of otto" in shown
    assert "Waits to be judged" in shown
    assert answer(reviewer.get("/overrides/")) == "1 override is not judged yet."
    judged = {"verdict": "justified", "comment": "It was.", "password": PASSWORD}
    assert operator.post(done.url, judged).status_code == 403
    assert reviewer.post(done.url, judged).status_code == 302
    assert "Justified" in words(reviewer.get("/models/ranker/v1/"))
    grant = otto.override_grants.get()
    assert reviewer.post("/overrides/", {"revoke": grant.pk}).status_code == 403
    browser(ada).post("/overrides/", {"revoke": grant.pk})
    grant.refresh_from_db()
    assert grant.revoked_at is not None


def test_the_questions_on_risk_set_the_tier(engineer, reviewer, erin):
    model = a_model(name="ranker", owner=erin)
    page = engineer.get("/models/ranker/policy/")
    assert answer(page).startswith("Its risk tier is Low, chosen by hand.")
    assert "By policy P-1" in words(page)

    engineer.post("/models/ranker/policy/", HARMLESS | {"rights": "yes"})

    model.refresh_from_db()
    assert model.risk_tier == RiskTier.HIGH
    assert answer(engineer.get("/models/ranker/policy/")).startswith("Its risk tier is High; that follows")
    assert engineer.post("/models/ranker/policy/", {"rights": "no"}).status_code == 422
    assert reviewer.post("/models/ranker/policy/", HARMLESS).status_code == 403


def test_the_api_has_findings_overrides_and_risk(client, ray, erin):
    version = a_version(Stage.TESTING, model=a_model(name="ranker", owner=erin))
    otto, ada = a_user(Role.OPERATOR, username="otto"), a_user(Role.ADMIN)
    as_ray, as_erin = bearer(ray, Scope.REVIEW), bearer(erin, Scope.REGISTER)
    as_otto, as_ada = bearer(otto, Scope.GOVERN), bearer(ada, Scope.GOVERN)

    def post(path, body, headers):
        return client.post(f"/api/v1/{path}", body, "application/json", headers=headers)

    made = post(
        "models/ranker/versions/1/findings/",
        {"title": "Bad", "severity": "major", "due_on": due()},
        as_ray,
    )
    assert (made.status_code, made.json()["owner"]) == (201, "erin")
    closed = post(f"findings/{made.json()['id']}/close/", {"resolution": "Done."}, as_ray)
    assert closed.json()["state"] == "closed"
    assert client.get("/api/v1/findings/?state=open", headers=as_ray).json()["results"] == []

    assert client.get("/api/v1/models/ranker/risk/", headers=as_erin).json()["risk_tier"] == "low"
    put = client.put(
        "/api/v1/models/ranker/risk/",
        {"answers": HARMLESS | {"safety": "yes"}},
        "application/json",
        headers=as_erin,
    )
    assert put.json()["risk_tier"] == "high"

    wish = {"verb": "deploy", "reason": "Now.", "hours": 4}
    assert (
        post("models/ranker/versions/1/override/", wish, as_otto).json()["type"]
        == "/problems/no-override-grant"
    )
    grant = post("override-grants/", {"username": "otto", "days": 2, "reason": "On call."}, as_ada)
    assert grant.status_code == 201
    used = post("models/ranker/versions/1/override/", wish, as_otto)
    version.refresh_from_db()
    assert (used.status_code, version.stage) == (201, "deployed")
    judged = post(
        f"overrides/{used.json()['id']}/review/", {"verdict": "justified", "comment": "Yes."}, as_ray
    )
    assert judged.json()["reviewed_by"] == "ray"
    assert post(f"override-grants/{grant.json()['id']}/revoke/", {}, as_ada).json()["revoked_at"]
    assert AuditEvent.objects.filter(door="api", verb="override.use").count() == 1


def test_the_api_talks_hands_on_and_asks_again(client, ray, erin):
    a_user(Role.REVIEWER, username="rosa")
    promotion = a_promotion(a_version(created_by=erin))
    as_ray, as_erin = bearer(ray, Scope.REVIEW), bearer(erin, Scope.REGISTER)
    address = f"/api/v1/promotions/{promotion.pk}"

    said = client.post(f"{address}/comment/", {"text": "Hm."}, "application/json", headers=as_ray)
    handed = client.post(
        f"{address}/delegate/", {"to": "rosa", "reason": "x"}, "application/json", headers=as_ray
    )
    again = client.post(f"{address}/resubmit/", {"reason": "New run."}, "application/json", headers=as_erin)

    assert (said.status_code, handed.json()["assigned_to"]) == (201, "rosa")
    assert (again.json()["round"], again.json()["policy_version"], again.json()["comments"][0]["text"]) == (
        2,
        1,
        "Hm.",
    )


@pytest.mark.parametrize("path", ["/findings/", "/overrides/"])
def test_the_lists_cost_the_same_for_many(reviewer, path):
    def grow():
        version = a_version(Stage.TESTING)
        services.raise_finding(
            actor=acting(a_user(Role.VALIDATOR)), version_id=version.pk, title="Bad", severity="minor",
            due_on=timezone.localdate(),
        )  # fmt: skip
        Override.objects.create(
            version=version, verb="deploy", from_stage="testing", to_stage="deployed", reason="x",
            used_by=a_user(Role.OPERATOR), ends_at=timezone.now(), review_due_at=timezone.now(),
        )  # fmt: skip

    grow()
    few = queries(reviewer, path)
    for _ in range(20):
        grow()

    assert queries(reviewer, path) == few


def test_a_reviewer_of_the_workspace_alone_is_offered_what_the_service_takes():
    version, user = a_version(), a_user()
    Membership.objects.create(user=user, workspace=version.model.workspace, role_names=["reviewer"])
    finding = services.raise_finding(
        actor=acting(version.created_by),
        version_id=version.pk,
        title="Odd.",
        severity="minor",
        due_on=timezone.localdate() + timedelta(days=7),
    )
    address = f"/findings/{finding}/"

    page = browser(user).get(address)

    assert 'name="resolution"' in page.content.decode()
    sent = {"verdict": "close", "resolution": "Put right.", "password": PASSWORD}
    assert browser(user).post(address, sent).status_code == 302
