"""The bundled example trains, is understood, and reads digits on the real server as well as it says."""

import hashlib
import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from models_registry import modelconfig
from models_registry.inspection import inspect_file
from serving.triton import inference, repository
from serving.triton.client import TritonClient

SOURCE = Path(__file__).resolve().parents[2] / "examples" / "digits" / "train.py"


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    spec = importlib.util.spec_from_file_location("digits_example", SOURCE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    folder = tmp_path_factory.mktemp("digits")
    return module, folder, module.train(folder)


def test_two_sizes_are_trained_with_their_measured_accuracy(trained):
    _module, folder, (small, large) = trained

    assert [small["file"], large["file"]] == ["digits-small.onnx", "digits-large.onnx"]
    assert small["bytes"] * 5 < large["bytes"]
    assert all(0.95 < figure["accuracy"] < 1 for figure in (small, large))
    assert json.loads((folder / "figures.json").read_text()) == [small, large]


def test_the_files_are_understood_in_full(trained):
    _module, folder, figures = trained
    for figure in figures:
        found = inspect_file(folder / figure["file"], filename=figure["file"])

        assert found.signature == {
            "inputs": [{"name": "X", "datatype": "FP32", "shape": [-1, 64], "dims": [64]}],
            "outputs": [
                {"name": "label", "datatype": "INT64", "shape": [-1], "dims": [1], "reshape": []},
                {"name": "probabilities", "datatype": "FP32", "shape": [-1, 10], "dims": [10]},
            ],
            "batchable": True,
        }
        assert (len(found.golden), found.warnings) == (2, [])


def test_the_served_model_is_as_accurate_as_the_trained_one(trained, servers):
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    module, folder, (small, _large) = trained
    pixels, labels = load_digits(return_X_y=True)
    _, test_x, _, test_y = train_test_split(
        pixels, labels, test_size=0.3, random_state=module.SEED, stratify=labels
    )
    path = folder / small["file"]
    text = modelconfig.derive(inspect_file(path, filename=path.name).signature, backend="onnxruntime")
    root = Path(servers.env["CONCH_HOME"]) / "models"
    files = [("1/model.onnx", path, hashlib.sha256(path.read_bytes()).hexdigest())]
    repository.stage(root, "digits-example", config_text=text, files=files)
    client = TritonClient(
        f"127.0.0.1:{servers.env['CONCH_TRITON_GRPC_PORT']}", connect_timeout_s=5, load_timeout_s=60
    )
    try:
        client.load("digits-example")
        read = []
        for start in range(0, len(test_x), 64):
            rows = test_x[start : start + 64]
            given = {"name": "X", "datatype": "FP32", "shape": list(rows.shape), "data": rows.tolist()}
            answer = inference.infer(
                client, model="digits-example", inputs=[given], outputs=["label"], timeout_s=10
            )
            assert [output["name"] for output in answer.outputs] == ["label"]
            read += answer.outputs[0]["data"]
        client.unload("digits-example")
    finally:
        repository.remove(root, "digits-example")
        client.close()

    assert float(np.mean(np.array(read) == test_y)) == pytest.approx(small["accuracy"])
