"""Models and versions by the names that MLflow clients use."""

from collections import defaultdict
from collections.abc import Iterable

from models_registry.mlflow_api import rows, shapes
from models_registry.mlflow_api.calls import Call
from models_registry.mlflow_api.errors import ApiError, absent, invalid
from models_registry.mlflow_api.rows import ModelRow, VersionRow


def model(call: Call, *, key: str = "name") -> ModelRow:
    """The model of a name, exactly as it is written."""
    title = call.text(key)
    found = [ModelRow(*row) for row in rows.MODEL.rows(title=title, workspace=call.workspace_name)]
    if not found or found[0].title != title:
        raise _absent(call, title, twin=found[0].title if found else "")
    return found[0]


def version(call: Call, *, name: str = "name", number: str = "version") -> VersionRow:
    """The version of a name and a number."""
    title, text = call.text(name), call.text(number)
    if not text.isdecimal():
        raise invalid(f"Model version must be an integer, got '{text[:80]}'")
    wanted = int(text) if len(text) < 10 else 0
    found = rows.VERSION.rows(title=title, workspace=call.workspace_name, number=wanted)
    return _exact(call, name, found) or _raise(f"Model Version (name={title[:300]}, version={text[:40]})")


def by_alias(call: Call) -> VersionRow | None:
    """The version that an alias points at; “latest” is the newest."""
    title, alias, workspace = call.text("name"), call.text("alias"), call.workspace_name
    if alias.lower() == "latest":
        return _exact(call, "name", rows.LAST.rows(title=title, workspace=workspace))
    return _exact(call, "name", rows.BY_ALIAS.rows(title=title, workspace=workspace, alias=alias))


def newest(row: ModelRow) -> list[VersionRow]:
    """The newest version of each of MLflow's stages."""
    return [VersionRow(*found) for found in rows.NEWEST.rows(model_id=row.pk)]


def shown_model(row: ModelRow) -> shapes.Shape:
    """A model with its newest versions."""
    return shapes.model(row, latest=newest(row))


def shown_models(found: Iterable[ModelRow]) -> list[shapes.Shape]:
    """Models with their newest versions, in one more query."""
    kept = list(found)
    latest: dict[int, list[VersionRow]] = defaultdict(list)
    for row in rows.NEWEST_OF.rows(model_ids=[row.pk for row in kept]):
        version = VersionRow(*row)
        latest[version.model_id].append(version)
    return [shapes.model(row, latest=latest[row.pk]) for row in kept]


def shown_version(pk: int) -> shapes.Shape:
    """A version as it is now."""
    return shapes.version(VersionRow(*rows.VERSION_BY_ID.rows(pk=pk)[0]))


def _exact(call: Call, key: str, found: list[tuple[object, ...]]) -> VersionRow | None:
    """The one row found, if its model is called exactly that; refused when there is no such model."""
    if found:
        row = VersionRow(*found[0])  # type: ignore[arg-type]
        if row.title == call.text(key):
            return row
    model(call, key=key)
    return None


def _raise(what: str) -> VersionRow:
    raise absent(what)


def _absent(call: Call, title: str, *, twin: str) -> ApiError:
    # An unknown workspace is said as that.
    _ = call.workspace
    hint = f"; did you mean '{twin}'?" if twin else ""
    return absent(f"Registered Model with name={title[:300]}{hint}")
