"""Readers signed in, and a real version on the real server."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from core.accounts import create_token
from core.roles import Role, Scope
from models_registry.models import ModelVersion
from serving import services
from serving.models import Deployment, Observed, TritonServer
from serving.triton.connect import control
from tests.factories import a_user, acting
from tests.onnx_models import a_real_version

SignedIn = Callable[..., Client]


@pytest.fixture
def signed_in(db: None) -> SignedIn:
    """A browser signed in as somebody with these roles."""

    def sign_in(*roles: Role) -> Client:
        client = Client()
        client.force_login(a_user(*roles))
        return client

    return sign_in


@pytest.fixture
def with_token(db: None) -> SignedIn:
    """A client of the API whose token has every scope, unless the test says which."""

    def make(*roles: Role, scopes: tuple[Scope, ...] = tuple(Scope)) -> Client:
        user = a_user(*roles)
        _token, secret = create_token(
            actor=acting(user), name="test", scopes=[scope.value for scope in scopes], days=1
        )
        return Client(headers={"Authorization": f"Bearer {secret}"})

    return make


@pytest.fixture
def served(triton: TritonServer) -> Iterator[ModelVersion]:
    """A version that doubles four numbers, loaded and proven."""
    version = a_real_version()
    services.follow_version(version_id=version.pk)
    deployment = Deployment.objects.get(version=version)
    services.reconcile_deployment(deployment_id=deployment.pk)
    deployment.refresh_from_db()
    assert deployment.observed == Observed.READY, deployment.last_error
    yield version
    control(triton).unload(version.triton_name)
