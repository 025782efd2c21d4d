"""log_model, downloads and large uploads of the real client, against Conch alone."""

import os
from pathlib import Path
from typing import Any

import mlflow
import onnx
import pytest
import requests
from mlflow import MlflowClient
from mlflow.models import Model

from core.models import User
from models_registry import services
from models_registry.lifecycle import Stage
from models_registry.models import Inspection, ModelVersion, PartUpload, StoredArtifact
from tests.factories import acting
from tests.mlflow.refusing import refused
from tests.onnx_models import a_real_version, doubling_model

MB = 1024 * 1024


class OnnxFlavor:
    """What an MLflow flavor has to be: a function that writes a model into a folder."""

    @staticmethod
    def save_model(path: str, mlflow_model: Model, content: bytes, **given: Any) -> None:
        folder = Path(path)
        (folder / "data").mkdir(parents=True)
        (folder / "model.onnx").write_bytes(content)
        (folder / "data" / "labels-1.txt").write_text("a\nb\n")
        (folder / "data" / "empty").write_bytes(b"")
        mlflow_model.add_flavor("onnx", data="model.onnx", onnx_version=onnx.__version__)
        mlflow_model.save(str(folder / "MLmodel"))


def test_log_model_registers_what_triton_can_serve(client: MlflowClient, tmp_path: Path, engineer: User):
    content = doubling_model(tmp_path / "m.onnx").read_bytes()
    with mlflow.start_run(run_name="first") as run:
        mlflow.log_metric("accuracy", 0.93)
        mlflow.log_param("depth", 3)
        info = Model.log(
            artifact_path=None,
            name="net",
            flavor=OnnxFlavor,
            registered_model_name="Doubler",
            await_registration_for=0,
            content=content,
        )
    version = ModelVersion.objects.get()

    assert (info.registered_model_version, version.run_id) == ("1", run.info.run_id)
    assert sorted(version.files.values_list("path", flat=True)) == [
        "MLmodel",
        "data/empty",
        "data/labels-1.txt",
        "model.onnx",
    ]
    assert client.get_model_version("Doubler", "1").status == "PENDING_REGISTRATION"
    services.run_inspection(version_id=version.pk)
    version.refresh_from_db()
    assert (version.inspection, version.signature["inputs"][0]["name"]) == (Inspection.PASSED, "X")
    ready = client.get_model_version("Doubler", "1")
    assert (ready.status, ready.user_id) == ("READY", "ada")
    assert version.tags == {"conch.model_id": info.model_id}
    assert list(version.metrics.values_list("name", "value", "producer")) == [
        ("accuracy", 0.93, f"run {run.info.run_id}")
    ]
    kept = client.get_run(run.info.run_id)
    assert (kept.data.metrics, kept.data.params) == ({"accuracy": 0.93}, {"depth": "3"})
    assert (kept.info.status, kept.info.run_name) == ("FINISHED", "first")
    folder = Path(mlflow.artifacts.download_artifacts("models:/Doubler/1", dst_path=str(tmp_path / "got")))
    assert (folder / "model.onnx").read_bytes() == content
    assert (folder / "data" / "empty").read_bytes() == b""
    assert services.register_version(actor=acting(engineer), version_id=version.pk).stage == Stage.REGISTERED


def test_what_conch_was_given_elsewhere_is_downloaded_by_uri_and_alias(
    client: MlflowClient, engineer: User, tmp_path: Path
):
    version = a_real_version(Stage.DEPLOYED)
    version.model.display_name = "Times two"
    version.model.save()
    client.set_registered_model_alias("Times two", "champion", "1")
    expected = doubling_model(tmp_path / "m.onnx").read_bytes()

    url = f"{mlflow.get_tracking_uri()}/model-versions/get-artifact"
    named = {"name": "Times two", "version": "1", "path": "model.onnx"}
    assert requests.get(url, params=named, headers=_headers(), timeout=10).content == expected
    ranged = requests.get(url, params=named, headers=_headers() | {"Range": "bytes=2-5"}, timeout=10)
    assert (ranged.status_code, ranged.content) == (206, expected[2:6])
    for uri in ("models:/Times two@champion", "models:/Times two/1", "models:/Times two/latest"):
        folder = Path(mlflow.artifacts.download_artifacts(uri, dst_path=str(tmp_path / uri[-3:])))
        assert (folder / "model.onnx").read_bytes() == expected


