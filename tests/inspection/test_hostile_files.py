"""Files that cannot be served, by accident or by intent: each gets its own answer and the parent goes on."""

import io
import os
import pickle
import time
import zipfile
from dataclasses import replace

import pytest
from onnx import TensorProto, helper

from core.errors import Invalid, Upstream
from models_registry.inspection import Limits, inspect_file, wire
from models_registry.inspection.sentences import REFUSALS
from tests.inspection import graphs
from tests.inspection.graphs import FLOAT, value
from tests.inspection.judging import judged

LIMITS = Limits()


def refused(path, *, filename="model.onnx", limits=LIMITS):
    """The sandbox's refusal."""
    with pytest.raises(Invalid) as found:
        inspect_file(path, filename=filename, limits=limits)
    return complete(found.value)


def unfit(path, *, filename="model.onnx"):
    """The refusal of a file that does no harm, without the sandbox."""
    with pytest.raises(Invalid) as found:
        judged(path, filename=filename)
    return complete(found.value)


def complete(error):
    assert error.detail
    assert error.hint
    assert "%(" not in error.detail + error.hint
    return error


def a_zip():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("model/data.pkl", "x")
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "code", "detail"),
    [
        (b"", "empty-file", "The file is empty."),
        (a_zip(), "torch-weights",
         "“model.onnx” holds weights or a pickled module of PyTorch, without the program that uses them."),
        (pickle.dumps({"a": 1}), "pickle",
         "“model.onnx” is a Python pickle, and loading a pickle runs code."),
        (b"\x89PNG\r\n\x1a\n" + bytes(64), "unsupported-format",
         "“model.onnx” looks like a PNG image, which nothing here can serve."),
        (b"<!doctype html><html>", "unsupported-format",
         "“model.onnx” looks like a web page or XML, which nothing here can serve."),
        ("Größe: 12\n".encode() * 100, "unsupported-format",
         "“model.onnx” looks like plain text, which nothing here can serve."),
        (bytes(1000), "not-onnx", "“model.onnx” is not an ONNX model."),
        (b"\xff" * 1000, "not-onnx", "“model.onnx” is not an ONNX model."),
    ],
    ids=["empty", "zip", "pickle", "png", "html", "text", "zeros", "ones"],
)  # fmt: skip
def test_a_file_that_is_no_onnx_says_what_it_looks_like(tmp_path, content, code, detail):
    path = tmp_path / "file"
    path.write_bytes(content)

    error = unfit(path)

    assert (error.code, error.detail) == (code, detail)


@pytest.mark.parametrize("kept", [0.2, 0.5, 0.9, 0.99])
def test_a_truncated_file_is_called_truncated(tmp_path, kept):
    whole = graphs.saved(graphs.linear(), tmp_path).read_bytes()
    path = tmp_path / "cut.onnx"
    path.write_bytes(whole[: int(len(whole) * kept)])

    assert unfit(path).code == "truncated"


def test_damage_inside_the_graph_is_told_from_truncation(tmp_path):
    content = bytearray(graphs.saved(graphs.linear(), tmp_path).read_bytes())
    # The tag of the node's operator becomes one that no field has.
    content[content.index(b"MatMul") - 2] = 0x07
    path = tmp_path / "model.onnx"
    path.write_bytes(content)

    assert unfit(path).code == "damaged"


def test_graphs_nested_beyond_reason_are_damage(tmp_path):
    # By hand: onnx.helper cannot nest that deep either.
    content = b""
    for _ in range(300):
        branch = wire.message(1, b"then_branch") + wire.message(6, content)
        content = wire.message(1, wire.message(4, b"If") + wire.message(5, branch))
    path = tmp_path / "deep.onnx"
    path.write_bytes(b"\x08\x09" + wire.message(7, content))

    assert refused(path).code == "damaged"


def test_more_than_one_file_can_hold_is_told_without_reading_it(tmp_path):
    path = tmp_path / "large.onnx"
    size = 2**31 + 2**20
    with path.open("wb") as file:
        file.write(b"\x08\x09" + wire.encoded(7 << 3 | 2) + wire.encoded(size))
        file.truncate(file.tell() + size)  # a hole: no disk is used

    assert refused(path).code == "too-large"


