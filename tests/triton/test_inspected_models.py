"""From file to answer: what inspection derives loads on the real server and answers as it was recorded."""

import hashlib

import pytest

from models_registry import modelconfig
from models_registry.inspection import inspect_file
from serving.triton import inference, repository
from tests.inspection import graphs
from tests.inspection.graphs import BOOL, INT64, value

MODELS = {
    "linear": graphs.linear(),
    "fixed": graphs.doubling([1, 3]),
    "row-scalars": graphs.doubling(["n"]),
    "labels": graphs.one_node(
        "ArgMax", [value("x", ["n", 3])], [value("best", ["n"], INT64)], axis=1, keepdims=0
    ),
    "images": graphs.doubling(["n", 3, "h", "w"]),
    "shapeless": graphs.one_node("Compress", [value("x", ["n", 3]), value("keep", ["m"], BOOL)], [value("y", None)]),
    "odd-names": graphs.one_node("Identity", [value('輸入 "a" \\', ["n", 2])], [value("y#{", ["n", 2])]),
    "words": graphs.same_words(),
}  # fmt: skip


@pytest.fixture
def serve(client, repository_root, tmp_path):
    """Loads a file under a name with a configuration; everything is gone after the test."""
    served = []

    def load(name, config_text, path=None):
        files = []
        if path is not None:
            files = [("1/model.onnx", path, hashlib.sha256(path.read_bytes()).hexdigest())]
        repository.stage(repository_root, name, config_text=config_text, files=files)
        served.append(name)
        client.load(name)

    yield load
    for name in reversed(served):
        client.unload(name)
        repository.remove(repository_root, name)


def differences(client, name, recorded):
    found = []
    for pair in recorded:
        answer = inference.infer(client, model=name, inputs=pair["inputs"], timeout_s=10)
        found += inference.golden_matches(answer, pair, rtol=1e-3, atol=1e-4)
    return found


@pytest.mark.parametrize("kind", MODELS)
def test_the_derived_configuration_serves_the_recorded_answers(client, serve, tmp_path, kind):
    path = graphs.saved(MODELS[kind], tmp_path)
    report = inspect_file(path, filename="model.onnx")
    text = modelconfig.derive(report.signature, backend=report.backend)
    name = f"{kind}.v1"

    serve(name, modelconfig.render(text, triton_name=name), path)
    serve(kind, modelconfig.ensemble_alias(kind, name, config_text=text))

    assert report.golden
    assert differences(client, name, report.golden) == []
    assert differences(client, kind, report.golden) == []


def test_without_batching_the_fitted_answers_match(client, serve, tmp_path):
    path = graphs.saved(MODELS["labels"], tmp_path)
    report = inspect_file(path, filename="model.onnx")
    text = modelconfig.derive(report.signature | {"batchable": False}, backend=report.backend)

    serve("labels.v2", modelconfig.render(text, triton_name="labels.v2"), path)

    assert modelconfig.validate(text, signature=report.signature, model_name="m", backend="onnxruntime") == []
    recorded = modelconfig.fitting(report.golden, config_text=text)
    assert len(recorded) == 2
    assert differences(client, "labels.v2", recorded) == []


def test_a_reduced_configuration_sends_the_outputs_it_names(client, serve, tmp_path):
    path = graphs.saved(graphs.two_outputs(), tmp_path)
    report = inspect_file(path, filename="model.onnx")
    text = modelconfig.derive(
        report.signature | {"outputs": report.signature["outputs"][:1]}, backend="onnxruntime"
    )

    serve("partly.v1", modelconfig.render(text, triton_name="partly.v1"), path)

    assert modelconfig.validate(text, signature=report.signature, model_name="m", backend="onnxruntime") == []
    recorded = modelconfig.fitting(report.golden, config_text=text)
    assert differences(client, "partly.v1", recorded) == []
