"""One control client per server address and process: a gRPC channel is costly to open and safe to share."""

import atexit

from django.conf import settings

from serving.models import TritonServer
from serving.triton.client import TritonClient

_clients: dict[str, TritonClient] = {}


def control(server: TritonServer) -> TritonClient:
    """The control client of a server."""
    client = _clients.get(server.grpc_url)
    if client is None:
        client = _clients[server.grpc_url] = TritonClient(
            server.grpc_url,
            connect_timeout_s=settings.TRITON.connect_timeout_s,
            load_timeout_s=settings.TRITON.load_timeout_s,
        )
    return client


@atexit.register
def close_all() -> None:
    """Close the channels while gRPC still can; at interpreter exit it is too late."""
    while _clients:
        _clients.popitem()[1].close()
