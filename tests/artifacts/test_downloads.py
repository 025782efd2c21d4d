"""Downloads: whole, by span, and only what changed."""

import hashlib

import pytest

from models_registry import artifacts
from tests.artifacts.conftest import address

pytestmark = pytest.mark.django_db
CONTENT = bytes(range(256)) * 12_000  # three pieces
DIGEST = hashlib.sha256(CONTENT).hexdigest()
SIZE = len(CONTENT)


@pytest.fixture
def url(api, draft):
    api.generic("PUT", address(draft, "files/deep/net.onnx"), CONTENT)
    return address(draft, "files/deep/net.onnx")


def status(api, url, headers):
    response = api.get(url, headers=headers)
    b"".join(response.streaming_content)
    return response.status_code


def test_a_whole_file_names_its_digest_and_that_spans_may_be_asked_for(api, url):
    response = api.get(url)

    assert (response.status_code, response["ETag"], response["Accept-Ranges"]) == (
        200,
        f'"{DIGEST}"',
        "bytes",
    )
    assert response["Content-Length"] == str(SIZE)
    assert response["Content-Disposition"] == 'attachment; filename="net.onnx"'
    assert b"".join(response.streaming_content) == CONTENT


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=1048570-1048590", 1048570, 1048590),
        ("bytes=3000000-", 3000000, SIZE - 1),
        ("bytes=-5", SIZE - 5, SIZE - 1),
        ("bytes=-999999999", 0, SIZE - 1),
        (f"bytes=0-{SIZE * 9}", 0, SIZE - 1),
    ],
)
def test_a_span_is_answered_with_exactly_its_bytes(api, url, asked, start, end):
    response = api.get(url, headers={"Range": asked})

    assert (response.status_code, response["Content-Range"]) == (206, f"bytes {start}-{end}/{SIZE}")
    assert response["Content-Length"] == str(end - start + 1)
    assert b"".join(response.streaming_content) == CONTENT[start : end + 1]


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", "bytes=99999999-100000000", "bytes=-0"])
def test_a_span_beyond_the_end_cannot_be_met(api, url, asked):
    response = api.get(url, headers={"Range": asked})

    assert (response.status_code, response["Content-Range"]) == (416, f"bytes */{SIZE}")


@pytest.mark.parametrize("asked", ["bytes=5-2", "bytes=0-1,4-5", "lines=1-2", "bytes=-", "bytes=a-b"])
def test_what_is_no_single_span_gets_the_whole_file(api, url, asked):
    assert status(api, url, {"Range": asked}) == 200


def test_a_span_of_another_file_is_answered_with_the_whole_new_one(api, url):
    assert status(api, url, {"Range": "bytes=0-1", "If-Range": '"old"'}) == 200
    assert status(api, url, {"Range": "bytes=0-1", "If-Range": f'"{DIGEST}"'}) == 206


def test_who_has_the_bytes_gets_none(api, url):
    response = api.get(url, headers={"If-None-Match": f'"other", W/"{DIGEST}"'})

    assert (response.status_code, response.content) == (304, b"")


def test_a_file_that_left_the_store_is_said_to_be_missing(api, url):
    artifacts.path_of(DIGEST).unlink()

    response = api.get(url)

    assert (response.status_code, response.json()["type"]) == (422, "/problems/artifact-missing")
