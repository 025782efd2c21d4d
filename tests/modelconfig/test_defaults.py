"""The first configuration of each backend passes its own judge and says what the backend needs."""

import pytest

from models_registry import modelconfig
from models_registry.inspection.formats.huggingface import SIGNATURE as TEXT

TENSORS = {
    "inputs": [{"name": "INPUT__0", "datatype": "FP32", "shape": [-1, 3], "dims": [3]}],
    "outputs": [{"name": "OUTPUT__0", "datatype": "FP32", "shape": [-1, 2], "dims": [2]}],
    "batchable": True,
}
PLAIN = TENSORS | {"batchable": False, "inputs": [TENSORS["inputs"][0] | {"shape": [3]}],
                   "outputs": [TENSORS["outputs"][0] | {"shape": [2]}]}  # fmt: skip


@pytest.mark.parametrize("signature", [TENSORS, PLAIN], ids=["batched", "plain"])
@pytest.mark.parametrize(
    ("backend", "model_format", "largest"),
    [("onnxruntime", "onnx", 64), ("pytorch", "torchscript", 64), ("tensorrt", "tensorrt", 8), ("python", "python", 8)],
)  # fmt: skip
def test_what_is_derived_is_valid(signature, backend, model_format, largest):
    text = modelconfig.derive(signature, backend=backend, model_format=model_format)

    assert modelconfig.validate(text, signature=signature, model_name="m.v1", backend=backend) == []
    config = modelconfig.parse(text)
    assert config.max_batch_size == (largest if signature["batchable"] else 0)
    assert config.HasField("dynamic_batching") is signature["batchable"]
    assert len(config.instance_group) == 1


def test_a_compiled_package_of_torch_has_its_platform_and_no_batches():
    text = modelconfig.derive(PLAIN, backend="pytorch", model_format="torch.export")

    assert text.startswith('backend: "pytorch"\nplatform: "torch_aoti"\nmax_batch_size: 0\n')
    assert modelconfig.validate(text, signature=PLAIN, model_name="m.v1", backend="pytorch") == []


def test_vllm_is_decoupled_and_chooses_its_own_gpus():
    text = modelconfig.derive(TEXT, backend="vllm")

    config = modelconfig.parse(text)
    assert modelconfig.validate(text, signature=TEXT, model_name="m.v1", backend="vllm") == []
    assert config.model_transaction_policy.decoupled is True
    assert "kind: KIND_MODEL count: 1" in text
    assert [entry.name for entry in config.input if not entry.optional] == ["text_input"]


def test_an_optional_input_may_be_left_out_of_a_configuration():
    text = """backend: "vllm"
input { name: "text_input" data_type: TYPE_STRING dims: 1 }
output { name: "text_output" data_type: TYPE_STRING dims: -1 }
instance_group { kind: KIND_MODEL count: 1 }
model_transaction_policy { decoupled: true }
"""

    assert modelconfig.validate(text, signature=TEXT, model_name="m.v1", backend="vllm") == []


@pytest.mark.parametrize(
    ("backend", "text", "message"),
    [
        ("vllm", 'backend: "vllm"', "vLLM answers in many parts, so its model must be decoupled."),
        ("vllm", 'backend: "vllm" instance_group { kind: KIND_GPU count: 2 }',
         "vLLM chooses its GPUs itself and batches in one instance."),
        ("ensemble", 'backend: "ensemble"', "An ensemble has no backend of its own."),
        ("ensemble", 'platform: "ensemble"', "An ensemble needs at least one step."),
        ("ensemble", 'platform: "ensemble" version_policy { all { } }',
         "“version_policy” is not yours to set: each version is a model of its own in Triton."),
        ("onnxruntime", 'backend: "onnxruntime" platform: "torch_aoti"', "“platform” is the old way to name a backend."),
    ],
)  # fmt: skip
def test_what_would_not_load_is_named(backend, text, message):
    empty = {"inputs": [], "outputs": [], "batchable": False}

    found = modelconfig.validate(text, signature=empty, model_name="m.v1", backend=backend)

    assert message in [problem.message for problem in found]
