"""How people sign in: who may join, when an account is closed, and the identity provider, if there is one."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInSettings:
    """Settings of signing in; `oidc_url` is the provider's issuer, or empty for local accounts alone."""

    sign_up: bool = False
    lockout_after: int = 5
    lockout_minutes: float = 15.0
    oidc_url: str = ""
    oidc_client_id: str = ""
    oidc_secret: str = ""
    oidc_name: str = "Single sign-on"

    def __post_init__(self) -> None:
        if self.lockout_after < 1 or self.lockout_minutes <= 0:
            raise ValueError("CONCH_LOCKOUT_AFTER and CONCH_LOCKOUT_MINUTES must be positive")
        if bool(self.oidc_url) != bool(self.oidc_client_id):
            raise ValueError("CONCH_OIDC_URL and CONCH_OIDC_CLIENT_ID belong together")

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "SignInSettings":
        secret_file = env.get("CONCH_OIDC_SECRET_FILE", "")
        return cls(
            sign_up=env.get("CONCH_SIGN_UP", "").lower() in {"1", "on", "true", "yes"},
            lockout_after=int(env.get("CONCH_LOCKOUT_AFTER", "5")),
            lockout_minutes=float(env.get("CONCH_LOCKOUT_MINUTES", "15")),
            oidc_url=env.get("CONCH_OIDC_URL", ""),
            oidc_client_id=env.get("CONCH_OIDC_CLIENT_ID", ""),
            oidc_secret=Path(secret_file).read_text().strip() if secret_file else "",
            oidc_name=env.get("CONCH_OIDC_NAME", "Single sign-on"),
        )

    def providers(self) -> dict[str, Any]:
        """allauth's SOCIALACCOUNT_PROVIDERS."""
        if not self.oidc_url:
            return {}
        app = {
            "provider_id": "main",
            "name": self.oidc_name,
            "client_id": self.oidc_client_id,
            "secret": self.oidc_secret,
            "settings": {"server_url": self.oidc_url},
        }
        return {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
