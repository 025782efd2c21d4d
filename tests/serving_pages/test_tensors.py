"""The playground's form: texts to tensors and back, and JSON as the other view of the same value."""

import json
import math

import pytest

from serving.tensor_body import as_fields, from_json, to_json
from serving.tensor_values import Wrong
from serving.tensors import Field, concerned, fields, filled, tensor_of


def a_field(datatype="FP32", shape=(-1, 4), **given) -> Field:
    return Field(index=0, name="X", datatype=datatype, shape=tuple(shape), **given)


def test_the_form_follows_the_signature_as_the_configuration_has_it():
    signature = {
        "inputs": [
            {"name": "X", "datatype": "FP32", "shape": [-1, 64], "dims": [64]},
            {"name": "age", "datatype": "INT64", "shape": [-1], "dims": [1], "reshape": []},
        ]
    }

    batched = fields(signature, batched=True)
    whole = fields(signature, batched=False)

    assert [field.shape for field in batched] == [(-1, 64), (-1, 1)]
    assert [field.shape for field in whole] == [(-1, 64), (-1,)]
    assert [field.is_scalar for field in batched] == [False, True]


@pytest.mark.parametrize(
    ("datatype", "shape", "text", "sent_shape", "data"),
    [
        ("FP32", (-1, 4), "1 2.5, 3;4", [1, 4], [1.0, 2.5, 3.0, 4.0]),
        ("FP32", (-1, 2), "[[1, 2], [3, 4]]", [2, 2], [1.0, 2.0, 3.0, 4.0]),
        ("FP32", (-1, 1), "0.5, 1.5", [2, 1], [0.5, 1.5]),
        ("INT64", (1,), " 7 ", [1], [7]),
        ("INT8", (-1,), "-128 127", [2], [-128, 127]),
        ("UINT64", (1,), str(2**64 - 1), [1], [2**64 - 1]),
        ("BOOL", (1,), "true", [1], [True]),
        ("BOOL", (-1, 2), "1 False", [1, 2], [True, False]),
        ("BYTES", (-1, 1), "a, b c", [1, 1], ["a, b c"]),
        ("BYTES", (-1, 1), '["a", "b"]', [2, 1], ["a", "b"]),
        ("BYTES", (-1,), "one\ntwo", [2], ["one", "two"]),
        ("FP64", (2, 2), "[1, 2, 3, 4]", [2, 2], [1.0, 2.0, 3.0, 4.0]),
    ],
)
def test_a_text_becomes_a_tensor(datatype, shape, text, sent_shape, data):
    tensor = tensor_of(a_field(datatype, shape, text=text))

    assert tensor == {"name": "X", "datatype": datatype, "shape": sent_shape, "data": data}


@pytest.mark.parametrize(
    ("datatype", "shape", "text", "message"),
    [
        ("FP32", (-1, 4), "", "Type a value."),
        ("FP32", (-1, 4), "1 2 3", "3 values don't fill rows of 4."),
        ("FP32", (-1, 4), "1", "1 value doesn't fill rows of 4."),
        ("FP32", (2,), "1 2 3", "There are 3 values, but the shape [2] takes 2."),
        ("FP32", (-1, 4), "1 2 x 4", "“x” is no FP32 value."),
        ("INT32", (1,), "1.5", "“1.5” is no INT32 value."),
        ("INT32", (1,), "[1.5]", "“1.5” is no INT32 value."),
        ("INT32", (1,), "[null]", "“null” is no INT32 value."),
        ("FP32", (1,), "[true]", "“true” is no FP32 value."),
        ("FP32", (1,), f"[1{'0' * 400}]", f"“1{'0' * 39}” is no FP32 value."),
        ("INT8", (1,), "128", "128 is outside INT8, which holds -128 to 127."),
        ("UINT8", (1,), "-1", "-1 is outside UINT8, which holds 0 to 255."),
        ("BOOL", (1,), "yes", "“yes” is neither true nor false."),
        ("FP32", (-1, 2), "[[1, 2], [3]]", "The rows of the list differ in length."),
        ("FP32", (-1, 2), "[1, [2]]", "The rows of the list differ in length."),
        ("FP32", (-1, 2), "[[1], [2]]", "The shape is [2, 1], but the input takes [-1, 2]."),
        ("FP32", (-1, 2), "[1,", "This is not JSON. Line 1, column 4: Expecting value."),
    ],
)
def test_a_text_that_is_no_value_says_why(datatype, shape, text, message):
    with pytest.raises(Wrong) as wrong:
        tensor_of(a_field(datatype, shape, text=text))

    assert str(wrong.value) == message


def test_deep_nesting_is_refused():
    with pytest.raises(Wrong, match="nested too deep"):
        tensor_of(a_field(text="[" * 100_000))


def test_with_two_free_sizes_the_shape_is_asked_for():
    field = a_field(shape=(-1, -1), text="1 2 3 4")

    with pytest.raises(Wrong, match="write the shape too"):
        tensor_of(field)
    with pytest.raises(Wrong, match="whole numbers"):
        tensor_of(a_field(shape=(-1, -1), text="1 2 3 4", shape_text="two, 2"))

    assert tensor_of(a_field(shape=(-1, -1), text="1 2 3 4", shape_text="[2, 2]"))["shape"] == [2, 2]
    assert tensor_of(a_field(shape=(-1, -1), text="[[1, 2, 3, 4]]"))["shape"] == [1, 4]


