"""From files to answers without ONNX alone: a Python model and an ensemble, as inspection reads them."""

import hashlib

import pytest

from models_registry import declaring, modelconfig
from models_registry.inspection import inspect_files
from serving.triton import inference, repository
from tests.inspection import graphs
from tests.inspection.judging import written

ADDING = b"""
import triton_python_backend_utils as pb_utils

class TritonPythonModel:
    @staticmethod
    def auto_complete_config(config):
        config.add_input({"name": "X", "data_type": "TYPE_FP32", "dims": [3]})
        config.add_output({"name": "Y", "data_type": "TYPE_FP32", "dims": [3]})
        config.set_max_batch_size(8)
        return config

    def execute(self, requests):
        return [
            pb_utils.InferenceResponse(
                [pb_utils.Tensor("Y", pb_utils.get_input_tensor_by_name(one, "X").as_numpy() + 1)]
            )
            for one in requests
        ]
"""
PIPELINE = b"""
platform: "ensemble"
max_batch_size: 8
input [ { name: "IN" data_type: TYPE_FP32 dims: [ 3 ] } ]
output [ { name: "OUT" data_type: TYPE_FP32 dims: [ 3 ] } ]
ensemble_scheduling { step [
  { model_name: "adding.v1" model_version: -1 input_map { key: "X" value: "IN" } output_map { key: "Y" value: "mid" } },
  { model_name: "twice.v1" model_version: -1 input_map { key: "x" value: "mid" } output_map { key: "y" value: "OUT" } }
] }
"""


@pytest.fixture
def serve(client, repository_root):
    served = []

    def load(name, config_text, files):
        rows = [
            (f"1/{path}", place, hashlib.sha256(place.read_bytes()).hexdigest())
            for path, place in files.items()
        ]
        text = modelconfig.render(config_text, triton_name=name)
        repository.stage(repository_root, name, config_text=text, files=rows)
        served.append(name)
        client.load(name)

    yield load
    for name in reversed(served):
        client.unload(name)
        repository.remove(repository_root, name)


def answered(client, name, *, given, rows):
    inputs = [{"name": given, "datatype": "FP32", "shape": [rows, 3], "data": [1.0, 2.0, 3.0] * rows}]
    answer = inference.infer(client, model=name, inputs=inputs, timeout_s=30)
    return [output["data"] for output in answer.outputs]


def adding_config(folder):
    files = written(folder, {"model.py": ADDING})
    report = inspect_files(files)
    told = report.suggested
    signature = declaring.signature(
        inputs=told["inputs"], outputs=told["outputs"], batchable=told["batchable"], facts=report.facts
    )
    text = modelconfig.derive(signature, backend=report.backend, model_format=report.format)
    return text, files


def test_a_python_model_answers_under_its_derived_configuration(client, serve, tmp_path):
    text, files = adding_config(tmp_path)

    serve("adding.v1", text, files)

    assert answered(client, "adding.v1", given="X", rows=1) == [[2.0, 3.0, 4.0]]
    assert answered(client, "adding.v1", given="X", rows=2) == [[2.0, 3.0, 4.0] * 2]


def test_an_ensemble_answers_as_it_was_read(client, serve, tmp_path):
    serve("adding.v1", *adding_config(tmp_path))
    onnx = graphs.saved(graphs.doubling(["n", 3]), tmp_path)
    report = inspect_files({"model.onnx": onnx})
    serve("twice.v1", modelconfig.derive(report.signature, backend="onnxruntime"), {"model.onnx": onnx})
    pipeline = inspect_files(written(tmp_path, {"config.pbtxt": PIPELINE}))

    serve("whole", pipeline.config_text, {})

    assert answered(client, "whole", given="IN", rows=2) == [[4.0, 6.0, 8.0] * 2]
