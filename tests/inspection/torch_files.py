"""Files as PyTorch writes them, made by hand: archives of program text, JSON and pickles."""

import io
import json
import pickle
import zipfile
from typing import Any

FORWARD = """
class Net(Module):
  __parameters__ = ["weight", ]
  __buffers__ = []
  weight : Tensor
  training : bool
  def forward(self: __torch__.Net,
    image: Tensor,
    mask: Tensor) -> Tuple[Tensor, Tensor]:
    _0 = torch.add(image, mask, alpha=1)
    return (_0, CONSTANTS.c0)
"""


def a_zip(entries: dict[str, bytes | str], *, top: str = "net") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in entries.items():
            archive.writestr(f"{top}/{name}" if top else name, content)
    return packed.getvalue()


def data_pkl(root: str = "__torch__ Net", *others: str) -> bytes:
    """A pickle of protocol 2 that imports these and would call the first with nothing."""
    module, _, name = root.rpartition(" ") if " " in root else root.rpartition(".")
    lines = [f"c{module}\n{name}\n".encode()]
    lines += [f"c{one.rpartition('.')[0]}\n{one.rpartition('.')[2]}\n0".encode() for one in others]
    return b"\x80\x02" + b"".join(lines) + b")\x81."


def a_torchscript(forward: str = FORWARD, *, root: str = "__torch__ Net") -> bytes:
    return a_zip(
        {
            "data.pkl": data_pkl(root, "torch.FloatStorage"),
            "code/__torch__.py": forward,
            "constants.pkl": pickle.dumps((), protocol=2),
            "data/0": bytes(64),
            "version": "3\n",
        }
    )


def an_exported_program(*, dims: list[Any], dtype: int = 7) -> dict[str, Any]:
    """models/model.json of a .pt2, as torch.export's schema 8 has it."""
    sizes = [
        {"as_int": one} if isinstance(one, int) else {"as_expr": {"expr_str": one, "hint": {"as_int": 2}}}
        for one in dims
    ]
    tensor = {"dtype": dtype, "sizes": sizes, "requires_grad": False}
    weight = {"dtype": 7, "sizes": [{"as_int": 2}], "requires_grad": True}
    return {
        "graph_module": {
            "graph": {
                "inputs": [{"as_tensor": {"name": "p_weight"}}, {"as_tensor": {"name": "x"}}],
                "outputs": [{"as_tensor": {"name": "mul"}}],
                "nodes": [],
                "tensor_values": {"p_weight": weight, "x": tensor, "mul": tensor},
            },
            "signature": {
                "input_specs": [
                    {"parameter": {"arg": {"name": "p_weight"}, "parameter_name": "weight"}},
                    {"user_input": {"arg": {"as_tensor": {"name": "x"}}}},
                ],
                "output_specs": [{"user_output": {"arg": {"as_tensor": {"name": "mul"}}}}],
            },
        },
        "schema_version": {"major": 8, "minor": 5},
    }


def a_pt2(program: dict[str, Any]) -> bytes:
    entries: dict[str, bytes | str] = {
        "archive_format": "pt2",
        "models/model.json": json.dumps(program),
        "data/weights/weight_0": bytes(8),
    }
    return a_zip(entries)
