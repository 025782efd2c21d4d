"""The same request as code: for a shell and for Python, against the API of Conch."""

import json
import shlex
from collections.abc import Sequence

from serving.tensors import Tensor

# A longer body than this is read from a file: a shell takes no more, and nobody reads it in a page.
LONGEST_BODY = 4000
FILE = "request.json"


def curl(url: str, inputs: Sequence[Tensor]) -> str:
    body = _body(inputs)
    data = f"@{FILE}" if len(body) > LONGEST_BODY else shlex.quote(body)
    return (
        f"curl -sS {shlex.quote(url)} \\\n"
        '  -H "Authorization: Bearer $CONCH_TOKEN" \\\n'
        "  -H 'Content-Type: application/json' \\\n"
        f"  --data {data}"
    )


def python(url: str, inputs: Sequence[Tensor]) -> str:
    body = _body(inputs)
    given = f'json.load(open("{FILE}"))' if len(body) > LONGEST_BODY else repr({"inputs": list(inputs)})
    return (
        "import json, os, urllib.request\n\n"
        f"body = {given}\n"
        "request = urllib.request.Request(\n"
        f"    {url!r},\n"
        "    data=json.dumps(body).encode(),\n"
        "    headers={\n"
        '        "Authorization": f"Bearer {os.environ[\'CONCH_TOKEN\']}",\n'
        '        "Content-Type": "application/json",\n'
        "    },\n"
        ")\n"
        "with urllib.request.urlopen(request) as answer:\n"
        "    print(json.load(answer))"
    )


def is_long(inputs: Sequence[Tensor]) -> bool:
    """Whether the code reads the body from a file."""
    return len(_body(inputs)) > LONGEST_BODY


def _body(inputs: Sequence[Tensor]) -> str:
    return json.dumps({"inputs": list(inputs)})