def test_a_registry_apart_from_the_tracking_server(client: MlflowClient, tmp_path: Path):
    a_real_version(Stage.DEPLOYED, model=None)
    name = ModelVersion.objects.get().model.name
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path}/elsewhere.db")
    uri = client.get_model_version_download_uri(name, "1")

    assert uri.startswith("http://")
    folder = Path(mlflow.artifacts.download_artifacts(uri, dst_path=str(tmp_path / "got")))
    assert (folder / "model.onnx").is_file()


def test_files_of_a_registered_version_cannot_be_swapped(client: MlflowClient, tmp_path: Path):
    version = a_real_version(Stage.REGISTERED)
    place = f"versions/{version.model.name}/1/model.onnx"
    headers, url = _headers(), f"{mlflow.get_tracking_uri()}/api/2.0/mlflow-artifacts"
    put = requests.put(f"{url}/artifacts/{place}", data=b"evil", headers=headers, timeout=10)
    gone = requests.delete(f"{url}/artifacts/{place}", headers=headers, timeout=10)
    parts = requests.post(
        f"{url}/mpu/create/versions/{version.model.name}/1",
        json={"path": "model.onnx", "num_parts": 1},
        headers=headers,
        timeout=10,
    )

    assert [r.status_code for r in (put, gone, parts)] == [403, 403, 403]
    assert (StoredArtifact.objects.count(), PartUpload.objects.count()) == (0, 0)


def test_a_large_file_goes_up_and_down_in_parts(
    client: MlflowClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE", str(6 * MB))
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE", str(5 * MB))
    monkeypatch.setenv("MLFLOW_MULTIPART_DOWNLOAD_CHUNK_SIZE", str(2 * MB))
    big = tmp_path / "big.bin"
    big.write_bytes(bytes(range(256)) * (4 * 12 * 1024 + 1))
    run = client.create_run("0")
    client.log_artifact(run.info.run_id, str(big), "folder")
    client.set_terminated(run.info.run_id)

    row = StoredArtifact.objects.get()
    assert row.path.endswith(f"{run.info.run_id}/artifacts/folder/big.bin")
    assert (row.size_bytes, PartUpload.objects.count()) == (big.stat().st_size, 0)
    listed = client.list_artifacts(run.info.run_id, "folder")
    assert [(f.path, f.file_size) for f in listed] == [("folder/big.bin", big.stat().st_size)]
    got = client.download_artifacts(run.info.run_id, "folder/big.bin", str(tmp_path / "got").rstrip("/"))
    assert Path(got).read_bytes() == big.read_bytes()


@pytest.mark.parametrize("path", ["../x", "a/%252e%252e/b", "a%5Cb", "a%23b", "/etc/passwd", "a/"])
def test_hostile_paths(client: MlflowClient, path: str):
    url = f"{mlflow.get_tracking_uri()}/api/2.0/mlflow-artifacts/artifacts/"
    session = requests.Session()
    request = requests.Request("PUT", url, data=b"x", headers=_headers()).prepare()
    request.url = url + path
    response = session.send(request, timeout=10)

    assert (response.status_code, response.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert StoredArtifact.objects.count() == 0


def test_another_workspace_sees_nothing(client: MlflowClient, free: MlflowClient, tmp_path: Path):
    run = client.create_run("0")
    (tmp_path / "a.txt").write_text("hello")
    client.log_artifact(run.info.run_id, str(tmp_path / "a.txt"))
    path = StoredArtifact.objects.get().path
    base = mlflow.get_tracking_uri()
    here = requests.get(f"{base}/api/2.0/mlflow-artifacts/artifacts/{path}", headers=_headers(), timeout=10)
    there = requests.get(
        f"{base}/ws/sandbox/api/2.0/mlflow-artifacts/artifacts/{path}", headers=_headers(), timeout=10
    )

    assert (here.status_code, here.content) == (200, b"hello")
    assert (there.status_code, there.json()["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert refused(free.get_run, run.info.run_id).error_code == "RESOURCE_DOES_NOT_EXIST"


def _headers() -> dict[str, str]:
    return {"Authorization": f"Bearer {os.environ['MLFLOW_TRACKING_TOKEN']}"}
