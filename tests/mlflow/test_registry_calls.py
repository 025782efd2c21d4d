"""Registry calls of the real client."""

import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from core.models import AuditEvent
from models_registry.models import ModelVersion, RegisteredModel

SOURCE = "s3://bucket/models/1"


def refused(call, *args, **given) -> MlflowException:
    with pytest.raises(MlflowException) as caught:
        call(*args, **given)
    return caught.value


def test_create_get_and_the_author(client: MlflowClient):
    client.create_registered_model("Fraud Detector ✓", tags={"team": "risk"}, description="Finds fraud.")
    version = client.create_model_version(
        "Fraud Detector ✓", SOURCE, run_id="a" * 32, tags={"k": "v"}, description="First."
    )
    got = client.get_registered_model("Fraud Detector ✓")

    assert (version.version, version.status, version.current_stage) == ("1", "READY", "None")
    assert (version.user_id, version.run_id, version.source) == ("ada", "a" * 32, SOURCE)
    assert version.tags == {"k": "v", "conch.stage": "draft"}
    assert (got.description, got.tags) == ("Finds fraud.", {"team": "risk"})
    assert [v.version for v in got.latest_versions] == ["1"]
    assert RegisteredModel.objects.get().name == "fraud-detector"
    assert list(AuditEvent.objects.order_by("pk").values_list("verb", "door", "actor_name")) == [
        ("token.create", "command", "ada"),
        ("model.register", "mlflow", "ada"),
        ("version.create", "mlflow", "ada"),
    ]


def test_download_uri_of_a_copy_is_the_original_place(client: MlflowClient):
    client.create_registered_model("m")
    client.create_model_version("m", SOURCE, tags={"a": "1"})
    copy = client.copy_model_version("models:/m/1", "n")

    assert (copy.name, copy.version, copy.tags["a"]) == ("n", "1", "1")
    assert client.get_model_version_download_uri("n", "1") == SOURCE
    assert str(ModelVersion.objects.get(model__name="n").derived_from) == "m v1"
