"""Who may do what: roles everywhere and in workspaces, accounts on and off, programs' accounts."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from core.accounts import create_service_account, create_token, folded_email
from core.errors import Forbidden
from core.models import ApiToken, AuditEvent, Kind, Membership, SignedIn, User, Workspace
from core.people import add_account, add_workspace, reset_sign_in, set_active, set_roles, set_team
from core.roles import Role, Scope
from models_registry import services
from models_registry.mailboxes import all_accounts
from models_registry.models import RegisteredModel
from tests.factories import PASSWORD, a_model, a_user, a_version, acting
from tests.serving_pages.reading import answer, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(db) -> User:
    return a_user(Role.ADMIN, username="root")


@pytest.fixture
def admin(root) -> Client:
    client = Client()
    client.force_login(root)
    return client


@pytest.fixture
def vision(root) -> Workspace:
    return add_workspace(actor=acting(root), name="vision")


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def api(secret: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


def verbs(user: User) -> list[str]:
    rows = AuditEvent.objects.filter(object_type="core.user", object_id=str(user.pk))
    return list(rows.order_by("pk").values_list("verb", flat=True))


def test_a_role_in_a_workspace_holds_for_its_models_alone(root, vision):
    erin = a_user()
    set_roles(actor=acting(root), user_id=erin.pk, roles=[Role.ENGINEER], workspace="vision")
    erin = User.objects.get(pk=erin.pk)
    inside, outside = a_model(workspace=vision), a_model()

    services.create_version(actor=acting(erin), model_name=inside.name)
    with pytest.raises(Forbidden) as refused:
        services.create_version(actor=acting(erin), model_name=outside.name)

    assert inside.versions.count() == 1
    assert outside.versions.count() == 0
    assert refused.value.detail == "This needs one of the roles: Admin, Engineer."
    assert browser_of(erin).get(f"/models/{inside.name}/").status_code == 200


def test_every_write_on_a_version_honours_the_workspace(root, vision):
    erin = a_user()
    set_roles(actor=acting(root), user_id=erin.pk, roles=[Role.ENGINEER], workspace="vision")
    actor = acting(User.objects.get(pk=erin.pk))
    inside, outside = a_version(model=a_model(workspace=vision)), a_version()

    for write in (services.edit_notes,):
        write(actor=actor, version_id=inside.pk, notes="seen")
        with pytest.raises(Forbidden):
            write(actor=actor, version_id=outside.pk, notes="seen")
    outside.refresh_from_db()
    assert outside.notes == ""


def test_a_button_is_on_only_where_the_role_holds(root, vision):
    erin = a_user()
    set_roles(actor=acting(root), user_id=erin.pk, roles=[Role.ENGINEER], workspace="vision")
    inside, outside = a_model(workspace=vision), a_model()
    browser = browser_of(User.objects.get(pk=erin.pk))

    needs = "Register version: This needs one of the roles: Admin, Engineer."
    assert needs not in words(browser.get(f"/models/{inside.name}/"))
    assert needs in words(browser.get(f"/models/{outside.name}/"))


def test_everywhere_roles_cost_no_query(vision, django_assert_num_queries):
    actor = acting(a_user(Role.ENGINEER))

    with django_assert_num_queries(0):
        assert actor.may("version.register", workspace=vision.pk) is True


def test_an_admin_gives_and_takes_roles_on_the_page(admin, vision):
    erin = a_user(username="erin")

    admin.post(f"/settings/people/{erin.pk}/roles/", {"workspace": "", "roles": ["engineer", "learner"]})
    admin.post(f"/settings/people/{erin.pk}/roles/", {"workspace": "vision", "roles": ["reviewer"]})
    page = admin.get("/settings/people/")
    admin.post(f"/settings/people/{erin.pk}/roles/", {"workspace": "vision"})

    erin.refresh_from_db()
    assert erin.role_names == ["engineer", "learner"]
    assert "vision: Reviewer" in words(page)
    assert not Membership.objects.exists()
    assert verbs(erin) == ["roles.change"] * 3
    assert AuditEvent.objects.filter(verb="roles.change").last().after == {"roles": ["engineer", "learner"]}


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMIN])
@pytest.mark.parametrize("act", ["roles/", "switch/", "unlock/"])
def test_nobody_else_changes_people(role, act):
    seen = a_user(Role.LEARNER, username="lena")

    refused = browser_of(a_user(role)).post(
        f"/settings/people/{seen.pk}/{act}", {"active": "0", "roles": "admin"}
    )

    assert refused.status_code == 403
    seen.refresh_from_db()
    assert (seen.role_names, seen.is_active) == (["learner"], True)
    assert verbs(seen) == []


def test_the_last_admin_stays(admin, root):
    dropped = admin.post(f"/settings/people/{root.pk}/roles/", {"roles": ["engineer"]})
    off = admin.post(f"/settings/people/{root.pk}/switch/", {"active": "0"})

    assert (dropped.status_code, off.status_code) == (409, 409)
    assert "Conch needs an admin; make somebody else one first." in words(dropped)
    assert "Nobody switches themselves off." in words(off)
    root.refresh_from_db()
    assert (root.role_names, root.is_active) == (["admin"], True)


def test_switching_off_ends_sessions_and_tokens_at_once(admin):
    erin = a_user(Role.ENGINEER, username="erin")
    browser = Client()
    browser.post("/sign-in/", {"username": "erin", "password": PASSWORD})
    _token, secret = create_token(actor=acting(erin), name="ci", scopes=["read"])

    admin.post(f"/settings/people/{erin.pk}/switch/", {"active": "0", "reason": "Left the team."})

    assert browser.get("/models/").status_code == 302
    assert not SignedIn.objects.filter(user=erin).exists()
    assert api(secret).get("/api/v1/models/").status_code == 401
    assert AuditEvent.objects.get(verb="account.off").reason == "Left the team."
    admin.post(f"/settings/people/{erin.pk}/switch/", {"active": "1"})
    assert api(secret).get("/api/v1/models/").status_code == 200


def test_an_admin_adds_a_person_whose_password_is_shown_once(admin):
    page = admin.post("/settings/people/", {"username": "nina", "name": "Nina New", "roles": ["operator"]})

    password, nina = page.context["password"], User.objects.get(username="nina")
    assert nina.check_password(password)
    assert (nina.name, nina.role_names) == ("Nina New", ["operator"])
    assert password not in admin.get("/settings/people/").content.decode()
    assert password not in str(list(AuditEvent.objects.values_list("after", flat=True)))
    assert Client().post("/sign-in/", {"username": "nina", "password": password}).url == "/"


@pytest.mark.parametrize("username", ["", "Nina", "nina nina", "../x", "root", "ｒoot", "-a", "x" * 65])
def test_a_bad_or_taken_name_is_refused(admin, username):
    page = admin.post("/settings/people/", {"username": username})

    assert page.status_code == 422
    assert User.objects.count() == 1


def test_a_workspace_is_made_by_admins_only(admin, root):
    assert admin.post("/settings/workspaces/", {"name": "vision"}).status_code == 302
    assert admin.post("/settings/workspaces/", {"name": "vision"}).status_code == 422
    assert admin.post("/settings/workspaces/", {"name": "No Good"}).status_code == 422
    assert browser_of(a_user(Role.OPERATOR)).post("/settings/workspaces/", {"name": "x"}).status_code == 403
    assert list(Workspace.objects.exclude(name="default").values_list("name", flat=True)) == ["vision"]


def test_twenty_people_cost_as_much_as_two(admin, vision):
    def grow(count: int) -> None:
        for _ in range(count):
            Membership.objects.create(user=a_user(Role.ENGINEER), workspace=vision, role_names=["reviewer"])

    counts = []
    for count in (2, 18):
        grow(count)
        with CaptureQueriesContext(connection) as queries:
            assert admin.get("/settings/people/").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 15


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("ada@example.org", "ADA@Example.org", True),
        ("ada@example.org", "ada+second@example.org", True),
        ("ada@example.org", "ａda@example.org", True),
        ("ada@example.org", "bob@example.org", False),
        ("", "", False),
    ],
)
def test_one_person_is_known_by_their_address(first, second, same):
    ada, other = a_user(), a_user()
    ada.email, other.email = first, second
    for user in (ada, other):
        user.save()

    assert (other.pk in all_accounts([ada.pk])) is same
    assert (ada.pk in all_accounts([ada.pk])) is True
    assert (bool(first) and folded_email(first) == folded_email(second)) is same


@pytest.fixture
def robot(root) -> User:
    a_user(Role.ENGINEER, username="erin")
    return create_service_account(
        actor=acting(root), username="ci-robot", held_by="erin", roles=[Role.ENGINEER, Role.REVIEWER]
    )


def test_a_service_account_cannot_sign_in(robot):
    robot.set_password(PASSWORD)
    robot.save()

    assert Client().post("/sign-in/", {"username": "ci-robot", "password": PASSWORD}).status_code == 200
    assert robot.kind == Kind.SERVICE
    assert (User.objects.get(username="erin").pk in all_accounts([robot.pk])) is True


def test_its_holder_makes_its_tokens_on_the_page_and_others_do_not(robot):
    holder = browser_of(User.objects.get(username="erin"))
    given = {"name": "ci", "scopes": ["read", "register"], "days": 30}

    page = holder.post(f"/settings/service-accounts/{robot.pk}/", given)
    refused = browser_of(a_user(Role.OPERATOR)).post(f"/settings/service-accounts/{robot.pk}/", given)

    secret = page.context["secret"]
    assert refused.status_code == 403
    assert ApiToken.objects.get().user == robot
    made = api(secret).post("/api/v1/models/", {"name": "digits"}, format="json")
    assert made.status_code == 201
    assert RegisteredModel.objects.get(name="digits").owner == robot
    assert answer(holder.get(f"/settings/service-accounts/{robot.pk}/")).startswith(
        "erin answers for this program."
    )


def test_a_service_account_decides_nothing(robot, root):
    _token, secret = create_token(
        actor=acting(root), account_id=robot.pk, name="ci", scopes=[scope.value for scope in Scope]
    )
    version = a_version()

    refused = api(secret).post(
        f"/api/v1/models/{version.model.name}/versions/{version.number}/card/approve/",
        {"revision": 1},
        format="json",
    )

    assert refused.status_code == 403
    assert refused.json()["detail"] == "A service account does not decide; a person has to."


def test_its_tokens_end_with_its_holder(robot, root):
    erin = User.objects.get(username="erin")
    _token, secret = create_token(actor=acting(erin), account_id=robot.pk, name="ci", scopes=["read"])

    before = api(secret).get("/api/v1/models/").status_code
    set_active(actor=acting(root), user_id=erin.pk, active=False)

    assert (before, api(secret).get("/api/v1/models/").status_code) == (200, 401)


def test_a_token_may_be_for_one_workspace_or_one_model(robot, root, vision):
    inside, outside = a_model(workspace=vision, name="inside"), a_model(name="outside")
    other = a_model(workspace=vision, name="other")
    given = {"actor": acting(root), "account_id": robot.pk, "scopes": ["read", "register"]}
    _token, wide = create_token(name="ws", workspace="vision", **given)
    _token, narrow = create_token(name="one", workspace="vision", model="inside", **given)

    def tried(secret: str) -> list[int]:
        client = api(secret)
        return [
            client.post(f"/api/v1/models/{one.name}/versions/").status_code
            for one in (inside, other, outside)
        ]

    assert tried(wide) == [201, 201, 403]
    assert tried(narrow) == [201, 403, 403]
    assert api(narrow).post("/api/v1/models/", {"name": "new"}, format="json").status_code == 403
    assert [model.versions.count() for model in (inside, other, outside)] == [2, 1, 0]


def test_a_person_makes_no_token_for_another(root):
    erin = a_user(Role.ENGINEER)

    with pytest.raises(Exception, match="There is no service account"):
        create_token(actor=acting(root), account_id=erin.pk, name="x", scopes=["read"])
    assert not ApiToken.objects.exists()


def test_the_matrix_says_what_the_services_ask(admin):
    rows = admin.get("/settings/access/access.csv").content.decode().splitlines()

    assert rows[0] == "permission,learner,engineer,reviewer,validator,operator,admin,people_only"
    assert "promotion.review,,,yes,yes,,,yes" in rows
    assert "model.register,,yes,,,,yes," in rows
    shown = words(admin.get("/settings/access/"))
    assert "Approve, request changes, reject promotion.review People only" in shown


def test_adding_needs_the_permission_in_the_service_too():
    with pytest.raises(Forbidden):
        add_account(actor=acting(a_user(Role.OPERATOR)), username="nina")
    assert not User.objects.filter(username="nina").exists()


def test_a_team_is_said_by_an_admin_and_is_on_the_record(admin, root):
    erin = a_user(Role.VALIDATOR)
    page = admin.post(f"/settings/people/{erin.pk}/team/", {"team": "  Vision   East "})
    assert page.status_code == 302
    erin.refresh_from_db()
    assert (erin.team, verbs(erin)) == ("Vision East", ["account.team"])

    refused = admin.post(f"/settings/people/{erin.pk}/team/", {"team": "x" * 81})
    assert (refused.status_code, "at most 80 letters" in words(refused)) == (422, True)
    with pytest.raises(Forbidden):
        set_team(actor=acting(erin), user_id=erin.pk, team="Mine")
    erin.refresh_from_db()
    assert erin.team == "Vision East"


def test_who_lost_their_password_and_phone_gets_in_again_with_a_new_one(admin, root):
    erin = a_user(Role.ENGINEER, username="erin")
    elsewhere = Client()
    elsewhere.post("/sign-in/", {"username": "erin", "password": PASSWORD})
    assert elsewhere.get("/").status_code == 200
    Authenticator.objects.create(user=erin, type=Authenticator.Type.TOTP, data={"secret": "x"})

    page = admin.post(f"/settings/people/{erin.pk}/reset/", {"reason": "New phone."})

    assert "no-store" in page["Cache-Control"]
    password = re.search(r"The new password of erin .*?Password ([\w-]{20})", words(page))[1]
    assert not Authenticator.objects.filter(user=erin).exists()
    assert elsewhere.get("/").status_code == 302
    browser = Client()
    browser.post("/sign-in/", {"username": "erin", "password": PASSWORD})
    assert browser.get("/").status_code == 302
    browser.post("/sign-in/", {"username": "erin", "password": password})
    assert browser.get("/").status_code == 200
    event = AuditEvent.objects.get(verb="account.reset")
    assert (event.reason, event.after) == ("New phone.", {"second_factors_removed": 1})
    assert password not in str(list(AuditEvent.objects.values_list("before", "after", "reason")))
    begun = AuditEvent.objects.filter(verb="session.begin", actor=erin)
    assert [event.door for event in begun] == ["page", "page"]


def test_a_reset_that_may_not_be_changes_nothing(admin, root):
    bot = create_service_account(actor=acting(root), username="bot", held_by="root")
    erin = a_user(Role.ENGINEER)
    before = erin.password

    assert admin.post(f"/settings/people/{root.pk}/reset/", {"reason": "Mine."}).status_code == 409
    assert admin.post(f"/settings/people/{bot.pk}/reset/", {"reason": "It."}).status_code == 409
    assert admin.post(f"/settings/people/{erin.pk}/reset/", {"reason": " "}).status_code == 422
    with pytest.raises(Forbidden):
        reset_sign_in(actor=acting(erin), user_id=root.pk, reason="Hers.")
    erin.refresh_from_db()
    assert erin.password == before
    assert not AuditEvent.objects.filter(verb="account.reset").exists()
