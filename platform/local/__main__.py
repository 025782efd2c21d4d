"""`python -m local up|down|status|logs`: the same as the Django commands of those names, started faster."""

import argparse
import os
import sys

from local import cli


def main() -> int:
    parser = argparse.ArgumentParser(prog="local")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("up")
    commands.add_parser("down")
    status = commands.add_parser("status")
    status.add_argument("--json", action="store_true")
    logs = commands.add_parser("logs")
    logs.add_argument("component", nargs="*")
    asked = parser.parse_args()
    if asked.command == "status":
        return cli.show_status(as_json=asked.json)
    if asked.command == "logs":
        return cli.follow(asked.component, lines=10, forever=True)
    return cli.up() if asked.command == "up" else cli.down()


if __name__ == "__main__":
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read us, such as `head`, has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code)
