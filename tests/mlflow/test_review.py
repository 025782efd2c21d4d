"""What a policy refuses reaches the client at once, with the reason and a link."""

import time
from collections.abc import Callable

import pytest
from mlflow import MlflowClient

from core.models import AuditEvent, User, Workspace
from core.roles import Role
from models_registry.lifecycle import Stage
from models_registry.models import Alias, ModelVersion, PromotionRequest
from serving.models import Deployment
from serving.services import follow_version
from serving.tasks import unfollowed
from tests.factories import a_model, a_server, a_user, a_version
from tests.mlflow.refusing import refused

# The client says that stages are on their way out; people use them.
pytestmark = pytest.mark.filterwarnings("ignore:.*deprecated since 2.9.0:FutureWarning")


def test_a_transition_opens_a_request_and_is_denied_with_its_link(client: MlflowClient, engineer: User):
    a_user(Role.REVIEWER)
    a_version(model=a_model(name="digits", owner=engineer))
    client.get_registered_model("digits")
    begun = time.monotonic()
    error = refused(client.transition_model_version_stage, "digits", "1", "Staging")

    assert time.monotonic() - begun < 2
    request = PromotionRequest.objects.get()
    assert (error.error_code, error.get_http_status_code()) == ("PERMISSION_DENIED", 403)
    assert f"/reviews/R-{request.pk}/" in str(error)
    assert (request.verb, request.requested_by) == ("test", engineer)
    again = refused(client.transition_model_version_stage, "digits", "1", "production")
    assert f"/reviews/R-{request.pk}/" in str(again)
    assert client.get_model_version("digits", "1").current_stage == "None"


def test_when_no_request_can_be_opened_the_reason_is_said(client: MlflowClient, engineer: User):
    a_version(model=a_model(name="digits", owner=engineer))
    error = refused(client.transition_model_version_stage, "digits", "1", "Staging")

    assert error.error_code == "PERMISSION_DENIED"
    assert "there are 0" in str(error)
    assert "/models/digits/v1/" in str(error)
    assert PromotionRequest.objects.count() == 0


def test_a_draft_is_registered_on_its_way_to_review(client: MlflowClient, engineer: User):
    a_user(Role.REVIEWER)
    version = a_version(Stage.DRAFT, model=a_model(name="digits", owner=engineer))
    refused(client.transition_model_version_stage, "digits", "1", "Staging")

    version.refresh_from_db()
    assert (version.stage, PromotionRequest.objects.get().version) == (Stage.REGISTERED, version)


def test_stages_as_mlflow_sees_them(client: MlflowClient, engineer: User):
    model = a_model(name="digits", owner=engineer)
    for stage in (Stage.DRAFT, Stage.AB_TESTING, Stage.DEPLOYED, Stage.RETIRED, Stage.REGISTERED):
        a_version(stage, model=model)
    shown = {v.current_stage: v.version for v in client.get_registered_model("digits").latest_versions}

    assert shown == {"None": "5", "Staging": "2", "Production": "3", "Archived": "4"}
    assert client.get_model_version("digits", "2").tags["conch.stage"] == "ab_testing"
    found = client.get_latest_versions("digits", stages=["production", "Archived"])
    assert sorted(v.version for v in found) == ["3", "4"]


def test_archiving_retires_unless_it_serves(client: MlflowClient, engineer: User):
    model = a_model(name="digits", owner=engineer)
    version = a_version(Stage.TESTING, model=model)
    client.set_registered_model_alias("digits", "next", "1")
    archived = client.transition_model_version_stage("digits", "1", "archived")

    version.refresh_from_db()
    assert (archived.current_stage, version.stage) == ("Archived", Stage.RETIRED)
    assert AuditEvent.objects.get(verb="version.retire").before == {"stage": "testing", "aliases": ["next"]}
    assert client.get_registered_model("digits").aliases == {}
    back = refused(client.transition_model_version_stage, "digits", "1", "None")
    assert back.error_code == "PERMISSION_DENIED"
    flag = refused(client.transition_model_version_stage, "digits", "1", "None", True)
    assert flag.error_code == "INVALID_PARAMETER_VALUE"
    unknown = refused(client.transition_model_version_stage, "digits", "1", "Live")
    assert unknown.error_code == "INVALID_PARAMETER_VALUE"


def test_an_alias_does_not_walk_round_the_review(client: MlflowClient, engineer: User):
    model = a_model(name="digits", owner=engineer)
    a_version(Stage.REGISTERED, model=model)
    a_version(Stage.DEPLOYED, model=model)
    error = refused(client.set_registered_model_alias, "digits", "champion", "1")

    assert (error.error_code, error.get_http_status_code()) == ("PERMISSION_DENIED", 403)
    assert "Request the promotion" in str(error)
    assert Alias.objects.count() == 0
    client.set_registered_model_alias("digits", "champion", "2")
    refused(client.set_registered_model_alias, "digits", "champion", "1")
    assert client.get_model_version_by_alias("digits", "champion").version == "2"
    assert AuditEvent.objects.filter(verb="alias.set", actor=engineer).count() == 1


def test_reviewers_and_learners_may_read_but_not_write(
    client: MlflowClient, engineer: User, as_user: Callable[[User], None]
):
    a_version(model=a_model(name="digits", owner=engineer))
    as_user(a_user(Role.LEARNER))

    assert client.get_model_version("digits", "1").version == "1"
    error = refused(client.create_registered_model, "mine")
    assert (error.error_code, "needs one of the roles" in str(error)) == ("PERMISSION_DENIED", True)


def test_what_moves_freely_is_never_served(free: MlflowClient):
    free.create_registered_model("m")
    for _ in range(2):
        free.create_model_version("m", "s3://bucket/m")
    a_server()
    free.transition_model_version_stage("m", "1", "Production")
    moved = free.transition_model_version_stage("m", "2", "Production", archive_existing_versions=True)

    assert moved.current_stage == "Production"
    assert free.get_model_version("m", "1").current_stage == "Archived"
    version = ModelVersion.objects.get(number=2)
    follow_version(version_id=version.pk)
    assert (Deployment.objects.count(), unfollowed()) == (0, [])
    Workspace.objects.filter(name="sandbox").update(permissive=False)
    follow_version(version_id=version.pk)
    assert Deployment.objects.count() == 0
