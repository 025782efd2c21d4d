"""What inspection finds out about files that can be served."""

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper

from models_registry.inspection import Inspection, inspect_file
from models_registry.inspection.samples import filled
from tests.inspection import graphs
from tests.inspection.graphs import BOOL, INT64, value
from tests.inspection.judging import judged, warned


@pytest.fixture
def inspected(tmp_path):
    return lambda model: judged(graphs.saved(model, tmp_path))


def test_a_batchable_model_is_known_in_full(inspected):
    found = inspected(graphs.linear())

    assert found.signature == {
        "inputs": [{"name": "x", "datatype": "FP32", "shape": [-1, 3], "dims": [3]}],
        "outputs": [{"name": "y", "datatype": "FP32", "shape": [-1, 2], "dims": [2]}],
        "batchable": True,
    }
    assert (found.format, found.backend, found.max_batch, found.warnings) == ("onnx", "onnxruntime", 64, [])
    assert found.facts == {
        "opset": 17,
        "domains": {"ai.onnx": 17},
        "ir_version": 9,
        "producer": "tests",
        "parameters": 6,
        "nodes": 1,
        "bytes": len(graphs.linear().SerializeToString()),
        "onnxruntime": onnxruntime.__version__,
        "ran": [1, 2],
    }


def test_one_and_two_rows_are_recorded_with_their_answers(inspected):
    one, two = inspected(graphs.linear()).golden

    rows = filled(datatype="FP32", shape=[2, 3])
    weights = np.arange(6, dtype=np.float32).reshape(3, 2)
    assert (one["batch"], two["batch"]) == (1, 2)
    assert two["inputs"][0]["shape"] == [2, 3]
    assert np.allclose(two["inputs"][0]["data"], rows.ravel())
    assert two["outputs"][0]["shape"] == [2, 2]
    assert np.allclose(two["outputs"][0]["data"], (rows @ weights).ravel())
    assert one["inputs"][0]["data"] == two["inputs"][0]["data"][:3]


def test_the_sandbox_gives_the_same_answer_and_it_survives_json(tmp_path, inspected):
    found = inspect_file(graphs.saved(graphs.linear(), tmp_path), filename="model.onnx")

    assert found == inspected(graphs.linear())
    assert Inspection.from_json(found.to_json()) == found


def test_a_fixed_first_dimension_is_not_batched(inspected):
    found = inspected(graphs.doubling([1, 3]))

    assert found.signature["batchable"] is False
    assert found.signature["inputs"] == [{"name": "x", "datatype": "FP32", "shape": [1, 3], "dims": [1, 3]}]
    assert [pair["batch"] for pair in found.golden] == [1]
    assert found.max_batch == 0


def test_a_size_of_minus_one_means_free(inspected):
    found = inspected(graphs.doubling([-1, 3]))

    assert found.signature["inputs"][0]["shape"] == [-1, 3]
    assert found.signature["batchable"] is True


def test_weights_in_constants_count_as_parameters(inspected):
    weights = graphs.numpy_helper.from_array(np.ones((3, 2), dtype=np.float32))
    nodes = [
        helper.make_node("Constant", [], ["w"], value=weights),
        helper.make_node("MatMul", ["x", "w"], ["y"]),
    ]

    found = inspected(graphs.a_model(nodes, [value("x", ["n", 3])], [value("y", ["n", 2])]))

    assert found.facts["parameters"] == 6


def test_one_value_a_row_is_stated_as_a_dim_of_one(inspected):
    model = graphs.one_node(
        "ArgMax", [value("x", ["n", 3])], [value("best", ["n"], INT64)], axis=1, keepdims=0
    )

    found = inspected(model)

    assert found.signature["outputs"] == [
        {"name": "best", "datatype": "INT64", "shape": [-1], "dims": [1], "reshape": []}
    ]
    assert found.golden[1]["outputs"] == [
        {"name": "best", "datatype": "INT64", "shape": [2, 1], "data": [2, 2]}
    ]


