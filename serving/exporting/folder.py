"""A model repository on disk that NVIDIA's container serves as it is."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from models_registry import modelconfig
from models_registry.models import ModelVersion
from serving import layout
from serving.triton import repository


@dataclass(frozen=True, slots=True)
class Exported:
    """One folder of the repository; `changed` unless it was there already, whole."""

    name: str
    changed: bool


def export(
    versions: Iterable[ModelVersion], root: Path, *, live: Iterable[ModelVersion] = ()
) -> list[Exported]:
    """Write each version as the Triton model `<model>.v<number>`, and public names for the live ones.

    Args:
        live: the versions that their model's public name stands for; they are among `versions`.

    Raises:
        Invalid: the stored bytes are not those that were registered; what was written before stays.
        Upstream: the folder cannot be written.
    """
    root.mkdir(parents=True, exist_ok=True)
    done = []
    for version in versions:
        name = version.triton_name
        config, files = layout.config_of(version), layout.files_of(version)
        done.append(Exported(name, repository.stage(root, name, config_text=config, files=files)))
    for version in live:
        name = version.model.name
        config = modelconfig.ensemble_alias(name, version.triton_name, config_text=version.config_text)
        done.append(Exported(name, repository.stage(root, name, config_text=config, files=[])))
    return done
