"""What Triton's messages mean: pattern, cause and hint, as data."""

import re
from dataclasses import dataclass

import grpc
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from tritonclient.utils import InferenceServerException

from core.errors import Invalid, PlatformError, Upstream, UpstreamTimeout


@dataclass(frozen=True, slots=True)
class Known:
    """A symptom that Triton reports, and what helps."""

    code: str
    pattern: re.Pattern[str]
    hint: str | Promise
    retryable: bool = False


def _known(code: str, pattern: str, hint: str | Promise, *, retryable: bool = False) -> Known:
    return Known(code, re.compile(pattern, re.IGNORECASE), hint, retryable)


KNOWN = (
    _known(
        "cannot-poll",
        r"failed to poll from model repository",
        gettext_lazy("Triton could not read the folder or its config.pbtxt; its log says why."),
    ),
    _known(
        "no-version-folder",
        r"at least one version must be available",
        gettext_lazy("The version folder is missing. Deploy the version again."),
    ),
    _known(
        "no-backend",
        r"unable to find '?backend|unable to find backend library|Unable to find shared library",
        gettext_lazy("This server has no such backend. Choose another server, or install the backend."),
    ),
    _known(
        "opset",
        r"opset|Unsupported model IR version|is under development and support for this",
        gettext_lazy("The server's ONNX Runtime is older than the file. Export it with a lower opset."),
    ),
    _known(
        "broken-file",
        r"InvalidProtobuf|Protobuf parsing failed|INVALID_PROTOBUF|ModelProto does not have a graph",
        gettext_lazy("The file is damaged. Export and upload it again as a new version."),
    ),
    _known(
        "not-batchable",
        r"does not support batching|autofill failed",
        gettext_lazy("Set max_batch_size to 0, or export the model with a dynamic first axis."),
    ),
    _known(
        "dims",
        r"expects \d+ dimensions|unexpected shape|model configuration specifies|expected dim",
        gettext_lazy(
            "Copy the dims from the signature; leave the batch dimension out while max_batch_size is above 0."
        ),
    ),
    _known(
        "batch-too-large", r"batch-size must be <=", gettext_lazy("Send fewer rows, or raise max_batch_size.")
    ),
    _known(
        "out-of-memory",
        r"out of memory|cudaErrorMemoryAllocation|Unable to initialize shared memory",
        gettext_lazy("Free memory on the server, or lower the number of instances."),
        retryable=True,
    ),
    _known(
        "stub-died",
        r"stub process.*not healthy|Stub process|failed to initialize Python stub",
        gettext_lazy("The model's process ended. It is loaded again; if it repeats, look at its memory."),
        retryable=True,
    ),
    _known(
        "busy",
        r"Exceeds maximum queue size|Request timeout expired",
        gettext_lazy("The model is overloaded. Try again, or add instances."),
        retryable=True,
    ),
    _known(
        "not-loaded",
        r"unknown model|is not found|is not ready|not at ready state",
        gettext_lazy("The model is not loaded. Look at its deployment."),
        retryable=True,
    ),
)
AWAY = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED}


def translate(error: Exception, *, doing: str) -> PlatformError:
    """The PlatformError for what tritonclient raised; Triton's own words stay in the detail."""
    status = _status(error)
    message = _message(error)
    if status == grpc.StatusCode.DEADLINE_EXCEEDED:
        return UpstreamTimeout(
            _("Triton did not answer in time: %(doing)s.") % {"doing": doing},
            code="triton-timeout",
            hint=_("It is tried again. If it repeats, look at the server's log."),
        )
    if status in AWAY:
        return Upstream(
            _("Triton cannot be reached: %(doing)s.") % {"doing": doing},
            code="triton-away",
            hint=_("It is tried again as soon as the server answers."),
        )
    for known in KNOWN:
        if known.pattern.search(message):
            kind = Upstream if known.retryable else Invalid
            return kind(message, code=known.code, hint=str(known.hint))
    if status in {grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN, None}:
        return Upstream(message, code="triton-error", hint=_("The server's log may say more."))
    return Invalid(message, code="triton-refused", hint=_("Triton refused it; its words are above."))


def _status(error: Exception) -> grpc.StatusCode | None:
    if isinstance(error, grpc.RpcError) and hasattr(error, "code"):
        return error.code()
    name = str(error.status() or "") if isinstance(error, InferenceServerException) else ""
    return next((code for code in grpc.StatusCode if str(code) == name), None)


def _message(error: Exception) -> str:
    words = error.message() if isinstance(error, InferenceServerException) else str(error)
    return str(words or error).strip()[:2000]
