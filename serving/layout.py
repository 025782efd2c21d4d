"""Where the files of a version lie in its folder of a Triton model repository."""

from models_registry import artifacts, contents, modelconfig
from models_registry.models import ModelVersion
from serving.triton.repository import File


def files_of(version: ModelVersion) -> list[File]:
    """(path inside the model's folder, where the bytes are, expected SHA-256) of each file."""
    files = list(version.files.all())
    model = contents.main_file(files)
    if model is not None and contents.is_model(model.path):
        # What came with the model, like a description of the environment it was made in, is not for Triton.
        files = [model]
    return [(f"1/{placed(file.path)}", artifacts.path_of(file.sha256), file.sha256) for file in files]


def config_of(version: ModelVersion) -> str:
    """The config.pbtxt under the name that the version has in Triton."""
    return modelconfig.render(version.config_text, triton_name=version.triton_name)


def placed(path: str) -> str:
    """The name that a file has inside Triton's version folder."""
    return "model.onnx" if path.lower().endswith(".onnx") else path
