"""config.pbtxt is judged line by line before a server sees it."""

import time

import pytest

from core.errors import Invalid
from models_registry import modelconfig

SIGNATURE = {
    "inputs": [{"name": "X", "datatype": "FP32", "shape": [-1, 64], "dims": [64]}],
    "outputs": [
        {"name": "label", "datatype": "INT64", "shape": [-1], "dims": [1], "reshape": []},
        {"name": "probabilities", "datatype": "FP32", "shape": [-1, 10], "dims": [10]},
    ],
    "batchable": True,
}
FIXED = {
    "inputs": [{"name": "X", "datatype": "FP32", "shape": [1, 64], "dims": [64]}],
    "outputs": [{"name": "Y", "datatype": "BYTES", "shape": [], "dims": []}],
    "batchable": False,
}
DERIVED = """\
backend: "onnxruntime"
max_batch_size: 64
input [
  { name: "X" data_type: TYPE_FP32 dims: [64] }
]
output [
  { name: "label" data_type: TYPE_INT64 dims: [1] reshape: { shape: [ ] } },
  { name: "probabilities" data_type: TYPE_FP32 dims: [10] }
]
instance_group [
  { kind: KIND_AUTO count: 1 }
]
dynamic_batching {
  max_queue_delay_microseconds: 500
}
"""


def problems(text, signature=SIGNATURE):
    return modelconfig.validate(text, signature=signature, model_name="digits.v1", backend="onnxruntime")


def told(text, signature=SIGNATURE):
    return [(problem.line, problem.message) for problem in problems(text, signature)]


def test_the_derived_text_is_what_a_person_would_write():
    assert modelconfig.derive(SIGNATURE, backend="onnxruntime") == DERIVED


@pytest.mark.parametrize("signature", [SIGNATURE, FIXED])
def test_the_derived_text_is_valid(signature):
    assert problems(modelconfig.derive(signature, backend="onnxruntime"), signature) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("max_batch_size: 64", "max_batch_size: -1", 2, "max_batch_size is between 0 and 65536."),
        ("max_batch_size: 64", 'max_batch_size: "a"', 2, "'max_batch_size: \"a\"': Couldn't parse integer: \"a\"."),
        ("max_batch_size: 64", "max_batch: 64", 2, 'Message type "ModelConfig" has no field named "max_batch".'),
        ("TYPE_FP32 dims: [64]", "TYPE_FP16 dims: [64]", 4, "“X” has the type TYPE_FP16, but the file says TYPE_FP32."),
        ("dims: [64]", "dims: [32]", 4, "“X” has the dims [32], but the file says [64]."),
        ('name: "X"', 'name: "Z"', 3, "The input “X” is missing."),
        ('"onnxruntime"', '"pytorch"', 1, "The backend is “pytorch”, but this file is served by “onnxruntime”."),
        ("count: 1", "count: 100", 11, "An instance group has between 1 and 64 instances, not 100."),
        ("backend:", 'name: "other" backend:', 1, "The name is “other”, but this version is served as “digits.v1”."),
        ("backend:", "version_policy { all { } } backend:", 1,
         "“version_policy” is not yours to set: each version is a model of its own in Triton."),
        ("dynamic_batching {", "dynamic_batching {\n  preferred_batch_size: [ 128 ]", 14,
         "The preferred batch size 128 is outside 1 to max_batch_size, 64."),
        ("backend:", 'platform: "onnxruntime_onnx" backend:', 1, "“platform” is the old way to name a backend."),
    ],
)  # fmt: skip
def test_each_mistake_is_named_at_its_line(old, new, line, message):
    assert (line, message) in told(DERIVED.replace(old, new, 1))


def test_a_model_that_cannot_be_batched_says_so():
    text = modelconfig.derive(FIXED, backend="onnxruntime").replace("max_batch_size: 0", "max_batch_size: 8")

    assert told(text, FIXED)[0] == (
        2,
        "Not every input and output has a free first dimension, so the model cannot be batched.",
    )


def test_outputs_may_be_left_out_and_inputs_may_not():
    lines = [line for line in DERIVED.splitlines() if '"label"' not in line]

    assert told("\n".join(lines)) == []
    assert told('backend: "onnxruntime"\nmax_batch_size: 64\n')[0][1] == "The inputs are missing."


def test_a_ten_megabyte_text_is_refused_at_once():
    started = time.perf_counter()

    found = problems("# x\n" * 2_500_000)

    assert found[0].message == "The text has 10.0 MB; a config.pbtxt has at most 1 MB."
    assert time.perf_counter() - started < 1


def test_deep_nesting_does_not_end_the_process():
    assert len(problems("input {" * 20_000)) == 1


def test_parse_raises_with_the_place():
    with pytest.raises(Invalid) as refused:
        modelconfig.parse("backend: \n\n oops {")

    assert refused.value.code == "bad-config"
    assert refused.value.context["line"] == 3


def test_a_digest_follows_the_meaning_not_the_looks():
    same = "# a comment\n" + DERIVED.replace("dims: [64]", "dims:   [ 64 ]")

    assert modelconfig.digest(same) == modelconfig.digest(DERIVED)
    assert modelconfig.digest(DERIVED.replace("500", "600")) != modelconfig.digest(DERIVED)


def test_the_rendered_file_carries_the_name():
    assert modelconfig.render(DERIVED, triton_name="digits.v1").startswith('name: "digits.v1"\nbackend:')