def test_every_type_that_triton_carries_is_recognised(inspected):
    kinds = {
        "FP16": TensorProto.FLOAT16,
        "FP64": TensorProto.DOUBLE,
        "INT8": TensorProto.INT8,
        "UINT8": TensorProto.UINT8,
        "INT32": TensorProto.INT32,
        "INT64": TensorProto.INT64,
        "BOOL": TensorProto.BOOL,
        "BYTES": TensorProto.STRING,
    }
    names = list(kinds)
    nodes = [helper.make_node("Identity", [f"x{name}"], [f"y{name}"]) for name in names]
    sides = [[value(f"{side}{name}", ["n", 2], kinds[name]) for name in names] for side in "xy"]

    found = inspected(graphs.a_model(nodes, *sides))

    assert [tensor["datatype"] for tensor in found.signature["inputs"]] == names
    assert found.golden[0]["inputs"][-1]["data"] == ["shell", "conch"]
    for pair in found.golden:
        assert [one["data"] for one in pair["inputs"]] == [one["data"] for one in pair["outputs"]]


def test_an_output_without_a_shape_is_known_from_the_runs(inspected):
    found = inspected(
        graphs.one_node("Compress", [value("x", ["n", 3]), value("keep", ["m"], BOOL)], [value("y", None)])
    )

    assert [tensor["shape"] for tensor in found.signature["outputs"]] == [[-1]]
    assert found.signature["batchable"] is False


@pytest.mark.parametrize(
    ("model", "warning"),
    [
        (
            graphs.reshaped([7]),
            "The model loads but did not run on sample values, so its answers are not recorded: ",
        ),
        (
            graphs.one_node("Softmax", [value("x", ["n", 3])], [value("y", ["n", 3])], axis=0),
            "With two rows, “y” differs from the answer to the first row alone, so the model is not batched.",
        ),
        (
            graphs.one_node("Transpose", [value("x", ["n", "k"])], [value("y", ["k", "n"])], perm=[1, 0]),
            "The first dimensions are free, but “y” has the shape [8, 2] for two rows, so the model is not batched.",
        ),
        (
            graphs.one_node("CumSum", [value("x", ["n", 3]), value("axis", ["k"], INT64)], [value("y", ["n", 3])]),
            "The first dimensions are free, but the model fails with two rows, so it is not batched: ",
        ),
        (
            graphs.one_node("RandomUniformLike", [value("x", ["n", 3])], [value("y", ["n", 3])]),
            "The same input gave two different answers, so they are not recorded.",
        ),
        (
            graphs.doubling(opsets={"": 17, "com.example": 1}),
            "The model declares the operator set com.example but uses none of its operators.",
        ),
    ],
    ids=["does-not-run", "rows-mix", "transposed", "one-row-only", "random", "unused-domain"],
)  # fmt: skip
def test_what_is_odd_but_servable_is_a_warning(inspected, model, warning):
    found = inspected(model)

    assert len(found.warnings) == 1
    assert warned(found)[0].startswith(warning)


def test_large_tensors_are_recorded_as_a_rule_and_a_sample(inspected):
    found = inspected(graphs.doubling(["n", 3, "h", "w"]))

    (given,), (answer,) = found.golden[0]["inputs"], found.golden[0]["outputs"]
    assert given == {"name": "x", "datatype": "FP32", "shape": [1, 3, 224, 224], "fill": "scatter"}
    expected = 2 * filled(datatype="FP32", shape=[1, 3, 224, 224]).ravel()[:: answer["sample"]["every"]]
    assert np.allclose(answer["sample"]["values"], expected)
    assert len(expected) == 64


def test_values_that_json_has_no_number_for_are_recorded_as_words(inspected):
    zero = helper.make_tensor("zero", graphs.FLOAT, [1], [0.0])
    model = graphs.a_model(
        [helper.make_node("Div", ["x", "zero"], ["y"])],
        [value("x", ["n", 1])],
        [value("y", ["n", 1])],
        weights=[zero],
    )

    assert inspected(model).golden[0]["outputs"][0]["data"] == ["Infinity"]


def test_functions_of_the_models_own_are_not_custom_operators(inspected):
    assert inspected(graphs.own_function()).warnings == []
