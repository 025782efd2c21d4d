"""The python-based `pytorch` backend on the real server answers as PyTorch does when called directly."""

import contextlib
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tritonclient.grpc import InferenceServerClient, InferInput, InferRequestedOutput
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

MAKER = Path(__file__).parents[1] / "torch_models.py"
NET = """backend: "pytorch"
max_batch_size: 8
input { name: "INPUT__0" data_type: TYPE_FP32 dims: [3] }
output { name: "OUTPUT__0" data_type: TYPE_FP32 dims: [2] }
"""
Arrays = dict[str, np.ndarray]


class Server:
    """The test Triton, and what PyTorch itself answered in the same environment."""

    def __init__(self, client: InferenceServerClient, repository: Path, made: Path) -> None:
        self.client, self.repository, self.made = client, repository, made
        self.loaded: list[str] = []

    def serve(self, name: str, config: str, *, kind: str = "net") -> tuple[list[np.ndarray], Arrays]:
        """Load a model; the inputs that PyTorch itself was given, and its answers."""
        folder = self.repository / name / "1"
        shutil.copytree(self.made / kind, folder, ignore=shutil.ignore_patterns("*.npz"), dirs_exist_ok=True)
        (folder.parent / "config.pbtxt").write_text(config)
        self.loaded.append(name)
        self.client.load_model(name)
        inputs = np.load(self.made / kind / "inputs.npz")
        return [inputs[key] for key in inputs.files], dict(np.load(self.made / kind / "outputs.npz"))

    def infer(self, name: str, arrays: Arrays, *outputs: str) -> Arrays:
        inputs = []
        for key, array in arrays.items():
            inputs.append(InferInput(key, array.shape, np_to_triton_dtype(array.dtype)))
            inputs[-1].set_data_from_numpy(array)
        asked = [InferRequestedOutput(output) for output in outputs]
        answer = self.client.infer(name, inputs, outputs=asked or None)
        return {output.name: answer.as_numpy(output.name) for output in answer.get_response().outputs}

    def executions(self, name: str) -> int:
        return int(self.client.get_inference_statistics(name).model_stats[0].execution_count)


def write(servers, folder: Path, *more: str) -> None:
    """Let PyTorch write its models, with its own answers, in Triton's environment."""
    command = [str(servers.stack.layout.triton_python), "-P", str(MAKER), str(folder), *more]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:]


