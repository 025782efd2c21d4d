"""A port that cannot be had is named, with its variable, before anything starts."""

import socket

import pytest

from local.errors import CannotStart
from local.ports import DEFAULTS, Ports


def test_the_defaults_hold_when_the_environment_is_silent():
    assert Ports.from_env({}).by_variable == DEFAULTS


def test_a_variable_moves_its_port_alone():
    ports = Ports.from_env({"CONCH_WEB_PORT": "9090"})

    assert ports["WEB"] == 9090
    assert ports["TRITON_GRPC"] == 8001


@pytest.mark.parametrize("text", ["web", "0", "65536", "-1", "80.5", "８０８０９"])
def test_what_is_no_port_number_is_refused(text):
    with pytest.raises(CannotStart) as refused:
        Ports.from_env({"CONCH_WEB_PORT": text})

    assert str(refused.value) == f"CONCH_WEB_PORT must be a port number from 1 to 65535, not '{text}'."


def test_a_taken_port_is_named_with_its_variable():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ports = Ports.from_env({"CONCH_REDIS_PORT": str(port)})

        with pytest.raises(CannotStart) as refused:
            ports.check(["CONCH_REDIS_PORT"])

    message = f"Port {port} is taken by another program; set CONCH_REDIS_PORT to a free port."
    assert str(refused.value) == message


def test_two_components_cannot_share_a_port():
    free = Ports.free()["WEB"]
    ports = Ports.from_env({"CONCH_WEB_PORT": str(free), "CONCH_REDIS_PORT": str(free)})

    with pytest.raises(CannotStart) as refused:
        ports.check(["CONCH_WEB_PORT", "CONCH_REDIS_PORT"])

    message = f"CONCH_REDIS_PORT and CONCH_WEB_PORT are both {free}; give one of them another port."
    assert str(refused.value) == message


def test_free_ports_are_all_different_and_free():
    ports = Ports.free()

    assert len(set(ports.by_variable.values())) == len(DEFAULTS)
    ports.check(list(DEFAULTS))