@pytest.mark.parametrize(
    ("datatype", "shape", "tensor_shape", "data", "text"),
    [
        ("FP32", (-1, 2), [2, 2], [0.1, 2.0, -3.5, 1e-7], "0.1, 2\n-3.5, 1e-07"),
        ("FP32", (-1, 1), [1, 1], [0.30000001192092896], "0.300000012"),
        ("FP64", (1,), [1], [0.1], "0.1"),
        ("FP32", (-1, 2), [1, 2], ["NaN", "-Infinity"], "NaN, -Infinity"),
        ("INT64", (-1, 3), [1, 3], [1, 2, 3], "1, 2, 3"),
        ("BOOL", (1,), [1], [True], "true"),
        ("BYTES", (-1, 1), [1, 1], ["hello"], "hello"),
        ("BYTES", (-1, 1), [2, 1], ["a", "b"], '["a", "b"]'),
        ("BYTES", (-1,), [2], ["a", "b"], "a\nb"),
        ("BYTES", (-1,), [2], ["a\nb", "c"], '["a\\nb", "c"]'),
        ("BYTES", (-1, 1), [1, 1], ["[x"], '["[x"]'),
        ("BYTES", (-1, 1), [1, 1], [""], '[""]'),
    ],
)
def test_a_tensor_is_written_so_that_it_reads_back(datatype, shape, tensor_shape, data, text):
    tensor = {"name": "X", "datatype": datatype, "shape": tensor_shape, "data": data}

    [field] = filled([a_field(datatype, shape)], [tensor])

    assert field.text == text
    back = tensor_of(field)
    assert back["shape"] == tensor_shape
    if datatype == "FP32":
        assert [float(value) for value in back["data"]] == pytest.approx(
            [float(value) for value in data], rel=1e-8, nan_ok=True
        )
    else:
        assert back["data"] == data


def test_an_input_without_an_example_gets_zeros():
    form = [a_field(shape=(-1, 3)), Field(index=1, name="s", datatype="BYTES", shape=(1,))]

    assert [field.text for field in filled(form, [])] == ["0, 0, 0", "text"]


def test_a_recorded_rule_becomes_the_values_it_stands_for():
    rule = {"name": "X", "datatype": "FP32", "shape": [1, 3], "fill": "scatter"}

    [field] = filled([a_field(shape=(-1, 3))], [rule])

    assert tensor_of(field)["data"] == pytest.approx([0.6180339, 0.2360680, 0.8541020], abs=1e-6)


def test_a_long_input_is_left_empty_when_few_values_are_wanted():
    long = {"name": "X", "datatype": "FP32", "shape": [1, 50], "data": [0.0] * 50}

    assert filled([a_field(shape=(-1, 50))], [long], most_values=49)[0].text == ""
    assert filled([a_field(shape=(-1, 50))], [long], most_values=50)[0].text != ""


def test_json_and_the_form_show_the_same_value():
    form = [a_field(shape=(-1, 2)), Field(index=1, name="s", datatype="BYTES", shape=(-1, 1))]
    inputs = [
        {"name": "X", "datatype": "FP32", "shape": [2, 2], "data": [1.0, 2.0, 3.0, 4.0]},
        {"name": "s", "datatype": "BYTES", "shape": [2, 1], "data": ['"é', "b"]},
    ]

    text = to_json(inputs)
    there = from_json(text, form)
    back = [tensor_of(field) for field in as_fields(form, there)]

    assert json.loads(text)["inputs"][0]["data"] == [1, 2, 3, 4]
    assert there == inputs
    assert back == inputs


def test_json_may_leave_out_type_and_shape():
    assert from_json('[{"name": "X", "data": [[1, 2, 3, 4]]}]', [a_field()]) == [
        {"name": "X", "datatype": "FP32", "shape": [1, 4], "data": [1, 2, 3, 4]}
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "This is not JSON. Line 1, column 2: Expecting property name enclosed in double quotes."),
        ("1", 'Write {"inputs": [{"name": …, "data": […]}]}.'),
        ('[{"name": []}]', 'Write {"inputs": [{"name": …, "data": […]}]}.'),
        ('[{"name": "Y", "data": [1]}]', "There is no input named “Y”. The inputs are: X."),
        ("[]", "The input “X” is missing."),
        ('[{"name": "X"}]', "The input “X” has no data."),
        ('[{"name": "X", "data": [1, 2]}]', "2 values don't fill rows of 4."),
        ('[{"name": "X", "data": [1], "shape": "1"}]', "The shape of “X” is not a list of whole numbers."),
    ],
)
def test_json_that_is_no_request_says_why(text, message):
    with pytest.raises(Wrong) as wrong:
        from_json(text, [a_field()])

    assert str(wrong.value) == message


def test_a_shape_the_form_cannot_show_stays_json():
    odd = [{"name": "X", "datatype": "FP32", "shape": [4, 1], "data": [1, 2, 3, 4]}]

    with pytest.raises(Wrong, match=r"can't show the shape \[4, 1\]"):
        as_fields([a_field()], odd)


def test_infinity_survives_json():
    text = to_json([{"name": "X", "datatype": "FP32", "shape": [2], "data": [math.inf, math.nan]}])

    values = from_json(text, [a_field(shape=(-1,))])[0]["data"]
    assert values[0] == math.inf
    assert math.isnan(values[1])


@pytest.mark.parametrize(
    ("message", "index"),
    [
        ("[request id: 1] unexpected shape for input 'X' for model 'm'. Expected [-1,4]", 0),
        ("inference input data-type is 'FP64', but model expects 'FP32' for input 'Y'", 1),
        ("something else", None),
        ("X is bad", None),
    ],
)
def test_the_input_that_triton_quotes_is_found(message, index):
    form = [a_field(), Field(index=1, name="Y", datatype="FP32", shape=(1,))]

    assert concerned(message, form) == index
