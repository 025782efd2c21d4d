"""One inference: from JSON-like values to tensors and back, timed."""

import time
from dataclasses import dataclass
from typing import Any

import grpc
import numpy as np
import tritonclient.grpc as triton
from django.utils.translation import gettext as _
from tritonclient.utils import InferenceServerException, triton_to_np_dtype

from core.errors import Invalid, PlatformError
from models_registry.inspection.samples import filled
from serving.triton import statistics
from serving.triton.client import TritonClient
from serving.triton.errors import translate

MOST_VALUES = 4_000_000
Tensor = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Outputs as {name, datatype, shape, data (flat)}; the latency is the caller's, in milliseconds."""

    model_name: str
    model_version: str
    outputs: list[Tensor]
    latency_ms: float


def infer(client: TritonClient, *, model: str, inputs: list[Tensor], timeout_s: float) -> Answer:
    """Send one request and wait for its answer.

    Args:
        inputs: [{name, datatype, shape, data}]; data nested or flat, row-major. `fill` in place of `data`
            stands for the values by rule that inspection used.

    Raises:
        Invalid: an input is not what it says; Triton refused the request.
        Upstream: Triton is away, overloaded or too slow.
    """
    tensors = [tensor(given) for given in inputs]
    started = time.perf_counter()
    try:
        result = client.raw.infer(model, tensors, client_timeout=timeout_s)
    except (InferenceServerException, grpc.RpcError) as error:
        raise translate(error, doing=f"inference on {model}") from error
    latency_ms = (time.perf_counter() - started) * 1000
    response = result.get_response()
    outputs = [_output(result, entry) for entry in response.outputs]
    return Answer(
        model_name=response.model_name,
        model_version=response.model_version,
        outputs=outputs,
        latency_ms=latency_ms,
    )


def infer_with_split(
    client: TritonClient, *, model: str, inputs: list[Tensor], timeout_s: float
) -> tuple[Answer, dict[str, float] | None]:
    """The answer, and the server's own times in milliseconds by part.

    The split is the mean over all requests that the server finished meanwhile.
    """
    before = _counters(client, model)
    answer = infer(client, model=model, inputs=inputs, timeout_s=timeout_s)
    after = _counters(client, model)
    if before is None or after is None:
        return answer, None
    found = statistics.delta(before, after)
    return answer, found.split_ms() if found else None


def tensor(given: Tensor) -> triton.InferInput:
    """One input, checked: its data must fill its shape with values of its type."""
    name, datatype = str(given.get("name", "")), str(given.get("datatype", ""))
    kind = triton_to_np_dtype(datatype)
    if kind is None:
        raise _wrong(name, _("there is no datatype “%(datatype)s”") % {"datatype": datatype})
    shape = [int(size) for size in given.get("shape", ())]
    count = int(np.prod(shape, dtype=np.int64)) if shape else 1
    if any(size < 0 for size in shape) or not 0 < count <= MOST_VALUES:
        raise _wrong(name, _("the shape %(shape)s is empty or too large") % {"shape": shape})
    if "fill" in given:
        values = filled(datatype=datatype, shape=shape).ravel()
    else:
        values = _values(name, given.get("data"), kind, datatype)
    if values.size != count:
        raise _wrong(
            name,
            _("%(got)d values do not fill the shape %(shape)s, which takes %(count)d")
            % {"got": values.size, "shape": shape, "count": count},
        )
    entry = triton.InferInput(name, shape, datatype)
    entry.set_data_from_numpy(values.reshape(shape))
    return entry


def golden_matches(answer: Answer, golden: dict[str, Any], *, rtol: float, atol: float) -> list[str]:
    """What differs between an answer and the recorded one; empty when they agree."""
    got = {output["name"]: output for output in answer.outputs}
    found = []
    for expected in golden["outputs"]:
        name, output = expected["name"], got.get(expected["name"])
        if output is None:
            found.append(_("the output “%(name)s” is missing") % {"name": name})
        elif list(output["shape"]) != list(expected["shape"]):
            found.append(f"{name}: {output['shape']} ≠ {expected['shape']}")
        elif not _agree(*_both(output, expected), datatype=expected["datatype"], rtol=rtol, atol=atol):
            found.append(_("the values of “%(name)s” differ") % {"name": name})
    return found


def _both(output: Tensor, expected: Tensor) -> tuple[list[Any], list[Any]]:
    """(got, recorded); of a large output only each n-th value was recorded."""
    sample = expected.get("sample")
    if sample is None:
        return list(output["data"]), list(expected["data"])
    return list(output["data"][:: sample["every"]]), list(sample["values"])


def _agree(got: list[Any], wanted: list[Any], *, datatype: str, rtol: float, atol: float) -> bool:
    """Floats within the tolerance, everything else exactly."""
    if not datatype.startswith(("FP", "BF")):
        return got == wanted
    a, b = np.asarray(got, float), np.asarray(wanted, float)
    return a.shape == b.shape and np.allclose(a, b, rtol=rtol, atol=atol, equal_nan=True)


def _values(name: str, data: Any, kind: Any, datatype: str) -> Any:
    try:
        if datatype == "BYTES":
            flat = np.asarray(data, dtype=object).ravel()
            return np.array([str(value).encode() for value in flat], dtype=object)
        values = np.asarray(data).ravel()
        if values.dtype == object or values.dtype.kind not in "biuf" or values.size == 0:
            raise ValueError
        with np.errstate(over="ignore"):
            typed = values.astype(kind)
    except (ValueError, TypeError, OverflowError) as error:
        raise _wrong(
            name, _("its data is not a list of %(datatype)s values") % {"datatype": datatype}
        ) from error
    if np.issubdtype(kind, np.integer) and not np.array_equal(typed, values):
        raise _wrong(name, _("some values do not fit %(datatype)s") % {"datatype": datatype})
    return typed


def _output(result: Any, entry: Any) -> Tensor:
    values = result.as_numpy(entry.name)
    if values is None:
        raise Invalid(
            _("Triton sent no data for the output “%(name)s”.") % {"name": entry.name}, code="empty-output"
        )
    flat = values.ravel()
    data = [value.decode(errors="replace") for value in flat] if entry.datatype == "BYTES" else flat.tolist()
    return {"name": entry.name, "datatype": entry.datatype, "shape": list(values.shape), "data": data}


def _counters(client: TritonClient, model: str) -> statistics.Snapshot | None:
    try:
        return statistics.snapshot(client.statistics(model))
    except PlatformError:
        return None


def _wrong(name: str, why: str) -> Invalid:
    return Invalid(_("Input “%(name)s”: %(why)s.") % {"name": name, "why": why}, code="bad-input", input=name)
