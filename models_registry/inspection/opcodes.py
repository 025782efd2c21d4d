"""What a pickle would import, read from its opcodes; nothing is ever unpickled."""

import pickletools
from collections.abc import Iterator
from itertools import islice
from typing import IO

MOST_OPCODES = 2_000_000
# Memoised strings are kept for STACK_GLOBAL and BINGET; no honest pickle needs longer names.
LONGEST_NAME = 400


def imports(stream: IO[bytes] | bytes) -> Iterator[str]:
    """Each `module.name` in the order of the stream; ends where the pickle is damaged."""
    texts: list[str] = []
    memo: dict[int, str] = {}
    last = ""
    try:
        for opcode, argument, _place in islice(pickletools.genops(stream), MOST_OPCODES):
            name = opcode.name
            if name in {"GLOBAL", "INST"}:
                yield str(argument).replace(" ", ".", 1)[:LONGEST_NAME]
            elif name == "STACK_GLOBAL":
                yield ".".join(texts[-2:])[:LONGEST_NAME]
            elif "UNICODE" in name or name in {"STRING", "BINSTRING", "SHORT_BINSTRING"}:
                last = str(argument)[:LONGEST_NAME]
                texts = [*texts[-3:], last]
            elif name == "MEMOIZE":
                memo[len(memo)] = last
            elif name in {"PUT", "BINPUT", "LONG_BINPUT"}:
                memo[int(argument or 0)] = last
            elif name in {"GET", "BINGET", "LONG_BINGET"} and int(argument or 0) in memo:
                texts = [*texts[-3:], memo[int(argument or 0)]]
    except (ValueError, IndexError, TypeError, EOFError, AttributeError):
        return
