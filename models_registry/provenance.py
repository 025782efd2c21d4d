"""OpenSSF model signatures with elliptic keys: what one covers, and who made it. Pure and offline.

A signature is a Sigstore bundle whose DSSE envelope holds an in-toto statement: each file of the model with
its SHA-256. It is judged by the digests that the store keeps, so that no file has to be read again.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

LARGEST_BUNDLE_BYTES = 1_000_000
PREDICATE = "https://model_signing/signature/v1.0"
PAYLOAD_TYPE = "application/vnd.in-toto+json"
SIGNATURE_FILE = "model.sig"
# The hash that model-signing uses with each curve.
HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "secp256r1": hashes.SHA256,
    "secp384r1": hashes.SHA384,
    "secp521r1": hashes.SHA512,
}


class State(StrEnum):
    UNSIGNED = "unsigned"
    SIGNED = "signed"
    UNKNOWN = "unknown-key"
    REVOKED = "revoked-key"
    FORGED = "forged"
    OTHER_FILES = "other-files"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    name: str
    pem: str
    fingerprint: str
    revoked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`key` is the name of the key where it is known; `differing` the files that are not as signed."""

    state: State
    key: str = ""
    differing: tuple[str, ...] = ()


class Unreadable(ValueError):
    """No public key, or no bundle, of the kind that is understood here."""


def judge(bundle: str, *, files: Mapping[str, str], keys: Iterable[Key]) -> Verdict:
    """Whether a bundle is a good signature of exactly these files (path to SHA-256) by one of these keys."""
    try:
        payload, signature, hint = _envelope(bundle)
        key = next((one for one in keys if one.fingerprint == hint), None)
        if key is None:
            return Verdict(state=State.UNKNOWN)
        if not _is_genuine(key.pem, payload, signature):
            return Verdict(state=State.FORGED, key=key.name)
        signed = _covered(payload)
    except Unreadable:
        return Verdict(state=State.UNREADABLE)
    if key.revoked:
        return Verdict(state=State.REVOKED, key=key.name)
    differing = sorted(path for path in signed.keys() | files.keys() if signed.get(path) != files.get(path))
    if differing:
        return Verdict(state=State.OTHER_FILES, key=key.name, differing=tuple(differing))
    return Verdict(state=State.SIGNED, key=key.name)


def public_key(pem: str) -> tuple[str, str]:
    """The key as PEM in its one usual form, and its fingerprint. Raises Unreadable."""
    normal = _public(pem).public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return normal.decode(), hashlib.sha256(normal).hexdigest()


def _public(pem: str) -> ec.EllipticCurvePublicKey:
    try:
        key = serialization.load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm, UnicodeError):
        raise Unreadable from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name not in HASHES:
        raise Unreadable
    return key


def _envelope(bundle: str) -> tuple[bytes, bytes, str]:
    """(payload, signature, fingerprint of the key) of a bundle."""
    try:
        if len(bundle) > LARGEST_BUNDLE_BYTES:
            raise Unreadable
        told = json.loads(bundle)
        envelope = told["dsseEnvelope"]
        (signed,) = envelope["signatures"]
        if envelope["payloadType"] != PAYLOAD_TYPE:
            raise Unreadable
        hint = str(told["verificationMaterial"]["publicKey"]["hint"])
        payload = base64.b64decode(envelope["payload"], validate=True)
        return payload, base64.b64decode(signed["sig"], validate=True), hint
    except (KeyError, TypeError, ValueError, binascii.Error, RecursionError):
        raise Unreadable from None


def _is_genuine(pem: str, payload: bytes, signature: bytes) -> bool:
    key = _public(pem)
    # What DSSE signs: type and payload, each with its length, so that neither can pass for the other.
    kind = PAYLOAD_TYPE.encode()
    message = b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)
    try:
        key.verify(signature, message, ec.ECDSA(HASHES[key.curve.name]()))
    except InvalidSignature:
        return False
    return True


def _covered(payload: bytes) -> dict[str, str]:
    """Path to SHA-256 of each file that a statement names."""
    try:
        statement: dict[str, Any] = json.loads(payload)
        predicate = statement["predicate"]
        way = predicate["serialization"]
        if statement["predicateType"] != PREDICATE or (way["method"], way["hash_type"]) != (
            "files",
            "sha256",
        ):
            raise Unreadable
        resources = predicate["resources"]
        covered = {str(one["name"]): str(one["digest"]) for one in resources}
        (subject,) = statement["subject"]
        whole = hashlib.sha256(b"".join(bytes.fromhex(str(one["digest"])) for one in resources)).hexdigest()
        if len(covered) != len(resources) or any(one["algorithm"] != "sha256" for one in resources):
            raise Unreadable
        if subject["digest"]["sha256"] != whole:
            raise Unreadable
    except (KeyError, TypeError, ValueError, RecursionError):
        raise Unreadable from None
    return covered
