"""What inspection found, as plain values that a database row can hold."""

from dataclasses import asdict, dataclass, field
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """The answer of the sandbox about one file.

    Attributes:
        format: the file's format, e.g. "onnx".
        backend: the Triton backend that serves it.
        signature: {"inputs": [tensor], "outputs": [tensor], "batchable": bool}. A tensor has `name`,
            `datatype` (Triton's wire name), `shape` as the graph has it (-1 where free, the batch first when
            batchable) and `dims`, what config.pbtxt states: the shape without the batch. Where nothing is
            left to state, `dims` is [1] and `reshape` is [], for Triton knows no empty dims.
        facts: opset, domains, ir_version, producer, parameters, nodes, bytes and the runtime that read it.
        golden: requests with their recorded answers, [{"batch", "inputs", "outputs"}], shaped as they travel
            under the derived configuration. A tensor holds its values flat in `data`. A large input holds
            `fill` instead, the name of the rule that makes its values; a large output holds `sample`:
            {"every": n, "values": each n-th value}.
        warnings: sentences for a person.
        max_batch: a first value for max_batch_size; 0 when the model cannot be batched.
    """

    format: str
    backend: str
    signature: dict[str, Any]
    facts: dict[str, Any]
    golden: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    max_batch: int = 0

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        return cls(**values)
