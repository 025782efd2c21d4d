"""What the generator is told, and the words in which it answers."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Event = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """A request as it travels, and what is known about its right answer.

    Attributes:
        request: a serialised ModelInferRequest.
        outputs: {name, datatype, shape} of each, -1 where free. A recorded one also holds its values, flat in
            `data`, or `sample` {every, values}; and `rows`, how many rows of a batch were recorded: row i of
            the answer is row i modulo `rows`. 0 where nothing is batched.
    """

    request: bytes
    outputs: tuple[dict[str, Any], ...]

    def to_json(self) -> dict[str, Any]:
        return {"request": base64.b64encode(self.request).decode(), "outputs": list(self.outputs)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Payload":
        return cls(request=base64.b64decode(values["request"]), outputs=tuple(values["outputs"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Levels to measure one after the other; floats of answers may differ by `rtol` and `atol`."""

    url: str
    model: str
    levels: tuple[int, ...]
    seconds: float
    warmup_seconds: float
    timeout_seconds: float
    rtol: float
    atol: float
    payloads: tuple[Payload, ...]

    def to_line(self) -> bytes:
        values = {name: getattr(self, name) for name in self.__slots__}
        values["payloads"] = [payload.to_json() for payload in self.payloads]
        return json.dumps(values).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> "Job":
        values = json.loads(line)
        values["levels"] = tuple(values["levels"])
        values["payloads"] = tuple(Payload.from_json(payload) for payload in values["payloads"])
        return cls(**values)
