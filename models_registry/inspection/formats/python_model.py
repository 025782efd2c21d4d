"""A model of Triton's Python backend: its source is parsed, never run, for code is code."""

import ast
from typing import Any

from models_registry.inspection import hints
from models_registry.inspection.files import Files, named, suffixed, text
from models_registry.inspection.graph import clean
from models_registry.inspection.limits import Limits
from models_registry.inspection.refused import Refused
from models_registry.inspection.report import Inspection, remark

NAME = "python"
MOST_SOURCE_BYTES = 2 * 1024 * 1024
CLASS = "TritonPythonModel"
# What a reviewer wants to see at once; it is no judgement.
WATCHED = frozenset({"subprocess", "socket", "ctypes", "requests", "urllib", "pickle", "marshal", "shutil"})


def detect(files: Files) -> int:
    return 75 if named(files, "model.py") else 15 if suffixed(files, ".py") else 0


def inspect(files: Files, *, limits: Limits) -> Inspection:
    filename = named(files, "model.py")
    if not filename:
        raise Refused("python-name", filename=suffixed(files, ".py")[0])
    if "/" in filename:
        raise Refused("python-folder", filename=filename)
    tree = _tree(text(files[filename], name=filename, most_bytes=MOST_SOURCE_BYTES), filename)
    methods = _methods(tree)
    if "execute" not in methods:
        raise Refused("python-no-execute")
    told = hints.read(methods["auto_complete_config"]) if "auto_complete_config" in methods else None
    imported = sorted(_imports(tree))
    watched = sorted(WATCHED.intersection(imported))
    facts: dict[str, Any] = {
        "methods": sorted(methods),
        "imports": imported[:100],
        "code": sorted(suffixed(files, ".py")),
        "requirements": _requirements(files),
        "bytes": sum(path.stat().st_size for path in files.values()),
        "ran": [],
    }
    warnings = [remark("python-code", count=len(facts["code"]))]
    if watched:
        warnings.append(remark("python-watched", names=", ".join(watched)))
    return Inspection(
        format=NAME,
        backend="python",
        signature={},
        facts=facts,
        warnings=warnings,
        questions=[remark("python-hints" if told else "python-types")],
        suggested=told or {},
    )


def _tree(source: str, filename: str) -> ast.Module:
    try:
        return ast.parse(source)
    except SyntaxError as error:
        raise Refused(
            "python-syntax", filename=filename, line=error.lineno or 1, message=clean(error.msg)
        ) from None
    except (ValueError, RecursionError, MemoryError):
        raise Refused("python-syntax", filename=filename, line=1, message="") from None


def _methods(tree: ast.Module) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == CLASS:
            return {
                one.name: one for one in node.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)
            }
    raise Refused("python-no-class")


def _imports(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return {clean(name) for name in found}


def _requirements(files: Files) -> list[str]:
    name = named(files, "requirements.txt")
    if not name:
        return []
    lines = text(files[name], name=name, most_bytes=256 * 1024).splitlines()
    wanted = [line.partition("#")[0].strip() for line in lines]
    return [clean(line) for line in wanted if line and not line.startswith("-")][:200]
