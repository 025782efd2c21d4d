"""Import from a server that answers as MLflow 3.17 does; the answers are written here by hand."""

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import CommandError, call_command

from core.models import User
from models_registry.models import Inspection, ModelVersion, RegisteredModel
from tests.onnx_models import doubling_model

MODEL = {
    "name": "Doubler é",
    "creation_timestamp": 1,
    "last_updated_timestamp": 2,
    "description": "Doubles.",
    "tags": [{"key": "team", "value": "a"}],
    "aliases": [{"alias": "champion", "version": "2"}],
}
VERSIONS = [
    {
        "name": "Doubler é",
        "version": "2",
        "current_stage": "Production",
        "source": "models:/m-" + "0" * 32,
        "run_id": "c" * 32,
        "status": "READY",
        "aliases": ["champion"],
        "description": "Better.",
    },
    {
        "name": "Doubler é",
        "version": "1",
        "current_stage": "None",
        "source": "s3://b/1",
        "status": "READY",
        "tags": [{"key": "bad*key", "value": "x"}, {"key": "ok", "value": "y"}],
    },
]


class Answers(http.server.BaseHTTPRequestHandler):
    content = b""

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        asked = {key: value[0] for key, value in parse_qs(url.query).items()}
        call = url.path.partition("/api/2.0/")[2]
        if call == "mlflow/registered-models/search":
            page = asked.get("page_token")
            found = [MODEL] if page else [{"name": "Empty"}]
            self._say({"registered_models": found} | ({} if page else {"next_page_token": "2"}))
        elif call == "mlflow/model-versions/search":
            mine = [v for v in VERSIONS if f"name='{v['name']}'" == asked["filter"]]
            self._say({"model_versions": mine} if mine else {})
        elif call == "mlflow/model-versions/get-download-uri":
            source = next(v["source"] for v in VERSIONS if v["version"] == asked["version"])
            self._say({"artifact_uri": source})
        elif call == f"mlflow/logged-models/m-{'0' * 32}":
            self._say({"model": {"info": {"artifact_uri": "mlflow-artifacts:/1/models/m-0/artifacts"}}})
        elif call == "mlflow-artifacts/artifacts":
            top = [{"path": "data", "is_dir": True}, {"path": "empty", "is_dir": False, "file_size": 0}]
            model = {"path": "model.onnx", "is_dir": False, "file_size": len(self.content)}
            self._say({"files": [model] if asked["path"].endswith("/data") else top})
        elif call == "mlflow-artifacts/artifacts/1/models/m-0/artifacts/data/model.onnx":
            self._send(self.content)
        else:
            self.send_error(404)

    def _say(self, body: object) -> None:
        self._send(json.dumps(body).encode())

    def _send(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[str]:
    Answers.content = doubling_model(tmp_path / "m.onnx").read_bytes()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_models_versions_and_files_come_in_once(
    elsewhere: str, engineer: User, capsys: pytest.CaptureFixture[str]
):
    call_command("import_mlflow", elsewhere, "--as", "ada")

    assert capsys.readouterr().out.splitlines()[-1] == "2 imported, 0 known, 0 skipped"
    model = RegisteredModel.objects.get(display_name="Doubler é")
    assert (model.name, model.purpose, model.tags) == ("doubler-e", "Doubles.", {"team": "a"})
    assert RegisteredModel.objects.filter(display_name="Empty").exists()
    first, second = ModelVersion.objects.order_by("number")
    assert first.tags == {"ok": "y", "imported.from": f"{elsewhere}/Doubler é/1"}
    assert (first.source_uri, first.files.count(), first.inspection) == ("s3://b/1", 0, Inspection.NONE)
    assert second.tags["imported.stage"] == "Production"
    assert second.tags["imported.aliases"] == "champion"
    assert (second.run_id, second.notes, second.inspection) == ("c" * 32, "Better.", Inspection.PENDING)
    assert second.files.get().path == "data/model.onnx"
    assert second.files.get().size_bytes == len(Answers.content)

    call_command("import_mlflow", elsewhere, "--as", "ada")
    assert capsys.readouterr().out.splitlines()[-1] == "0 imported, 2 known, 0 skipped"


def test_a_server_that_is_none(engineer: User):
    with pytest.raises(CommandError, match="does not answer"):
        call_command("import_mlflow", "http://127.0.0.1:1", "--as", "ada")
    with pytest.raises(CommandError, match="http"):
        call_command("import_mlflow", "ftp://127.0.0.1", "--as", "ada")
    with pytest.raises(CommandError, match="no account"):
        call_command("import_mlflow", "http://127.0.0.1:1", "--as", "nobody")
