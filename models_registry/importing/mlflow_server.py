"""Import from a running MLflow server: models, versions, tags, aliases as tags, and the files it proxies."""

import json
import re
from collections.abc import Iterator
from http.client import HTTPException
from typing import Any, BinaryIO
from urllib.error import HTTPError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import Request, urlopen

from core.actors import Actor
from core.errors import PlatformError, Upstream
from models_registry import artifacts, services
from models_registry.importing.triton_folder import Outcome
from models_registry.models import ModelVersion, RegisteredModel
from models_registry.services.sourced import Held, Origin
from models_registry.services.tags import KEY, RESERVED

TIMEOUT_S = 60
PAGE = 200
MOST_FILES = 2000
# Which version of which server a version was made from; with it, a second run knows what is there.
FROM = "imported.from"
ALIASES = "imported.aliases"
STAGE = "imported.stage"
PROXIED = "mlflow-artifacts:"
Shape = dict[str, Any]


class MlflowServer:
    """The few calls that an import needs. Raises Upstream when the server does not answer as MLflow does."""

    def __init__(self, uri: str, *, token: str = "") -> None:
        self.uri = uri.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def models(self) -> Iterator[Shape]:
        yield from self._pages("registered-models/search", "registered_models")

    def versions(self, name: str) -> list[Shape]:
        """All versions of a model, the oldest first."""
        text = "name='{}'".format(name.replace("'", "''"))
        found = list(self._pages("model-versions/search", "model_versions", filter=text))
        return sorted(found, key=lambda version: int(version["version"]))

    def location(self, version: Shape) -> str:
        """Where the server says that a version's files are, logged models resolved."""
        named = {"name": version["name"], "version": version["version"]}
        uri = str(self._get("model-versions/get-download-uri", **named).get("artifact_uri", ""))
        logged = re.match(r"^models:/(m-[0-9a-f]+)$", uri)
        if logged:
            info = self._get(f"logged-models/{logged[1]}")["model"]["info"]
            return str(info["artifact_uri"])
        return uri

    def files(self, folder: str) -> Iterator[tuple[str, int]]:
        """Paths below a folder of the artifact proxy, relative to it, with their sizes in bytes."""
        left = [""]
        while left:
            inner = left.pop()
            path = f"{folder}/{inner}".rstrip("/")
            listed = self._json(f"/api/2.0/mlflow-artifacts/artifacts?{urlencode({'path': path})}")
            for file in listed.get("files", []):
                own = f"{inner}/{file['path']}".lstrip("/")
                if file.get("is_dir"):
                    left.append(own)
                else:
                    yield own, int(file.get("file_size") or 0)

    def open(self, path: str) -> BinaryIO:
        return self._open(f"/api/2.0/mlflow-artifacts/artifacts/{quote(path)}")

    def _pages(self, call: str, key: str, **given: str) -> Iterator[Shape]:
        token = ""
        while True:
            answer = self._get(
                call, max_results=str(PAGE), **given, **({"page_token": token} if token else {})
            )
            yield from answer.get(key, [])
            token = answer.get("next_page_token", "")
            if not token:
                return

    def _get(self, call: str, **given: str) -> Shape:
        return self._json(f"/api/2.0/mlflow/{call}?{urlencode(given)}")

    def _json(self, path: str) -> Shape:
        try:
            with self._open(path) as answer:
                found = json.load(answer)
        except ValueError as error:
            raise Upstream(f"{self.uri} does not answer as an MLflow server does.") from error
        return found if isinstance(found, dict) else {}

    def _open(self, path: str) -> BinaryIO:
        request = Request(f"{self.uri}{path}", headers=self._headers)
        if urlsplit(request.full_url).scheme not in {"http", "https"}:
            raise Upstream("Name the server as http:// or https://.")
        try:
            return urlopen(request, timeout=TIMEOUT_S)
        except HTTPError as error:
            raise Upstream(f"{path.partition('?')[0]}: {error.code} {error.reason}") from error
        except (OSError, HTTPException, ValueError) as error:
            raise Upstream(f"{self.uri} does not answer: {error}") from error


def import_models(server: MlflowServer, *, actor: Actor, workspace_id: int) -> Iterator[Outcome]:
    """Register every version of every model; what an earlier run brought is left alone.

    Stages and aliases of the other server were not reviewed here: they become tags.
    """
    for shape in server.models():
        name = str(shape["name"])
        try:
            model = _model(shape, actor=actor, workspace_id=workspace_id)
        except PlatformError as error:
            yield Outcome(name, "skipped", str(error))
            continue
        for version in server.versions(name):
            source = f"{name}/{version['version']}"
            try:
                yield _version(server, version, model=model, source=source, actor=actor)
            except PlatformError as error:
                yield Outcome(source, "skipped", str(error))


def _model(shape: Shape, *, actor: Actor, workspace_id: int) -> RegisteredModel:
    title = str(shape["name"])
    for known in RegisteredModel.objects.filter(workspace_id=workspace_id, display_name=title):
        return known
    for known in RegisteredModel.objects.filter(workspace_id=workspace_id, display_name="", name=title):
        return known
    return services.register_titled(
        actor=actor,
        title=title,
        workspace_id=workspace_id,
        purpose=str(shape.get("description") or ""),
        tags=_tags(shape),
    )


def _version(
    server: MlflowServer, shape: Shape, *, model: RegisteredModel, source: str, actor: Actor
) -> Outcome:
    mark = f"{server.uri}/{source}"
    known = ModelVersion.with_deleted.filter(model=model, tags__contains={FROM: mark}).first()
    if known is not None:
        return Outcome(source, "known", str(known))
    place = server.location(shape)
    files = _fetched(server, place)
    stage, aliases = str(shape.get("current_stage") or ""), ", ".join(shape.get("aliases") or [])
    told = {FROM: mark} | ({STAGE: stage} if stage not in {"", "None"} else {})
    version = services.create_sourced_version(
        actor=actor,
        model_name=model.name,
        origin=Origin(
            source_uri=str(shape.get("source") or "")[:500],
            run_id=str(shape.get("run_id") or "")[:64],
            run_link=str(shape.get("run_link") or "")[:500],
        ),
        files=files,
        tags=_tags(shape) | told | ({ALIASES: aliases} if aliases else {}),
        notes=str(shape.get("description") or ""),
    )
    held = f"{len(files)} files" if files else f"its files stay at {place[:80]}"
    return Outcome(source, "imported", f"{version}, {held}")


def _fetched(server: MlflowServer, place: str) -> tuple[Held, ...]:
    """Bring the files of a version into the artifact store; none when the server does not proxy them."""
    if not place.startswith(PROXIED):
        return ()
    folder = urlsplit(place).path.strip("/")
    held: list[Held] = []
    for path, size_bytes in server.files(folder):
        if len(held) == MOST_FILES:
            raise Upstream(f"more than {MOST_FILES} files")
        if size_bytes == 0:
            continue
        with server.open(f"{folder}/{path}") as stream:
            stored = artifacts.store(stream, declared_bytes=size_bytes)
        held.append(Held(path=path, sha256=stored.sha256, size_bytes=stored.size_bytes))
    return tuple(held)


def _tags(shape: Shape) -> dict[str, str]:
    """Those tags that fit here."""
    found = {str(tag["key"]): str(tag.get("value") or "") for tag in shape.get("tags") or []}
    return {key: value for key, value in found.items() if KEY.match(key) and not key.startswith(RESERVED)}
