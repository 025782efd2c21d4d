"""Ways in, transport rules and workspaces."""

import mlflow
import pytest
import requests
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from core.models import ApiToken, User, Workspace
from core.roles import Scope
from models_registry.models import RegisteredModel
from tests.factories import PASSWORD
from tests.mlflow.conftest import token_of
from tests.mlflow.refusing import refused

API = "/api/2.0/mlflow"


def test_a_password_works_and_a_changed_one_does_not(
    conch: str, client: MlflowClient, engineer: User, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("MLFLOW_TRACKING_TOKEN")
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "ada")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", PASSWORD)
    for name in ("one", "two"):
        client.create_registered_model(name)
    engineer.set_password("another horse battery")
    engineer.save()

    assert refused(client.get_registered_model, "one").error_code == "UNAUTHENTICATED"
    assert RegisteredModel.objects.count() == 2


def test_a_token_in_the_place_of_the_password(
    conch: str, client: MlflowClient, engineer: User, monkeypatch: pytest.MonkeyPatch
):
    secret = token_of(engineer)
    monkeypatch.delenv("MLFLOW_TRACKING_TOKEN")
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "ada")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", secret)
    assert client.create_registered_model("one").name == "one"
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "grace")
    assert refused(client.get_registered_model, "one").error_code == "UNAUTHENTICATED"


def test_nobody_and_revoked_tokens_are_turned_away(conch: str, engineer: User, client: MlflowClient):
    anonymous = requests.get(f"{conch}{API}/registered-models/get?name=x", timeout=10)
    assert (anonymous.status_code, anonymous.json()["error_code"]) == (401, "UNAUTHENTICATED")
    client.create_registered_model("m")
    ApiToken.objects.update(revoked_at="2020-01-01T00:00:00Z")
    assert refused(client.get_registered_model, "m").error_code == "UNAUTHENTICATED"


def test_scopes_bind(conch: str, client: MlflowClient, engineer: User, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", token_of(engineer, Scope.READ))
    assert client.search_registered_models() == []
    error = refused(client.create_registered_model, "m")
    assert (error.error_code, "scope" in str(error)) == ("PERMISSION_DENIED", True)
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", token_of(engineer, Scope.REGISTER))
    assert refused(client.search_registered_models).error_code == "PERMISSION_DENIED"


def test_transport_rules(conch: str, engineer: User):
    headers = {"Authorization": f"Bearer {token_of(engineer)}"}

    def post(path: str, **given: object) -> tuple[int, str]:
        answer = requests.post(f"{conch}{API}/{path}", headers=headers, timeout=10, **given)  # type: ignore[arg-type]
        return answer.status_code, answer.json().get("error_code", "")

    create = "registered-models/create"
    assert post("nothing/here", json={}) == (404, "ENDPOINT_NOT_FOUND")
    assert post("registered-models/get", json={}) == (404, "ENDPOINT_NOT_FOUND")
    assert post(create, data="name=x") == (400, "INVALID_PARAMETER_VALUE")
    assert post(create, json={}) == (400, "INVALID_PARAMETER_VALUE")
    assert post(create, json={"name": "a\0b"}) == (400, "INVALID_PARAMETER_VALUE")
    assert post(create, json={"name": ["a", "b"]}) == (400, "INVALID_PARAMETER_VALUE")
    assert post(create, json={"name": "m", "unknown": 1, "description": None}) == (200, "")
    assert post("registered-models/rename", json={"name": "m", "newName": "n"}) == (200, "")
    both = {"name": "n", "new_name": "a", "newName": "b"}
    assert post("registered-models/rename", json=both) == (400, "INVALID_PARAMETER_VALUE")
    wrong = requests.get(f"{conch}{API}/model-versions/get?name=n&version=one", headers=headers, timeout=10)
    assert wrong.json()["error_code"] == "INVALID_PARAMETER_VALUE"


def test_plain_endpoints(conch: str):
    assert requests.get(f"{conch}/health", timeout=10).text == "OK"
    assert requests.get(f"{conch}/version", timeout=10).text == "3.17.2"
    info = requests.get(f"{conch}/api/3.0/mlflow/server-info", timeout=10).json()
    assert (info["workspaces_enabled"], info["multipart_uploads_enabled"]) == (True, True)


def test_workspaces_by_header_and_by_address(client: MlflowClient, free: MlflowClient):
    free.create_registered_model("inside")
    client.create_registered_model("outside")

    assert [m.name for m in free.search_registered_models()] == ["inside"]
    assert refused(client.get_registered_model, "inside").error_code == "RESOURCE_DOES_NOT_EXIST"
    mlflow.set_workspace("sandbox")
    try:
        assert [m.name for m in client.search_registered_models()] == ["inside"]
        mlflow.set_workspace("nowhere")
        with pytest.raises(MlflowException) as caught:
            client.search_registered_models()
        assert caught.value.error_code == "RESOURCE_DOES_NOT_EXIST"
    finally:
        mlflow.set_workspace(None)
    assert str(RegisteredModel.objects.get(name="inside").workspace) == "sandbox"
    assert Workspace.objects.count() == 2
