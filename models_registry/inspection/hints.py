"""What `auto_complete_config` of a Python model would say, as far as its source states it plainly."""

import ast
from typing import Any

from models_registry.inspection.graph import DATATYPES, clean

WIRE = {"TYPE_STRING": "BYTES", "TYPE_BF16": "BF16"} | {
    f"TYPE_{name}": name for name in DATATYPES.values() if name != "BYTES"
}
SIDES = {"add_input": "inputs", "add_output": "outputs"}


def read(method: ast.FunctionDef | ast.AsyncFunctionDef) -> dict[str, Any] | None:
    """{"inputs", "outputs", "batchable"} as suggestions; None where they are not plain literals."""
    values = _assigned(method)
    found: dict[str, Any] = {"inputs": [], "outputs": [], "batchable": None}
    for node in ast.walk(method):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
            continue
        side = SIDES.get(node.func.attr)
        if side:
            for literal in (
                values.get(node.args[0].id, [])
                if isinstance(node.args[0], ast.Name)
                else [_literal(node.args[0])]
            ):
                tensor = _tensor(literal)
                if tensor and tensor not in found[side]:
                    found[side].append(tensor)
        elif node.func.attr == "set_max_batch_size":
            size = _literal(node.args[0])
            found["batchable"] = size > 0 if isinstance(size, int) else None
    return found if found["inputs"] and found["outputs"] else None


def _assigned(method: ast.AST) -> dict[str, list[Any]]:
    """The literals that each name may stand for: its own, or the items of the list a loop goes through."""
    lists: dict[str, list[Any]] = {}
    for node in ast.walk(method):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            value = _literal(node.value)
            lists[node.targets[0].id] = value if isinstance(value, list) else [value]
    loops: dict[str, list[Any]] = {}
    for node in ast.walk(method):
        if isinstance(node, ast.For) and isinstance(node.target, ast.Name):
            over = lists.get(node.iter.id, []) if isinstance(node.iter, ast.Name) else _literal(node.iter)
            loops[node.target.id] = over if isinstance(over, list) else []
    return lists | loops


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, RecursionError, MemoryError):
        return None


def _tensor(value: object) -> dict[str, Any] | None:
    if not isinstance(value, dict) or not isinstance(value.get("name"), str):
        return None
    dims = value.get("dims")
    sizes = dims if isinstance(dims, list) and all(isinstance(size, int) for size in dims) else []
    datatype = WIRE.get(str(value.get("data_type", "")), "")
    return {"name": clean(value["name"]), "datatype": datatype, "dims": sizes} | (
        {"optional": True} if value.get("optional") is True else {}
    )
