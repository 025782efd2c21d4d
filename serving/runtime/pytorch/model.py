"""PyTorch as a python-based Triton backend that answers to the name of the native one.

Promise: the `config.pbtxt` and the folder layout that NVIDIA's `pytorch` backend accepts work here unchanged.
`model.pt` is TorchScript; `model.pt2` a program of torch.export or a package that AOTInductor compiled.
Tensors cross by DLPack, without numpy; each instance is a process of its own with its own threads.
"""

import contextlib
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
import triton_python_backend_utils as pb_utils
from batching import Asked, BatchedModel, reshapes, switch, whole_number
from torch.utils import dlpack

DTYPE = {
    "TYPE_BOOL": torch.bool,
    "TYPE_UINT8": torch.uint8,
    "TYPE_INT8": torch.int8,
    "TYPE_INT16": torch.int16,
    "TYPE_INT32": torch.int32,
    "TYPE_INT64": torch.int64,
    "TYPE_FP16": torch.float16,
    "TYPE_FP32": torch.float32,
    "TYPE_FP64": torch.float64,
    "TYPE_BF16": torch.bfloat16,
}
# By position: Triton's own way (INPUT__0), and that of torch.export (ARGS[0], RESULT[0]).
NUMBERED = re.compile(r"(?:.+__|(?:ARGS|RESULT)\[)(\d+)\]?")


class Loaded(NamedTuple):
    """A model that can be called, and the names of its arguments where it tells them."""

    call: Callable[..., Any]
    arguments: list[str]


class TritonPythonModel(BatchedModel):
    def initialize(self, args: dict[str, str]) -> None:
        """Load the model; raise with the reason when it and the configuration do not agree."""
        self.config = json.loads(args["model_config"])
        self.batches = self.config["max_batch_size"] > 0
        self.device = device_of(args["model_instance_kind"], args["model_instance_device_id"])
        self.is_gpu = self.device.type == "cuda"
        set_threads(self.config)
        self.keeps_gradients = not switch(self.config, "INFERENCE_MODE", default=True)
        self.is_optimized = not switch(self.config, "DISABLE_OPTIMIZED_EXECUTION", default=False)
        self.cleans = self.is_gpu and switch(self.config, "ENABLE_CACHE_CLEANING", default=False)
        path = model_file(Path(args["model_repository"]) / args["model_version"], self.config)
        self.model = load(path, self.device)
        names = [entry["name"] for entry in self.config["input"]]
        self.optional = {entry["name"] for entry in self.config["input"] if entry.get("optional")}
        self.is_named = set(names) <= set(self.model.arguments)
        self.order = names if self.is_named else by_position(names, side="input")
        self.types = {entry["name"]: type_of(entry) for entry in self.config["input"] + self.config["output"]}
        self.outputs = [entry["name"] for entry in self.config["output"]]
        self.places = places(self.outputs)
        self.reshapes = reshapes(self.config)
        self.join = torch.cat

    def decode(self, request: Any) -> Asked:
        feeds = {}
        for name in self.order:
            given = pb_utils.get_input_tensor_by_name(request, name)
            if given is None:
                if name in self.optional:
                    continue
                raise ValueError(f"input '{name}' is missing")
            feeds[name] = self.reshaped(name, taken(given, self.types[name]), inwards=True)
        batch = next(iter(feeds.values())).shape[0] if self.batches and feeds else 1
        return Asked(feeds, list(request.requested_output_names()), batch)

    def infer(self, feeds: dict[str, Any], names: list[str]) -> dict[str, Any]:
        with self.mode():
            moved = {name: tensor.to(self.device, non_blocking=True) for name, tensor in feeds.items()}
            found = self.model.call(**moved) if self.is_named else self.model.call(*moved.values())
            answer = {name: self.picked(found, name) for name in names}
        if self.cleans:
            torch.cuda.empty_cache()
        return answer

    @contextlib.contextmanager
    def mode(self) -> Iterator[None]:
        gradients = torch.no_grad() if self.keeps_gradients else torch.inference_mode()
        with gradients, torch.jit.optimized_execution(self.is_optimized):
            yield

    def picked(self, found: Any, name: str) -> torch.Tensor:
        """One output of what the model returned, on the CPU, in the type that the configuration states."""
        if isinstance(found, Mapping):
            if name not in found:
                raise ValueError(f"output '{name}' is not in what the model returns: {', '.join(found)}")
            tensor = found[name]
        else:
            every = found if isinstance(found, list | tuple) else [found]
            place = self.places.get(name)
            if place is None or place >= len(every):
                raise ValueError(
                    f"output '{name}' does not follow the naming convention <name>__<index>, with an index "
                    f"below {len(every)}: that many tensors are returned"
                )
            tensor = every[place]
        if not isinstance(tensor, torch.Tensor):
            raise ValueError(f"output '{name}' is a {type(tensor).__name__}, not a tensor")
        if tensor.dtype != self.types[name]:
            raise ValueError(
                f"output '{name}' is {tensor.dtype} in the model, {self.types[name]} in the configuration"
            )
        return tensor.detach().cpu()

    def encode(self, name: str, array: torch.Tensor) -> Any:
        if array.dtype == torch.bool:
            return pb_utils.Tensor(name, array.contiguous().numpy())
        return pb_utils.Tensor.from_dlpack(name, dlpack.to_dlpack(array.contiguous()))

    def finalize(self) -> None:
        del self.model
        if self.is_gpu:
            torch.cuda.empty_cache()


