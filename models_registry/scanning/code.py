"""Code that a model brings along: Python source and native libraries, flagged for reviewers to read."""

import ast

from models_registry.scanning.finding import Finding, flag, listed

LARGEST_SOURCE_BYTES = 4 * 1024**2
NATIVE = (b"\x7fELF", b"MZ\x90\x00", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
# Modules and functions that reach beyond the tensors; a reviewer looks for these first.
REACHING = {
    "os", "sys", "subprocess", "socket", "shutil", "ctypes", "importlib", "pickle", "urllib", "requests",
    "http", "multiprocessing", "pty", "marshal",
}  # fmt: skip
RUNNING = {"eval", "exec", "compile", "__import__"}


def is_native(head: bytes) -> bool:
    return head[:4] in NATIVE


def scan_python(content: bytes, name: str) -> list[Finding]:
    """One flag for the file, naming what in it reaches furthest."""
    try:
        tree = ast.parse(content[:LARGEST_SOURCE_BYTES])
    except (SyntaxError, ValueError, RecursionError):
        return [flag("python-unreadable", name)]
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names} & REACHING
        elif isinstance(node, ast.ImportFrom):
            found |= {(node.module or "").partition(".")[0]} & REACHING
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found |= {node.func.id} & RUNNING
    return [flag("python-code", name, names=listed(sorted(found)))]
