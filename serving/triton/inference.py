"""One inference: from JSON-like values to tensors and back, timed."""

import time
from dataclasses import dataclass
from typing import Any

import grpc
import numpy as np
import tritonclient.grpc as triton
from django.utils.translation import gettext as _
from tritonclient.utils import InferenceServerException

from core.errors import PlatformError
from serving.triton import statistics
from serving.triton.client import TritonClient
from serving.triton.encoding import Tensor, decode, encode
from serving.triton.errors import translate

# Until the request that was just answered shows in the counters.
COUNTED_WITHIN_TRIES, COUNTED_EVERY_S = 20, 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Outputs as {name, datatype, shape, data (flat)}; the latency is the caller's, in milliseconds."""

    model_name: str
    model_version: str
    outputs: list[Tensor]
    latency_ms: float


def infer(
    client: TritonClient,
    *,
    model: str,
    inputs: list[Tensor],
    timeout_s: float,
    outputs: list[str] | None = None,
) -> Answer:
    """Send one request and wait for its answer.

    Args:
        inputs: [{name, datatype, shape, data}]; data nested or flat, row-major. `fill` in place of `data`
            stands for the values by rule that inspection used.
        outputs: the names that are wanted; all of them when left out.

    Raises:
        Invalid: an input is not what it says; Triton refused the request.
        Upstream: Triton is away, overloaded or too slow.
    """
    tensors = [encode(given) for given in inputs]
    wanted = [triton.InferRequestedOutput(name) for name in outputs] if outputs else None
    started = time.perf_counter()
    try:
        result = client.raw.infer(model, tensors, outputs=wanted, client_timeout=timeout_s)
    except (InferenceServerException, grpc.RpcError) as error:
        raise translate(error, doing=_("inference on %(model)s") % {"model": model}) from error
    latency_ms = (time.perf_counter() - started) * 1000
    response = result.get_response()
    return Answer(
        model_name=response.model_name,
        model_version=response.model_version,
        outputs=[decode(result, entry) for entry in response.outputs],
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
    return answer, _split(client, model, before) if before else None


def _split(client: TritonClient, model: str, before: statistics.Snapshot) -> dict[str, float] | None:
    """Triton counts a request a moment after it has answered it, so its counters are asked more than once."""
    for _try in range(COUNTED_WITHIN_TRIES):
        after = _counters(client, model)
        found = statistics.delta(before, after) if after else None
        if found:
            return found.split_ms()
        time.sleep(COUNTED_EVERY_S)
    return None


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


def _counters(client: TritonClient, model: str) -> statistics.Snapshot | None:
    try:
        return statistics.snapshot(client.statistics(model))
    except PlatformError:
        return None