def test_an_onnx_file_under_another_name_is_asked_to_be_renamed(tmp_path):
    assert unfit(graphs.saved(graphs.linear(), tmp_path), filename="model.bin").code == "wrong-extension"


@pytest.mark.parametrize("dims", [[10**12], [10**6, 10**6], [2**40, 2**40], [-1, 4]])
def test_weights_larger_than_the_file_are_refused_before_anything_is_allocated(tmp_path, dims):
    started = time.perf_counter()

    error = refused(graphs.saved(graphs.with_claimed_weight(dims), tmp_path))

    assert error.code == "huge-weight"
    assert error.detail == (f"The weights “w” claim the shape {dims}, but the file holds 4 bytes for them.")
    assert time.perf_counter() - started < 10


def test_an_input_that_no_request_could_carry_is_refused(tmp_path):
    error = refused(graphs.saved(graphs.doubling(["batch", 10**9]), tmp_path))

    assert error.code == "huge-tensor"
    assert error.detail == (
        "The tensor “x” has the shape [-1, 1000000000]: a single request would carry 1000000000 values."
    )


@pytest.mark.parametrize("make", [graphs.with_external_weight, graphs.with_external_constant])
@pytest.mark.parametrize(
    ("place", "code"),
    [("weights.bin", "external-data"), ("../../secret_key", "external-data-path"), ("/etc/passwd", "external-data-path")],
)  # fmt: skip
def test_weights_kept_elsewhere_are_refused_by_name(tmp_path, make, place, code):
    error = unfit(graphs.saved(make(place), tmp_path))

    assert error.code == code
    assert place in error.detail


def test_a_loop_that_does_not_end_is_stopped_by_the_clock(tmp_path):
    started = time.perf_counter()

    error = refused(graphs.saved(graphs.endless(), tmp_path), limits=replace(LIMITS, wall_s=4.0))

    assert error.code == "too-slow"
    assert error.detail == "Reading and running the model once did not end within 4 s."
    assert time.perf_counter() - started < 8


def test_a_loop_that_does_not_end_is_stopped_by_its_cpu_time_too(tmp_path):
    limits = replace(LIMITS, wall_s=50.0, cpu_s=3)

    assert refused(graphs.saved(graphs.endless(), tmp_path), limits=limits).code == "too-slow"


@pytest.mark.parametrize("elements", [10**9, 10**11])
def test_a_memory_bomb_hits_its_own_limit(tmp_path, elements):
    assert refused(graphs.saved(graphs.bomb(elements), tmp_path)).code == "too-much-memory"


def test_a_limit_too_small_to_start_is_still_an_answer(tmp_path):
    limits = replace(LIMITS, memory_bytes=60 * 1024**2, memory_per_file_byte=0)

    assert refused(graphs.saved(graphs.linear(), tmp_path), limits=limits).code in {
        "too-much-memory",
        "inspection-crashed",
    }


@pytest.mark.parametrize(
    ("model", "code", "detail"),
    [
        (graphs.doubling(opsets={"": 99}), "opset-too-new",
         "The model uses opset 99 of ai.onnx; the ONNX Runtime here knows up to "),
        (graphs.doubling(ir_version=99), "ir-too-new",
         "The model has the ONNX IR version 99; the ONNX Runtime here knows up to "),
        (graphs.custom_operator(), "custom-operators",
         "The model needs operators that ONNX Runtime does not have: com.example.Frobnicate."),
        (graphs.doubling(kind=TensorProto.BFLOAT16), "datatype",
         "The tensor “x” has the element type 16, which cannot be served."),
        (graphs.doubling([]), "scalar",
         "The tensor “x” has no dimensions, and Triton knows no scalars outside a batch."),
        (graphs.doubling(["batch", 0]), "empty-dimension", "The tensor “x” has a dimension of size 0."),
        (graphs.one_node("Constant", [], [value("y", [1])], value_float=1.0), "no-inputs",
         "The model has no inputs."),
        (graphs.a_model([], [value("x", ["n"])], []), "no-outputs", "The model has no outputs."),
        (graphs.one_node("Nonsense", [value("x", ["n", 2])], [value("y", ["n", 2])]), "cannot-load",
         "ONNX Runtime does not take the model: "),
        (graphs.one_node("Identity", [value("x\x00y", ["n", 2])], [value("y", ["n", 2])]), "bad-tensor-name",
         "“xy” is no usable name of an input or output: empty, repeated, too long or unprintable."),
    ],
    ids=["opset", "ir", "custom", "bfloat16", "scalar", "empty-dim", "no-inputs", "no-outputs", "nonsense", "name"],
)  # fmt: skip
def test_a_model_that_cannot_be_served_says_why(tmp_path, model, code, detail):
    error = unfit(graphs.saved(model, tmp_path))

    assert error.code == code
    assert error.detail.startswith(detail)
    assert str(tmp_path) not in error.detail


