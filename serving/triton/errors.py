"""From what tritonclient raises to an error with a cause, Triton's own words, and a hint."""

import re

import grpc
from django.utils.translation import gettext as _
from tritonclient.utils import InferenceServerException

from core.errors import Invalid, PlatformError, Upstream, UpstreamTimeout
from serving.triton.symptoms import SYMPTOMS

AWAY = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED}
LONGEST_WORDS = 600
# Where Triton wraps the words of a backend, the tail is a trace through the backend's own files.
_WRAPPING = (
    re.compile(r"^\[request id: [^\]]*\] "),
    re.compile(r"^(load failed for model|failed to load) '[^']*'[:,] "),
    re.compile(r"^version \d+ is at UNAVAILABLE state: "),
    re.compile(r"^(Internal|Invalid argument|Unavailable|Not found|Unknown): "),
    re.compile(r"\s*\n\s*At:\n.*", re.DOTALL),
    re.compile(r"Load model from \S+ failed: ?"),
    re.compile(r"\[ONNXRuntimeError\] : \d+ : \w+ : "),
    re.compile(r"/onnxruntime_src/\S+ .*?\) (?=[A-Z])", re.DOTALL),
    re.compile(r"[;\s]+$"),
)


def translate(error: Exception, *, doing: str) -> PlatformError:
    """The PlatformError for what tritonclient raised; retryable where trying again may help.

    Args:
        doing: what was asked of Triton, e.g. "loading digits.v1".
    """
    status, words = _status(error), plain(_message(error))
    for symptom in SYMPTOMS:
        if symptom.pattern.search(_message(error)):
            kind = Upstream if symptom.retryable else Invalid
            detail = _("%(cause)s Triton says: %(words)s") % {"cause": symptom.cause, "words": words}
            return kind(detail, code=symptom.code, hint=str(symptom.hint))
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
    if status in {grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN, None}:
        return Upstream(
            _("Triton failed while %(doing)s. It says: %(words)s") % {"doing": doing, "words": words},
            code="triton-error",
            hint=_("The server's log may say more."),
        )
    return Invalid(
        _("Triton refused %(doing)s. It says: %(words)s") % {"doing": doing, "words": words},
        code="triton-refused",
        hint=_("Its words name what it does not take."),
    )


def plain(message: str) -> str:
    """Triton's words without what it wraps around a backend's."""
    for wrapping in _WRAPPING:
        message = wrapping.sub("", message)
    return " ".join(message.split())[:LONGEST_WORDS]


def _status(error: Exception) -> grpc.StatusCode | None:
    if isinstance(error, grpc.RpcError) and hasattr(error, "code"):
        return error.code()
    name = str(error.status() or "") if isinstance(error, InferenceServerException) else ""
    return next((code for code in grpc.StatusCode if str(code) == name), None)


def _message(error: Exception) -> str:
    words = error.message() if isinstance(error, InferenceServerException) else str(error)
    return str(words or error)
