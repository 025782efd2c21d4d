"""Find out what an uploaded model file is, without trusting it: all reading happens in a sandboxed process."""

from models_registry.inspection.limits import Limits
from models_registry.inspection.report import Inspection
from models_registry.inspection.sandbox import inspect_file

__all__ = ["Inspection", "Limits", "inspect_file"]
