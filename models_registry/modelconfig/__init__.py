"""config.pbtxt: read, judge, derive and render it, against the schema that Triton itself uses."""

from models_registry.modelconfig.derive import derive
from models_registry.modelconfig.fitting import fitting
from models_registry.modelconfig.render import digest, ensemble_alias, render, without_platform
from models_registry.modelconfig.schema import LARGEST_BYTES, Problem, parse
from models_registry.modelconfig.validate import validate

__all__ = [
    "LARGEST_BYTES",
    "Problem",
    "derive",
    "digest",
    "ensemble_alias",
    "fitting",
    "parse",
    "render",
    "validate",
    "without_platform",
]
