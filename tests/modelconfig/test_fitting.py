"""Recorded requests follow the configuration that a person chose."""

import pytest

from models_registry import modelconfig

SIGNATURE = {
    "inputs": [
        {"name": "X", "datatype": "FP32", "shape": [-1, -1], "dims": [-1]},
        {"name": "age", "datatype": "INT64", "shape": [-1], "dims": [1], "reshape": []},
    ],
    "outputs": [
        {"name": "label", "datatype": "INT64", "shape": [-1], "dims": [1], "reshape": []},
        {"name": "odds", "datatype": "FP32", "shape": [-1, 3], "dims": [3]},
    ],
    "batchable": True,
}
DERIVED = modelconfig.derive(SIGNATURE, backend="onnxruntime")


def recorded(batch):
    return {
        "batch": batch,
        "inputs": [
            {"name": "X", "datatype": "FP32", "shape": [batch, 8], "fill": "scatter"},
            {"name": "age", "datatype": "INT64", "shape": [batch, 1], "data": [1] * batch},
        ],
        "outputs": [
            {"name": "label", "datatype": "INT64", "shape": [batch, 1], "data": [0] * batch},
            {"name": "odds", "datatype": "FP32", "shape": [batch, 3], "data": [0.5] * 3 * batch},
        ],
    }


GOLDEN = [recorded(1), recorded(2)]


def test_the_derived_configuration_takes_all_as_they_are():
    assert modelconfig.fitting(GOLDEN, config_text=DERIVED) == GOLDEN


def test_a_batch_that_is_too_large_is_left_out():
    text = DERIVED.replace("max_batch_size: 64", "max_batch_size: 1")

    assert modelconfig.fitting(GOLDEN, config_text=text) == GOLDEN[:1]


def test_without_batching_one_value_a_row_has_one_dimension():
    text = modelconfig.derive(SIGNATURE | {"batchable": False}, backend="onnxruntime")

    found = modelconfig.fitting(GOLDEN, config_text=text)

    assert [tensor["shape"] for tensor in found[1]["inputs"]] == [[2, 8], [2]]
    assert [tensor["shape"] for tensor in found[1]["outputs"]] == [[2], [2, 3]]


def test_sizes_that_the_configuration_fixes_otherwise_do_not_fit():
    assert modelconfig.fitting(GOLDEN, config_text=DERIVED.replace("dims: [-1]", "dims: [9]")) == []
    assert modelconfig.fitting(GOLDEN, config_text=DERIVED.replace("dims: [-1]", "dims: [8]")) == GOLDEN


def test_outputs_that_are_not_sent_are_not_compared():
    lines = [line for line in DERIVED.splitlines() if '"odds"' not in line]

    found = modelconfig.fitting(GOLDEN, config_text="\n".join(lines).replace(" },\n]", " }\n]"))

    assert [[tensor["name"] for tensor in pair["outputs"]] for pair in found] == [["label"], ["label"]]


@pytest.mark.parametrize("golden", [[], [{"batch": 1, "inputs": [], "outputs": []}]])
def test_nothing_recorded_is_nothing_to_send(golden):
    assert modelconfig.fitting(golden, config_text=DERIVED) == golden
