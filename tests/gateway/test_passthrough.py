"""The gateway carries bytes both ways, keeps its door open when Triton is away, and ends cleanly."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from config.env import ROOT
from local.ports import Ports
from serving.gateway.addresses import Address, doors
from tests.waiting import until


class Upstream:
    """Stands where Triton's HTTP port is: sends back what it was sent, backwards, at the half-close."""

    def __init__(self, port: int) -> None:
        self.server = socket.create_server(("127.0.0.1", port))
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self) -> None:
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            with client:
                said = b""
                while chunk := client.recv(65536):
                    said += chunk
                client.sendall(said[::-1])

    def close(self) -> None:
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        self.thread.join()


@pytest.fixture
def ports() -> Ports:
    return Ports.free()


@pytest.fixture
def gateway(ports: Ports) -> Iterator[subprocess.Popen[bytes]]:
    environment = {key: value for key, value in os.environ.items() if key != "CONCH_TRITON_URL"}
    process = subprocess.Popen(
        [sys.executable, "-m", "serving.gateway"],
        cwd=ROOT,
        env=environment | ports.as_env(),
        stderr=subprocess.PIPE,
    )
    until(lambda: listens(ports["GATEWAY_HTTP"]) and listens(ports["GATEWAY_GRPC"]))
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate()


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def ask(port: int, said: bytes) -> bytes:
    """Say all, half-close, read to the end."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        sender = threading.Thread(target=lambda: (client.sendall(said), client.shutdown(socket.SHUT_WR)))
        sender.start()
        heard = b""
        while chunk := client.recv(65536):
            heard += chunk
        sender.join()
    return heard


def test_bytes_arrive_whole_and_in_order_both_ways(gateway, ports):
    upstream = Upstream(ports["TRITON_HTTP"])
    said = os.urandom(8 * 1024 * 1024)

    try:
        assert ask(ports["GATEWAY_HTTP"], said) == said[::-1]
    finally:
        upstream.close()


def test_many_clients_at_once_each_get_their_own_answer(gateway, ports):
    upstream = Upstream(ports["TRITON_HTTP"])
    heard: dict[int, bytes] = {}
    clients = [
        threading.Thread(target=lambda n=n: heard.update({n: ask(ports["GATEWAY_HTTP"], b"%05d" % n)}))
        for n in range(50)
    ]

    for client in clients:
        client.start()
    for client in clients:
        client.join()
    upstream.close()

    assert heard == {n: (b"%05d" % n)[::-1] for n in range(50)}


def test_without_triton_a_client_is_hung_up_on_and_the_door_stays_open(gateway, ports):
    assert ask(ports["GATEWAY_HTTP"], b"") == b""
    upstream = Upstream(ports["TRITON_HTTP"])

    try:
        assert ask(ports["GATEWAY_HTTP"], b"abc") == b"cba"
    finally:
        upstream.close()

    gateway.send_signal(signal.SIGTERM)
    told = gateway.communicate(timeout=10)[1].decode()
    assert gateway.returncode == 0
    assert f"Triton's HTTP port {ports['TRITON_HTTP']} cannot be reached" in told
    assert f"Triton's HTTP port {ports['TRITON_HTTP']} answers again" in told


def test_an_open_request_is_finished_before_the_gateway_ends(gateway, ports):
    upstream = Upstream(ports["TRITON_HTTP"])
    try:
        with socket.create_connection(("127.0.0.1", ports["GATEWAY_HTTP"]), timeout=10) as client:
            client.sendall(b"ab")
            time.sleep(0.2)
            gateway.send_signal(signal.SIGTERM)
            time.sleep(0.2)
            client.sendall(b"c")
            client.shutdown(socket.SHUT_WR)
            assert client.recv(10) == b"cba"
        assert gateway.wait(timeout=10) == 0
    finally:
        upstream.close()


def test_a_taken_port_ends_the_gateway_with_the_reason(ports):
    with socket.create_server(("127.0.0.1", ports["GATEWAY_GRPC"])):
        done = subprocess.run(
            [sys.executable, "-m", "serving.gateway"],
            cwd=ROOT,
            env=os.environ | ports.as_env(),
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )

    assert done.returncode == 1
    assert "The gateway cannot start" in done.stderr
    assert "address already in use" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_external_triton_is_found_by_its_url():
    http, grpc = doors({"CONCH_TRITON_URL": "triton.example:9001", "CONCH_TRITON_HTTP_PORT": "9000"})

    assert http.upstream == Address("triton.example", 9000)
    assert grpc.upstream == Address("triton.example", 9001)
    assert (http.listen.port, grpc.listen.port) == (8090, 8091)


def test_a_port_that_is_none_is_named_with_its_variable():
    with pytest.raises(ValueError, match="CONCH_GATEWAY_HTTP_PORT must name a port from 1 to 65535, not 'x'"):
        doors({"CONCH_GATEWAY_HTTP_PORT": "x"})


def test_triton_answers_through_both_doors(servers, ports, monkeypatch):
    import tritonclient.grpc as triton_grpc

    for name in ("CONCH_TRITON_HTTP_PORT", "CONCH_TRITON_GRPC_PORT"):
        monkeypatch.setenv(name, servers.env[name])
    doors_of_ours = {key: value for key, value in ports.as_env().items() if "GATEWAY" in key}
    process = subprocess.Popen(
        [sys.executable, "-m", "serving.gateway"], cwd=ROOT, env=os.environ | doors_of_ours
    )
    try:
        until(lambda: listens(ports["GATEWAY_GRPC"]))
        connection = http.client.HTTPConnection("127.0.0.1", ports["GATEWAY_HTTP"], timeout=5)
        connection.request("GET", "/v2/health/live")
        assert connection.getresponse().status == 200
        connection.close()
        with triton_grpc.InferenceServerClient(f"127.0.0.1:{ports['GATEWAY_GRPC']}") as client:
            assert client.get_server_metadata().version == "2.51.0"
    finally:
        process.terminate()
        assert process.wait(timeout=10) == 0
