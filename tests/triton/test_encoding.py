"""Values from JSON become tensors of their type, or an error that names the input."""

import math

import numpy as np
import pytest

from core.errors import Invalid
from serving.triton.encoding import _plain, encode


def given(datatype="FP32", shape=(2,), data=(1, 2), **more):
    return {"name": "x", "datatype": datatype, "shape": list(shape), "data": data} | more


def values(entry):
    from tritonclient.utils import deserialize_bytes_tensor, triton_to_np_dtype

    raw = entry._get_content()
    if entry.datatype() == "BYTES":
        return [word.decode() for word in deserialize_bytes_tensor(raw)]
    return np.frombuffer(raw, triton_to_np_dtype(entry.datatype())).tolist()


@pytest.mark.parametrize(
    ("tensor", "expected"),
    [
        (given(), [1.0, 2.0]),
        (given(data=[[1], [2]], shape=[2, 1]), [1.0, 2.0]),
        (given(data=7, shape=[1]), [7.0]),
        (given(data=[1, "NaN", "-Infinity"], shape=[3]), [1.0, math.nan, -math.inf]),
        (given("FP64", data=[0.1, 1e300]), [0.1, 1e300]),
        (given("FP16", data=[0.5, 65504]), [0.5, 65504.0]),
        (given("INT64", data=[-(2**63), 2**63 - 1]), [-(2**63), 2**63 - 1]),
        (given("UINT64", data=[0, 2**64 - 1]), [0, 2**64 - 1]),
        (given("INT8", data=[1.0, -128]), [1, -128]),
        (given("BOOL", data=[True, False]), [True, False]),
        (given("BOOL", data=[1, 0]), [True, False]),
        (given("BYTES", data=["ä", ""]), ["ä", ""]),
    ],
)
def test_values_arrive_as_they_were_meant(tensor, expected):
    found = values(encode(tensor))

    assert found == pytest.approx(expected, nan_ok=True) if tensor["datatype"].startswith("FP") else expected


@pytest.mark.parametrize(
    ("tensor", "detail"),
    [
        ({}, "Each input is an object with a name."),
        ([], "Each input is an object with a name."),
        (given(name=7), "Each input is an object with a name."),
        (given("FP99"), "Input “x”: there is no datatype “FP99”."),
        (given(shape=["2"]), "Input “x”: its shape is not a list of whole numbers."),
        (given() | {"shape": None}, "Input “x”: its shape is not a list of whole numbers."),
        (given(shape=[True, 2]), "Input “x”: its shape is not a list of whole numbers."),
        (given(shape=[0]), "Input “x”: the shape [0] is empty or too large."),
        (given(shape=[2, -1]), "Input “x”: the shape [2, -1] is empty or too large."),
        (given(shape=[10**9, 10**9]), "Input “x”: the shape [1000000000, 1000000000] is empty or too large."),
        (given(data=[1, 2, 3]), "Input “x”: 3 values do not fill the shape [2], which takes 2."),
        (given(data=[[1, 2]], shape=[2, 1]), "Input “x”: its data is nested as [1, 2], but its shape is [2, 1]."),
        (given(data=[[1], [2, 3]]), "Input “x”: its data is not a list of FP32 values."),
        (given(data=["a", 1]), "Input “x”: its data is not a list of FP32 values."),
        (given(data=[None, 1]), "Input “x”: its data is not a list of FP32 values."),
        (given(data=[True, False]), "Input “x”: its data is not a list of FP32 values."),
        (given(data={"a": 1}), "Input “x”: its data is not a list of FP32 values."),
        (given(data=[]), "Input “x”: its data is not a list of FP32 values."),
        (given(data=None), "Input “x”: its data is not a list of FP32 values."),
        (given("FP16", data=[1, 1e6]), "Input “x”: some values do not fit FP16."),
        (given("INT8", data=[1, 128]), "Input “x”: some values do not fit INT8."),
        (given("UINT8", data=[1, -1]), "Input “x”: some values do not fit UINT8."),
        (given("INT32", data=[1, 1.5]), "Input “x”: some values do not fit INT32."),
        (given("INT64", data=[1, 2**64]), "Input “x”: some values do not fit INT64."),
        (given("INT64", data=[1, "2"]), "Input “x”: its data is not a list of INT64 values."),
        (given("INT64", data=[1, float("nan")]), "Input “x”: its data is not a list of INT64 values."),
        (given("BOOL", data=[1, 2]), "Input “x”: its data is not a list of BOOL values."),
        (given("BYTES", data=[1, 2]), "Input “x”: its data is not a list of BYTES values."),
        (given("BYTES", data=[["a"], ["b", "c"]]), "Input “x”: its data is not a list of BYTES values."),
    ],
)  # fmt: skip
def test_what_is_no_tensor_is_named(tensor, detail):
    with pytest.raises(Invalid) as refused:
        encode(tensor)

    assert (refused.value.code, refused.value.detail) == ("bad-input", detail)


def test_a_rule_stands_for_its_values():
    entry = encode({"name": "x", "datatype": "INT64", "shape": [2, 3], "fill": "scatter"})

    assert set(values(entry)) <= {0, 1}
    assert entry.shape() == [2, 3]


def test_numbers_that_json_lacks_leave_as_words():
    assert _plain(np.array([1.5, np.nan, np.inf, -np.inf])) == [1.5, "NaN", "Infinity", "-Infinity"]
