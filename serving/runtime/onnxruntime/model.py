"""ONNX Runtime as a python-based Triton backend that answers to the name of the native one.

Promise: the `config.pbtxt` and the folder layout that NVIDIA's `onnxruntime` backend accepts work here
unchanged, so one model repository serves on either. Tensors are numpy arrays; BYTES are UTF-8 strings,
as ONNX defines them. A failing request gets its own error and never fails the requests beside it.
"""

import contextlib
import json
import locale
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import triton_python_backend_utils as pb_utils
from batching import Asked, BatchedModel, reshapes, whole_number

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


class TritonPythonModel(BatchedModel):
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
        self.outputs = list(check("output", self.config, described(self.session.get_outputs())))
        self.optional = {entry["name"] for entry in self.config["input"] if entry.get("optional")}
        self.reshapes = reshapes(self.config)
        self.join = np.concatenate

    def infer(self, feeds: dict[str, np.ndarray], names: list[str]) -> dict[str, np.ndarray]:
        return dict(zip(names, self.session.run(names, feeds), strict=True))

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

    def encode(self, name: str, array: np.ndarray) -> Any:
        if array.dtype == object:
            flat = [item.encode() if isinstance(item, str) else bytes(item) for item in array.ravel()]
            array = np.array(flat, dtype=object).reshape(array.shape)
        return pb_utils.Tensor(name, np.ascontiguousarray(array).reshape(array.shape))


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
    options.intra_op_num_threads = whole_number(config, "intra_op_thread_count")
    options.inter_op_num_threads = whole_number(config, "inter_op_thread_count")
    options.enable_cpu_mem_arena = bool(whole_number(config, "enable_mem_arena", 1))
    options.enable_mem_pattern = bool(whole_number(config, "enable_mem_pattern", 1))
    if whole_number(config, "execution_mode") == 1:
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


def text(name: str, array: np.ndarray) -> np.ndarray:
    try:
        flat = [item.decode() if isinstance(item, bytes) else str(item) for item in array.ravel()]
    except UnicodeDecodeError:
        raise ValueError(f"input '{name}' holds bytes that are not UTF-8; ONNX strings must be") from None
    return np.array(flat, dtype=object).reshape(array.shape)
