"""Deleting what a legal hold keeps, by the real client."""

import pytest
from mlflow import MlflowClient

from core.roles import Role
from models_registry import services
from models_registry.models import ModelVersion, RegisteredModel
from tests.factories import a_user, acting
from tests.mlflow.refusing import refused


@pytest.mark.parametrize("number", [None, 1])
def test_a_held_model_and_its_versions_are_not_deleted(client: MlflowClient, number: int | None):
    client.create_registered_model("ranker")
    client.create_model_version("ranker", "s3://bucket/models/1")
    admin = acting(a_user(Role.ADMIN))
    hold = services.place_hold(actor=admin, name="ranker", number=number, reason="Case 12.")

    for error in (
        refused(client.delete_model_version, "ranker", "1"),
        refused(client.delete_registered_model, "ranker"),
    ):
        assert (error.error_code, error.get_http_status_code()) == ("PERMISSION_DENIED", 403)
        assert "A legal hold of" in str(error)
        assert "Case 12." in str(error)
    assert (ModelVersion.objects.count(), RegisteredModel.objects.count()) == (1, 1)

    services.lift_hold(actor=admin, hold_id=hold.pk, reason="Over.")
    client.delete_registered_model("ranker")
    assert RegisteredModel.objects.count() == 0
