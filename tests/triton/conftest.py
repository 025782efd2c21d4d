"""Tiny real models for a real server, without a database."""

from collections.abc import Iterator
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper

from local.testing import Servers
from serving.triton.client import TritonClient


def doubling_model(path: Path) -> Path:
    """Y = X + X on FP32 [batch, 4]."""
    tensors = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 4]) for name in ("X", "Y")]
    graph = helper.make_graph([helper.make_node("Add", ["X", "X"], ["Y"])], "double", tensors[:1], tensors[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, path)
    return path


@pytest.fixture(scope="session")
def client(servers: Servers) -> Iterator[TritonClient]:
    port = servers.env["CONCH_TRITON_GRPC_PORT"]
    made = TritonClient(f"127.0.0.1:{port}", connect_timeout_s=5.0, load_timeout_s=60.0)
    yield made
    made.close()


@pytest.fixture(scope="session")
def repository_root(servers: Servers) -> Path:
    return Path(servers.env["CONCH_HOME"]) / "models"
