"""The names that Triton's backends look for."""

from io import BytesIO

import pytest

from models_registry import artifacts
from serving import layout
from tests.factories import a_version

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("net.onnx", "model.onnx"),
        ("Net.PT", "model.pt"),
        ("net.pt2", "model.pt2"),
        ("yolo.engine", "model.plan"),
        ("model.py", "model.py"),
        ("weights/part.pt", "weights/part.pt"),
        ("config.json", "config.json"),
        (".pt", ".pt"),
    ],
)
def test_a_file_gets_the_name_that_its_backend_looks_for(path, name):
    assert layout.placed([path, "labels.txt"], main=path)[path] == name


def test_what_only_travels_with_a_version_is_not_loaded():
    version = a_version()
    version.files.all().delete()
    for path in ("model.onnx", "config.pbtxt", "model.sig", "labels.txt", "other.onnx"):
        kept = artifacts.store(BytesIO(path.encode()))
        version.files.create(
            path=path, sha256=kept.sha256, size_bytes=kept.size_bytes, uploaded_by=version.created_by
        )

    assert sorted(path for path, _source, _digest in layout.files_of(version)) == [
        "1/labels.txt",
        "1/model.onnx",
        "1/other.onnx",
    ]
