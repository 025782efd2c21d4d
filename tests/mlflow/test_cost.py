"""What the most frequent calls cost in queries; a client makes two for each of its own."""

import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.models import ApiToken
from core.roles import Role
from models_registry.lifecycle import Stage
from models_registry.models import Alias
from tests.factories import a_model, a_user, a_version
from tests.mlflow.conftest import token_of

pytestmark = pytest.mark.django_db
API = "/api/2.0/mlflow"


@pytest.fixture
def web() -> Client:
    user = a_user(Role.ENGINEER)
    model = a_model(name="digits", owner=user)
    for stage in (Stage.REGISTERED, Stage.TESTING, Stage.DEPLOYED):
        version = a_version(stage, model=model)
    Alias.objects.create(
        model=model, name="champion", version=version, moved_by=user, moved_at=version.created_at
    )
    for _ in range(30):
        a_version(model=a_model(owner=user))
    secret = token_of(user)
    ApiToken.objects.update(last_used_at="2999-01-01T00:00:00Z")
    return Client(headers={"authorization": f"Bearer {secret}"})


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("registered-models/get?name=digits", 3),
        ("registered-models/alias?name=digits&alias=champion", 2),
        ("model-versions/get?name=digits&version=2", 2),
        ("registered-models/get-latest-versions?name=digits", 3),
        ("registered-models/search?max_results=100", 4),
        ("model-versions/search?max_results=10000", 3),
        ("model-versions/get-download-uri?name=digits&version=2", 3),
    ],
)
def test_reads(web: Client, path: str, most: int):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = web.get(f"{API}/{path}")

    assert answer.status_code == 200, answer.content
    assert len(queries) <= most, json.dumps([query["sql"][:200] for query in queries], indent=1)
