"""Every call of the MLflow API that writes × every role."""

import json
from typing import Any

import pytest
from django.test import Client

from core.accounts import create_token
from core.actors import command_actor
from core.models import User
from core.roles import Role, Scope
from models_registry.lifecycle import Stage
from models_registry.mlflow_api.dispatch import ROUTES
from tests.access.test_matrix import BY_ROLE, undone
from tests.factories import a_model, a_user, a_version

pytestmark = pytest.mark.django_db
REGISTER = {"engineer", "admin"}
POINT = {"engineer", "operator"}
NAMED, VERSION = {"name": "matrix"}, {"name": "matrix", "version": "1"}
TAG = {"key": "team", "value": "vision"}
CREATED = {"entity": "REGISTERED_MODEL", "action": "CREATED"}
RUN = {"run_id": "none"}
# What is sent, and who gets past the permission.
WRITES: dict[str, tuple[dict[str, Any], set[str]]] = {
    "POST registered-models/create": ({"name": "new"}, REGISTER),
    "PATCH registered-models/update": (NAMED | {"description": "x"}, REGISTER),
    "POST registered-models/rename": (NAMED | {"new_name": "other"}, REGISTER),
    "DELETE registered-models/delete": (NAMED, REGISTER),
    "POST registered-models/set-tag": (NAMED | TAG, REGISTER),
    "DELETE registered-models/delete-tag": (NAMED | TAG, REGISTER),
    "POST registered-models/alias": (VERSION | {"alias": "best"}, POINT),
    "DELETE registered-models/alias": (NAMED | {"alias": "best"}, POINT),
    "POST model-versions/create": (NAMED | {"source": "runs:/none/model"}, REGISTER),
    "PATCH model-versions/update": (VERSION | {"description": "x"}, REGISTER),
    "DELETE model-versions/delete": (VERSION, REGISTER),
    "POST model-versions/transition-stage": (VERSION | {"stage": "Staging"}, {"engineer"}),
    "POST model-versions/set-tag": (VERSION | TAG, REGISTER),
    "DELETE model-versions/delete-tag": (VERSION | TAG, REGISTER),
    "POST experiments/create": ({"name": "new"}, REGISTER),
    "POST runs/create": ({"experiment_id": "0"}, REGISTER),
    "POST webhooks": ({"name": "new", "url": "https://1.1.1.1/", "events": [CREATED]}, {"admin"}),
    "POST logged-models": ({"experiment_id": "0", "name": "new"}, REGISTER),
}
# These find the run first, and say that there is none.
OF_A_RUN = {
    f"POST runs/{verb}"
    for verb in ("update", "outputs", "log-batch", "log-metric", "log-parameter", "log-inputs", "log-model",
                 "set-tag", "delete-tag")
}  # fmt: skip
SEARCHES = {
    "POST registered-models/get-latest-versions",
    "POST experiments/search",
    "POST logged-models/search",
}


def test_every_call_that_writes_is_here():
    writing = {f"{method} {path}" for method, path in ROUTES if method != "GET"}

    assert writing == set(WRITES) | OF_A_RUN | SEARCHES


def refused(user: User, call: str, body: dict[str, Any]) -> bool:
    """Whether the role is what stands in the way; any other answer is another test's matter."""
    secret = create_token(actor=command_actor(user), name="matrix", scopes=list(Scope), days=1)[1]
    method, path = call.split()
    with undone():
        answer = Client().generic(
            method,
            f"/api/2.0/mlflow/{path}",
            json.dumps(body),
            content_type="application/json",
            headers={"Authorization": f"Bearer {secret}"},
        )
    assert answer.status_code != 500, (call, answer.content)
    return answer.status_code == 403 and BY_ROLE in answer.json()["message"]


@pytest.mark.parametrize("role", [*Role, None])
def test_each_role_gets_past_exactly_what_it_may(role):
    a_version(Stage.REGISTERED, model=a_model(name="matrix"))
    user = a_user(role) if role else a_user()
    expected = {call for call, (_body, who) in WRITES.items() if role not in who}

    assert {call for call, (body, _who) in WRITES.items() if refused(user, call, body)} == expected
