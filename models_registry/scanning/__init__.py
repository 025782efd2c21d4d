"""Look for harm in an uploaded file: a sandboxed process reads it and never runs it."""

from models_registry.scanning.finding import Finding
from models_registry.scanning.sandbox import scan_file
from models_registry.scanning.sentences import sentence

__all__ = ["Finding", "scan_file", "sentence"]
