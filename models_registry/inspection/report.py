"""What inspection found, as plain values that a database row can hold."""

from dataclasses import asdict, dataclass, field
from typing import Any, Self

# A code and the particulars that fill its sentence: kept like this, worded when it is read.
Remark = dict[str, Any]


def remark(code: str, **particulars: object) -> Remark:
    return {"code": code, "particulars": particulars}


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """The answer of the sandbox about the files of one version.

    Attributes:
        format: the format of the model, e.g. "onnx".
        backend: the Triton backend that serves it.
        signature: {"inputs": [tensor], "outputs": [tensor], "batchable": bool}; empty where the files don't
            tell. A tensor has `name`, `datatype` (Triton's wire name), `shape` as the graph has it (-1 where
            free, the batch first when batchable) and `dims`, what config.pbtxt states: the shape without the
            batch. Where nothing is left to state, `dims` is [1] and `reshape` is [], for Triton knows no
            empty dims. `optional` is true where a request may leave the input out.
        facts: what the format tells about itself; `ran` is whether the model answered a real run here.
        golden: requests with their recorded answers, [{"batch", "inputs", "outputs"}], shaped as they travel
            under the derived configuration. A tensor holds its values flat in `data`. A large input holds
            `fill` instead, the name of the rule that makes its values; a large output holds `sample`:
            {"every": n, "values": each n-th value}.
        warnings: remarks for a person.
        questions: remarks that name what the files don't tell and a person must declare.
        suggested: what is known of the signature nevertheless, for the form: names, perhaps datatypes.
        config_text: the config.pbtxt that came with the files, where it says more than could be derived.
        max_batch: a first value for max_batch_size; 0 when the model cannot be batched.
    """

    format: str
    backend: str
    signature: dict[str, Any]
    facts: dict[str, Any]
    golden: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[Remark] = field(default_factory=list)
    questions: list[Remark] = field(default_factory=list)
    suggested: dict[str, Any] = field(default_factory=dict)
    config_text: str = ""
    max_batch: int = 0

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        return cls(**values)