def test_a_sequence_of_maps_is_refused_with_the_exporters_own_switch(tmp_path):
    kind = helper.make_sequence_type_proto(
        helper.make_map_type_proto(TensorProto.INT64, helper.make_tensor_type_proto(FLOAT, []))
    )
    node = helper.make_node("ZipMap", ["x"], ["y"], domain="ai.onnx.ml", classlabels_int64s=[0, 1, 2])
    output = helper.make_value_info("y", kind)
    opsets = {"": 17, "ai.onnx.ml": 3}

    error = unfit(
        graphs.saved(graphs.a_model([node], [value("x", ["n", 3])], [output], opsets=opsets), tmp_path)
    )

    assert error.code == "zipmap"
    assert "zipmap" in error.hint


def test_a_sequence_is_not_a_tensor(tmp_path):
    output = helper.make_value_info(
        "y", helper.make_sequence_type_proto(helper.make_tensor_type_proto(FLOAT, []))
    )
    node = helper.make_node("SequenceConstruct", ["x"], ["y"])

    error = unfit(graphs.saved(graphs.a_model([node], [value("x", ["n", 3])], [output]), tmp_path))

    assert (error.code, error.detail) == (
        "not-a-tensor",
        "The output “y” is of the kind sequence; Triton carries tensors only.",
    )


def test_a_crash_of_the_worker_is_an_answer(tmp_path, monkeypatch):
    monkeypatch.setattr("models_registry.inspection.sandbox.FIXED", {"PYTHONPATH": "/nonexistent"})

    error = refused(graphs.saved(graphs.linear(), tmp_path))

    assert error.code == "inspection-crashed"


def test_the_worker_sees_no_secrets(tmp_path, monkeypatch):
    from models_registry.inspection import sandbox

    seen = {}
    start = sandbox.subprocess.Popen

    def spy(command, **given):
        seen.update(given["env"])
        return start(command, **given)

    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    monkeypatch.setattr(sandbox.subprocess, "Popen", spy)
    inspect_file(graphs.saved(graphs.linear(), tmp_path), filename="m.onnx")

    assert set(seen) <= {*sandbox.PASSED_ON, *sandbox.FIXED}


def test_a_file_that_is_gone_is_the_stores_fault(tmp_path):
    with pytest.raises(Upstream) as gone:
        inspect_file(tmp_path / "missing", filename="model.onnx")

    assert gone.value.code == "artifact-missing"


def test_nothing_is_left_behind(tmp_path):
    path = graphs.saved(graphs.linear(), tmp_path)
    before = set(os.listdir("/proc/self/fd"))

    inspect_file(path, filename="model.onnx")

    assert set(os.listdir("/proc/self/fd")) == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["model.onnx"]


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x08\x09"])
def test_the_sandbox_refuses_as_the_judgement_inside_it_does(tmp_path, content):
    path = tmp_path / "file"
    path.write_bytes(content)

    assert refused(path).problem() == unfit(path).problem()


def test_every_refusal_has_a_sentence_and_a_hint():
    assert all(str(detail) and str(hint) for detail, hint in REFUSALS.values())
