"""A real SMTP server on loopback: it speaks enough of RFC 5321 for a client to hand a message over."""

import asyncio
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage


class Sink:
    """Keeps every message it took; while `refusing`, it answers 451 to the data."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.refusing = False
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(5)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def say(line: str) -> None:
            writer.write(f"{line}\r\n".encode())

        say("220 sink")
        while command := (await reader.readline()).decode().strip():
            verb = command.split()[0].upper()
            if verb == "RCPT":
                self.recipients.append(command.partition("<")[2].rstrip(">"))
            if verb == "DATA":
                say("354 go on")
                content = await reader.readuntil(b"\r\n.\r\n")
                if self.refusing:
                    say("451 not now")
                    continue
                parsed = message_from_bytes(content[:-5].replace(b"\r\n..", b"\r\n."), policy=policy.default)
                assert isinstance(parsed, EmailMessage)
                self.messages.append(parsed)
            say("221 bye" if verb == "QUIT" else "250 sink" if verb in {"HELO", "EHLO"} else "250 fine")
            await writer.drain()
            if verb == "QUIT":
                break
        writer.close()
