"""The real server, without a database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.testing import Servers
from serving.triton.client import TritonClient


@pytest.fixture(scope="session")
def client(servers: Servers) -> Iterator[TritonClient]:
    port = servers.env["CONCH_TRITON_GRPC_PORT"]
    made = TritonClient(f"127.0.0.1:{port}", connect_timeout_s=5.0, load_timeout_s=60.0)
    yield made
    made.close()


@pytest.fixture(scope="session")
def repository_root(servers: Servers) -> Path:
    return Path(servers.env["CONCH_HOME"]) / "models"