def taken(given: Any, dtype: torch.dtype) -> torch.Tensor:
    """The tensor of a request, without a copy; it lives as long as the request."""
    if dtype == torch.bool:
        return torch.from_numpy(given.as_numpy())
    return torch.from_dlpack(given.to_dlpack())


def load(path: Path, device: torch.device) -> Loaded:
    """TorchScript, a program of torch.export, or a compiled package, ready on the device."""
    if path.suffix != ".pt2":
        module = torch.jit.load(str(path), map_location=device).eval()
        return Loaded(module, [argument.name for argument in module.forward.schema.arguments[1:]])
    try:
        program = torch.export.load(str(path))
    except Exception as error:
        # A package holds compiled code and no program.
        if "aotinductor" not in str(error).lower() and not is_package(path):
            raise
        return Loaded(torch._inductor.aoti_load_package(str(path)), [])
    module = program.module().to(device)
    return Loaded(module, list(program.graph_signature.user_inputs))


def is_package(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        return any("aotinductor" in name for name in archive.namelist())


def model_file(folder: Path, config: dict[str, Any]) -> Path:
    """The file that the configuration names; Triton itself writes model.pt where it names none."""
    named = config.get("default_model_filename") or "model.pt"
    for path in (folder / named, folder / "model.pt2"):
        if path.is_file():
            return path
    raise FileNotFoundError(f"no file '{named}' in version folder '{folder.name}'")


def device_of(kind: str, device: str) -> torch.device:
    if kind not in {"GPU", "KIND_GPU"}:
        return torch.device("cpu")
    if not torch.cuda.is_available():
        raise RuntimeError(
            "this PyTorch cannot use the GPU; install one built with CUDA, or ask for KIND_CPU"
        )
    return torch.device(f"cuda:{device}")


def set_threads(config: dict[str, Any]) -> None:
    if count := whole_number(config, "INTRA_OP_THREAD_COUNT") or whole_number(config, "NUM_THREADS"):
        torch.set_num_threads(count)
    if count := whole_number(config, "INTER_OP_THREAD_COUNT"):
        torch.set_num_interop_threads(count)


def type_of(entry: dict[str, Any]) -> torch.dtype:
    if entry["data_type"] not in DTYPE:
        raise ValueError(f"tensor '{entry['name']}' is a {entry['data_type']}, which PyTorch cannot serve")
    return DTYPE[entry["data_type"]]


def places(names: list[str]) -> dict[str, int]:
    """Where in what the model returns each output stands; those named otherwise are keys of a dictionary."""
    found = {name: NUMBERED.fullmatch(name) for name in names}
    return {name: int(match[1]) for name, match in found.items() if match}


def by_position(names: list[str], *, side: str) -> list[str]:
    """The names in the order of their numbers, which must be 0, 1, 2, …"""
    numbers = places(names)
    odd = [name for name in names if name not in numbers]
    if odd:
        raise ValueError(
            f"{side} '{odd[0]}' is no argument of the model's forward and does not follow the naming "
            "convention <name>__<index>"
        )
    if sorted(numbers.values()) != list(range(len(names))):
        raise ValueError(f"the numbers of the {side}s must be 0 to {len(names) - 1}, each once: {names}")
    return sorted(names, key=numbers.__getitem__)
