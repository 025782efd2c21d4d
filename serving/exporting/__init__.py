"""Versions as plain Triton models, for servers that Conch does not run."""

from serving.exporting.archive import zipped
from serving.exporting.folder import Exported, export

__all__ = ["Exported", "export", "zipped"]
