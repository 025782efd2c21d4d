"""Right and wrong answers, as Triton would send them."""

import numpy as np
import pytest
from tritonclient.grpc import service_pb2
from tritonclient.utils import serialize_byte_tensor

from experiments.loadgen import answers
from experiments.loadgen.answers import Judge
from experiments.loadgen.job import Payload

Y = {"name": "Y", "datatype": "FP32", "shape": [2, 2]}


def judge(*outputs, rtol=1e-3, atol=1e-4):
    return Judge(Payload(request=b"", outputs=outputs), rtol=rtol, atol=atol)


def answer(values, *, name="Y", datatype="FP32", kind=np.float32, **given):
    array = np.array(values, dtype=kind)
    raw = serialize_byte_tensor(array).item() if datatype == "BYTES" else array.tobytes()
    output = service_pb2.ModelInferResponse.InferOutputTensor(name=name, datatype=datatype, shape=array.shape)
    return service_pb2.ModelInferResponse(
        model_name="m", outputs=[output], raw_output_contents=[raw], **given
    ).SerializeToString()


def recorded(data, *, rows=2, **given):
    return Y | {"rows": rows, "data": data} | given


def test_the_recorded_answer_is_right():
    assert judge(recorded([1, 2, 3, 4])).fault(answer([[1, 2], [3, 4]])) == ""


def test_the_last_bits_may_differ():
    assert judge(recorded([1, 2, 3, 4])).fault(answer([[1.0005, 2], [3, 4]])) == ""
    assert (
        judge(recorded([1, 2, 3, 4])).fault(answer([[1.01, 2], [3, 4]]))
        == "Y: the values differ from those recorded"
    )


def test_a_recorded_row_stands_for_every_row_of_the_batch():
    one = judge(recorded([1, 2], rows=1))

    assert one.fault(answer([[1, 2], [1, 2]])) == ""
    assert one.fault(answer([[1, 2], [1, 9]])) == "Y: equal rows have different answers"


def test_a_smaller_batch_is_compared_with_the_rows_it_has():
    one = judge(recorded([1, 2, 3, 4], shape=[1, 2]))

    assert one.fault(answer([[1, 2]])) == ""
    assert one.fault(answer([[3, 4]])) == "Y: the values differ from those recorded"


def test_a_sample_is_compared_where_it_was_taken():
    output = Y | {"rows": 2, "sample": {"every": 3, "values": [1, 4]}}

    assert judge(output).fault(answer([[1, 7], [7, 4]])) == ""
    assert judge(output).fault(answer([[9, 2], [3, 4]])) == "Y: the values differ from those recorded"


def test_an_output_without_a_batch_is_one_row():
    one = judge({"name": "Y", "datatype": "FP32", "shape": [3], "rows": 0, "data": [1, 2, 3]})

    assert one.fault(answer([1, 2, 3])) == ""
    assert one.fault(answer([1, 2, 4])) == "Y: the values differ from those recorded"


def test_numbers_that_json_lacks_are_compared_too():
    one = judge(recorded(["NaN", "Infinity", "-Infinity", 4]))

    assert one.fault(answer([[np.nan, np.inf], [-np.inf, 4]])) == ""
    assert one.fault(answer([[0, np.inf], [-np.inf, 4]])) == "Y: the values differ from those recorded"


def test_whole_numbers_must_be_equal():
    one = judge({"name": "Y", "datatype": "INT64", "shape": [2], "rows": 0, "data": [1, 2]}, rtol=1, atol=1)

    assert one.fault(answer([1, 2], datatype="INT64", kind=np.int64)) == ""
    assert one.fault(answer([1, 3], datatype="INT64", kind=np.int64)) != ""


def test_texts_must_be_equal():
    one = judge({"name": "Y", "datatype": "BYTES", "shape": [2], "rows": 0, "data": ["kōnch", "b"]})

    assert one.fault(answer(["kōnch".encode(), b"b"], datatype="BYTES", kind=object)) == ""
    assert one.fault(answer([b"konch", b"b"], datatype="BYTES", kind=object)) != ""


def test_without_a_record_the_shape_counts():
    one = judge({"name": "Y", "datatype": "FP32", "shape": [2, -1]})

    assert one.fault(answer([[1, 2, 3], [4, 5, 6]])) == ""
    assert one.fault(answer([[1, 2, 3]])) == "Y: the shape is [1, 3], not [2, -1]"
    assert one.fault(answer(np.zeros((2, 0)))) == "Y: it is empty"


def test_a_missing_output_is_wrong():
    assert (
        judge(recorded([1, 2, 3, 4])).fault(answer([[1, 2], [3, 4]], name="Z")) == "the output Y is missing"
    )


def test_an_answer_that_cannot_be_read_is_wrong():
    output = service_pb2.ModelInferResponse.InferOutputTensor(name="Y", datatype="FP32", shape=[2, 2])
    broken = service_pb2.ModelInferResponse(outputs=[output], raw_output_contents=[b"\x00" * 3])

    assert judge(Y).fault(broken.SerializeToString()).startswith("it can't be read: ")
    assert judge(Y).fault(b"\xff").startswith("it can't be read: ")


def test_a_wrong_answer_stays_wrong_however_often_it_comes():
    one, wrong, right = judge(recorded([1, 2, 3, 4])), answer([[9, 2], [3, 4]]), answer([[1, 2], [3, 4]])

    assert [one.fault(each) != "" for each in (wrong, wrong, right, wrong, right)] == [
        True,
        True,
        False,
        True,
        False,
    ]
    assert one.checked == 5


def test_answers_that_never_repeat_are_sampled(monkeypatch):
    monkeypatch.setattr(answers, "MOST_KNOWN", 2)
    monkeypatch.setattr(answers, "SAMPLED_EACH", 3)
    one = judge(recorded([1, 2, 3, 4]))

    for index in range(12):
        assert one.fault(answer([[1, 2], [3, 4]], id=str(index))) == ""
    assert one.checked == 2 + 4


@pytest.mark.parametrize("value", [1.5, -2.0, 0.0])
def test_brain_floats_are_read(value):
    raw = (np.array([value], dtype="<f4").view("<u4") >> 16).astype("<u2").tobytes()
    output = service_pb2.ModelInferResponse.InferOutputTensor(name="Y", datatype="BF16", shape=[1])
    sent = service_pb2.ModelInferResponse(outputs=[output], raw_output_contents=[raw]).SerializeToString()

    assert (
        judge({"name": "Y", "datatype": "BF16", "shape": [1], "rows": 0, "data": [value]}).fault(sent) == ""
    )
