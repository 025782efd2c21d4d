"""Where the gateway listens and where Triton is, from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Address:
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Door:
    """One listening port and the Triton port behind it."""

    name: str
    listen: Address
    upstream: Address


def doors(env: Mapping[str, str] = os.environ) -> list[Door]:
    """The HTTP and the gRPC door. Raises ValueError, naming the variable, when one makes no sense."""
    external = env.get("CONCH_TRITON_URL", "")
    host = external.rpartition(":")[0] if external else "127.0.0.1"
    grpc_port = external.rpartition(":")[2] if external else env.get("CONCH_TRITON_GRPC_PORT", "8001")
    listen = env.get("CONCH_GATEWAY_HOST", "127.0.0.1")
    upstream = {
        "HTTP": Address(host, _port("CONCH_TRITON_HTTP_PORT", env.get("CONCH_TRITON_HTTP_PORT", "8000"))),
        "GRPC": Address(host, _port("CONCH_TRITON_URL" if external else "CONCH_TRITON_GRPC_PORT", grpc_port)),
    }
    default = {"HTTP": "8090", "GRPC": "8091"}
    return [
        Door(name, Address(listen, _port(variable, env.get(variable, default[name]))), upstream[name])
        for name, variable in (("HTTP", "CONCH_GATEWAY_HTTP_PORT"), ("GRPC", "CONCH_GATEWAY_GRPC_PORT"))
    ]


def _port(variable: str, text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise ValueError(f"{variable} must name a port from 1 to 65535, not '{text}'")
    return int(text)
