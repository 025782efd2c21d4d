"""What other programs ask about the health of this installation."""

import pytest

from serving.models import Observed
from tests.factories import a_deployment

pytestmark = pytest.mark.django_db


def test_readyz_tells_each_component_and_how_many_versions_run(client, servers):
    a_deployment()
    a_deployment(observed=Observed.ABSENT)
    a_deployment(wanted=False, observed=Observed.ABSENT)

    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {
        "ready": True,
        "components": {name: {"healthy": True} for name in ("database", "broker", "triton")},
        "models": {"wanted": 2, "ready": 1},
    }


def test_without_its_broker_it_is_not_ready_and_says_why(client, settings):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["ready"]) == (503, False)
    assert answer.json()["components"]["database"] == {"healthy": True}
    assert "refused" in answer.json()["components"]["broker"]["why"]
