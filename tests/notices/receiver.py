"""A real HTTP receiver on loopback, which keeps what it was sent and answers as the test says."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Got:
    path: str
    headers: dict[str, str]
    body: str


class Receiver:
    """`status` and `headers` are its next answers; `drip_s` makes it send a byte at a time without an end."""

    def __init__(self, *, wrap: Callable[[Any], Any] | None = None) -> None:
        self.got: list[Got] = []
        self.status = 200
        self.headers: dict[str, str] = {}
        self.answer = b"thanks"
        self.drip_s = 0.0
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler(self))
        if wrap:
            self.server.socket = wrap(self.server.socket)
        self.port = self.server.server_address[1]
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.daemon = True
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?token=hidden"

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join(timeout=5)


def handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            receiver.got.append(Got(self.path, dict(self.headers.items()), body))
            if receiver.drip_s:
                self.drip()
                return
            self.send_response(receiver.status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(receiver.answer)))
            self.end_headers()
            try:
                self.wfile.write(receiver.answer)
            except OSError:
                return

        def drip(self) -> None:
            try:
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                for _turn in range(200):
                    self.wfile.write(b"x")
                    time.sleep(receiver.drip_s)
            except OSError:
                return

        def log_message(self, *args: object) -> None:
            return

    return Handler
