"""An ensemble: no model file, but a config.pbtxt that joins other models."""

from models_registry.inspection import configfile
from models_registry.inspection.files import APART, CONFIG, Files
from models_registry.inspection.graph import clean
from models_registry.inspection.limits import Limits
from models_registry.inspection.refused import Refused
from models_registry.inspection.report import Inspection, remark

NAME = "ensemble"


def detect(files: Files) -> int:
    if CONFIG not in files:
        return 0
    if b"ensemble_scheduling" in files[CONFIG].read_bytes()[: configfile.MOST_BYTES]:
        return 100
    return 10 if APART.issuperset(files) else 0


def inspect(files: Files, *, limits: Limits) -> Inspection:
    config = configfile.read(files)
    if not config.HasField("ensemble_scheduling") or not config.ensemble_scheduling.step:
        raise Refused("config-alone")
    signature = configfile.signature(config)
    if not signature:
        raise Refused("ensemble-no-tensors")
    _refuse_loose_ends(config)
    steps = [
        {"model": clean(step.model_name), "version": int(step.model_version)}
        for step in config.ensemble_scheduling.step
    ]
    warnings = [remark("not-run", backend="ensemble")]
    following = sorted({str(step["model"]) for step in steps if step["version"] == -1})
    if following:
        warnings.append(remark("ensemble-follows", names=", ".join(following)))
    return Inspection(
        format=NAME,
        backend="ensemble",
        signature=signature,
        facts={"steps": steps, "bytes": files[CONFIG].stat().st_size, "ran": []},
        warnings=warnings,
        config_text=configfile.kept(config, backend="ensemble"),
        max_batch=int(config.max_batch_size),
    )


def _refuse_loose_ends(config: object) -> None:
    """Every tensor that a step takes or the ensemble sends has to come from somewhere."""
    scheduling = config.ensemble_scheduling  # type: ignore[attr-defined]
    known = {entry.name for entry in config.input}  # type: ignore[attr-defined]
    made = {name for step in scheduling.step for name in step.output_map.values()}
    for step in scheduling.step:
        for name in sorted(step.input_map.values()):
            if name not in known | made:
                raise Refused("ensemble-loose", name=clean(name), model=clean(step.model_name))
    for entry in config.output:  # type: ignore[attr-defined]
        if entry.name not in made:
            raise Refused("ensemble-loose", name=clean(entry.name), model="–")
