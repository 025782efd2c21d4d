"""Find out what an uploaded model file is without trusting it: a sandboxed process does all the reading."""

from models_registry.inspection.limits import Limits
from models_registry.inspection.report import Inspection
from models_registry.inspection.sandbox import inspect_file, inspect_files

__all__ = ["Inspection", "Limits", "inspect_file", "inspect_files"]
