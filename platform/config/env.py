"""Where settings come from: the process environment, then what the local stack wrote down.

Each block fails at start when a value makes no sense; the unit is in the name.
"""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parents[2]


def home(env: Mapping[str, str] = os.environ) -> Path:
    """The state folder: everything this installation keeps on disk."""
    return Path(env.get("CONCH_HOME") or ROOT / ".conch").resolve()


def load(env: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment, completed by the running stack's `stack.env` (the environment wins)."""
    written = home(env) / "stack.env"
    if not (written.is_file() and os.access(written, os.R_OK)):
        return dict(env)
    pairs = (line.split("=", 1) for line in written.read_text().splitlines() if "=" in line)
    return {key.strip(): value.strip() for key, value in pairs} | dict(env)


def database(url: str) -> dict[str, object]:
    """Django's DATABASES entry for a postgresql:// URL; no other database is supported."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError("DATABASE_URL must start with postgresql://; Conch runs on PostgreSQL alone")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/") or "conch",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "127.0.0.1",
        "PORT": str(parts.port or 5432),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def secret_key(env: Mapping[str, str]) -> str:
    """Django's secret: from the environment, or a file made once with mode 0600."""
    if env.get("CONCH_SECRET_KEY"):
        return env["CONCH_SECRET_KEY"]
    path = Path(env.get("CONCH_SECRET_KEY_FILE") or home(env) / "secret_key")
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48))
        try:
            os.link(draft, path)  # the first of several starting processes wins
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class TritonSettings:
    """How to reach and drive the Triton that `make up` runs or that CONCH_TRITON_URL names."""

    grpc_url: str
    http_url: str
    metrics_url: str
    embedded: bool
    repository: Path
    connect_timeout_s: float = 2.0
    load_timeout_s: float = 120.0
    infer_timeout_s: float = 30.0

    def __post_init__(self) -> None:
        if self.load_timeout_s <= self.connect_timeout_s:
            raise ValueError("CONCH_TRITON_LOAD_TIMEOUT_S must exceed CONCH_TRITON_CONNECT_TIMEOUT_S")

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "TritonSettings":
        external = env.get("CONCH_TRITON_URL", "")
        host = external.rsplit(":", 1)[0] if external else "127.0.0.1"
        port = {
            name: env.get(f"CONCH_TRITON_{name}_PORT", default) for name, default in _TRITON_PORTS.items()
        }
        return cls(
            grpc_url=external or f"127.0.0.1:{port['GRPC']}",
            http_url=f"http://{host}:{port['HTTP']}",
            metrics_url=f"http://{host}:{port['METRICS']}/metrics",
            embedded=not external,
            repository=Path(env.get("CONCH_MODEL_REPOSITORY") or home(env) / "models"),
            connect_timeout_s=float(env.get("CONCH_TRITON_CONNECT_TIMEOUT_S", "2")),
            load_timeout_s=float(env.get("CONCH_TRITON_LOAD_TIMEOUT_S", "120")),
            infer_timeout_s=float(env.get("CONCH_TRITON_INFER_TIMEOUT_S", "30")),
        )


_TRITON_PORTS = {"HTTP": "8000", "GRPC": "8001", "METRICS": "8002"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcileSettings:
    """How the reconcilers hold work: a claim is renewed while its worker lives and lapses when it dies."""

    claim_s: float = 20.0
    renew_every_s: float = 5.0
    sweep_every_s: float = 5.0
    backoff_first_s: float = 2.0
    backoff_most_s: float = 60.0

    def __post_init__(self) -> None:
        if self.renew_every_s * 2 > self.claim_s:
            raise ValueError("CONCH_CLAIM_S must be at least twice CONCH_CLAIM_RENEW_S")

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "ReconcileSettings":
        return cls(
            claim_s=float(env.get("CONCH_CLAIM_S", "20")),
            renew_every_s=float(env.get("CONCH_CLAIM_RENEW_S", "5")),
            sweep_every_s=float(env.get("CONCH_SWEEP_S", "5")),
            backoff_most_s=float(env.get("CONCH_BACKOFF_MOST_S", "60")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeSettings:
    """How people and programs are told: where mail goes, which private networks webhooks may call."""

    public_url: str = "http://127.0.0.1:8080"
    email_url: str = ""
    email_from: str = "Conch <conch@localhost>"
    webhooks_allow: tuple[str, ...] = ()
    timeout_s: float = 10.0
    claim_s: float = 60.0
    backoff_first_s: float = 10.0
    backoff_most_s: float = 3600.0
    give_up_after_s: float = 86_400.0
    disable_after: int = 100
    keep_days: int = 90

    def __post_init__(self) -> None:
        if self.claim_s < self.timeout_s * 2:
            raise ValueError("CONCH_NOTICES_CLAIM_S must be at least twice CONCH_NOTICES_TIMEOUT_S")
        if self.email_url and urlsplit(self.email_url).scheme not in {"smtp", "smtps"}:
            raise ValueError("CONCH_EMAIL_URL must start with smtp:// or smtps://")
        if urlsplit(self.public_url).scheme not in {"http", "https"}:
            raise ValueError("CONCH_PUBLIC_URL must start with http:// or https://")
        for network in self.webhooks_allow:
            ip_network(network)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "NoticeSettings":
        allow = (part.strip() for part in env.get("CONCH_WEBHOOKS_ALLOW", "").split(","))
        local = f"http://127.0.0.1:{env.get('CONCH_WEB_PORT', '8080')}"
        return cls(
            public_url=(env.get("CONCH_PUBLIC_URL") or local).rstrip("/"),
            email_url=env.get("CONCH_EMAIL_URL", ""),
            email_from=env.get("CONCH_EMAIL_FROM") or "Conch <conch@localhost>",
            webhooks_allow=tuple(filter(None, allow)),
            timeout_s=float(env.get("CONCH_NOTICES_TIMEOUT_S", "10")),
            claim_s=float(env.get("CONCH_NOTICES_CLAIM_S", "60")),
            backoff_first_s=float(env.get("CONCH_NOTICES_BACKOFF_FIRST_S", "10")),
            backoff_most_s=float(env.get("CONCH_NOTICES_BACKOFF_MOST_S", "3600")),
            disable_after=int(env.get("CONCH_WEBHOOKS_DISABLE_AFTER", "100")),
            keep_days=int(env.get("CONCH_NOTICES_KEEP_DAYS", "90")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactSettings:
    """Where artifacts are kept and how large one may be."""

    root: Path
    max_file_bytes: int = 10 * 10**9

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "ArtifactSettings":
        return cls(
            root=Path(env.get("CONCH_ARTIFACTS") or home(env) / "artifacts"),
            max_file_bytes=int(env.get("CONCH_MAX_FILE_BYTES", str(10 * 10**9))),
        )
