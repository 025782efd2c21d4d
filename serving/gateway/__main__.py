"""Run the gateway: `python -m serving.gateway`. SIGTERM or SIGINT ends it after open requests."""

import asyncio
import logging
import signal
import sys

from serving.gateway.addresses import Door, doors
from serving.gateway.passthrough import Passthrough

GRACE_S = 5.0
logger = logging.getLogger("serving.gateway")


async def serve(opened: list[Door]) -> None:
    """Open every door and keep them open until a signal; raises OSError when a port is taken."""
    asked_to_stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked_to_stop.set)
    passthroughs = [Passthrough(door) for door in opened]
    for passthrough in passthroughs:
        await passthrough.start()
        door = passthrough.door
        logger.info("%s on %s:%s", door.name, door.listen.host, door.listen.port)
    await asked_to_stop.wait()
    await asyncio.gather(*(passthrough.stop(grace_s=GRACE_S) for passthrough in passthroughs))


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        asyncio.run(serve(doors()))
    except (OSError, ValueError) as error:
        logger.error("The gateway cannot start: %s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
