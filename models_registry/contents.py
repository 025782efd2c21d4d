"""Which of a version's files is the model itself. Pure."""

from collections.abc import Iterable

from models_registry.models import VersionFile

MODEL = ".onnx"


def main_file(files: Iterable[VersionFile]) -> VersionFile | None:
    """The model among the files, the one nearest to the root; the first file if none is known as a model."""
    ordered = sorted(files, key=lambda file: (not is_model(file.path), file.path.count("/"), file.path))
    return ordered[0] if ordered else None


def is_model(path: str) -> bool:
    return path.lower().endswith(MODEL)
