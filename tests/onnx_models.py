"""Tiny real ONNX files, and versions that hold one."""

import hashlib
import io
from pathlib import Path
from typing import Any

import onnx
from onnx import TensorProto, helper

from models_registry import artifacts
from models_registry.lifecycle import Stage
from models_registry.models import ModelVersion, VersionFile
from models_registry.services.stages import artifact_digest
from tests.factories import a_version

SIGNATURE: dict[str, Any] = {
    "inputs": [{"name": "X", "datatype": "FP32", "shape": [-1, 4], "dims": [4]}],
    "outputs": [{"name": "Y", "datatype": "FP32", "shape": [-1, 4], "dims": [4]}],
    "batchable": True,
}


def doubling_model(path: Path, *, factor: float = 2.0, opset: int = 17) -> Path:
    """Y = factor · X on FP32 [batch, 4]."""
    tensors = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 4]) for name in ("X", "Y")]
    constant = helper.make_tensor("factor", TensorProto.FLOAT, [1], [factor])
    graph = helper.make_graph(
        [helper.make_node("Mul", ["X", "factor"], ["Y"])], "times", tensors[:1], tensors[1:], [constant]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9)
    onnx.save(model, path)
    return path


def golden(*, factor: float = 2.0) -> list[dict[str, Any]]:
    values = [1.0, 2.0, 3.0, 4.0]
    return [
        {
            "inputs": [{"name": "X", "datatype": "FP32", "shape": [1, 4], "data": values}],
            "outputs": [
                {"name": "Y", "datatype": "FP32", "shape": [1, 4], "data": [factor * v for v in values]}
            ],
        }
    ]


def a_real_version(
    stage: Stage = Stage.TESTING, *, content: bytes = b"", factor: float = 2.0, **given: Any
) -> ModelVersion:
    """A version whose bytes are in the artifact store; `content` replaces the good file."""
    if not content:
        path = Path(artifacts.settings.ARTIFACTS.root).parent / f"times-{factor}.onnx"
        content = doubling_model(path, factor=factor).read_bytes()
    version = a_version(stage, **{"signature": SIGNATURE, "golden": golden(factor=factor)} | given)
    stored = artifacts.store(io.BytesIO(content), declared_bytes=len(content))
    assert stored.sha256 == hashlib.sha256(content).hexdigest()
    VersionFile.objects.filter(version=version).update(sha256=stored.sha256, size_bytes=stored.size_bytes)
    version.artifact_digest = artifact_digest(version.files.all())
    version.save(update_fields=["artifact_digest"])
    return version
