"""Models and versions as MLflow clients make them: any title, files by digest."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Value
from django.utils import timezone
from django.utils.translation import gettext as _

from core.actors import Actor
from core.audit import record
from core.dispatch import after_commit
from core.errors import Conflict, Invalid
from models_registry import filepaths
from models_registry.access import require_on_model
from models_registry.models import (
    NAME_PATTERN,
    RESERVED_NAMES,
    Folded,
    Inspection,
    ModelVersion,
    RegisteredModel,
    VersionFile,
    VersionMetric,
)
from models_registry.services.facts import check_title
from models_registry.services.stages import locked_model
from models_registry.services.tags import check_tag

LONGEST_NAME = 56
LONGEST_PATH = 200
MOST_TRIES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A file whose bytes are in the artifact store already."""

    path: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a version comes from, as its maker says it."""

    source_uri: str = ""
    run_id: str = ""
    run_link: str = ""
    derived_from: ModelVersion | None = None


@transaction.atomic(durable=True)
def register_titled(
    *, actor: Actor, title: str, workspace_id: int, purpose: str = "", tags: Mapping[str, str] | None = None
) -> RegisteredModel:
    """Add a model that people call `title`; its `name` is derived from that and never changes.

    Raises:
        Invalid: the title or a tag cannot be.
        Conflict: a model, perhaps a deleted one, is called that or looks like it.
    """
    actor.require("model.register", workspace=workspace_id)
    assert actor.user is not None
    check_title(title)
    tags = dict(tags or {})
    for key, value in tags.items():
        check_tag(key, value)
    _refuse_lookalike(title)
    for name in _names(title):
        try:
            with transaction.atomic():
                model = RegisteredModel.objects.create(
                    name=name,
                    display_name="" if name == title else title,
                    workspace_id=workspace_id,
                    purpose=purpose,
                    tags=tags,
                    owner=actor.user,
                )
        except IntegrityError:
            _refuse_lookalike(title)
            continue
        after = {"name": name, "title": title, "purpose": purpose, "tags": tags}
        record(actor, "model.register", model, after=after, model_name=name)
        return model
    raise Conflict(_("No free name can be derived from “%(title)s”.") % {"title": title}, code="name-taken")


@transaction.atomic(durable=True)
def create_sourced_version(
    *,
    actor: Actor,
    model_name: str,
    origin: Origin,
    files: Sequence[Held] = (),
    tags: Mapping[str, str] | None = None,
    notes: str = "",
    own_tags: Mapping[str, str] | None = None,
    metrics: Mapping[str, float] | None = None,
) -> ModelVersion:
    """Open a draft with its files and origin at once; a model among the files is inspected.

    Args:
        own_tags: tags that Conch itself sets, under its reserved prefix.
        metrics: what the run of the origin measured.

    Raises:
        Conflict: it is a copy of a version whose files were removed.
    """
    require_on_model(actor, "version.register", name=model_name)
    assert actor.user is not None
    _checked(tags or {}, files)
    _refuse_purged(origin.derived_from if files else None)
    model = locked_model(model_name)
    inspected = any(filepaths.is_model(file.path) for file in files)
    version = ModelVersion.objects.create(
        model=model,
        number=model.next_number,
        created_by=actor.user,
        stage_changed_at=timezone.now(),
        notes=notes,
        tags={**(tags or {}), **(own_tags or {})},
        source_uri=origin.source_uri,
        run_id=origin.run_id,
        run_link=origin.run_link,
        derived_from=origin.derived_from,
        inspection=Inspection.PENDING if inspected else Inspection.NONE,
        inspection_due_at=timezone.now() if inspected else None,
    )
    _keep(version, files, measured=metrics or {}, origin=origin)
    model.next_number += 1
    model.save(update_fields=["next_number", "changed_at"])
    kept = [{"path": file.path, "sha256": file.sha256, "size_bytes": file.size_bytes} for file in files]
    after = {"number": version.number, "source": origin.source_uri, "run_id": origin.run_id, "files": kept}
    record(actor, "version.create", version, after=after, model_name=model.name)
    if inspected:
        after_commit("models_registry.inspect", version.pk)
    return version


def _keep(
    version: ModelVersion, files: Sequence[Held], *, measured: Mapping[str, float], origin: Origin
) -> None:
    """The rows that hang on a new version."""
    maker = version.created_by
    VersionFile.objects.bulk_create(
        VersionFile(
            version=version,
            path=file.path,
            sha256=file.sha256,
            size_bytes=file.size_bytes,
            uploaded_by=maker,
        )
        for file in files
    )
    VersionMetric.objects.bulk_create(
        VersionMetric(
            version=version,
            name=name[:250],
            value=value,
            producer=f"run {origin.run_id}",
            source=origin.run_link,
            recorded_by=maker,
        )
        for name, value in measured.items()
    )


def _checked(tags: Mapping[str, str], files: Sequence[Held]) -> None:
    for key, value in tags.items():
        check_tag(key, value)
    for file in files:
        if len(file.path) > LONGEST_PATH or not _is_plain(file.path):
            raise Invalid(
                _("“%(path)s” is too long, or not a path inside the version.") % {"path": file.path[:80]},
                code="bad-file-name",
            )


def _refuse_purged(source: ModelVersion | None) -> None:
    """A purge that comes after this leaves the bytes long enough for the copy to be found using them."""
    if source is not None and source.purged_at is not None:
        raise Conflict(
            _("The files of %(version)s are gone.") % {"version": source},
            code="purged",
            hint=_("Register them again as a new version; the trail names their digests."),
        )


def _is_plain(path: str) -> bool:
    """Whether a path stays inside its folder however it is read."""
    parts = path.split("/")
    return not {"", ".", ".."} & set(parts) and not re.search(r"[\\\0]", path)


def _names(title: str) -> list[str]:
    """Names to try, the best first."""
    if re.fullmatch(NAME_PATTERN, title) and title not in RESERVED_NAMES:
        plain = title
    else:
        ascii_only = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
        plain = re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")[:LONGEST_NAME].strip("-") or "model"
    stem = plain[:LONGEST_NAME].strip("-_")
    first = [] if plain in RESERVED_NAMES else [plain]
    return [*first, *(f"{stem}-{count}" for count in range(2, MOST_TRIES))]


def _refuse_lookalike(title: str) -> None:
    twin = RegisteredModel.with_deleted.filter(title_key=Folded(Value(title))).first()
    if twin is None:
        return
    gone = twin.deleted_at is not None
    raise Conflict(
        _("“%(title)s” was deleted; names are not given twice.") % {"title": twin.title}
        if gone
        else _("A model named “%(title)s” exists already.") % {"title": twin.title},
        code="name-taken",
        hint=_("An operator can restore it.") if gone else _("Register a version of it."),
        field="name",
    )
