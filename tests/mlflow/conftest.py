"""Unmodified MLflow clients against a running Conch."""

from collections.abc import Callable, Iterator
from typing import Any

import mlflow
import pytest
from mlflow import MlflowClient

from core.accounts import create_token
from core.actors import command_actor
from core.models import User, Workspace
from core.roles import Role, Scope
from tests.factories import a_user


def token_of(user: User, *scopes: Scope) -> str:
    wanted = [scope.value for scope in scopes or tuple(Scope)]
    return create_token(actor=command_actor(user), name="mlflow", scopes=wanted, days=1)[1]


@pytest.fixture
def conch(transactional_db: None, live_server: Any) -> str:
    """The address of a running Conch with its default workspace."""
    Workspace.objects.get_or_create(name=Workspace.DEFAULT)
    return str(live_server.url)


@pytest.fixture
def engineer(conch: str) -> User:
    return a_user(Role.ENGINEER, username="ada")


@pytest.fixture
def client(conch: str, engineer: User, monkeypatch: pytest.MonkeyPatch) -> Iterator[MlflowClient]:
    """A client of the default workspace, whose steps are reviewed."""
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", token_of(engineer))
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    mlflow.set_tracking_uri(conch)
    mlflow.set_registry_uri(conch)
    yield MlflowClient(tracking_uri=conch, registry_uri=conch)
    mlflow.set_tracking_uri(None)  # type: ignore[arg-type]
    mlflow.set_registry_uri(None)  # type: ignore[arg-type]


@pytest.fixture
def free(conch: str, client: MlflowClient) -> MlflowClient:
    """A client of a permissive workspace."""
    Workspace.objects.create(name="sandbox", permissive=True)
    return MlflowClient(tracking_uri=f"{conch}/ws/sandbox", registry_uri=f"{conch}/ws/sandbox")


@pytest.fixture
def as_user(monkeypatch: pytest.MonkeyPatch) -> Callable[[User], None]:
    """Sign the next calls in as somebody else."""

    def switch(user: User) -> None:
        monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", token_of(user))

    return switch
