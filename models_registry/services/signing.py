"""Trusted keys, and signatures over the files of a version."""

from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.actors import Actor
from core.audit import record
from core.errors import Conflict, Invalid, missing
from core.models import Workspace, default_workspace
from models_registry import provenance, signed, signer
from models_registry.access import require_on_version
from models_registry.models import ModelVersion, TrustedKey, VersionSignature
from models_registry.provenance import State
from models_registry.services.stages import locked_version


@transaction.atomic(durable=True)
def add_key(*, actor: Actor, name: str, pem: str, workspace: str = "") -> TrustedKey:
    """Trust a public key in a workspace from now on.

    Raises:
        Invalid: no name, no such workspace, or no elliptic public key.
        Conflict: the workspace knows the key already, perhaps as a revoked one.
    """
    actor.require("key.manage")
    assert actor.user is not None
    if not name.strip():
        raise Invalid(_("Give the key a name."), code="no-name", field="name")
    named = workspace or Workspace.DEFAULT
    place = Workspace.objects.filter(name=named).first()
    if place is None and named != Workspace.DEFAULT:
        raise Invalid(
            _("There is no workspace “%(name)s”.") % {"name": workspace[:80]},
            code="bad-workspace",
            field="workspace",
        )
    try:
        normal, fingerprint = provenance.public_key(pem)
    except provenance.Unreadable as error:
        raise Invalid(
            _("This is no elliptic public key in PEM."),
            code="bad-public-key",
            hint=_("Export it with: openssl ec -in key.pem -pubout. Never paste the private key."),
            field="pem",
        ) from error
    home = place.pk if place else default_workspace()
    # Two admins at once wait for each other here.
    Workspace.objects.select_for_update().get(pk=home)
    known = TrustedKey.objects.filter(workspace_id=home, fingerprint=fingerprint).first()
    if known is not None:
        raise Conflict(
            _("The key is known here as “%(name)s”.") % {"name": known.name},
            code="key-known",
            hint=_("A revoked key is never trusted again; make a new pair.") if known.revoked_at else "",
        )
    key = TrustedKey.objects.create(
        workspace_id=home, name=name.strip()[:80], pem=normal, fingerprint=fingerprint, added_by=actor.user
    )
    record(actor, "key.add", key, after={"name": key.name, "fingerprint": fingerprint})
    return key


@transaction.atomic(durable=True)
def revoke_key(*, actor: Actor, key_id: int) -> TrustedKey:
    """Trust none of its signatures any more, older ones included. Revoking twice changes nothing."""
    actor.require("key.manage")
    key = TrustedKey.objects.select_for_update(of=("self",)).filter(pk=key_id).first()
    if key is None:
        raise missing(_("key with this id"))
    if key.revoked_at is None:
        key.revoked_at, key.revoked_by = timezone.now(), actor.user
        key.save(update_fields=["revoked_at", "revoked_by"])
        record(actor, "key.revoke", key, after={"name": key.name, "fingerprint": key.fingerprint})
    return key


@transaction.atomic(durable=True)
def attach_signature(*, actor: Actor, version_id: int, bundle: str) -> ModelVersion:
    """Keep a signature that was made elsewhere; its key may become trusted later.

    Raises:
        Invalid: it is no OpenSSF model signature, is forged, or covers other files.
    """
    require_on_version(actor, "version.register", version_id=version_id)
    version = locked_version(version_id)
    _keep(version, bundle, actor=actor)
    return version


@transaction.atomic(durable=True)
def sign_version(*, actor: Actor, version_id: int, key_file: Path | None = None) -> ModelVersion:
    """Sign the files of a version by their digests; without a key file with the one that the server holds.

    Raises:
        Invalid: no usable key, or the version has no files.
    """
    require_on_version(actor, "version.sign", version_id=version_id)
    path = key_file or settings.SIGNING.key_file
    if path is None:
        raise Invalid(
            _("This server holds no key to sign with."),
            code="no-signing-key",
            hint=_("An operator of the server can set CONCH_SIGNING_KEY_FILE."),
        )
    version = locked_version(version_id)
    files = signed.files_of(version)
    if not files:
        raise Invalid(_("%(version)s has no files.") % {"version": version}, code="no-files")
    _keep(version, signer.sign(name=version.triton_name, files=files, key_file=path), actor=actor)
    return version


def _keep(version: ModelVersion, bundle: str, *, actor: Actor) -> None:
    verdict = signed.judged(version, bundle)
    if verdict.state in {State.UNREADABLE, State.FORGED, State.OTHER_FILES}:
        raise Invalid(
            signed.sentence(verdict),
            code=f"signature-{verdict.state}",
            hint=_("Sign exactly the files of this version, without model.sig."),
        )
    VersionSignature.objects.create(version=version, bundle=bundle, added_by=actor.user)
    after = {"state": verdict.state.value, "key": verdict.key}
    record(actor, "version.sign", version, after=after, model_name=version.model.name)
