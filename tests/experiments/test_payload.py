"""What is sent: recorded requests in the batch that is asked for, else sample values."""

import numpy as np
import pytest
from tritonclient.grpc import service_pb2
from tritonclient.utils import deserialize_bytes_tensor, serialize_byte_tensor

from core.errors import Invalid
from experiments import payload
from experiments.loadgen.job import Job, Payload

SIGNATURE = {
    "inputs": [{"name": "X", "datatype": "FP32", "shape": [-1, 2], "dims": [2]}],
    "outputs": [{"name": "Y", "datatype": "FP32", "shape": [-1, 2], "dims": [2]}],
    "batchable": True,
}


def tensor(name, data, shape, datatype="FP32"):
    return {"name": name, "datatype": datatype, "shape": shape, "data": data}


def pair(rows=2, **given):
    data = [float(value) for value in range(2 * rows)]
    return {"inputs": [tensor("X", data, [rows, 2])], "outputs": [tensor("Y", data, [rows, 2])]} | given


def build(**given):
    defaults = {"model": "m.v1", "signature": SIGNATURE, "golden": [pair()], "max_batch": 64, "batch_size": 1}
    return payload.build(**defaults | given)


def sent(one):
    return service_pb2.ModelInferRequest.FromString(one.request)


def values(request):
    return (
        np.frombuffer(request.raw_input_contents[0], np.float32)
        .reshape(tuple(request.inputs[0].shape))
        .tolist()
    )


def test_a_recorded_request_is_repeated_to_the_batch_size():
    (one,) = build(batch_size=5)

    assert sent(one).model_name == "m.v1"
    assert values(sent(one)) == [[0, 1], [2, 3], [0, 1], [2, 3], [0, 1]]
    assert one.outputs == (tensor("Y", [0, 1, 2, 3], [5, 2]) | {"rows": 2},)


def test_a_smaller_batch_takes_the_first_rows():
    (one,) = build(batch_size=1)

    assert values(sent(one)) == [[0, 1]]
    assert one.outputs[0]["shape"] == [1, 2]


def test_requests_that_come_out_equal_are_sent_once():
    assert len(build(golden=[pair(1), pair(2)], batch_size=1)) == 1
    assert len(build(golden=[pair(1), pair(2)], batch_size=2)) == 2


def test_without_batches_a_request_goes_out_as_it_was_recorded():
    (one,) = build(max_batch=0)

    assert values(sent(one)) == [[0, 1], [2, 3]]
    assert one.outputs == (tensor("Y", [0, 1, 2, 3], [2, 2]) | {"rows": 0},)


def test_texts_are_repeated_too():
    words = tensor("X", ["a", "bb"], [2, 1], "BYTES")
    (one,) = build(golden=[{"inputs": [words], "outputs": []}], batch_size=3)

    assert deserialize_bytes_tensor(sent(one).raw_input_contents[0]).tolist() == [b"a", b"bb", b"a"]
    repeated = np.array([b"a", b"bb", b"a"], dtype=object)
    assert sent(one).raw_input_contents[0] == serialize_byte_tensor(repeated).item()


def test_a_request_recorded_by_rule_is_made_again():
    filled = {"name": "X", "datatype": "FP32", "shape": [2, 2], "fill": "scatter"}
    (one,) = build(golden=[{"inputs": [filled], "outputs": []}], batch_size=4)

    first, second, third, fourth = values(sent(one))
    assert (first, second) == (third, fourth)
    assert first != second


def test_without_a_record_the_signature_gives_shapes_and_values():
    (one,) = build(golden=[], batch_size=3)

    assert np.shape(values(sent(one))) == (3, 2)
    assert one.outputs == ({"name": "Y", "datatype": "FP32", "shape": [3, 2]},)


def test_free_sizes_become_one():
    signature = {
        "inputs": [{"name": "X", "datatype": "FP32", "shape": [-1, -1], "dims": [-1]}],
        "outputs": [{"name": "Y", "datatype": "FP32", "shape": [], "dims": [1]}],
    }
    (one,) = build(golden=[], signature=signature, max_batch=0)

    assert list(sent(one).inputs[0].shape) == [1, 1]
    assert one.outputs[0]["shape"] == [1]


def test_equal_load_has_equal_digests():
    assert payload.digest(build(batch_size=2)) == payload.digest(build(batch_size=2))
    assert payload.digest(build(batch_size=2)) != payload.digest(build(batch_size=3))


def test_a_request_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(payload, "MOST_BYTES", 100)

    with pytest.raises(Invalid) as caught:
        build(batch_size=64)
    assert (caught.value.code, caught.value.hint) == ("payload-too-large", "Choose a smaller batch size.")


def test_a_job_survives_its_line():
    job = Job(
        url="127.0.0.1:1", model="m.v1", levels=(1, 2), seconds=1.0, warmup_seconds=0.0, timeout_seconds=1.0,
        rtol=1e-3, atol=1e-4, payloads=(Payload(request=b"\x00\xff", outputs=({"name": "Y"},)),),
    )  # fmt: skip

    assert Job.from_line(job.to_line()) == job
    assert job.to_line().count(b"\n") == 1
