"""How people and programs are told what happened, by environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeSettings:
    """Where mail goes, which private networks webhooks may call, how long each try and each claim lasts."""

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
