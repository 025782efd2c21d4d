"""The ports of a stack: read from the environment, checked before anything starts."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass

from local.errors import CannotStart

DEFAULTS = {
    "CONCH_WEB_PORT": 8080,
    "CONCH_GATEWAY_HTTP_PORT": 8090,
    "CONCH_GATEWAY_GRPC_PORT": 8091,
    "CONCH_TRITON_HTTP_PORT": 8000,
    "CONCH_TRITON_GRPC_PORT": 8001,
    "CONCH_TRITON_METRICS_PORT": 8002,
    "CONCH_POSTGRES_PORT": 5442,
    "CONCH_REDIS_PORT": 6389,
}


@dataclass(frozen=True, slots=True)
class Ports:
    """Port numbers by the variable that sets them."""

    by_variable: Mapping[str, int]

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> "Ports":
        return cls({name: _number(name, env.get(name) or str(default)) for name, default in DEFAULTS.items()})

    @classmethod
    def free(cls) -> "Ports":
        """Ports that nobody listens on just now, all different."""
        held = [socket.create_server(("127.0.0.1", 0)) for _ in DEFAULTS]
        try:
            return cls({name: taken.getsockname()[1] for name, taken in zip(DEFAULTS, held, strict=True)})
        finally:
            for taken in held:
                taken.close()

    def __getitem__(self, name: str) -> int:
        """The port of `CONCH_<name>_PORT`."""
        return self.by_variable[f"CONCH_{name}_PORT"]

    def as_env(self) -> dict[str, str]:
        return {name: str(port) for name, port in self.by_variable.items()}

    def check(self, variables: list[str]) -> None:
        """Raise CannotStart, naming port and variable, unless all of these can be listened on."""
        users: dict[int, str] = {}
        for name in variables:
            port = self.by_variable[name]
            if port in users:
                raise CannotStart(f"{name} and {users[port]} are both {port}; give one of them another port.")
            users[port] = name
            if not is_free(port):
                raise CannotStart(f"Port {port} is taken by another program; set {name} to a free port.")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _number(name: str, text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise CannotStart(f"{name} must be a port number from 1 to 65535, not '{text}'.")
    return int(text)
