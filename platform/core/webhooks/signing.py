"""Secrets of webhooks: kept sealed, since signing needs them back; and the signature they make."""

import base64
import hashlib
import hmac
import secrets

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes

VERSION = "v1"


class Unreadable(Exception):
    """The secret was sealed with a key that this installation no longer has."""


def new_secret() -> str:
    return f"whsec_{secrets.token_urlsafe(32)}"


def seal(secret: str) -> str:
    return _box().encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str:
    """The secret itself; raises Unreadable after Django's secret key was changed without a fallback."""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise Unreadable("The secret of this webhook can no longer be read; give it a new one.") from error


def signature(secret: str, *, delivery_id: str, timestamp: str, body: str) -> str:
    """What MLflow sends: v1, then base64 of HMAC-SHA256 over "id.timestamp.body"."""
    signed = f"{delivery_id}.{timestamp}.{body}".encode()
    made = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
    return f"{VERSION},{base64.b64encode(made).decode()}"


def _box() -> MultiFernet:
    return MultiFernet([_key(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _key(secret_key: str | bytes) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"conch webhook secrets")
    return Fernet(base64.urlsafe_b64encode(derived.derive(force_bytes(secret_key))))


def fingerprint(text: str) -> str:
    """Tells that two texts differ without telling them: HMAC-SHA256 under Django's key, shortened."""
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()[:16]
