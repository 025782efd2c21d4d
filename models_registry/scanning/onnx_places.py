"""Where an ONNX file says that its weights are kept: only beside it, never elsewhere on the server."""

from pathlib import Path

from models_registry.inspection import graph, skeleton
from models_registry.inspection.refused import Refused
from models_registry.scanning.finding import Finding, refusal

MOST = 5


def scan(path: Path, name: str) -> list[Finding]:
    """Whether the file is a model at all is for the inspection to say."""
    import onnx
    from google.protobuf.message import DecodeError

    model = onnx.ModelProto()
    try:
        model.ParseFromString(skeleton.read(path).content)
    except (Refused, DecodeError):
        return []
    tensors = [*model.graph.initializer, *graph.inner_tensors(model)]
    places = {entry.value for tensor in tensors for entry in tensor.external_data if entry.key == "location"}
    outside = sorted(place for place in places if graph.leads_outside(place))
    return [refusal("external-data-escapes", name, place=graph.clean(place)) for place in outside[:MOST]]
