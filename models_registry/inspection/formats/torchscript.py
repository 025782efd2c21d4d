"""TorchScript: a program and its weights in an archive. Its text is read; nothing is run or unpickled."""

import ast
import re
from typing import Any

from models_registry.inspection import opcodes
from models_registry.inspection.archive import Archive
from models_registry.inspection.files import Files, head, suffixed
from models_registry.inspection.graph import clean
from models_registry.inspection.limits import Limits
from models_registry.inspection.refused import Refused
from models_registry.inspection.report import Inspection, remark

NAME = "torchscript"
SUFFIXES = (".pt", ".pth", ".torchscript", ".ts")
MOST_CODE_BYTES = 16 * 1024 * 1024
MOST_PICKLE_BYTES = 64 * 1024 * 1024
# Element types of weights, as the names of their storages tell them.
STORAGES = {
    "FloatStorage": "FP32", "HalfStorage": "FP16", "DoubleStorage": "FP64", "BFloat16Storage": "BF16",
    "LongStorage": "INT64", "IntStorage": "INT32", "CharStorage": "INT8", "ByteStorage": "UINT8",
}  # fmt: skip
# What torch puts before a name that it has met before.
MANGLED = re.compile(r"___torch_mangle_\d+\.")
FLOATING = ("FP32", "FP16", "FP64")


def detect(files: Files) -> int:
    for path in suffixed(files, *SUFFIXES) or list(files)[:1]:
        if head(files[path], 4) == b"PK\x03\x04" and _has_code(Archive.names_of(files[path])):
            return 85
    return 0


def inspect(files: Files, *, limits: Limits) -> Inspection:
    found = [path for path in suffixed(files, *SUFFIXES) if _has_code(Archive.names_of(files[path]))]
    if not found:
        raise Refused("torchscript-extension", filename=next(iter(files)))
    filename = found[0]
    with Archive(files[filename], filename=filename) as archive:
        pickled = archive.read("data.pkl", most_bytes=MOST_PICKLE_BYTES)
        imported = list(opcodes.imports(pickled))
        root = next((name for name in imported if name.startswith("__torch__")), "")
        forward = _forward(_code(archive, root), root.rpartition(".")[2])
        weights_bytes = archive.bytes_under("data/") + archive.bytes_under("constants/")
    arguments = [] if forward is None else _arguments(forward)
    outputs = 0 if forward is None else _outputs(forward)
    kinds = {STORAGES[name.rpartition(".")[2]] for name in imported if name.rpartition(".")[2] in STORAGES}
    facts: dict[str, Any] = {
        "class": clean(MANGLED.sub("", root.removeprefix("__torch__."))),
        "arguments": [name for name, _kind in arguments],
        "outputs": outputs,
        "weights": sorted(kinds),
        "weights_bytes": weights_bytes,
        "bytes": files[filename].stat().st_size,
        "ran": [],
    }
    return Inspection(
        format=NAME,
        backend="pytorch",
        signature={},
        facts=facts,
        warnings=_doubts(forward, arguments),
        questions=[remark("torchscript-types")],
        suggested=_suggested(arguments, outputs, datatype=next((k for k in FLOATING if k in kinds), "")),
    )


def _has_code(names: list[str]) -> bool:
    return "data.pkl" in names and any(name.startswith("code/") for name in names)


def _code(archive: Archive, root: str) -> str:
    """The text of the module that defines a class: `__torch__.net.Net` stands in code/__torch__/net.py."""
    folder = root.rpartition(".")[0].replace(".", "/")
    if f"code/{folder}.py" not in archive.names:
        raise Refused("torchscript-no-class")
    return archive.text(f"code/{folder}.py", most_bytes=MOST_CODE_BYTES)


def _forward(code: str, name: str) -> ast.FunctionDef | None:
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            for method in node.body:
                if isinstance(method, ast.FunctionDef) and method.name == "forward":
                    return method
    return None


def _arguments(forward: ast.FunctionDef) -> list[tuple[str, str]]:
    """(name, kind) of each argument after self, e.g. ("x", "Tensor")."""
    return [
        (clean(one.arg), ast.unparse(one.annotation) if one.annotation else "Tensor")
        for one in forward.args.args[1:]
    ]


def _outputs(forward: ast.FunctionDef) -> int:
    """How many tensors it returns; 0 where the annotation does not tell."""
    returns = forward.returns
    if isinstance(returns, ast.Name) and returns.id == "Tensor":
        return 1
    if isinstance(returns, ast.Subscript) and ast.unparse(returns.value) == "Tuple":
        parts = returns.slice.elts if isinstance(returns.slice, ast.Tuple) else [returns.slice]
        return len(parts) if all(ast.unparse(part) == "Tensor" for part in parts) else 0
    return 0


def _doubts(forward: ast.FunctionDef | None, arguments: list[tuple[str, str]]) -> list[dict[str, Any]]:
    if forward is None:
        return [remark("torchscript-no-forward")]
    odd = [f"{name}: {kind}" for name, kind in arguments if kind != "Tensor"]
    return [remark("torchscript-arguments", arguments=clean(", ".join(odd)))] if odd else []


def _suggested(arguments: list[tuple[str, str]], outputs: int, *, datatype: str) -> dict[str, Any]:
    """Triton's naming convention for LibTorch: INPUT__0, OUTPUT__0, by position."""
    return {
        "inputs": [{"name": f"INPUT__{place}", "datatype": datatype} for place in range(len(arguments))],
        "outputs": [{"name": f"OUTPUT__{place}", "datatype": datatype} for place in range(outputs)],
    }
