"""TensorRT plans, Hugging Face folders, Python models, ensembles, and what is refused with a way out."""

import json
import pickle
import struct
from collections import OrderedDict

import pytest

from core.errors import Invalid
from models_registry.inspection import inspect_files
from tests.inspection.judging import judged_files, warned, written

MODEL = b"""
import numpy as np
import triton_python_backend_utils as pb_utils

class TritonPythonModel:
    @staticmethod
    def auto_complete_config(config):
        inputs = [{"name": "TEXT", "data_type": "TYPE_STRING", "dims": [1]}]
        for one in inputs:
            config.add_input(one)
        config.add_output({"name": "SCORE", "data_type": "TYPE_FP32", "dims": [-1, 2]})
        config.set_max_batch_size(0)
        return config

    def execute(self, requests):
        open("/tmp/never-run", "w")
"""
ENSEMBLE = b"""
name: "pipeline"
platform: "ensemble"
max_batch_size: 8
input [ { name: "RAW" data_type: TYPE_UINT8 dims: [ -1 ] } ]
output [ { name: "LABEL" data_type: TYPE_INT64 dims: [ 1 ] } ]
ensemble_scheduling { step [
  { model_name: "resize.v1" model_version: 1 input_map { key: "x" value: "RAW" } output_map { key: "y" value: "mid" } },
  { model_name: "digits" model_version: -1 input_map { key: "x" value: "mid" } output_map { key: "y" value: "LABEL" } }
] }
"""


def refused(files):
    with pytest.raises(Invalid) as found:
        judged_files(files)
    assert "%(" not in found.value.detail + found.value.hint
    return found.value


def a_plan(version=(10, 3, 0, 26)):
    return b"ftrt" + bytes(20) + bytes(version) + bytes(100)


def safetensors(tensors):
    header, place = {}, 0
    for name, shape in tensors.items():
        size = 2 * shape[0] * shape[1]
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [place, place + size]}
        place += size
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(place)


def a_folder(**changes):
    config = {
        "architectures": ["LlamaForCausalLM"], "dtype": "bfloat16", "num_hidden_layers": 2, "hidden_size": 64,
        "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 2048,
    }  # fmt: skip
    return {
        "config.json": json.dumps(config | changes).encode(),
        "tokenizer.json": b"{}",
        "model.safetensors": safetensors({"a": [4, 8], "b": [2, 2]}),
    }


def test_a_plan_tells_which_tensorrt_built_it(tmp_path):
    found = inspect_files(written(tmp_path, {"net.plan": a_plan()}))

    assert (found.format, found.backend, found.facts["tensorrt"]) == ("tensorrt", "tensorrt", "10.3.0.26")
    assert [one["code"] for one in found.questions] == ["plan-types"]
    assert warned(found)[0] == (
        "It was built by TensorRT 10.3.0.26 and loads on a server with that version only."
    )


def test_a_plan_with_another_header_says_that_it_does_not_tell(tmp_path):
    found = judged_files(written(tmp_path, {"net.engine": b"ptrt" + bytes(124)}))

    assert (found.facts["tensorrt"], found.warnings[0]["code"]) == ("", "plan-version-unknown")


def test_a_hugging_face_folder_is_for_vllm(tmp_path):
    found = inspect_files(written(tmp_path, a_folder()))

    assert (found.format, found.backend) == ("huggingface", "vllm")
    assert [one["name"] for one in found.signature["inputs"]][0] == "text_input"
    assert (found.facts["parameters"], found.facts["weights"], found.facts["weights_bytes"]) == (
        36,
        ["BF16"],
        72,
    )
    # Keys and values, 2 layers, 2 heads of 16, 2 bytes each.
    assert found.facts["cache_bytes_per_token"] == 2 * 2 * 2 * 16 * 2
    assert found.facts["engine"] == {
        "model": "", "gpu_memory_utilization": 0.9, "disable_log_stats": False, "max_model_len": 2048,
        "dtype": "bfloat16",
    }  # fmt: skip
    assert [one["code"] for one in found.warnings] == ["not-run", "no-model-json"]


def test_code_in_the_folder_is_named(tmp_path):
    found = judged_files(
        written(tmp_path, a_folder() | {"modeling_x.py": b"", "model.json": b'{"model": "/m"}'})
    )

    assert found.facts["code"] == ["modeling_x.py"]
    assert [one["code"] for one in found.warnings] == ["not-run", "remote-code"]


