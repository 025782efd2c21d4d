"""The provenance of a version: its newest signature, judged by the keys that its workspace trusts."""

from django.utils.translation import gettext as _

from models_registry import artifacts, guards, provenance
from models_registry.guards import Evidence
from models_registry.models import ModelVersion, TrustedKey
from models_registry.provenance import SIGNATURE_FILE, Key, State, Verdict


def files_of(version: ModelVersion) -> dict[str, str]:
    """Path to SHA-256 of what a signature has to cover: every file but the signature itself."""
    return {file.path: file.sha256 for file in version.files.all() if file.path != SIGNATURE_FILE}


def judged(version: ModelVersion, bundle: str) -> Verdict:
    home = version.model.workspace_id
    assert home is not None
    keys = [
        Key(name=key.name, pem=key.pem, fingerprint=key.fingerprint, revoked=key.revoked_at is not None)
        for key in TrustedKey.objects.filter(workspace_id=home)
    ]
    return provenance.judge(bundle, files=files_of(version), keys=keys)


def verdict(version: ModelVersion) -> Verdict:
    """Of the newest signature that was added, or else of the model.sig among the files."""
    kept = version.signatures.first()
    if kept is not None:
        return judged(version, kept.bundle)
    uploaded = next((file for file in version.files.all() if file.path == SIGNATURE_FILE), None)
    if uploaded is None:
        return Verdict(state=State.UNSIGNED)
    with artifacts.path_of(uploaded.sha256).open("rb") as blob:
        text = blob.read(provenance.LARGEST_BUNDLE_BYTES + 1).decode(errors="replace")
    return judged(version, text)


def check(version: ModelVersion) -> Evidence:
    """Somebody whose key is trusted vouches for exactly these files."""
    found = verdict(version)
    kept = version.signatures.first()
    return Evidence(
        gate="signed",
        title=_("Provenance"),
        passed=found.state == State.SIGNED,
        value=word(found),
        detail=sentence(found),
        source=found.key,
        at=guards.moment(kept.added_at) if kept else "",
        extra={"unsigned": found.state == State.UNSIGNED},
    )


def word(verdict: Verdict) -> str:
    if verdict.state == State.SIGNED:
        return _("Signed by %(key)s") % {"key": verdict.key}
    if verdict.state == State.UNSIGNED:
        return _("Not signed")
    return _("Signed by an unknown key") if verdict.state == State.UNKNOWN else _("Not genuine")


def sentence(verdict: Verdict) -> str:
    words = {"key": verdict.key, "names": ", ".join(verdict.differing[:5])}
    return {
        State.SIGNED: _("The signature of “%(key)s” covers exactly these files."),
        State.UNSIGNED: _("Nobody has signed the files of this version."),
        State.UNKNOWN: _("It is signed with a key that this workspace does not trust."),
        State.REVOKED: _("It is signed with “%(key)s”, a key that was revoked."),
        State.FORGED: _("The signature claims to be of “%(key)s” but was not made with that key."),
        State.OTHER_FILES: _("“%(key)s” signed other files than these: %(names)s."),
        State.UNREADABLE: _("The signature is no OpenSSF model signature with an elliptic key."),
    }[verdict.state] % words
