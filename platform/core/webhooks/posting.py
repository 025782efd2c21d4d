"""One HTTP post to a checked address: no redirects, no proxies, bounded in time and in size."""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings

from core.errors import Invalid
from core.webhooks import addresses
from core.webhooks.addresses import Target, Unresolved

MOST_ANSWER_BYTES = 2000


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a post: a status, or an error that says why there is none."""

    status_code: int | None
    text: str
    error: str
    took_ms: int

    @property
    def is_taken(self) -> bool:
        return self.status_code is not None and 200 <= self.status_code < 300


def post(url: str, *, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Post and read at most MOST_ANSWER_BYTES of the answer; never raises for what the other side does."""
    begun = time.monotonic()
    try:
        connection = _Pinned(addresses.target(url))
    except (Invalid, Unresolved) as error:
        return Answer(None, "", str(error), _since(begun))
    watch = threading.Timer(settings.NOTICES.timeout_s, connection.cut)
    watch.start()
    try:
        connection.request("POST", connection.target.path, body=body, headers=dict(headers))
        response = connection.getresponse()
        text = response.read(MOST_ANSWER_BYTES).decode("utf-8", "replace").replace("\x00", "")
        answer = Answer(response.status, text, _why(response.status), _since(begun))
    except (OSError, http.client.HTTPException) as failure:
        answer = Answer(None, "", str(failure) or type(failure).__name__, _since(begun))
    finally:
        watch.cancel()
        connection.close()
    if connection.was_cut:
        return Answer(None, "", f"No whole answer within {settings.NOTICES.timeout_s:g} s.", _since(begun))
    return answer


class _Pinned(http.client.HTTPConnection):
    """Connects to the address that was checked; the host's name is used for TLS and the Host header only."""

    def __init__(self, target: Target) -> None:
        super().__init__(target.host, target.port, timeout=settings.NOTICES.timeout_s)
        self.default_port = 443 if target.is_https else 80
        self.target = target
        self.was_cut = False
        self._line: socket.socket | None = None

    def connect(self) -> None:
        line = socket.create_connection((self.target.address, self.port), self.timeout)
        # A second handle on the same connection, which can be cut whatever TLS is doing on the first.
        self._line = line.dup()
        if self.was_cut:
            raise TimeoutError
        if self.target.is_https:
            line = ssl.create_default_context().wrap_socket(line, server_hostname=self.target.host)
        self.sock = line

    def cut(self) -> None:
        """End it from another thread: time limits of sockets start anew with each byte."""
        self.was_cut = True
        if self._line is not None:
            try:
                self._line.shutdown(socket.SHUT_RDWR)
            except OSError:
                return

    def close(self) -> None:
        super().close()
        if self._line is not None:
            self._line.close()


def _why(status_code: int) -> str:
    if 200 <= status_code < 300:
        return ""
    if 300 <= status_code < 400:
        return f"It answered {status_code}: redirects are not followed."
    return f"It answered {status_code}."


def _since(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)