def test_a_python_model_is_parsed_and_never_run(tmp_path):
    found = inspect_files(written(tmp_path, {"model.py": MODEL, "requirements.txt": b"numpy==1.26\n# x\n"}))

    assert (found.format, found.backend, found.signature) == ("python", "python", {})
    assert found.facts["methods"] == ["auto_complete_config", "execute"]
    assert found.facts["requirements"] == ["numpy==1.26"]
    assert found.facts["imports"] == ["numpy", "triton_python_backend_utils"]
    assert found.facts["code"] == ["model.py"]
    assert found.suggested == {
        "inputs": [{"name": "TEXT", "datatype": "BYTES", "dims": [1]}],
        "outputs": [{"name": "SCORE", "datatype": "FP32", "dims": [-1, 2]}],
        "batchable": False,
    }
    assert [one["code"] for one in found.questions] == ["python-hints"]
    assert "It is code" in warned(found)[0]


def test_modules_that_deserve_a_look_are_named(tmp_path):
    found = judged_files(written(tmp_path, {"model.py": b"import subprocess\n" + MODEL}))

    assert warned(found)[1] == "It imports modules that deserve a look: subprocess."


def test_an_ensemble_is_its_configuration(tmp_path):
    found = inspect_files(written(tmp_path, {"config.pbtxt": ENSEMBLE}))

    assert (found.format, found.backend, found.max_batch) == ("ensemble", "ensemble", 8)
    assert found.facts["steps"] == [{"model": "resize.v1", "version": 1}, {"model": "digits", "version": -1}]
    assert found.signature["outputs"] == [
        {"name": "LABEL", "datatype": "INT64", "shape": [-1, 1], "dims": [1]}
    ]
    assert ('platform: "ensemble"' in found.config_text, "pipeline" in found.config_text) == (True, False)
    assert warned(found)[1].endswith("its answers may change with them: digits.")


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"saved_model.pb": b"\x08\x01", "variables/variables.index": b"x"}, "tensorflow"),
        ({"model.h5": b"\x89HDF\r\n\x1a\n" + bytes(50)}, "keras-h5"),
        ({"model.keras": b"PK\x03\x04" + bytes(50)}, "keras-h5"),
        ({"model.safetensors": safetensors({"a": [2, 2]})}, "weights-alone"),
        ({"model.gguf": b"GGUF" + bytes(50)}, "weights-alone"),
        ({"config.json": b"{}", "tokenizer.json": b"{}"}, "huggingface-without-weights"),
        ({"model.pkl": b"\x80\x02csklearn.linear_model\nRidge\n."}, "pickle-sklearn"),
        ({"model.pkl": b"\x80\x04\x8c\x0fxgboost.sklearn\x8c\rXGBClassifier\x93."}, "pickle-xgboost"),
        ({"model.pkl": pickle.dumps(OrderedDict())}, "pickle"),
        ({"model.json": b'{"learner":{"attributes":{}}}'}, "xgboost-native"),
        ({"model.txt": b"tree\nversion=v4\n"}, "lightgbm-native"),
        ({"model.tflite": b"\x1c\x00\x00\x00TFL3" + bytes(50)}, "unsupported-format"),
        ({"model.bin": b"\xf1\xf2\xf3\xf4" * 9}, "unknown-format"),
        (a_folder(architectures=["BertForSequenceClassification"]), "huggingface-not-generating"),
        ({k: v for k, v in a_folder().items() if k != "tokenizer.json"}, "huggingface-no-tokenizer"),
        ({k.replace("model.safetensors", "pytorch_model.bin"): v for k, v in a_folder().items()}, "huggingface-pickled"),
        (a_folder() | {"model.safetensors": safetensors({"a": [4, 8]})[:-1]}, "safetensors-damaged"),
        (a_folder() | {"model.safetensors.index.json": b'{"weight_map": {"a": "b.safetensors"}}'},
         "huggingface-missing-shards"),
        (a_folder() | {"config.json": b"[1]"}, "bad-json"),
        (a_folder() | {"model.json": b'{"trust_remote_code": true}'}, "trust-remote-code"),
        ({"net.plan": b"plain"}, "plan-damaged"),
        ({"net.bin": a_plan()}, "plan-extension"),
        ({"a.plan": a_plan(), "b.plan": a_plan()}, "plans-several"),
        ({"serve.py": MODEL}, "python-name"),
        ({"model.py": b"class Other: pass"}, "python-no-class"),
        ({"model.py": b"class TritonPythonModel: pass"}, "python-no-execute"),
        ({"model.py": b"class ((("}, "python-syntax"),
        ({"config.pbtxt": b'backend: "python"'}, "config-alone"),
        ({"config.pbtxt": ENSEMBLE.replace(b'value: "mid"', b'value: "gone"', 1)}, "ensemble-loose"),
        ({"config.pbtxt": b"ensemble_scheduling {"}, "config-unreadable"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_what_cannot_be_served_is_named_with_a_way_out(tmp_path, files, code):
    error = refused(written(tmp_path, files))

    assert error.code == code
    assert error.hint
