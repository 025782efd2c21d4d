"""Import from a Triton model repository on disk: `<model>/config.pbtxt` and `<model>/<version>/<file>`."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.actors import Actor
from core.errors import PlatformError
from models_registry import modelconfig, services
from models_registry.models import Inspection, ModelVersion, RegisteredModel, VersionFile

# Beyond what one file of a version is called elsewhere, nothing of the folder is read.
FILES = {"onnxruntime": "model.onnx", "onnxruntime_onnx": "model.onnx"}
SUFFIX = re.compile(r"\.v(\d+)$")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one version folder: "imported", "known" or "skipped", with the reason."""

    source: str
    state: str
    detail: str


def import_folder(root: Path, *, actor: Actor, team: str = "") -> Iterator[Outcome]:
    """Register every version that Conch can serve; what is there already is left alone.

    A version keeps the configuration it had, unless that does not fit its file; then the derived one stands.
    """
    for folder in sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith(".")):
        yield from _model(folder, actor=actor, team=team)


def _model(folder: Path, *, actor: Actor, team: str) -> Iterator[Outcome]:
    config_file = folder / "config.pbtxt"
    config_text = config_file.read_text(errors="replace") if config_file.is_file() else ""
    try:
        config = modelconfig.parse(config_text)
    except PlatformError as error:
        yield Outcome(folder.name, "skipped", f"config.pbtxt: {error.detail}")
        return
    if config.platform == "ensemble":
        yield Outcome(folder.name, "skipped", "an ensemble; import its steps, then make the pipeline here")
        return
    backend = config.backend or config.platform or "onnxruntime"
    if backend not in FILES:
        yield Outcome(folder.name, "skipped", f"backend {backend} cannot be imported yet")
        return
    filename = config.default_model_filename or FILES[backend]
    numbered = [path for path in folder.iterdir() if path.is_dir() and path.name.isdecimal()]
    if not numbered:
        yield Outcome(folder.name, "skipped", "no version folder")
    for version_folder in sorted(numbered, key=lambda path: int(path.name)):
        source = f"{folder.name}/{version_folder.name}"
        try:
            yield _version(version_folder / filename, config_text, source=source, actor=actor, team=team)
        except PlatformError as error:
            yield Outcome(source, "skipped", str(error))


def _version(file: Path, config_text: str, *, source: str, actor: Actor, team: str) -> Outcome:
    if not file.is_file():
        return Outcome(source, "skipped", f"no {file.name}")
    name = _name(source.partition("/")[0])
    known = _known(file, name)
    if known is not None:
        return Outcome(source, "known", str(known))
    if not RegisteredModel.objects.filter(name=name).exists():
        services.register_model(actor=actor, name=name, team=team, purpose="")
    version = services.create_version(actor=actor, model_name=name)
    with file.open("rb") as stream:
        services.upload_file(
            actor=actor,
            version_id=version.pk,
            name=file.name,
            stream=stream,
            declared_bytes=file.stat().st_size,
        )
    services.set_origin(actor=actor, version_id=version.pk, source_uri=f"triton:{source}")
    services.run_inspection(version_id=version.pk)
    version.refresh_from_db()
    if version.inspection != Inspection.PASSED:
        reason = version.problem.get("detail", "the file could not be read")
        return Outcome(source, "skipped", f"{version} stays a draft: {reason}")
    note = _keep_config(version, config_text, actor=actor)
    services.register_version(actor=actor, version_id=version.pk)
    return Outcome(source, "imported", f"{version}{note}")


def _keep_config(version: ModelVersion, config_text: str, *, actor: Actor) -> str:
    if not config_text.strip():
        return ""
    try:
        services.save_config(actor=actor, version_id=version.pk, text=_unnamed(config_text))
    except PlatformError as error:
        return f", with a configuration of Conch's own: {error.detail}"
    return ""


def _unnamed(config_text: str) -> str:
    """Without the name and the version policy, which are Conch's to set."""
    text = re.sub(r'(?m)^\s*name\s*:\s*"[^"]*"\s*$', "", config_text, count=1)
    text = re.sub(r'(?m)^\s*platform\s*:\s*"onnxruntime_onnx"\s*$', 'backend: "onnxruntime"', text, count=1)
    return re.sub(r"(?ms)^\s*version_policy\s*:?\s*\{.*?\}\s*\}\s*$", "", text, count=1)


def _name(folder: str) -> str:
    """A folder that Conch exported, `digits.v2`, belongs to the model `digits`."""
    plain = SUFFIX.sub("", folder).lower()
    return re.sub(r"[^a-z0-9_-]+", "-", plain).strip("-_")[:64]


def _known(file: Path, name: str) -> VersionFile | None:
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return VersionFile.objects.filter(version__model__name=name, sha256=digest).first()
