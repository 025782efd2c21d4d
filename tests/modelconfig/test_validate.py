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
    "outputs": [{"name": "Y", "datatype": "BYTES", "shape": [2], "dims": [2]}],
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
        ('backend: "onnxruntime"', "", 1, "The backend is missing."),
        (" reshape: { shape: [ ] }", "", 7, "“label” has one value a row, which Triton states in a special way."),
        ("dims: [64]", "dims: [64] reshape: { shape: [ 8, 8 ] }", 4,
         "“X” has the dims [8, 8], but the file says [64]."),
        ("dims: [64]", "dims: [32] reshape: { shape: [ 64 ] }", 4,
         "“X” cannot be reshaped from [32] to [64]: the sizes differ."),
        ("dims: [10]", "dims: [-1]", 8, "“probabilities” has the dims [-1], but the file says [10]."),
        ('"probabilities"', '"label"', 8, "“label” is stated twice."),
        ('"probabilities"', '"odds"', 8, "The file has no output named “odds”."),
        ("count: 1", "count: -1", 11, "An instance group has between 1 and 64 instances, not -1."),
        ("count: 1", "count: 1 gpus: [ 0 ] kind: KIND_CPU", 11,
         "A group of kind KIND_CPU names GPUs."),
        ("{ kind: KIND_AUTO count: 1 }", "{ count: 40 },\n{ count: 40 }", 10,
         "The instance groups have 80 instances together; at most 64 make sense."),
        ("dynamic_batching {", "dynamic_batching {\n priority_levels: 3", 13,
         "default_priority_level is between 1 and priority_levels, 3."),
        ("backend:", 'default_model_filename: "m.onnx"\nbackend:', 1,
         "“default_model_filename” is not yours to set: Conch names the files."),
        ("backend:", "optimization { execution_accelerators {\n gpu_execution_accelerator : [ { name : \"tensorrt\" },\n"
         '{ name: "warp" } ] } }\nbackend:', 3, "There is no accelerator “warp”."),
        ("backend:", "optimization { graph { level: 7 } } backend:", 1, "There is no optimisation level 7."),
        ("backend:", 'parameters { key: "intra_op_thread_count" value { string_value: "two" } } backend:', 1,
         "The parameter “intra_op_thread_count” must be a whole number, not “two”."),
        ("backend:", 'model_warmup { name: "w" inputs { key: "X" value { input_data_file: "x" } } } backend:', 1,
         "The warm-up reads a file, but a version has none besides its model."),
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


def test_a_text_of_another_model_is_not_rendered():
    with pytest.raises(Invalid, match="names “digits.v1”, but the model is “digits.v2”"):
        modelconfig.render('name: "digits.v1"\n' + DERIVED, triton_name="digits.v2")


def test_columns_point_at_the_field():
    found = problems(DERIVED.replace("TYPE_FP32 dims: [64]", "TYPE_FP16 dims: [64]"))

    assert (found[0].line, found[0].column) == (4, 15)


def test_a_warning_comes_after_the_errors():
    text = DERIVED.replace("500", "50000000").replace('"onnxruntime"', '"pytorch"')

    assert [problem.severity for problem in problems(text)] == ["error", "warning"]


def test_names_may_hold_any_letter():
    signature = {
        "inputs": [{"name": '輸入 "a" \\', "datatype": "FP32", "shape": [-1, 2], "dims": [2]}],
        "outputs": [{"name": "y", "datatype": "FP32", "shape": [-1, 2], "dims": [2]}],
        "batchable": True,
    }
    text = modelconfig.derive(signature, backend="onnxruntime")

    assert problems(text, signature) == []
    assert modelconfig.parse(text).input[0].name == '輸入 "a" \\'


def test_the_alias_has_the_tensors_and_the_batch_of_its_target():
    alias = modelconfig.parse(modelconfig.ensemble_alias("digits", "digits.v1", config_text=DERIVED))

    assert (alias.name, alias.platform, alias.max_batch_size) == ("digits", "ensemble", 64)
    assert [(entry.name, list(entry.dims)) for entry in alias.output] == [
        ("label", [1]),
        ("probabilities", [10]),
    ]
    step = alias.ensemble_scheduling.step[0]
    assert (step.model_name, dict(step.input_map)) == ("digits.v1", {"X": "X"})
    assert dict(step.output_map) == {"label": "label", "probabilities": "probabilities"}
