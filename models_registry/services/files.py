"""The files of a draft: put one, replace one, take one away. Each change has the draft read anew."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.actors import Actor
from core.audit import record
from core.dispatch import after_commit
from core.errors import Conflict, missing
from core.models import User
from models_registry import artifacts, filepaths
from models_registry.access import require_on_version
from models_registry.lifecycle import Stage
from models_registry.models import FileScan, Inspection, ModelVersion, VersionFile
from models_registry.services.condemning import condemn
from models_registry.services.holds import holds_on_version, refuse_held
from models_registry.services.stages import locked_version


def upload_file(
    *,
    actor: Actor,
    version_id: int,
    name: str,
    stream: artifacts.Readable,
    declared_bytes: int | None = None,
    alone: bool = False,
) -> ModelVersion:
    """Stream one file into a draft, in place of what stood at its path; the draft is then inspected.

    Args:
        name: where it stands inside the version, like `model.onnx` or `weights/part-1.bin`.
        alone: whether it replaces every other file too.

    Raises:
        Invalid: a path that may not be, an empty, cut-off or too large file.
        Conflict: the version is no draft any more.
    """
    filepaths.check(name)
    refuse_early(actor=actor, version_id=version_id)
    stored = artifacts.store(stream, declared_bytes=declared_bytes)
    return attach_stored(actor=actor, version_id=version_id, name=name, stored=stored, alone=alone)


@transaction.atomic(durable=True)
def attach_stored(
    *, actor: Actor, version_id: int, name: str, stored: artifacts.Stored, alone: bool = False
) -> ModelVersion:
    """Make bytes that the store holds already a file of a draft. Raises as `upload_file` does."""
    require_on_version(actor, "version.register", version_id=version_id)
    version = locked_version(version_id)
    put(version, actor=actor, name=name, stored=stored, alone=alone)
    return version


@transaction.atomic(durable=True)
def remove_file(*, actor: Actor, version_id: int, name: str) -> ModelVersion:
    """Take one file out of a draft; its bytes stay in the store until nothing refers to them.

    Raises:
        NotFound: the draft has no such file.
        Conflict: the version is no draft any more, or a legal hold stands.
    """
    require_on_version(actor, "version.register", version_id=version_id)
    version = locked_version(version_id)
    refuse_unless_draft(version)
    refuse_held(holds_on_version(version))
    before = _listed(version)
    gone, _counts = version.files.filter(path=name).delete()
    if not gone:
        raise missing(_("file “%(name)s” in %(version)s") % {"name": name[:80], "version": version})
    condemn(str(file["sha256"]) for file in before if file["path"] == name)
    _changed(version, verb="version.remove_file", actor=actor, before=before)
    return version


def put(version: ModelVersion, *, actor: Actor, name: str, stored: artifacts.Stored, alone: bool) -> None:
    """As `attach_stored`, inside a service's transaction that holds the version's lock."""
    assert actor.user is not None
    refuse_unless_draft(version)
    filepaths.check(name)
    before = _listed(version)
    if not alone:
        filepaths.refuse_clash(name, others=[str(file["path"]) for file in before])
    replaced = version.files.all() if alone else version.files.filter(path=name)
    lost = {file for file in replaced.values_list("path", "sha256") if file != (name, stored.sha256)}
    if lost:
        refuse_held(holds_on_version(version))
    replaced.delete()
    condemn(sha256 for _path, sha256 in lost if sha256 != stored.sha256)
    _create(version, name=name, stored=stored, user=actor.user)
    _changed(version, verb="version.upload", actor=actor, before=before)


def refuse_early(*, actor: Actor, version_id: int) -> None:
    """Refuse before a byte is stored what the lock would refuse after it."""
    require_on_version(actor, "version.register", version_id=version_id)
    for version in ModelVersion.objects.select_related("model").filter(pk=version_id):
        refuse_unless_draft(version)


def refuse_unless_draft(version: ModelVersion) -> None:
    if version.stage != Stage.DRAFT:
        raise Conflict(
            _("%(version)s is %(stage)s, and a version never changes.")
            % {"version": version, "stage": version.get_stage_display()},
            code="version-immutable",
            hint=_("Register a new version to change something."),
        )


def _create(version: ModelVersion, *, name: str, stored: artifacts.Stored, user: User) -> None:
    file = VersionFile.objects.create(
        version=version, path=name, sha256=stored.sha256, size_bytes=stored.size_bytes, uploaded_by=user
    )
    FileScan.objects.create(file=file, due_at=timezone.now())
    after_commit("models_registry.scan", file.pk)


def _changed(version: ModelVersion, *, verb: str, actor: Actor, before: list[dict[str, object]]) -> None:
    """Forget what was read from the files before, and have them read again."""
    after = _listed(version)
    version.backend, version.config_text = "", ""
    version.signature, version.facts, version.golden, version.warnings = {}, {}, [], []
    version.inspection_problem = None
    version.inspection_claim, version.inspection_tries = None, 0
    version.inspection = Inspection.PENDING if after else Inspection.NONE
    version.inspection_due_at = timezone.now() if after else None
    version.raises_tier = FileScan.objects.filter(file__version=version, raises_tier=True).exists()
    version.save()
    record(actor, verb, version, before=before, after=after, model_name=version.model.name)
    if after:
        after_commit("models_registry.inspect", version.pk)


def _listed(version: ModelVersion) -> list[dict[str, object]]:
    return [dict(row) for row in version.files.values("path", "sha256", "size_bytes")]
