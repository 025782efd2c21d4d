"""Those who upload, and the addresses they use."""

import pytest
from rest_framework.test import APIClient

from core.models import User
from core.roles import Role
from models_registry.lifecycle import Stage
from models_registry.models import Inspection, ModelVersion
from tests.factories import a_model, a_user, a_version


@pytest.fixture
def engineer(db: None) -> User:
    return a_user(Role.ENGINEER, username="erin")


@pytest.fixture
def api(engineer: User) -> APIClient:
    return client_of(engineer)


@pytest.fixture
def draft(engineer: User) -> ModelVersion:
    """ranker v1, without a file."""
    version = a_version(Stage.DRAFT, model=a_model(name="ranker", owner=engineer), inspection=Inspection.NONE)
    version.files.all().delete()
    return version


def client_of(user: User) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


def address(version: ModelVersion, path: str = "") -> str:
    return f"/api/v1/models/{version.model.name}/versions/{version.number}/{path}"
