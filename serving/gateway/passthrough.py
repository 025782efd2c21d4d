"""Carry bytes between clients and Triton, both ways, with back-pressure."""

import asyncio
import contextlib
import logging
import socket

from serving.gateway.addresses import Door

logger = logging.getLogger(__name__)
CHUNK_BYTES = 256 * 1024
CONNECT_TIMEOUT_S = 3.0


class Passthrough:
    """One door. A client whose upstream cannot be reached is hung up on; the door stays open."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.connections: set[asyncio.Task[None]] = set()
        self.server: asyncio.Server | None = None
        self.upstream_away = False

    async def start(self) -> None:
        """Listen; raises OSError when the port is taken."""
        listen = self.door.listen
        self.server = await asyncio.start_server(self._accept, listen.host, listen.port, limit=CHUNK_BYTES)

    async def stop(self, *, grace_s: float) -> None:
        """Accept nothing more, let open connections finish for a while, then cut them."""
        if self.server is not None:
            self.server.close()
        if self.connections:
            await asyncio.wait(self.connections, timeout=grace_s)
        for connection in list(self.connections):
            connection.cancel()
        await asyncio.gather(*self.connections, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.connections.add(task)
        try:
            await self._carry(reader, writer)
        finally:
            self.connections.discard(task)
            await hang_up(writer)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream = self.door.upstream
        try:
            opening = asyncio.open_connection(upstream.host, upstream.port, limit=CHUNK_BYTES)
            up_reader, up_writer = await asyncio.wait_for(opening, CONNECT_TIMEOUT_S)
        except (OSError, TimeoutError) as error:
            self._note_away(str(error) or "timed out")
            return
        self._note_back()
        for stream in (writer, up_writer):
            stream.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(pump(reader, up_writer))
                both.create_task(pump(up_reader, writer))
        except* OSError:
            pass  # One side broke off; the other is told by the hang-up.
        finally:
            await hang_up(up_writer)

    def _note_away(self, reason: str) -> None:
        if not self.upstream_away:
            logger.warning(
                "Triton's %s port %s cannot be reached: %s", self.door.name, self.door.upstream.port, reason
            )
        self.upstream_away = True

    def _note_back(self) -> None:
        if self.upstream_away:
            logger.warning("Triton's %s port %s answers again", self.door.name, self.door.upstream.port)
        self.upstream_away = False


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy until the sender has said all, then pass on that it has; the other direction goes on."""
    while chunk := await reader.read(CHUNK_BYTES):
        writer.write(chunk)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
