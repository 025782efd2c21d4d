"""The formats that Conch reads, one module each; the surest of them reads the files.

A module has NAME, `detect(files)` (0: certainly not, 100: certainly) and `inspect(files, limits=…)`. Both run
inside the sandbox only. `files` maps the path of each file inside the version to where its bytes lie.
"""

from dataclasses import replace

from models_registry.inspection import configfile
from models_registry.inspection.files import Files
from models_registry.inspection.formats import (
    ensemble,
    foreign,
    huggingface,
    onnx,
    python_model,
    tensorrt,
    torch_export,
    torchscript,
)
from models_registry.inspection.limits import Limits
from models_registry.inspection.report import Inspection, remark

FORMATS = (onnx, torchscript, torch_export, tensorrt, huggingface, python_model, ensemble)


def inspect(files: Files, *, limits: Limits) -> Inspection:
    """Read the files as what they most likely are; raises Refused where nothing here can serve them."""
    confidence, best = max(((one.detect(files), one) for one in FORMATS), key=lambda pair: pair[0])
    if confidence == 0:
        raise foreign.refusal(files)
    return _with_config(best.inspect(files, limits=limits), files)


def _with_config(found: Inspection, files: Files) -> Inspection:
    """What a config.pbtxt beside the model declares where the model itself does not tell."""
    config = configfile.read(files) if not found.config_text else None
    if config is None:
        return found
    text = configfile.kept(config, backend=found.backend)
    declared = configfile.signature(config)
    if found.signature or not declared:
        return replace(found, config_text=text if config.input else "")
    warnings = [*found.warnings, remark("declared-by-config"), remark("not-run", backend=found.backend)]
    return replace(found, signature=declared, config_text=text, questions=[], warnings=warnings)
