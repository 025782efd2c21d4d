"""ONNX Runtime as a python-based Triton backend that answers to the name of the native one.

Promise: the `config.pbtxt` and the folder layout that NVIDIA's `onnxruntime` backend accepts work here
unchanged, so one model repository serves on either. Tensors are numpy arrays; BYTES are UTF-8 strings,
as ONNX defines them. A failing request gets its own error and never fails the requests beside it.
"""

import contextlib
import json
import locale
from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import triton_python_backend_utils as pb_utils

TRITON_TYPE = {
    "tensor(bool)": "TYPE_BOOL",
    "tensor(uint8)": "TYPE_UINT8",
    "tensor(uint16)": "TYPE_UINT16",
    "tensor(uint32)": "TYPE_UINT32",
    "tensor(uint64)": "TYPE_UINT64",
    "tensor(int8)": "TYPE_INT8",
    "tensor(int16)": "TYPE_INT16",
    "tensor(int32)": "TYPE_INT32",
    "tensor(int64)": "TYPE_INT64",
    "tensor(float16)": "TYPE_FP16",
    "tensor(float)": "TYPE_FP32",
    "tensor(double)": "TYPE_FP64",
    "tensor(string)": "TYPE_STRING",
}
PROVIDER = {
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
}
# What `optimization.graph.level` means to the native backend.
GRAPH_LEVEL = {
    -1: "ORT_ENABLE_BASIC",
    0: "ORT_ENABLE_ALL",
    1: "ORT_ENABLE_EXTENDED",
    2: "ORT_DISABLE_ALL",
}


class Tensor(NamedTuple):
    """One input or output of the graph; dims are as ONNX states them, batch included, -1 when free."""

    name: str
    data_type: str
    dims: list[int] | None


class Reshape(NamedTuple):
    """What clients see and what the graph sees, both without the batch dimension."""

    outside: list[int]
    inside: list[int]


class Asked(NamedTuple):
    """One request, decoded: `batch` is its number of rows (1 where the model does not batch)."""

    feeds: dict[str, np.ndarray]
    outputs: list[str]
    batch: int


