"""Models that exist elsewhere become versions here, through the same services and checks as any other."""

from models_registry.importing.triton_folder import Outcome, import_folder

__all__ = ["Outcome", "import_folder"]
