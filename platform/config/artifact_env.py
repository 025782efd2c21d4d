"""Where artifacts are kept: a local folder, or a storage that Django's API reaches, named by environment."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

S3 = "storages.backends.s3.S3Storage"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactSettings:
    """Where artifacts are kept, how large one may be, how often they are read again.

    `root` is the store itself, or, with a `backend`, what uploads pass through and the cache of copies.
    `backend` is the dotted name of a Django storage class, `backend_options` its arguments as JSON.
    """

    root: Path
    max_file_bytes: int = 10 * 10**9
    backend: str = ""
    backend_options: str = "{}"
    prefix: str = ""
    cache_bytes: int = 20 * 10**9
    upload_keep_h: float = 72.0
    rehash_bytes: int = 2 * 10**9

    def __post_init__(self) -> None:
        if not isinstance(json.loads(self.backend_options), dict):
            raise ValueError("CONCH_ARTIFACT_STORAGE_OPTIONS must be a JSON object")
        if self.upload_keep_h <= 0:
            raise ValueError("CONCH_UPLOAD_KEEP_H must be more than 0")

    @classmethod
    def from_env(cls, env: Mapping[str, str], *, home: Path) -> "ArtifactSettings":
        backend, prefix, options = _storage(env)
        return cls(
            root=Path(env.get("CONCH_ARTIFACTS") or home / "artifacts"),
            max_file_bytes=int(env.get("CONCH_MAX_FILE_BYTES", str(10 * 10**9))),
            backend=backend,
            backend_options=json.dumps(options, sort_keys=True),
            prefix=prefix,
            cache_bytes=int(env.get("CONCH_ARTIFACT_CACHE_BYTES", str(20 * 10**9))),
            upload_keep_h=float(env.get("CONCH_UPLOAD_KEEP_H", "72")),
            rehash_bytes=int(env.get("CONCH_REHASH_BYTES", str(2 * 10**9))),
        )


def _storage(env: Mapping[str, str]) -> tuple[str, str, dict[str, object]]:
    """Class, prefix and options from CONCH_ARTIFACT_STORAGE: empty, an s3:// address or a class's name."""
    named = env.get("CONCH_ARTIFACT_STORAGE", "")
    options = dict(json.loads(env.get("CONCH_ARTIFACT_STORAGE_OPTIONS") or "{}"))
    if not named:
        return "", "", {}
    parts = urlsplit(named)
    if parts.scheme == "s3":
        if not parts.netloc:
            raise ValueError("CONCH_ARTIFACT_STORAGE=s3://bucket/prefix names a bucket")
        given = {
            "endpoint_url": env.get("CONCH_S3_ENDPOINT", ""),
            "region_name": env.get("CONCH_S3_REGION", ""),
            "access_key": _secret(env, "CONCH_S3_ACCESS_KEY"),
            "secret_key": _secret(env, "CONCH_S3_SECRET_KEY"),
        }
        found = {key: value for key, value in given.items() if value}
        return (
            S3,
            parts.path.strip("/"),
            {"bucket_name": parts.netloc, "file_overwrite": True} | found | options,
        )
    if parts.scheme or "." not in named:
        raise ValueError("CONCH_ARTIFACT_STORAGE is s3://bucket/prefix or the name of a Django storage class")
    return named, env.get("CONCH_ARTIFACT_STORAGE_PREFIX", "").strip("/"), options


def _secret(env: Mapping[str, str], name: str) -> str:
    """A secret from the environment, or from the file that NAME_FILE names."""
    file = env.get(f"{name}_FILE", "")
    return Path(file).read_text().strip() if file else env.get(name, "")