@pytest.fixture(scope="module")
def made(servers, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("torch")
    # -P: the folder of the script holds one that is named like a compiler that PyTorch would look for.
    write(servers, folder)
    return folder


@pytest.fixture
def server(servers, made):
    with InferenceServerClient(f"127.0.0.1:{servers.env['CONCH_TRITON_GRPC_PORT']}") as client:
        running = Server(client, servers.stack.layout.models, made)
        yield running
        for name in running.loaded:
            with contextlib.suppress(InferenceServerException):
                client.unload_model(name)


def same(found: Arrays, expected: Arrays) -> None:
    assert set(found) == set(expected)
    for name, array in expected.items():
        assert (found[name].dtype, found[name].shape) == (array.dtype, array.shape)
        np.testing.assert_allclose(found[name], array, rtol=1e-5, atol=1e-6)


def refused(call: Callable[..., Any], *given: Any) -> str:
    with pytest.raises(InferenceServerException) as caught:
        call(*given)
    return str(caught.value)


def test_torchscript_by_the_numbers_of_its_tensors_and_by_its_arguments(server):
    [x], expected = server.serve("torch-net", NET)
    server.serve("torch-named-net", NET.replace("INPUT__0", "image"))

    same(server.infer("torch-net", {"INPUT__0": x}), expected)
    same(server.infer("torch-named-net", {"image": x}), expected)


@pytest.mark.parametrize("kind", ["exported", pytest.param("compiled", marks=pytest.mark.slow)])
def test_what_torch_export_and_its_compiler_write(servers, server, made, kind):
    if kind == "compiled":
        write(servers, made, "compiled")
    unbatched = NET.replace("max_batch_size: 8", "max_batch_size: 0")
    config = unbatched.replace("dims: [3]", "dims: [-1, 3]").replace("dims: [2]", "dims: [-1, 2]")
    [x], expected = server.serve(f"torch-{kind}", config, kind=kind)

    same(server.infer(f"torch-{kind}", {"INPUT__0": x}), expected)


def test_each_type_goes_in_and_comes_out(server):
    types = ["BOOL", "UINT8", "INT8", "INT16", "INT32", "INT64", "FP16", "FP64"]
    tensors = {
        side: ", ".join(
            f'{{ name: "{side.upper()}__{at}" data_type: TYPE_{name} dims: [3] }}'
            for at, name in enumerate(types)
        )
        for side in ("input", "output")
    }
    sides = "\n".join(f"{side} [ {listed} ]" for side, listed in tensors.items())
    arrays, expected = server.serve(
        "torch-types", f'backend: "pytorch" max_batch_size: 4\n{sides}', kind="types"
    )

    same(server.infer("torch-types", {f"INPUT__{at}": array for at, array in enumerate(arrays)}), expected)


def test_several_tensors_go_to_their_arguments_in_any_order_of_the_configuration(server):
    config = """backend: "pytorch" max_batch_size: 4
    input [ { name: "in__1" data_type: TYPE_INT64 dims: [2] }, { name: "in__0" data_type: TYPE_FP32 dims: [2] } ]
    output [ { name: "out__1" data_type: TYPE_BOOL dims: [2] }, { name: "out__0" data_type: TYPE_FP32 dims: [2] } ]
    """
    [left, right], expected = server.serve("torch-two", config, kind="two")
    found = server.infer("torch-two", {"in__0": left, "in__1": right})

    same(found, {"out__1": expected["OUTPUT__1"], "out__0": expected["OUTPUT__0"]})
    assert found["out__0"].tolist() == [[4, 9]]


def test_a_dictionary_is_answered_by_its_keys(server):
    config = """backend: "pytorch" max_batch_size: 4
    input { name: "image" data_type: TYPE_FP32 dims: [3] }
    output [
      { name: "best" data_type: TYPE_INT64 dims: [1] reshape { shape: [] } },
      { name: "twice" data_type: TYPE_FP32 dims: [3] }
    ]
    """
    [x], _expected = server.serve("torch-dict", config, kind="named")
    found = server.infer("torch-dict", {"image": x})

    assert (found["best"].tolist(), found["twice"].tolist()) == ([[2], [2]], (x * 2).tolist())


def test_requests_run_together_and_a_bad_one_fails_alone(server):
    config = """backend: "pytorch" max_batch_size: 8
    input { name: "x" data_type: TYPE_FP32 dims: [2] }
    output { name: "OUTPUT__0" data_type: TYPE_FP32 dims: [2] }
    dynamic_batching { max_queue_delay_microseconds: 200000 preferred_batch_size: [ 8 ] }
    """
    server.serve("torch-picky", config, kind="picky")
    rows = [np.full((1, 2), -1 if place == 3 else place, np.float32) for place in range(8)]

    def one(row: np.ndarray) -> list | str:
        try:
            return server.infer("torch-picky", {"x": row})["OUTPUT__0"].tolist()
        except InferenceServerException as error:
            return str(error)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(one, rows))

    assert "negative" in found[3]
    assert [answer for place, answer in enumerate(found) if place != 3] == [
        [[place + 1.0, place + 1.0]] for place in range(8) if place != 3
    ]
    assert server.executions("torch-picky") < 8


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"INPUT__0"', '"photo"', "input 'photo' is no argument of the model's forward"),
        pytest.param("TYPE_FP32 dims: [3]", "TYPE_STRING dims: [3]", "is a TYPE_STRING, which PyTorch cannot serve", marks=pytest.mark.slow),
        pytest.param("max_batch_size", "parameters { key: \"INFERENCE_MODE\" value { string_value: \"yes\" } } max_batch_size", "must be true or false, not 'yes'", marks=pytest.mark.slow),
    ],
)  # fmt: skip
def test_a_configuration_that_does_not_fit_is_refused_with_the_reason(server, old, new, said):
    name = f"torch-refused-{abs(hash(new)) % 10_000}"

    assert said in refused(lambda: server.serve(name, NET.replace(old, new)))


def test_an_output_that_the_model_does_not_give_fails_the_request_with_the_reason(server):
    odd = {
        "OUTPUT__0": ("FP64", "output 'OUTPUT__0' is torch.float32 in the model, torch.float64"),
        "OUTPUT__1": ("FP32", "with an index below 1"),
        "score": ("FP32", "does not follow the naming convention"),
    }
    outputs = ", ".join(
        f'{{ name: "{name}" data_type: TYPE_{kind} dims: [2] }}' for name, (kind, _said) in odd.items()
    )
    config = NET.replace(
        'output { name: "OUTPUT__0" data_type: TYPE_FP32 dims: [2] }', f"output [ {outputs} ]"
    )
    [x], _expected = server.serve("torch-odd", config)

    for name, (_kind, said) in odd.items():
        assert said in refused(server.infer, "torch-odd", {"INPUT__0": x}, name)
