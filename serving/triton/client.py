"""The control channel to one Triton, over gRPC: a load over HTTP would block the server's other callers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import grpc
import tritonclient.grpc as triton
from django.utils.translation import gettext as _
from tritonclient.utils import InferenceServerException

from core.errors import Invalid
from serving.triton.errors import translate

Answer = TypeVar("Answer")
LARGEST_MESSAGE_BYTES = 2**31 - 1
# A load error may quote a whole build log; gRPC's own 16 KB would hide it behind an error of its own.
LARGEST_ERROR_BYTES = 1024 * 1024
# A channel that backs off for long would report a server away that has been back for a while.
RECONNECT_MS = 1_000


@dataclass(frozen=True, slots=True)
class ModelState:
    """One row of the repository index."""

    name: str
    version: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class Metadata:
    """Who the server is."""

    name: str
    version: str
    extensions: tuple[str, ...]


class TritonClient:
    """Health, index, load and unload of one server.

    Args:
        url: gRPC host:port.
        connect_timeout_s: deadline of the quick calls.
        load_timeout_s: deadline of load; Triton itself knows none.
    """

    def __init__(self, url: str, *, connect_timeout_s: float, load_timeout_s: float) -> None:
        self.url = url
        self._quick_s, self._load_s = connect_timeout_s, load_timeout_s
        self.raw = triton.InferenceServerClient(
            url,
            channel_args=[
                ("grpc.max_send_message_length", LARGEST_MESSAGE_BYTES),
                ("grpc.max_receive_message_length", LARGEST_MESSAGE_BYTES),
                ("grpc.max_metadata_size", LARGEST_ERROR_BYTES),
                ("grpc.absolute_max_metadata_size", LARGEST_ERROR_BYTES),
                ("grpc.initial_reconnect_backoff_ms", 100),
                ("grpc.max_reconnect_backoff_ms", RECONNECT_MS),
            ],
        )

    def close(self) -> None:
        self.raw.close()

    def live(self) -> bool:
        """Whether it answers at all; never raises."""
        try:
            return bool(self.raw.is_server_live(client_timeout=self._quick_s))
        except (InferenceServerException, grpc.RpcError):
            return False

    def ready(self) -> bool:
        """Whether it takes requests, by its own account; never raises."""
        try:
            return bool(self.raw.is_server_ready(client_timeout=self._quick_s))
        except (InferenceServerException, grpc.RpcError):
            return False

    def metadata(self) -> Metadata:
        """Raises Upstream when the server cannot be reached."""
        found = self._call(_("reading its metadata"), self.raw.get_server_metadata, timeout_s=self._quick_s)
        return Metadata(found.name, found.version, tuple(found.extensions))

    def index(self) -> list[ModelState]:
        """Every model in its repository or memory, with its state as Triton names it."""
        found = self._call(
            _("reading its model index"), self.raw.get_model_repository_index, timeout_s=self._quick_s
        )
        return [
            ModelState(row.name, row.version, row.state, row.reason)
            for row in found.models
            if not row.name.startswith(".")
        ]

    def load(self, name: str) -> None:
        """Load or reload a model; returns once Triton has it.

        Raises:
            Invalid: Triton refused the model or its configuration; retrying cannot help.
            Upstream: the server is away; UpstreamTimeout: not done within the load timeout.
        """
        self._call(_("loading %(name)s") % {"name": name}, self.raw.load_model, name, timeout_s=self._load_s)

    def unload(self, name: str) -> None:
        """Let a model go; it answers at once, running requests finish."""
        self._call(
            _("unloading %(name)s") % {"name": name}, self.raw.unload_model, name, timeout_s=self._quick_s
        )

    def model_ready(self, name: str) -> bool:
        return bool(
            self._call(
                _("asking for %(name)s") % {"name": name},
                self.raw.is_model_ready,
                name,
                timeout_s=self._quick_s,
            )
        )

    def config(self, name: str) -> dict[str, Any]:
        """The effective configuration, with all that Triton filled in."""
        found = self._call(
            _("reading the configuration of %(name)s") % {"name": name},
            self.raw.get_model_config,
            name,
            as_json=True,
            timeout_s=self._quick_s,
        )
        return dict(found["config"])

    def statistics(self, name: str) -> Any:
        """The ModelStatistics message of a model, which has a single version here.

        Raises:
            Invalid: Triton counts nothing under this name.
        """
        found = self._call(
            _("reading the statistics of %(name)s") % {"name": name},
            self.raw.get_inference_statistics,
            name,
            timeout_s=self._quick_s,
        )
        if not found.model_stats:
            raise Invalid(_("Triton has no statistics of %(name)s.") % {"name": name}, code="no-statistics")
        return found.model_stats[-1]

    def _call(
        self, doing: str, call: Callable[..., Answer], *args: Any, timeout_s: float, **given: Any
    ) -> Answer:
        try:
            return call(*args, client_timeout=timeout_s, **given)
        except (InferenceServerException, grpc.RpcError) as error:
            raise translate(error, doing=doing) from error