class TritonPythonModel:
    def initialize(self, args: dict[str, str]) -> None:
        """Load the graph; raise with the reason when configuration and graph do not agree."""
        # The stub starts in the C locale, where ONNX Runtime's string operators refuse non-ASCII.
        with contextlib.suppress(locale.Error):
            locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
        self.config = json.loads(args["model_config"])
        self.name = args["model_name"]
        self.batches = self.config["max_batch_size"] > 0
        path = model_file(Path(args["model_repository"]) / args["model_version"], self.config)
        self.session = open_session(path, self.config, args)
        self.inputs = check("input", self.config, described(self.session.get_inputs()))
        self.outputs = check("output", self.config, described(self.session.get_outputs()))
        self.optional = {entry["name"] for entry in self.config["input"] if entry.get("optional")}
        self.reshapes = {
            entry["name"]: Reshape(entry["dims"], entry["reshape"].get("shape", []))
            for entry in [*self.config["input"], *self.config["output"]]
            if "reshape" in entry
        }

    def execute(self, requests: list[Any]) -> list[Any]:
        """Answer each request, in order; those of like shape run through the graph together."""
        responses: list[Any] = [None] * len(requests)
        alike: dict[object, list[tuple[int, Asked]]] = defaultdict(list)
        for position, request in enumerate(requests):
            try:
                asked = self.decode(request)
            except Exception as error:
                responses[position] = failure(error)
                continue
            alike[likeness(asked) if self.batches else position].append((position, asked))
        for group in alike.values():
            for position, response in self.run(group):
                responses[position] = response
        return responses

    def run(self, group: list[tuple[int, Asked]]) -> list[tuple[int, Any]]:
        """Run requests of like shape at once; when that fails, each alone, so that only the culprit fails."""
        try:
            answers = self.answer([asked for _, asked in group])
            return [(position, answer) for (position, _), answer in zip(group, answers, strict=True)]
        except Exception as error:
            if len(group) == 1:
                return [(group[0][0], failure(error))]
            return [pair for one in group for pair in self.run([one])]

    def answer(self, asked: list[Asked]) -> list[Any]:
        names = [name for name in self.outputs if any(name in one.outputs for one in asked)]
        feeds = asked[0].feeds
        if len(asked) > 1:
            feeds = {name: np.concatenate([one.feeds[name] for one in asked]) for name in feeds}
        produced = dict(zip(names, self.session.run(names, feeds), strict=True))
        rows = sum(one.batch for one in asked)
        for name, array in produced.items():
            if self.batches and array.shape[:1] != (rows,):
                raise ValueError(
                    f"output '{name}' has shape {list(array.shape)} for a batch of {rows}: its first "
                    "dimension is not the batch; set max_batch_size to 0"
                )
        responses, start = [], 0
        for one in asked:
            rows_of_one = slice(start, start + one.batch) if self.batches else slice(None)
            start += one.batch
            tensors = [self.encode(name, produced[name], rows_of_one) for name in one.outputs]
            responses.append(pb_utils.InferenceResponse(output_tensors=tensors))
        return responses

    def decode(self, request: Any) -> Asked:
        feeds = {}
        for name, tensor in self.inputs.items():
            given = pb_utils.get_input_tensor_by_name(request, name)
            if given is None:
                if name in self.optional:
                    continue
                raise ValueError(f"input '{name}' is missing")
            array = given.as_numpy()
            if tensor.data_type == "TYPE_STRING":
                array = text(name, array)
            feeds[name] = self.reshaped(name, array, inwards=True)
        batch = next(iter(feeds.values())).shape[0] if self.batches and feeds else 1
        return Asked(feeds, list(request.requested_output_names()), batch)

    def encode(self, name: str, array: np.ndarray, rows: slice) -> Any:
        part = array[rows] if array.ndim else array
        part = self.reshaped(name, part, inwards=False)
        if part.dtype == object:
            flat = [item.encode() if isinstance(item, str) else bytes(item) for item in part.ravel()]
            part = np.array(flat, dtype=object).reshape(part.shape)
        return pb_utils.Tensor(name, np.ascontiguousarray(part).reshape(part.shape))

    def reshaped(self, name: str, array: np.ndarray, *, inwards: bool) -> np.ndarray:
        """Apply the configuration's `reshape`; free dimensions keep their sizes, first to first."""
        if name not in self.reshapes:
            return array
        source, target = self.reshapes[name] if inwards else self.reshapes[name][::-1]
        lead = list(array.shape[:1]) if self.batches else []
        sizes = array.shape[len(lead) :]
        free = iter(size for size, dim in zip(sizes, source, strict=True) if dim == -1)
        return array.reshape(lead + [next(free) if dim == -1 else dim for dim in target])


def model_file(folder: Path, config: dict[str, Any]) -> Path:
    """The ONNX file of a version; a folder of that name holds `model.onnx` with its external weights."""
    path = folder / (config.get("default_model_filename") or "model.onnx")
    if path.is_dir():
        path /= "model.onnx"
    if not path.is_file():
        raise FileNotFoundError(f"no file '{path.name}' in version folder '{folder.name}'")
    return path


def open_session(path: Path, config: dict[str, Any], args: dict[str, str]) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = number(config, "intra_op_thread_count")
    options.inter_op_num_threads = number(config, "inter_op_thread_count")
    options.enable_cpu_mem_arena = bool(number(config, "enable_mem_arena", 1))
    options.enable_mem_pattern = bool(number(config, "enable_mem_pattern", 1))
    if number(config, "execution_mode") == 1:
        options.execution_mode = onnxruntime.ExecutionMode.ORT_PARALLEL
    level = int((config.get("optimization") or {}).get("graph", {}).get("level", 0))
    if level not in GRAPH_LEVEL:
        raise ValueError(f"optimization graph level {level} is unknown; use -1, 0, 1 or 2")
    options.graph_optimization_level = getattr(onnxruntime.GraphOptimizationLevel, GRAPH_LEVEL[level])
    wanted = providers(config, kind=args["model_instance_kind"], device=args["model_instance_device_id"])
    if any(provider != PROVIDER["openvino"] for provider, _ in wanted):
        # CUDA and cuDNN may have come as Python packages, where the loader does not look.
        onnxruntime.preload_dlls()
    available = onnxruntime.get_available_providers()
    for provider, _ in wanted:
        if provider not in available:
            pb_utils.Logger.log_warn(
                f"model '{args['model_name']}': {provider} is not installed here; the CPU is used"
            )
    usable = [(name, given) for name, given in wanted if name in available]
    session = onnxruntime.InferenceSession(
        str(path), options, providers=[*usable, ("CPUExecutionProvider", {})]
    )
    for provider, _ in usable:
        if provider not in session.get_providers():
            pb_utils.Logger.log_warn(
                f"model '{args['model_name']}': {provider} did not start; the CPU is used"
            )
    return session


