"""Load, infer, count and unload on the real server."""

import hashlib
import shutil

import pytest

from core.errors import Invalid, Upstream
from models_registry import modelconfig
from serving.triton import inference, repository, statistics
from serving.triton.client import TritonClient
from tests.onnx_models import doubling_model
from tests.waiting import until

SIGNATURE = {
    "inputs": [{"name": "X", "datatype": "FP32", "shape": [-1, 4], "dims": [4]}],
    "outputs": [{"name": "Y", "datatype": "FP32", "shape": [-1, 4], "dims": [4]}],
    "batchable": True,
}
X = {"name": "X", "datatype": "FP32", "shape": [2, 4], "data": [[1, 2, 3, 4], [5, 6, 7, 8]]}


@pytest.fixture
def doubling(client, repository_root, tmp_path):
    source = doubling_model(tmp_path / "model.onnx")
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    name = f"double-{digest[:6]}.v1"
    config = modelconfig.render(modelconfig.derive(SIGNATURE, backend="onnxruntime"), triton_name=name)
    repository.stage(repository_root, name, config_text=config, files=[("1/model.onnx", source, digest)])
    client.load(name)
    yield name
    client.unload(name)
    repository.remove(repository_root, name)


def test_a_derived_config_loads_and_the_answer_is_right(client, doubling):
    answer = inference.infer(client, model=doubling, inputs=[X], timeout_s=10)

    assert client.model_ready(doubling) is True
    assert answer.outputs == [
        {"name": "Y", "datatype": "FP32", "shape": [2, 4], "data": [2, 4, 6, 8, 10, 12, 14, 16]}
    ]
    assert answer.latency_ms > 0


def test_the_split_comes_from_the_servers_own_counters(client, doubling):
    answer, split = inference.infer_with_split(client, model=doubling, inputs=[X], timeout_s=10)

    assert set(split) == {"queue", "compute_input", "compute_infer", "compute_output"}
    # Triton goes on counting the output for a moment after the answer has left.
    assert 0 < sum(split.values()) < answer.latency_ms * 1.1 + 1


def test_statistics_count_rows_and_requests(client, doubling):
    inference.infer(client, model=doubling, inputs=[X], timeout_s=10)
    # Triton counts a request a moment after its answer has left.
    until(lambda: statistics.snapshot(client.statistics(doubling)).succeeded >= 1)
    before = statistics.snapshot(client.statistics(doubling))
    for _ in range(3):
        inference.infer(client, model=doubling, inputs=[X], timeout_s=10)
    until(lambda: statistics.delta(before, statistics.snapshot(client.statistics(doubling))).requests >= 3)
    found = statistics.delta(before, statistics.snapshot(client.statistics(doubling)))

    assert (found.requests, found.inferences, found.failed) == (3, 6, 0)


def test_the_public_name_answers_through_a_one_step_ensemble(client, repository_root, doubling):
    text = modelconfig.derive(SIGNATURE, backend="onnxruntime")
    alias = modelconfig.ensemble_alias("double-public", doubling, config_text=text)
    repository.stage(repository_root, "double-public", config_text=alias, files=[])
    client.load("double-public")

    answer = inference.infer(client, model="double-public", inputs=[X], timeout_s=10)

    assert answer.outputs[0]["data"] == [2, 4, 6, 8, 10, 12, 14, 16]
    client.unload("double-public")
    repository.remove(repository_root, "double-public")


def test_what_is_being_staged_is_invisible_to_triton(client, repository_root):
    folder = repository.workshop(repository_root) / "staging-test"
    (folder / "1").mkdir(parents=True)

    assert not [model.name for model in client.index() if "staging" in model.name]
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "Z"}, "Z"),
        ({"shape": [2, 3]}, "Input “X”: 8 values do not fill the shape [2, 3], which takes 6."),
        ({"datatype": "FP99"}, "Input “X”: there is no datatype “FP99”."),
        ({"data": ["a"] * 8}, "Input “X”: its data is not a list of FP32 values."),
        ({"data": [[1, 2], [3]]}, "Input “X”: its data is not a list of FP32 values."),
        ({"datatype": "INT8", "data": [300] * 8}, "Input “X”: some values do not fit INT8."),
        ({"shape": [10**6, 10**6]}, "Input “X”: the shape [1000000, 1000000] is empty or too large."),
    ],
)
def test_a_wrong_input_is_named(client, doubling, change, message):
    with pytest.raises(Invalid, match=r".*") as refused:
        inference.infer(client, model=doubling, inputs=[X | change], timeout_s=10)

    assert message in refused.value.detail


def test_a_damaged_file_is_refused_with_its_cause(client, repository_root, tmp_path):
    source = tmp_path / "broken.onnx"
    source.write_bytes(doubling_model(tmp_path / "model.onnx").read_bytes()[:-20])
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    config = modelconfig.render(modelconfig.derive(SIGNATURE, backend="onnxruntime"), triton_name="broken.v1")
    repository.stage(
        repository_root, "broken.v1", config_text=config, files=[("1/model.onnx", source, digest)]
    )

    with pytest.raises(Invalid) as refused:
        client.load("broken.v1")

    assert refused.value.code == "broken-file"
    repository.remove(repository_root, "broken.v1")


def test_an_absent_server_is_upstream_and_may_be_retried():
    client = TritonClient("127.0.0.1:9", connect_timeout_s=1.0, load_timeout_s=2.0)

    with pytest.raises(Upstream) as away:
        client.index()

    assert client.live() is False
    assert (away.value.code, away.value.retryable) == ("triton-away", True)
    client.close()


def test_recorded_answers_are_compared_to_the_last_bit_that_means_something(client, doubling):
    answer = inference.infer(client, model=doubling, inputs=[X], timeout_s=10)
    outputs = [{"name": "Y", "datatype": "FP32", "shape": [2, 4], "data": [2, 4, 6, 8, 10, 12, 14, 16.0001]}]
    sampled = [
        {"name": "Y", "datatype": "FP32", "shape": [2, 4], "sample": {"every": 3, "values": [2, 8, 14]}}
    ]
    wrong = [outputs[0] | {"data": [2, 4, 6, 8, 10, 12, 14, 17]}]

    def compare(wanted):
        return inference.golden_matches(answer, {"outputs": wanted}, rtol=1e-3, atol=1e-4)

    assert compare(outputs) == compare(sampled) == []
    assert compare(wrong) == ["the values of “Y” differ"]
    assert compare([outputs[0] | {"name": "Z"}]) == ["the output “Z” is missing"]


def test_labels_are_compared_exactly():
    answer = inference.Answer(
        model_name="m",
        model_version="1",
        outputs=[{"name": "label", "datatype": "INT64", "shape": [1], "data": [1001]}],
        latency_ms=1.0,
    )
    golden = {"outputs": [{"name": "label", "datatype": "INT64", "shape": [1], "data": [1000]}]}

    assert inference.golden_matches(answer, golden, rtol=1e-2, atol=1e-4) == ["the values of “label” differ"]
