"""Schemathesis against the running application: what it answers is what the schema says."""

from collections import Counter
from io import BytesIO
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from core.accounts import create_service_account, create_token
from core.models import ApiToken, AuditEvent, Kind, User
from core.roles import Role, Scope
from models_registry import artifacts
from models_registry.lifecycle import Stage
from models_registry.models import PromotionRequest, VersionFile
from serving.models import TritonServer
from tests.factories import a_model, a_promotion, a_server, a_user, a_version, acting

EXAMPLES = 6
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
]
# Random ids must not hit the token that the test itself uses.
OWN_TOKEN = 900_000_000


@pytest.fixture
def api(live_server: Any, transactional_db: None) -> Any:
    """The schema of a seeded application, as its document says."""
    user = a_user(*Role)
    token, secret = create_token(actor=acting(user), name="ci", scopes=[scope.value for scope in Scope])
    ApiToken.objects.filter(pk=token.pk).update(id=OWN_TOKEN)
    model = a_model(name="a")
    for stage in (Stage.DRAFT, Stage.REGISTERED, Stage.TESTING):
        a_version(stage, model=model)
    a_promotion(a_version(model=model))
    for file in VersionFile.objects.select_related("version__model"):
        stored = artifacts.store(BytesIO(f"{file.version.model.name} {file.version.number}".encode()))
        VersionFile.objects.filter(pk=file.pk).update(sha256=stored.sha256, size_bytes=stored.size_bytes)
    a_server()
    create_service_account(actor=acting(user), username="robot", held_by=user.username)
    headers = {"Authorization": f"Bearer {secret}"}
    return (
        schemathesis.openapi.from_url(f"{live_server.url}/api/schema/?format=json", headers=headers),
        headers,
    )


def test_the_application_keeps_to_its_schema(api: Any) -> None:
    schema, headers = api
    found, seen, statuses = {}, 0, Counter[int]()
    for result in schema.get_all_operations():
        operation, seen = result.ok(), seen + 1
        try:
            statuses += _examples(operation, headers, _ids(operation.path))
        except (Exception, BaseExceptionGroup) as problem:
            found[operation.label] = _words(problem)
    assert found == {}
    assert seen >= 40
    # The requests reached the application: some were answered, none was kept out.
    assert statuses[200] + statuses[201] >= 60
    assert statuses[401] == 0


def _words(problem: BaseException) -> str:
    if isinstance(problem, BaseExceptionGroup):
        return " | ".join(_words(one) for one in problem.exceptions)
    return str(problem)[:600]


def _ids(path: str) -> dict[str, int]:
    """The id of something of the kind that this path is about, if there is one."""
    kinds = {
        "audit": AuditEvent.objects.all(),
        "promotions": PromotionRequest.objects.all(),
        "service-accounts": User.objects.filter(kind=Kind.SERVICE),
        "servers": TritonServer.objects.all(),
    }
    rows = kinds.get(path.removeprefix("/api/v1/").split("/")[0])
    found = rows.values_list("pk", flat=True).first() if rows is not None else None
    return {"id": found} if found else {}


def _examples(operation: Any, headers: dict[str, str], ids: dict[str, int]) -> Counter[int]:
    @given(case=operation.as_strategy())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Any) -> None:
        # Random names find nothing; every other request is about something that is there.
        if statuses.total() % 2 == 0:
            known = {"model_name": "a", "name": "a", "number": 2, "filename": "model.onnx"} | ids
            case.path_parameters |= {key: known[key] for key in case.path_parameters if key in known}
        answer = case.call_and_validate(headers=headers, checks=CHECKS, timeout=20)
        statuses[answer.status_code] += 1

    statuses: Counter[int] = Counter()
    ask()
    return statuses
