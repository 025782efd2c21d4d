"""What the most frequent calls cost in queries; a client makes two for each of its own."""

import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from core.models import ApiToken, Workspace
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


@pytest.mark.parametrize(
    ("path", "body", "most"),
    [
        ("model-versions/create", {"name": "loose", "source": "s3://bucket/model"}, 9),
        ("registered-models/alias", {"name": "loose", "alias": "champion", "version": "1"}, 9),
        ("model-versions/transition-stage", {"name": "loose", "version": "1", "stage": "Staging"}, 9),
    ],
)
def test_writes(web: Client, path: str, body: dict[str, str], most: int):
    free = Workspace.objects.create(name="free", permissive=True)
    a_version(Stage.REGISTERED, model=a_model(name="loose", workspace=free))

    with CaptureQueriesContext(connection) as queries:
        answer = web.post(f"/ws/free{API}/{path}", body, content_type="application/json")

    assert answer.status_code == 200, answer.content
    asked = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert len(asked) <= most, json.dumps([one[:200] for one in asked], indent=1)


def test_no_session_is_looked_for_and_the_answer_still_says_what_it_is(web: Client):
    answer = web.get(f"{API}/registered-models/get?name=digits")

    assert answer["X-Content-Type-Options"] == "nosniff"
    assert len(answer["X-Request-Id"]) == 16
    assert not answer.cookies


@pytest.mark.parametrize(
    ("asked", "said"), [("zh-TW", "的模型已存在"), ("en", "exists already"), ("", "exists already")]
)
def test_a_refusal_is_in_the_language_of_the_caller(web: Client, asked: str, said: str):
    headers = {"accept-language": asked} if asked else {}
    with translation.override("zh-hant"):
        answer = web.post(
            f"{API}/registered-models/create",
            {"name": "digits"},
            content_type="application/json",
            headers=headers,
        )

    assert answer.status_code == 400
    assert said in answer.json()["message"]
