"""The requests of a benchmark: recorded ones, repeated to the batch size, or sample values by rule."""

import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from tritonclient.grpc import service_pb2
from tritonclient.utils import deserialize_bytes_tensor, serialize_byte_tensor

from core.errors import Invalid
from experiments.loadgen.job import Payload
from models_registry.inspection.samples import FILL
from serving.triton.encoding import encode

MOST_BYTES = 64 * 10**6
Tensor = dict[str, Any]


def build(
    *,
    model: str,
    signature: dict[str, Any],
    golden: list[dict[str, Any]],
    max_batch: int,
    batch_size: int,
) -> list[Payload]:
    """One payload for each different recorded request; without any, one made from the signature.

    Args:
        model: its name in Triton.
        max_batch: the version's max_batch_size; 0 when requests carry no batch dimension.
        batch_size: rows of each request, 1 when `max_batch` is 0.

    Raises:
        Invalid: a request would be too large, or a recorded one is not usable.
    """
    if not golden:
        return [_from_signature(model, signature, batch_size=batch_size, batched=max_batch > 0)]
    found = {
        payload.request: payload
        for payload in (_recorded(model, pair, batch_size, batched=max_batch > 0) for pair in golden)
    }
    return list(found.values())


def digest(payloads: Iterable[Payload]) -> str:
    """SHA-256 over the requests: equal digests, equal load."""
    hasher = hashlib.sha256()
    for payload in payloads:
        hasher.update(hashlib.sha256(payload.request).digest())
    return hasher.hexdigest()


def _recorded(model: str, pair: dict[str, Any], batch_size: int, *, batched: bool) -> Payload:
    rows = pair["inputs"][0]["shape"][0] if batched else 0
    inputs = [_wire(tensor, batch_size=batch_size if batched else 0) for tensor in pair["inputs"]]
    outputs = []
    for tensor in pair["outputs"]:
        shape = [batch_size, *tensor["shape"][1:]] if batched else tensor["shape"]
        outputs.append(tensor | {"rows": rows, "shape": shape})
    return Payload(request=_request(model, inputs), outputs=tuple(outputs))


def _from_signature(model: str, signature: dict[str, Any], *, batch_size: int, batched: bool) -> Payload:
    inputs = []
    for tensor in signature["inputs"]:
        free = [batch_size, *tensor["dims"]] if batched else list(tensor["shape"]) or [1]
        shape = [max(size, 1) for size in free]
        filled = {"name": tensor["name"], "datatype": tensor["datatype"], "shape": shape, "fill": FILL}
        inputs.append(_wire(filled, batch_size=0))
    outputs = [
        {
            "name": tensor["name"],
            "datatype": tensor["datatype"],
            "shape": [batch_size, *tensor["dims"]] if batched else list(tensor["shape"]) or [1],
        }
        for tensor in signature["outputs"]
    ]
    return Payload(request=_request(model, inputs), outputs=tuple(outputs))


def _wire(tensor: Tensor, *, batch_size: int) -> tuple[Any, bytes]:
    """(head, content) of one input; with a batch size its rows are repeated to as many."""
    entry = encode(tensor)
    content: bytes = entry._get_content()
    shape = list(entry.shape())
    if batch_size:
        content = _repeated(content, datatype=entry.datatype(), rows=shape[0], batch_size=batch_size)
        shape = [batch_size, *shape[1:]]
    head = service_pb2.ModelInferRequest.InferInputTensor(
        name=entry.name(), datatype=entry.datatype(), shape=shape
    )
    return head, content


def _repeated(content: bytes, *, datatype: str, rows: int, batch_size: int) -> bytes:
    order = np.arange(batch_size) % rows
    if datatype == "BYTES":
        words = np.asarray(deserialize_bytes_tensor(content), dtype=object).reshape(rows, -1)[order]
        return bytes(serialize_byte_tensor(words).item())
    flat = np.frombuffer(content, dtype=np.uint8).reshape(rows, -1)
    _bounded(flat.shape[1] * batch_size)
    return flat[order].tobytes()


def _request(model: str, inputs: list[tuple[Any, bytes]]) -> bytes:
    _bounded(sum(len(content) for _head, content in inputs))
    request = service_pb2.ModelInferRequest(
        model_name=model,
        inputs=[head for head, _content in inputs],
        raw_input_contents=[content for _head, content in inputs],
    )
    return bytes(request.SerializeToString(deterministic=True))


def _bounded(size_bytes: int) -> None:
    if size_bytes > MOST_BYTES:
        raise Invalid(
            _("One request would carry %(size)d MB; at most %(most)d MB are sent.")
            % {"size": size_bytes // 10**6, "most": MOST_BYTES // 10**6},
            code="payload-too-large",
            hint=_("Choose a smaller batch size."),
        )
