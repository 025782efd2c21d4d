"""What a good first configuration differs in from backend to backend."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """`max_batch` is for models that can be batched; 0 where the backend batches by itself or not at all."""

    max_batch: int = 64
    instance_kind: str = "KIND_AUTO"
    decoupled: bool = False
    platform: str = ""
    parameters: dict[str, str] = field(default_factory=dict)


BACKENDS: dict[str, Defaults] = {
    "onnxruntime": Defaults(),
    # Inference mode spares the bookkeeping of gradients; the backend's own default, stated to be seen.
    "pytorch": Defaults(parameters={"INFERENCE_MODE": "true"}),
    # A plan refuses a batch beyond its profile, which nobody but TensorRT can read: begin small.
    "tensorrt": Defaults(max_batch=8, instance_kind="KIND_GPU"),
    # vLLM batches by itself, owns its GPUs and answers in many parts.
    "vllm": Defaults(max_batch=0, instance_kind="KIND_MODEL", decoupled=True),
    # Each instance is a process that sees whole batches: small ones until it is measured.
    "python": Defaults(max_batch=8),
}
# Triton loads a package of torch.export under this platform and without batches.
COMPILED_TORCH = Defaults(max_batch=0, platform="torch_aoti")


def of(backend: str, *, model_format: str = "") -> Defaults:
    if model_format == "torch.export":
        return COMPILED_TORCH
    return BACKENDS.get(backend, Defaults())
