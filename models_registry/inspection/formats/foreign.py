"""What nothing here serves: say what it is, and what to do instead."""

from models_registry.inspection import magic, opcodes
from models_registry.inspection.archive import Archive
from models_registry.inspection.files import Files, head, main, named, suffixed
from models_registry.inspection.refused import Refused

# Packages whose pickles are models, and how to get them to ONNX.
LIBRARIES = {
    "sklearn": "pickle-sklearn",
    "xgboost": "pickle-xgboost",
    "lightgbm": "pickle-lightgbm",
    "catboost": "pickle-catboost",
    "torch": "torch-weights",
}
MOST_PICKLE_BYTES = 256 * 1024 * 1024


def refusal(files: Files) -> Refused:
    """Why these files cannot be served; `not-onnx` or `unsupported-format` where nothing better is known."""
    for found in (_tensorflow(files), _weights(files), _boosted(files)):
        if found is not None:
            return found
    filename = main(files)
    path = files[filename]
    if path.stat().st_size == 0:
        return Refused("empty-file")
    kind = magic.kind(path)
    if kind == "zip":
        return _zip(files, filename)
    if kind == "pickle" or filename.lower().endswith((".pkl", ".pickle", ".joblib")):
        return _pickle(files, filename)
    if kind == "hdf5":
        return Refused("keras-h5", filename=filename)
    if kind in {"gguf", "safetensors"}:
        return Refused("weights-alone", filename=filename)
    if kind:
        return Refused("unsupported-format", filename=filename, looks=kind)
    return Refused("unknown-format", filename=filename)


def _tensorflow(files: Files) -> Refused | None:
    found = named(files, "saved_model.pb") or named(files, "saved_model.pbtxt")
    if found:
        return Refused("tensorflow", filename=found)
    keras = suffixed(files, ".keras")
    return Refused("keras-h5", filename=keras[0]) if keras else None


def _weights(files: Files) -> Refused | None:
    """Weights without the program or the description that says how to use them."""
    found = suffixed(files, ".safetensors", ".gguf")
    if found:
        return Refused("weights-alone", filename=found[0])
    if named(files, "config.json"):
        return Refused("huggingface-without-weights", filename="config.json")
    return None


def _boosted(files: Files) -> Refused | None:
    for path in suffixed(files, ".json", ".ubj"):
        beginning = head(files[path])
        if b'"learner"' in beginning or b"learner" in beginning[:64]:
            return Refused("xgboost-native", filename=path)
    for path in suffixed(files, ".txt"):
        if head(files[path]).startswith(b"tree\nversion="):
            return Refused("lightgbm-native", filename=path)
    return None


def _zip(files: Files, filename: str) -> Refused:
    names = Archive.names_of(files[filename])
    if any(name.endswith("data.pkl") for name in names):
        return Refused("torch-weights", filename=filename)
    if "metadata.json" in names and "config.json" in names:
        return Refused("keras-h5", filename=filename)
    if any(name.endswith(".npy") for name in names):
        return Refused("numpy", filename=filename)
    return Refused("packed", filename=filename)


def _pickle(files: Files, filename: str) -> Refused:
    with files[filename].open("rb") as stream:
        beginning = stream.read(MOST_PICKLE_BYTES)
    for name in opcodes.imports(beginning):
        library = LIBRARIES.get(name.partition(".")[0])
        if library:
            return Refused(library, filename=filename)
    return Refused("pickle", filename=filename)
