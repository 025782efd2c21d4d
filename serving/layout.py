"""Where the files of a version lie in its folder of a Triton model repository."""

from collections import Counter
from collections.abc import Sequence

from models_registry import artifacts, filepaths, modelconfig
from models_registry.inspection.files import APART
from models_registry.models import ModelVersion
from serving.models import TritonServer
from serving.triton.repository import File

# The first Triton (container 26.03) whose pytorch backend has a platform for what torch.export writes.
TORCH_AOTI_SINCE = (2, 67)

# What MLflow writes beside a model: how it was made, which no backend reads.
OF_MLFLOW = frozenset(
    {"MLmodel", "conda.yaml", "python_env.yaml", "requirements.txt", "input_example.json",
     "serving_input_example.json", "registered_model_meta", "environment_variables.txt"}
)  # fmt: skip
# The name that a backend looks for, by how the model's file ends.
NAMES = {
    ".onnx": "model.onnx",
    ".pt": "model.pt",
    ".pth": "model.pt",
    ".torchscript": "model.pt",
    ".ts": "model.pt",
    ".pt2": "model.pt2",
    ".plan": "model.plan",
    ".engine": "model.plan",
    ".trt": "model.plan",
}


def files_of(version: ModelVersion) -> list[File]:
    """(path inside the model's folder, where the bytes are, expected SHA-256) of each file."""
    files = list(version.files.all())
    apart = APART | OF_MLFLOW if any(file.path == "MLmodel" for file in files) else APART
    own = [file for file in files if file.path not in apart]
    main = filepaths.main(own)
    names = placed([file.path for file in own], main=main.path if main else "")
    return [(f"1/{names[file.path]}", artifacts.path_of(file.sha256), file.sha256) for file in own]


def config_of(version: ModelVersion) -> str:
    """The config.pbtxt under the name that the version has in Triton."""
    return modelconfig.render(version.config_text, triton_name=version.triton_name)


def config_for(version: ModelVersion, server: TritonServer) -> str:
    """The same, in the words that this server knows: an older one takes a .pt2 by its file's name alone."""
    text = config_of(version)
    if modelconfig.parse(text).platform != "torch_aoti" or _release(server.version) >= TORCH_AOTI_SINCE:
        return text
    return modelconfig.without_platform(text, filename="model.pt2")


def _release(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())


def placed(paths: Sequence[str], *, main: str) -> dict[str, str]:
    """The name of each file inside Triton's version folder; those in folders keep their own.

    Where several files would get the same name, the main one gets it and the others keep their own.
    """
    wished = {path: _wished(path) for path in paths}
    counts = Counter(wished.values())
    return {path: name if counts[name] == 1 or path == main else path for path, name in wished.items()}


def _wished(path: str) -> str:
    stem, dot, suffix = path.lower().rpartition(".")
    return NAMES.get(dot + suffix, path) if stem and "/" not in path else path
