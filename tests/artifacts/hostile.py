"""Files that were made to do harm, and some that only look like it."""

import importlib
import io
import os
import pickle
import stat
import tarfile
import zipfile
from collections.abc import Callable

import onnx
from onnx import TensorProto, helper


class Runs:
    """Unpickled, it calls what it was given."""

    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self.call


SYSTEM = pickle.dumps({"weights": [1.0], "then": Runs(os.system, "true")})
IMPORTS = pickle.dumps(Runs(importlib.import_module, "antigravity"))
EVALUATES = pickle.dumps(Runs(eval, "1 + 1"), protocol=2)
# Harm before a stream that breaks: unpickling runs it all the same.
BREAKS = pickle.dumps(Runs(os.system, "true"))[:-1] + b"\xff\xff"
# As torch.save writes a dictionary of one tensor.
WEIGHTS = (
    b"\x80\x02ccollections\nOrderedDict\n)R(X\x01\x00\x00\x00actorch._utils\n_rebuild_tensor_v2\n"
    b"((X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x01tQ"
    b"K\x00K\x01\x85K\x01\x85\x89ccollections\nOrderedDict\n)RtRu."
)
SCRIPT = b"\x80\x02c__torch__.net\nNet\n)\x81}(X\x08\x00\x00\x00training\x89ub."


def zipped(members: dict[str, bytes], *, packed: bool = False) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()


def zipped_link(name: str, target: str) -> bytes:
    made = io.BytesIO()
    entry = zipfile.ZipInfo(name)
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(entry, target)
    return made.getvalue()


def tarred(members: dict[str, bytes], *, links: dict[str, str] | None = None, mode: str = "w:gz") -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
        for name, target in (links or {}).items():
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = tarfile.SYMTYPE, target
            archive.addfile(entry)
    return made.getvalue()


def onnx_with_weights_at(place: str) -> bytes:
    """A graph of which one weight is kept in another file."""
    weight = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[1], data_location=TensorProto.EXTERNAL)
    weight.external_data.add(key="location", value=place)
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node("Mul", ["X", "w"], ["Y"])],
        "g",
        [value("X", TensorProto.FLOAT, [1])],
        [value("Y", TensorProto.FLOAT, [1])],
        [weight],
    )
    return bytes(
        helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)]).SerializeToString()
    )
