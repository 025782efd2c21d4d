"""Real ONNX files for the inspection's tests, good ones and hostile ones, all made by onnx.helper."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FLOAT, INT64, BOOL = TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL
Dims = Sequence[int | str | None] | None


def value(name: str, dims: Dims, kind: int = FLOAT) -> Any:
    return helper.make_tensor_value_info(name, kind, dims)


def a_model(nodes: list[Any], inputs: list[Any], outputs: list[Any], **given: Any) -> Any:
    """`weights`: initialisers; `opsets`: {domain: version}; `ir_version`."""
    graph = helper.make_graph(nodes, "graph", inputs, outputs, given.get("weights", []))
    opsets = [helper.make_opsetid(*pair) for pair in given.get("opsets", {"": 17}).items()]
    return helper.make_model(
        graph, opset_imports=opsets, ir_version=given.get("ir_version", 9), producer_name="tests"
    )


def saved(model: Any, folder: Path, name: str = "model.onnx") -> Path:
    path = folder / name
    path.write_bytes(model.SerializeToString())
    return path


def doubling(dims: Dims = ("batch", 3), kind: int = FLOAT, **given: Any) -> Any:
    """y = x + x"""
    node = helper.make_node("Add", ["x", "x"], ["y"])
    return a_model([node], [value("x", dims, kind)], [value("y", dims, kind)], **given)


def linear() -> Any:
    """y = x · w, whose weights older exporters list among the inputs too."""
    weights = numpy_helper.from_array(np.arange(6, dtype=np.float32).reshape(3, 2), "w")
    inputs = [value("x", ["batch", 3]), value("w", [3, 2])]
    node = helper.make_node("MatMul", ["x", "w"], ["y"])
    return a_model([node], inputs, [value("y", ["batch", 2])], weights=[weights])


def with_claimed_weight(dims: list[int]) -> Any:
    """A weight that claims a shape and holds four bytes."""
    tensor = TensorProto(name="w", data_type=FLOAT, dims=dims, raw_data=b"\0\0\0\0")
    node = helper.make_node("Add", ["x", "w"], ["y"])
    return a_model([node], [value("x", ["batch", 3])], [value("y", ["batch", 3])], weights=[tensor])


def with_external_weight(place: str) -> Any:
    tensor = TensorProto(name="w", data_type=FLOAT, dims=[3], data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value=place)
    node = helper.make_node("Add", ["x", "w"], ["y"])
    return a_model([node], [value("x", ["batch", 3])], [value("y", ["batch", 3])], weights=[tensor])


def with_external_constant(place: str) -> Any:
    """As above, but hidden in a node inside a branch."""
    tensor = TensorProto(name="c", data_type=FLOAT, dims=[3], data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value=place)
    inner = helper.make_graph(
        [helper.make_node("Constant", [], ["c"], value=tensor)], "inner", [], [value("c", [3])]
    )
    node = helper.make_node("If", ["x"], ["y"], then_branch=inner, else_branch=inner)
    return a_model([node], [value("x", [1], BOOL)], [value("y", [3])])


def endless() -> Any:
    """y = x after a loop of 2^62 turns."""
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go"], ["on"]),
            helper.make_node("Sin", ["state"], ["next"]),
        ],
        "body",
        [value("turn", [], INT64), value("go", [], BOOL), value("state", ["batch", 3])],
        [value("on", [], BOOL), value("next", ["batch", 3])],
    )
    turns = helper.make_tensor("turns", INT64, [], [2**62])
    true = helper.make_tensor("true", BOOL, [], [True])
    node = helper.make_node("Loop", ["turns", "true", "x"], ["y"], body=body)
    return a_model([node], [value("x", ["batch", 3])], [value("y", ["batch", 3])], weights=[turns, true])


def bomb(elements: int) -> Any:
    """A few bytes that make a tensor of so many floats when run."""
    size = helper.make_tensor("size", INT64, [1], [elements])
    nodes = [
        helper.make_node(
            "ConstantOfShape", ["size"], ["big"], value=helper.make_tensor("v", FLOAT, [1], [1.0])
        ),
        helper.make_node("ReduceSum", ["big"], ["total"], keepdims=0),
        helper.make_node("Add", ["x", "total"], ["y"]),
    ]
    return a_model(nodes, [value("x", ["batch", 3])], [value("y", ["batch", 3])], weights=[size])


def reshaped(dims: list[int]) -> Any:
    """y = x, three values a row, in a shape that one row may not fill."""
    shape = helper.make_tensor("shape", INT64, [len(dims)], dims)
    node = helper.make_node("Reshape", ["x", "shape"], ["y"])
    return a_model([node], [value("x", ["n", 3])], [value("y", ["m"] * len(dims))], weights=[shape])


def same_words() -> Any:
    """y = x, which are words."""
    string = TensorProto.STRING
    return one_node("Identity", [value("x", ["n", 2], string)], [value("y", ["n", 2], string)])


def two_outputs() -> Any:
    """twice = 2x, and the largest value of each row."""
    nodes = [
        helper.make_node("Add", ["x", "x"], ["twice"]),
        helper.make_node("ReduceMax", ["x"], ["largest"], axes=[1], keepdims=0),
    ]
    return a_model(nodes, [value("x", ["n", 3])], [value("twice", ["n", 3]), value("largest", ["n"])])


def custom_operator() -> Any:
    node = helper.make_node("Frobnicate", ["x"], ["y"], domain="com.example")
    opsets = {"": 17, "com.example": 1}
    return a_model([node], [value("x", ["batch", 3])], [value("y", ["batch", 3])], opsets=opsets)


def own_function() -> Any:
    """A domain of the model's own, with the function it names inside the model."""
    function = helper.make_function(
        "own",
        "Twice",
        ["a"],
        ["b"],
        [helper.make_node("Add", ["a", "a"], ["b"])],
        [helper.make_opsetid("", 17)],
    )
    node = helper.make_node("Twice", ["x"], ["y"], domain="own")
    model = a_model([node], [value("x", ["batch", 3])], [value("y", ["batch", 3])], opsets={"": 17, "own": 1})
    model.functions.append(function)
    return model


def one_node(operator: str, inputs: list[Any], outputs: list[Any], **attributes: Any) -> Any:
    names = [one.name for one in inputs], [one.name for one in outputs]
    return a_model([helper.make_node(operator, *names, **attributes)], inputs, outputs)


def load(path: Path) -> Any:
    return onnx.load(path)
