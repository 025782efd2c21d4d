"""Where the bytes of artifacts live: a folder of this machine, or any storage that Django's API reaches."""

import json
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils.module_loading import import_string

from models_registry.storage.contract import CHUNK_BYTES, Changed, Missing, Store
from models_registry.storage.folder import FolderStore
from models_registry.storage.remote import RemoteStore

__all__ = ["CHUNK_BYTES", "Changed", "Missing", "Store", "store"]


def store() -> Store:
    """The store that this installation is set to."""
    found = settings.ARTIFACTS
    return _store(found.root, found.backend, found.backend_options, found.prefix, found.cache_bytes)


@lru_cache(maxsize=8)
def _store(root: Path, backend: str, options: str, prefix: str, cache_bytes: int) -> Store:
    if not backend:
        return FolderStore(root)
    storage = import_string(backend)(**json.loads(options))
    return RemoteStore(storage, prefix=prefix, cache=root / ".cache", cache_bytes=cache_bytes)