def providers(config: dict[str, Any], *, kind: str, device: str) -> list[tuple[str, dict[str, str]]]:
    """The execution providers this instance asks for, best first, without the CPU's own."""
    on_gpu = kind in {"GPU", "KIND_GPU"}
    side = "gpu_execution_accelerator" if on_gpu else "cpu_execution_accelerator"
    accelerators = (config.get("optimization") or {}).get("execution_accelerators", {}).get(side, [])
    wanted: dict[str, dict[str, str]] = {}
    for accelerator in accelerators:
        if accelerator["name"] not in PROVIDER:
            known = ", ".join(sorted(PROVIDER))
            raise ValueError(f"execution accelerator '{accelerator['name']}' is unknown; use one of {known}")
        # TensorRT's keys differ between Triton and ONNX Runtime; the others are the same on both sides.
        given = {} if accelerator["name"] == "tensorrt" else dict(accelerator.get("parameters") or {})
        wanted[PROVIDER[accelerator["name"]]] = given
    if on_gpu:
        wanted.setdefault(PROVIDER["cuda"], {})
        for given in wanted.values():
            given["device_id"] = device
    return list(wanted.items())


def number(config: dict[str, Any], key: str, default: int = 0) -> int:
    given = (config.get("parameters") or {}).get(key, {}).get("string_value", "")
    if not given:
        return default
    try:
        return int(given)
    except ValueError:
        raise ValueError(f"parameter '{key}' must be a whole number, not '{given}'") from None


def described(nodes: list[Any]) -> dict[str, Tensor]:
    """The graph's tensors by name; one of a type that Triton's python backend cannot carry is refused."""
    tensors = {}
    for node in nodes:
        if node.type not in TRITON_TYPE:
            raise ValueError(f"tensor '{node.name}' is a {node.type}, which cannot be served")
        dims = [dim if isinstance(dim, int) else -1 for dim in node.shape] if node.shape is not None else None
        tensors[node.name] = Tensor(node.name, TRITON_TYPE[node.type], dims)
    return tensors


def check(side: str, config: dict[str, Any], graph: dict[str, Tensor]) -> dict[str, Tensor]:
    """The tensors that the configuration declares, as the graph has them; raise where the two disagree."""
    declared = {}
    for entry in config[side]:
        name = entry["name"]
        if name not in graph:
            raise ValueError(f"{side} '{name}' is not in the model, which has: {', '.join(graph) or 'none'}")
        tensor = declared[name] = graph[name]
        if entry["data_type"] != tensor.data_type:
            raise ValueError(
                f"{side} '{name}' is {tensor.data_type} in the model, "
                f"{entry['data_type']} in the configuration"
            )
        inside = entry["reshape"].get("shape", []) if "reshape" in entry else entry["dims"]
        stated = ([-1] if config["max_batch_size"] > 0 else []) + [int(dim) for dim in inside]
        if tensor.dims is not None and not agree(stated, tensor.dims, side=side):
            batch = " (the first is the batch)" if config["max_batch_size"] > 0 else ""
            raise ValueError(
                f"{side} '{name}' has dims {tensor.dims} in the model, {stated}{batch} in the configuration"
            )
    return declared


def agree(stated: list[int], actual: list[int], *, side: str) -> bool:
    # An output may be declared free where the graph knows its size, and the graph may leave any size open.
    if len(stated) != len(actual):
        return False
    return all(
        a == -1 or s == a or (s == -1 and side == "output" and i)
        for i, (s, a) in enumerate(zip(stated, actual, strict=True))
    )


def likeness(asked: Asked) -> tuple[tuple[str, str, tuple[int, ...]], ...]:
    """Requests of equal likeness differ in their number of rows alone."""
    return tuple((name, array.dtype.str, array.shape[1:]) for name, array in asked.feeds.items())


def text(name: str, array: np.ndarray) -> np.ndarray:
    try:
        flat = [item.decode() if isinstance(item, bytes) else str(item) for item in array.ravel()]
    except UnicodeDecodeError:
        raise ValueError(f"input '{name}' holds bytes that are not UTF-8; ONNX strings must be") from None
    return np.array(flat, dtype=object).reshape(array.shape)


def failure(error: Exception) -> Any:
    return pb_utils.InferenceResponse(output_tensors=[], error=pb_utils.TritonError(str(error)))
