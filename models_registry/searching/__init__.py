"""Search of the registry: a small language, the same for the pages, the API and saved searches."""

from models_registry.searching.compiling import condition, models_matching, versions_matching
from models_registry.searching.errors import QueryError
from models_registry.searching.parsing import parse
from models_registry.searching.targets import MODELS, TARGETS, VERSIONS, Target

__all__ = [
    "MODELS",
    "TARGETS",
    "VERSIONS",
    "QueryError",
    "Target",
    "condition",
    "models_matching",
    "parse",
    "versions_matching",
]
