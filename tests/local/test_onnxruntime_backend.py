"""The python-based `onnxruntime` backend on the real server answers as ONNX Runtime does when called directly."""

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper
from tritonclient.grpc import InferenceServerClient, InferInput, InferRequestedOutput
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

from tests.waiting import until

DTYPES = {
    "BOOL": TensorProto.BOOL,
    "UINT8": TensorProto.UINT8,
    "UINT16": TensorProto.UINT16,
    "UINT32": TensorProto.UINT32,
    "UINT64": TensorProto.UINT64,
    "INT8": TensorProto.INT8,
    "INT16": TensorProto.INT16,
    "INT32": TensorProto.INT32,
    "INT64": TensorProto.INT64,
    "FP16": TensorProto.FLOAT16,
    "FP32": TensorProto.FLOAT,
    "FP64": TensorProto.DOUBLE,
}
BATCHED = """backend: "onnxruntime"
max_batch_size: 8
input { name: "x" data_type: TYPE_FP32 dims: [3] }
output { name: "y" data_type: TYPE_FP32 dims: [3] }
"""


class Server:
    """The test Triton: puts models into its repository, loads them, and takes them away afterwards."""

    def __init__(self, client: InferenceServerClient, repository: Path) -> None:
        self.client = client
        self.repository = repository
        self.loaded: list[str] = []

    def load(self, name: str, model: onnx.ModelProto, config: str) -> None:
        folder = self.repository / name / "1"
        folder.mkdir(parents=True, exist_ok=True)
        onnx.save(model, folder / "model.onnx")
        (folder.parent / "config.pbtxt").write_text(config)
        self.loaded.append(name)
        self.client.load_model(name)

    def statistics(self, name: str) -> Any:
        return self.client.get_inference_statistics(name).model_stats[0]

    def infer(self, name: str, arrays: dict[str, np.ndarray], outputs: list[str] | None = None) -> dict:
        inputs = []
        for key, array in arrays.items():
            inputs.append(InferInput(key, array.shape, np_to_triton_dtype(array.dtype)))
            inputs[-1].set_data_from_numpy(array)
        asked = [InferRequestedOutput(key) for key in outputs] if outputs else None
        answer = self.client.infer(name, inputs, outputs=asked)
        return {output.name: answer.as_numpy(output.name) for output in answer.get_response().outputs}


@pytest.fixture
def server(servers) -> Iterator[Server]:
    with InferenceServerClient(f"127.0.0.1:{servers.env['CONCH_TRITON_GRPC_PORT']}") as client:
        made = Server(client, servers.stack.layout.models)
        yield made
        for name in made.loaded:
            with contextlib.suppress(InferenceServerException):
                client.unload_model(name)


def a_graph(nodes: list, inputs: list, outputs: list) -> onnx.ModelProto:
    graph = helper.make_graph(nodes, "graph", inputs, outputs)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def identity(element: int = TensorProto.FLOAT) -> onnx.ModelProto:
    value = [helper.make_tensor_value_info(name, element, ["batch", 3]) for name in ("x", "y")]
    return a_graph([helper.make_node("Identity", ["x"], ["y"])], value[:1], value[1:])


def gathering() -> onnx.ModelProto:
    """y = x at the positions i, along the last axis; a position that does not exist is an error."""
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", "size"])
    i = helper.make_tensor_value_info("i", TensorProto.INT64, ["batch", "count"])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", "count"])
    return a_graph([helper.make_node("GatherElements", ["x", "i"], ["y"], axis=1)], [x, i], [y])


def two_outputs() -> onnx.ModelProto:
    """`best` has no dimension but the batch, as a classifier's label; `twice` is 2x."""
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 3])
    best = helper.make_tensor_value_info("best", TensorProto.INT64, ["batch"])
    twice = helper.make_tensor_value_info("twice", TensorProto.FLOAT, ["batch", 3])
    nodes = [
        helper.make_node("ArgMax", ["x"], ["best"], axis=1, keepdims=0),
        helper.make_node("Add", ["x", "x"], ["twice"]),
    ]
    return a_graph(nodes, [x], [best, twice])


TWO_OUTPUTS = """backend: "onnxruntime"
max_batch_size: 16
input { name: "x" data_type: TYPE_FP32 dims: [3] }
output [
  { name: "best" data_type: TYPE_INT64 dims: [1] reshape { shape: [] } },
  { name: "twice" data_type: TYPE_FP32 dims: [3] }
]
dynamic_batching { max_queue_delay_microseconds: 20000 }
"""


@pytest.mark.parametrize("datatype", DTYPES)
def test_every_element_type_comes_back_exactly(server, datatype):
    element = DTYPES[datatype]
    dtype = helper.tensor_dtype_to_np_dtype(element)
    server.load(f"same_{datatype}", identity(element), BATCHED.replace("FP32", datatype))
    given = np.array([[0, 1, 2], [3, 1, 0]]).astype(dtype)

    answer = server.infer(f"same_{datatype}", {"x": given})["y"]

    assert answer.dtype == dtype
    assert answer.tolist() == given.tolist()


