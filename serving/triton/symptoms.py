"""What Triton's messages mean, as data: how each is recognised, its cause, and what helps.

The order matters: the first that matches is taken, so the particular stand before the general.
"""

import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptom:
    """One known message. `retryable`: trying again may help, since the model itself is not at fault."""

    code: str
    pattern: re.Pattern[str]
    cause: Words
    hint: Words
    retryable: bool = False


def _symptom(code: str, pattern: str, cause: Words, hint: Words, *, retryable: bool = False) -> Symptom:
    found = re.compile(pattern, re.IGNORECASE)
    return Symptom(code=code, pattern=found, cause=cause, hint=hint, retryable=retryable)


SYMPTOMS = (
    _symptom(
        "cannot-poll",
        r"failed to poll from model repository",
        _("Triton could not read the model's folder or its config.pbtxt, and keeps the reason to its log."),
        _("Look for “Poll failed” in its log, and check that it reads the repository that Conch writes."),
    ),
    _symptom(
        "no-version-folder",
        r"at least one version must be available",
        _("The model's folder has no version folder that its version policy allows."),
        _("Deploy the version again; remove version_policy from its configuration."),
    ),
    _symptom(
        "no-backend",
        r"unable to find (backend|shared) library|unable to find '(backend|libtriton_)",
        _("This server does not have the backend."),
        _("Choose another server, or install the backend there."),
    ),
    _symptom(
        "engine-mismatch",
        r"engine plan|serialization.*version tag|magic ?tag|incompatible device|platform specific tag",
        _("The TensorRT engine was built for another TensorRT version or another GPU."),
        _("Build the engine again with the TensorRT of this server, on a GPU of the same kind."),
    ),
    _symptom(
        "opset",
        r"is till opset|unsupported model IR version",
        _("The server's ONNX Runtime is older than the file."),
        _("Export the model with a lower opset."),
    ),
    _symptom(
        "broken-file",
        r"INVALID_PROTOBUF|Protobuf parsing failed|does not have a graph|PytorchStreamReader failed",
        _("The model file is damaged."),
        _("Export it and upload it again as a new version."),
    ),
    _symptom(
        "missing-file",
        r"FileNotFoundError|no such file or directory|unable to find '[^']+' for model",
        _("A file that the model needs is not in its folder on the server."),
        _("Deploy the version again. If it repeats, the server reads another repository than Conch writes."),
        retryable=True,
    ),
    _symptom(
        "no-module",
        r"No module named|GLIBCXX_|undefined symbol",
        _("The backend's Python environment lacks something."),
        _("Install it in the Triton environment, or give the model one by EXECUTION_ENV_PATH."),
    ),
    _symptom(
        "mixed-devices",
        r"Expected all tensors (to be )?on the same device",
        _("A tensor inside the model is fixed to another GPU than the instance runs on."),
        _("Script the model instead of tracing it, or name its GPU in instance_group."),
    ),
    _symptom(
        "no-shared-memory",
        r"unable to initialize shared memory|/dev/shm.*no space left|shm_open",
        _("The server has no shared memory left; each python-based instance takes some."),
        _("Enlarge /dev/shm on the server, or lower the number of instances."),
        retryable=True,
    ),
    _symptom(
        "no-cache-blocks",
        r"No available memory for the cache blocks",
        _("vLLM has no GPU memory left for its cache."),
        _("Raise gpu_memory_utilization, shorten max_model_len, or unload other models."),
        retryable=True,
    ),
    _symptom(
        "out-of-memory",
        r"out of memory|cudaErrorMemoryAllocation|bad_alloc|failed to allocate|no space left on device",
        _("The server ran out of memory."),
        _("Unload other models there, or lower the number of instances."),
        retryable=True,
    ),
    _symptom(
        "cuda-error",
        r"CUDA error|cudaError|CUBLAS_STATUS|CUDNN_STATUS",
        _("The GPU reported an error; after one, every later request of that process fails too."),
        _("Restart the server. If it repeats, set CUDA_LAUNCH_BLOCKING=1 there to find the operator."),
        retryable=True,
    ),
    _symptom(
        "stub-died",
        r"stub process|failed to initialize Python stub",
        _("The process that runs the model ended, most often for lack of memory."),
        _("It is loaded again. If it repeats, look at the memory of the server."),
        retryable=True,
    ),
    _symptom(
        "not-batchable",
        r"does not support batching|autofill failed|cannot have empty reshape for non-batching",
        _("The configuration batches a model that takes one request at a time."),
        _("Set max_batch_size to 0, or export the model with a dynamic first axis everywhere."),
    ),
    _symptom(
        "batch-too-large",
        r"batch-size must be <=",
        _("The request has more rows than max_batch_size allows."),
        _("Send fewer rows, or raise max_batch_size in a new version."),
    ),
    _symptom(
        "wrong-shape",
        r"unexpected shape for input|but received \d+.*dim|expected dim",
        _("An input has not the shape that the model takes."),
        _("Compare it with the signature; with batching on, the number of rows comes first."),
    ),
    _symptom(
        "wrong-type",
        r"data-type is '[^']*', but model",
        _("An input has not the type that the model takes."),
        _("Send it with the type that the signature states."),
    ),
    _symptom(
        "wrong-input",
        r"unexpected inference input|expected \d+ inputs but got|input '[^']*' is missing",
        _("The inputs are not those of the model."),
        _("Send exactly the inputs that the signature names."),
    ),
    _symptom(
        "wrong-output",
        r"unexpected inference output",
        _("The model has no such output."),
        _("Ask for outputs that the signature names."),
    ),
    _symptom(
        "config-mismatch",
        r"in the model, .* in the configuration|model configuration specifies|expects \d+ dimensions"
        r"|is not in the model, which has|unexpected (data-?type|datatype)",
        _("Names, types or dims in the configuration are not those of the model file."),
        _("Copy them from the signature; leave the batch dimension out while max_batch_size is above 0."),
    ),
    _symptom(
        "naming",
        r"does not follow (the )?naming convention",
        _("PyTorch models name their tensors by position."),
        _("Name them INPUT__0, OUTPUT__0 and so on, or as the arguments of forward."),
    ),
    _symptom(
        "response-count",
        r"number of InferenceResponse objects",
        _("The model's execute returned another number of responses than it got requests."),
        _("Return exactly one response for each request."),
    ),
    _symptom(
        "decoupled",
        r"decoupled",
        _("The model answers in a stream, and this way of asking cannot carry one."),
        _("Ask by ModelStreamInfer or generate_stream."),
    ),
    _symptom(
        "message-too-large",
        r"larger than max|message (too|is) large",
        _("The message is larger than gRPC was set to take."),
        _("Send fewer rows at a time, or raise the client's limit."),
    ),
    _symptom(
        "busy",
        r"exceeds maximum queue size|request timeout expired",
        _("The model has more requests waiting than its queue takes."),
        _("Try again in a moment, or add instances."),
        retryable=True,
    ),
    _symptom(
        "composing-away",
        r"contains models that are not available",
        _("A version that the public name points at is not loaded."),
        _("It is tried again when that version is ready."),
        retryable=True,
    ),
    _symptom(
        "not-loaded",
        r"unknown model|has no available versions|is not found|is not ready|not at ready state",
        _("The model is not loaded on this server."),
        _("Look at its deployment."),
        retryable=True,
    ),
)
