"""What Triton says becomes a cause, its own words without their wrapping, and a hint."""

import pytest
from tritonclient.utils import InferenceServerException

from core.errors import Invalid, Upstream, UpstreamTimeout
from serving.triton.errors import plain, translate
from serving.triton.symptoms import SYMPTOMS

LOAD = "load failed for model 'm.v1': version 1 is at UNAVAILABLE state: "
TRACE = "\n\nAt:\n  /srv/backends/onnxruntime/model.py(265): check\n;\n"
BROKEN = (
    f"{LOAD}Internal: InvalidProtobuf: [ONNXRuntimeError] : 7 : INVALID_PROTOBUF : "
    f"Load model from /srv/models/m.v1/1/model.onnx failed:Protobuf parsing failed.{TRACE}"
)
DIMS = (
    f"{LOAD}Internal: ValueError: input 'x' has dims [-1, 3] in the model, "
    f"[-1, 4] (the first is the batch) in the configuration{TRACE}"
)


def raised(message, status="StatusCode.INVALID_ARGUMENT"):
    return InferenceServerException(msg=message, status=status)


@pytest.mark.parametrize(
    ("message", "status", "kind", "code"),
    [
        (BROKEN, "INVALID_ARGUMENT", Invalid, "broken-file"),
        (DIMS, "INVALID_ARGUMENT", Invalid, "config-mismatch"),
        ("failed to load 'm', failed to poll from model repository", "INTERNAL", Invalid, "cannot-poll"),
        (f"{LOAD}Invalid argument: unable to find backend library for backend 'nope', try …", "INVALID_ARGUMENT",
         Invalid, "no-backend"),
        (f"{LOAD}at least one version must be available under the version policy of model 'm'",
         "INVALID_ARGUMENT", Invalid, "no-version-folder"),
        (f"{LOAD}Internal: Current official support for domain ai.onnx is till opset 28.", "INVALID_ARGUMENT",
         Invalid, "opset"),
        (f"{LOAD}Internal: FileNotFoundError: no file 'model.onnx' in version folder '1'", "INVALID_ARGUMENT",
         Upstream, "missing-file"),
        ("[request id: <id_unknown>] inference request batch-size must be <= 8 for 'm'", "INVALID_ARGUMENT",
         Invalid, "batch-too-large"),
        ("[request id: 1] unexpected shape for input 'x' for model 'm'. Expected [-1,3], got [2,4].",
         "INVALID_ARGUMENT", Invalid, "wrong-shape"),
        ("inference input 'x' data-type is 'INT32', but model 'm' expects 'FP32'", "INVALID_ARGUMENT",
         Invalid, "wrong-type"),
        ("unexpected inference input 'z' for model 'm'", "INVALID_ARGUMENT", Invalid, "wrong-input"),
        ("Request for unknown model: 'm' is not found", "NOT_FOUND", Upstream, "not-loaded"),
        ("Exceeds maximum queue size", "UNAVAILABLE", Upstream, "busy"),
        ("Stub process 'm_0' is not healthy.", "INTERNAL", Upstream, "stub-died"),
        ("CUDA out of memory. Tried to allocate 2 GiB", "INTERNAL", Upstream, "out-of-memory"),
        ("The engine plan file is not compatible with this version of TensorRT", "INTERNAL",
         Invalid, "engine-mismatch"),
        ("failed to connect to all addresses", "UNAVAILABLE", Upstream, "triton-away"),
        ("Deadline Exceeded", "DEADLINE_EXCEEDED", UpstreamTimeout, "triton-timeout"),
        ("something new", "INTERNAL", Upstream, "triton-error"),
        ("something new", "INVALID_ARGUMENT", Invalid, "triton-refused"),
    ],
)  # fmt: skip
def test_each_symptom_has_its_cause(message, status, kind, code):
    error = translate(raised(message, f"StatusCode.{status}"), doing="loading m.v1")

    assert type(error) is kind
    assert error.code == code
    assert error.hint
    assert "/srv/" not in error.detail


def test_the_detail_is_the_cause_and_then_tritons_words():
    assert translate(raised(DIMS), doing="loading").detail == (
        "Names, types or dims in the configuration are not those of the model file. Triton says: ValueError: "
        "input 'x' has dims [-1, 3] in the model, [-1, 4] (the first is the batch) in the configuration"
    )


def test_an_unknown_message_is_passed_on_with_what_was_asked():
    error = translate(raised("whatever", "StatusCode.INTERNAL"), doing="loading m.v1")

    assert error.detail == "Triton failed while loading m.v1. It says: whatever"


def test_words_are_cut_to_what_a_page_can_show():
    assert len(plain("x" * 100_000)) == 600


def test_every_symptom_says_why_and_what_helps():
    assert len({symptom.code for symptom in SYMPTOMS}) == len(SYMPTOMS)
    assert all(str(symptom.cause).endswith(".") and str(symptom.hint).endswith(".") for symptom in SYMPTOMS)