def test_strings_are_utf8_and_bytes_that_are_not_give_an_error(server):
    value = [helper.make_tensor_value_info(name, TensorProto.STRING, ["count"]) for name in ("x", "y")]
    upper = helper.make_node("StringNormalizer", ["x"], ["y"], case_change_action="UPPER", locale="C.UTF-8")
    config = 'backend: "onnxruntime"\n' + "".join(
        f'{side} {{ name: "{name}" data_type: TYPE_STRING dims: [-1] }}\n'
        for side, name in (("input", "x"), ("output", "y"))
    )
    server.load("upper", a_graph([upper], value[:1], value[1:]), config)

    answer = server.infer("upper", {"x": np.array(["é中", "", "abc"], dtype=object)})["y"]
    with pytest.raises(InferenceServerException, match="input 'x' holds bytes that are not UTF-8"):
        server.infer("upper", {"x": np.array([b"\xff\xfe"], dtype=object)})

    assert [item.decode() for item in answer] == ["É中", "", "ABC"]


def test_requests_that_arrive_together_run_together_and_each_gets_its_own_answer(server):
    model = two_outputs()
    server.load("together", model, TWO_OUTPUTS)
    direct = onnxruntime.InferenceSession(model.SerializeToString())
    asked = [np.random.default_rng(n).random((1 + n % 4, 3), dtype=np.float32) for n in range(64)]

    with ThreadPoolExecutor(16) as clients:
        answers = list(clients.map(lambda x: server.infer("together", {"x": x}), asked))

    for given, answer in zip(asked, answers, strict=True):
        best, twice = direct.run(["best", "twice"], {"x": given})
        assert answer["best"].tolist() == best[:, None].tolist()
        assert answer["twice"].tolist() == twice.tolist()
    # Triton counts a request after it has answered it.
    until(lambda: server.statistics("together").inference_count == sum(len(given) for given in asked))
    assert server.statistics("together").execution_count < len(asked)


def test_only_the_outputs_that_were_asked_for_come_back(server):
    server.load("asked", two_outputs(), TWO_OUTPUTS)

    answer = server.infer("asked", {"x": np.ones((2, 3), np.float32)}, ["twice"])

    assert {name: array.tolist() for name, array in answer.items()} == {"twice": [[2.0] * 3] * 2}


def test_one_bad_request_does_not_fail_those_beside_it(server):
    config = """backend: "onnxruntime"
max_batch_size: 16
input [{ name: "x" data_type: TYPE_FP32 dims: [-1] }, { name: "i" data_type: TYPE_INT64 dims: [-1] }]
output { name: "y" data_type: TYPE_FP32 dims: [-1] }
dynamic_batching { preferred_batch_size: [8] max_queue_delay_microseconds: 500000 }
"""
    server.load("beside", gathering(), config)
    x = np.array([[5, 6, 7]], dtype=np.float32)

    def ask(position: int) -> object:
        try:
            return server.infer("beside", {"x": x, "i": np.array([[position]])})["y"].tolist()
        except InferenceServerException as error:
            return "Out of range value in index tensor" in str(error)

    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(ask, [0, 1, 2, 99, 0, 1, 2, 1]))

    assert answers == [[[5.0]], [[6.0]], [[7.0]], True, [[5.0]], [[6.0]], [[7.0]], [[6.0]]]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda c: c.replace('"x"', '"z"'), "input 'z' is not in the model, which has: x"),
        (
            lambda c: c.replace("FP32", "INT32", 1),
            "input 'x' is TYPE_FP32 in the model, TYPE_INT32 in the config",
        ),
        (lambda c: c.replace("[3]", "[4]", 1), "input 'x' has dims [-1, 3] in the model, [-1, 4]"),
        (
            lambda c: c.replace("size: 8", "size: 0"),
            "input 'x' has dims [-1, 3] in the model, [3] in the config",
        ),
        (lambda c: c + 'default_model_filename: "other.onnx"', "no file 'other.onnx' in version folder '1'"),
        (
            lambda c: c + 'parameters { key: "intra_op_thread_count" value { string_value: "many" } }',
            "parameter 'intra_op_thread_count' must be a whole number, not 'many'",
        ),
        (lambda c: c + "optimization { graph { level: 7 } }", "optimization graph level 7 is unknown"),
    ],
)
def test_a_configuration_that_does_not_fit_the_graph_says_where(
    server, change: Callable[[str], str], reason: str
):
    with pytest.raises(InferenceServerException) as refused:
        server.load("unfit", identity(), change(BATCHED))

    assert reason in str(refused.value)


def test_options_and_a_gpu_wish_on_a_machine_without_one(server):
    config = BATCHED + (
        'parameters { key: "intra_op_thread_count" value { string_value: "1" } }\n'
        'parameters { key: "execution_mode" value { string_value: "1" } }\n'
        "optimization { graph { level: -1 } }\n"
        "instance_group { kind: KIND_AUTO count: 2 }\n"
    )
    server.load("options", identity(), config)

    assert server.infer("options", {"x": np.ones((1, 3), np.float32)})["y"].tolist() == [[1.0, 1.0, 1.0]]
