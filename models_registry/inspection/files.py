"""The files of a version as a format sees them: by path, each a file of the store."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from models_registry.inspection.refused import Refused

# Path inside the version (with slashes) to the file that holds the bytes.
Files = Mapping[str, Path]
CONFIG = "config.pbtxt"
# A signature travels with the files and is not part of the model.
APART = frozenset({CONFIG, "model.sig"})
HEAD_BYTES = 512
# How a model itself ends, the surest first; its weights and its tokenizer end otherwise.
MODELS: tuple[str | tuple[str, ...], ...] = (
    ".onnx",
    (".plan", ".engine", ".trt"),
    (".pt", ".pth", ".pt2", ".torchscript", ".ts"),
    "model.py",
)


def rank(path: str) -> tuple[int, bool, int, str]:
    """The smallest is the model that a version is about; the first part says of what kind it is."""
    lower = path.lower()
    kind = next((place for place, ends in enumerate(MODELS) if lower.endswith(ends)), len(MODELS))
    return (kind, not lower.startswith("model."), path.count("/"), path)


def suffixed(files: Files, *suffixes: str) -> list[str]:
    """The paths with one of these endings, the shallowest first."""
    found = [path for path in files if path.lower().endswith(suffixes)]
    return sorted(found, key=lambda path: (path.count("/"), path))


def named(files: Files, name: str) -> str:
    """The shallowest path whose last part is this name; empty without one."""
    return next(iter(suffixed(files, f"/{name}") if name not in files else [name]), "")


def main(files: Files) -> str:
    """The path that a sentence names when the files as a whole are meant."""
    own = [path for path in files if path not in APART] or list(files)
    return max(sorted(own), key=lambda path: files[path].stat().st_size)


def head(path: Path, size: int = HEAD_BYTES) -> bytes:
    with path.open("rb") as file:
        return file.read(size)


def text(path: Path, *, name: str, most_bytes: int) -> str:
    """The whole of a small text file; raises Refused when it is large or no text."""
    if path.stat().st_size > most_bytes:
        raise Refused("text-too-large", filename=name, most=most_bytes)
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused("not-text", filename=name) from None


def total_bytes(files: Files) -> int:
    return sum(path.stat().st_size for path in files.values())


def stem(path: str) -> str:
    return PurePosixPath(path).name
