"""Make an OpenSSF model signature from the digests that the store keeps."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from django.utils.translation import gettext as _

from core.errors import Invalid


def sign(*, name: str, files: Mapping[str, str], key_file: Path) -> str:
    """The bundle (JSON) over these files (path to SHA-256) with a private elliptic key in PEM, unencrypted.

    Raises:
        Invalid: no such key, or one of another kind.
    """
    # Imported here: it takes seconds, and only who signs needs it. The public functions of model-signing hash
    # files on disk; its parts below them take digests. A test holds them to what its public verifier accepts.
    from model_signing import manifest
    from model_signing._hashing.hashing import Digest
    from model_signing._signing.sign_ec_key import Signer
    from model_signing._signing.signing import Payload

    way = manifest.SerializationType.from_args(
        {"method": "files", "hash_type": "sha256", "allow_symlinks": False, "ignore_paths": []}
    )
    items = [
        manifest.FileManifestItem(path=PurePosixPath(path), digest=Digest("sha256", bytes.fromhex(digest)))
        for path, digest in sorted(files.items())
    ]
    try:
        signer = Signer(key_file)
        signature = signer.sign(Payload(manifest.Manifest(name, items, way)))
    except (OSError, ValueError, TypeError) as error:
        raise Invalid(
            _("The private key cannot be used: %(error)s") % {"error": str(error)[:200]},
            code="bad-signing-key",
            hint=_(
                "Give an unencrypted elliptic key in PEM: openssl ecparam -genkey -name prime256v1 -noout."
            ),
        ) from error
    with TemporaryDirectory() as folder:
        place = Path(folder) / "model.sig"
        signature.write(place)
        return place.read_text()
