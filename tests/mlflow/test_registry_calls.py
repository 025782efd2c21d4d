"""Registry calls of the real client."""

import pytest
from mlflow import MlflowClient

from core.models import AuditEvent
from models_registry.models import ModelVersion, RegisteredModel
from tests.mlflow.refusing import refused

SOURCE = "s3://bucket/models/1"


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


def test_names_are_taken_by_what_looks_like_them_and_for_ever(client: MlflowClient):
    client.create_registered_model("Digits")

    assert refused(client.create_registered_model, "Digits").error_code == "RESOURCE_ALREADY_EXISTS"
    assert refused(client.create_registered_model, "ＤＩＧＩＴＳ").error_code == "RESOURCE_ALREADY_EXISTS"
    wrong = refused(client.get_registered_model, "digits")
    assert (wrong.error_code, "did you mean 'Digits'" in str(wrong)) == ("RESOURCE_DOES_NOT_EXIST", True)
    client.delete_registered_model("Digits")
    again = refused(client.create_registered_model, "Digits")
    assert (again.error_code, "was deleted" in str(again)) == ("RESOURCE_ALREADY_EXISTS", True)
    assert refused(client.get_registered_model, "Digits").error_code == "RESOURCE_DOES_NOT_EXIST"


@pytest.mark.parametrize("name", ["a/b", "a:b", "  ", "..", "x" * 257])
def test_names_that_cannot_be(client: MlflowClient, name: str):
    assert refused(client.create_registered_model, name).error_code == "INVALID_PARAMETER_VALUE"
    assert RegisteredModel.objects.count() == 0


def test_rename_carries_versions_and_the_old_name_is_gone(client: MlflowClient):
    client.create_registered_model("old")
    client.create_model_version("old", SOURCE)
    client.create_registered_model("other")
    client.rename_registered_model("old", "New name")
    renamed = client.get_registered_model("New name")

    assert (renamed.name, [v.version for v in renamed.latest_versions]) == ("New name", ["1"])
    assert client.get_model_version("New name", "1").source == SOURCE
    assert refused(client.get_registered_model, "old").error_code == "RESOURCE_DOES_NOT_EXIST"
    taken = refused(client.rename_registered_model, "other", "new NAME")
    assert (taken.error_code, "SQL" in str(taken)) == ("RESOURCE_ALREADY_EXISTS", False)
    assert RegisteredModel.objects.get(display_name="New name").name == "old"


def test_a_deleted_version_is_gone_and_its_number_is_not_given_again(client: MlflowClient):
    client.create_registered_model("m")
    for _ in range(2):
        client.create_model_version("m", SOURCE, run_id="b" * 32)
    client.delete_model_version("m", "2")

    assert refused(client.get_model_version, "m", "2").error_code == "RESOURCE_DOES_NOT_EXIST"
    assert client.create_model_version("m", SOURCE).version == "3"
    assert [v.version for v in client.search_model_versions("name='m'")] == ["3", "1"]
    kept = ModelVersion.with_deleted.get(number=2)
    assert (kept.source_uri, kept.run_id) == (SOURCE, "b" * 32)


def test_tags_and_descriptions(client: MlflowClient):
    client.create_registered_model("m")
    client.create_model_version("m", SOURCE)
    client.set_registered_model_tag("m", "a/b:c d", "1")
    client.set_model_version_tag("m", "1", "k", "x" * 100_000)
    client.delete_registered_model_tag("m", "never there")
    client.update_model_version("m", "1", "words")
    client.update_registered_model("m", "Does things.")

    assert client.get_registered_model("m").tags == {"a/b:c d": "1"}
    assert client.get_registered_model("m").description == "Does things."
    version = client.get_model_version("m", "1")
    assert (version.description, len(version.tags["k"])) == ("words", 100_000)
    client.delete_model_version_tag("m", "1", "k")
    assert client.get_model_version("m", "1").tags == {"conch.stage": "draft"}
    own = refused(client.set_model_version_tag, "m", "1", "conch.stage", "deployed")
    assert own.error_code == "PERMISSION_DENIED"
    long = refused(client.set_model_version_tag, "m", "1", "k", "x" * 100_001)
    assert long.error_code == "INVALID_PARAMETER_VALUE"


def test_aliases_where_nothing_is_reviewed(free: MlflowClient):
    free.create_registered_model("m")
    for _ in range(2):
        free.create_model_version("m", SOURCE)
    free.set_registered_model_alias("m", "champion", "1")
    free.set_registered_model_alias("m", "champion", "2")

    assert free.get_model_version_by_alias("m", "champion").version == "2"
    assert free.get_model_version_by_alias("m", "champion").aliases == ["champion"]
    assert free.get_model_version_by_alias("m", "latest").version == "2"
    assert free.get_registered_model("m").aliases == {"champion": "2"}
    free.delete_registered_model_alias("m", "champion")
    free.delete_registered_model_alias("m", "champion")
    gone = refused(free.get_model_version_by_alias, "m", "champion")
    assert (gone.error_code, gone.get_http_status_code()) == ("INVALID_PARAMETER_VALUE", 400)
    missing = refused(free.set_registered_model_alias, "m", "champion", "9")
    assert missing.error_code == "RESOURCE_DOES_NOT_EXIST"
    free.set_registered_model_alias("m", "champion", "2")
    free.delete_model_version("m", "2")
    assert free.get_registered_model("m").aliases == {}


@pytest.mark.parametrize(
    "source",
    ["s3://b/../../x", "s3://b/%252e%252e/x", "http://host/x", "/etc/passwd", "file:///etc", "models:/nope"],
)
def test_sources_that_lead_elsewhere_are_refused(client: MlflowClient, source: str):
    client.create_registered_model("m")

    assert refused(client.create_model_version, "m", source).error_code == "INVALID_PARAMETER_VALUE"
    assert client.search_model_versions("name='m'") == []
