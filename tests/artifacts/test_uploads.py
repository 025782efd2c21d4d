"""Uploads in parts: any order, any number of times, cut off at any byte, and then the very same file."""

import hashlib
from datetime import timedelta

import pytest
from django.utils import timezone

from core.errors import Conflict
from core.models import AuditEvent
from core.roles import Role
from models_registry import artifacts, services, spool
from models_registry.lifecycle import Stage
from models_registry.models import Inspection, Upload, UploadPart, UploadState
from tests.artifacts.conftest import address, client_of
from tests.factories import a_user, a_version, acting

pytestmark = pytest.mark.django_db
MIB = 1024 * 1024
CONTENT = b"".join(bytes([number]) * 100_000 for number in range(30))  # 3 parts of a MiB, the last shorter
DIGEST = hashlib.sha256(CONTENT).hexdigest()
PARTS = [CONTENT[at : at + MIB] for at in range(0, len(CONTENT), MIB)]


def begin(api, draft, **given):
    asked = {"path": "net.onnx", "size_bytes": len(CONTENT), "part_bytes": MIB} | given
    return api.post(address(draft, "uploads/"), asked, format="json")


def put(api, upload, number, content=None, **query):
    asked = "&".join(f"{key}={value}" for key, value in query.items())
    content = PARTS[number - 1] if content is None else content
    return api.generic("PUT", f"/api/v1/uploads/{upload}/parts/{number}/?{asked}", content)


def complete(api, upload):
    return api.post(f"/api/v1/uploads/{upload}/complete/")


def problem(response):
    return response.status_code, response.json()["type"].removeprefix("/problems/")


@pytest.fixture
def upload(api, draft):
    return begin(api, draft).json()["id"]


def test_parts_in_any_order_become_the_file(api, draft):
    begun = begin(api, draft, sha256=DIGEST)
    upload = begun.json()["id"]
    assert (begun.status_code, begun.json()["parts"], begun.json()["received"]) == (201, 3, [])

    for number in (3, 1, 2, 2):
        part = hashlib.sha256(PARTS[number - 1]).hexdigest()
        response = put(api, upload, number, sha256=part)
        assert (response.status_code, response.json()["sha256"]) == (200, part)
    assert api.get(f"/api/v1/uploads/{upload}/").json()["received"] == [1, 2, 3]
    done = complete(api, upload)

    draft.refresh_from_db()
    assert done.status_code == 200
    assert [(file["path"], file["sha256"]) for file in done.json()["files"]] == [("net.onnx", DIGEST)]
    assert draft.inspection == Inspection.PENDING
    assert artifacts.path_of(DIGEST).read_bytes() == CONTENT
    assert not artifacts.spool(Upload.objects.get().pk).exists()
    assert UploadPart.objects.count() == 0
    assert list(AuditEvent.objects.order_by("pk").values_list("verb", flat=True)) == [
        "upload.begin",
        "version.upload",
    ]


def test_complete_asked_again_gives_the_same_version_and_changes_nothing(api, draft, upload):
    for number in (1, 2, 3):
        put(api, upload, number)
    complete(api, upload)
    events = AuditEvent.objects.count()

    again = complete(api, upload)

    assert (again.status_code, again.json()["files"][0]["sha256"]) == (200, DIGEST)
    assert AuditEvent.objects.count() == events


def test_the_same_file_announced_again_goes_on_where_it_stopped(api, draft):
    first = begin(api, draft, fingerprint="net.onnx:3000000:17").json()["id"]
    put(api, first, 2)

    same = begin(api, draft, fingerprint="net.onnx:3000000:17").json()
    other = begin(api, draft, fingerprint="net.onnx:3000000:18").json()

    assert (same["id"], same["received"]) == (first, [2])
    assert other["id"] != first
    assert len(api.get(address(draft, "uploads/")).json()["results"]) == 2


def test_a_part_that_is_cut_off_is_not_here_and_comes_again(api, draft, upload):
    put(api, upload, 1)

    class Broken:
        left = 5

        def read(self, size=-1):
            self.left -= 1
            return b"z" * 1000 if self.left > 0 else b""

    with pytest.raises(Exception, match="cut off after 4000 of"):
        services.put_part(
            actor=acting(draft.created_by),
            upload_id=upload,
            number=1,
            stream=Broken(),
            declared_bytes=MIB,
        )

    assert api.get(f"/api/v1/uploads/{upload}/").json()["received"] == []
    for number in (1, 2, 3):
        put(api, upload, number)
    assert complete(api, upload).json()["files"][0]["sha256"] == DIGEST


def test_missing_parts_are_named_and_the_draft_stays_as_it_was(api, draft, upload):
    put(api, upload, 2)

    response = complete(api, upload)

    assert problem(response) == (409, "parts-missing")
    assert response.json()["parts"] == [1, 3]
    assert draft.files.count() == 0


def test_a_part_that_rotted_on_disk_is_named_and_asked_for_again(api, draft, upload):
    for number in (1, 2, 3):
        put(api, upload, number)
    with artifacts.spool(Upload.objects.get().pk).open("r+b") as file:
        file.seek(MIB + 7)
        file.write(b"!")

    response = complete(api, upload)

    assert problem(response) == (409, "parts-damaged")
    assert response.json()["parts"] == [2]
    assert api.get(f"/api/v1/uploads/{upload}/").json()["received"] == [1, 3]
    put(api, upload, 2)
    assert complete(api, upload).status_code == 200


def test_a_whole_that_is_not_what_was_announced_is_refused(api, draft):
    upload = begin(api, draft, sha256="0" * 64).json()["id"]
    for number in (1, 2, 3):
        put(api, upload, number)

    assert problem(complete(api, upload)) == (422, "digest-mismatch")
    assert draft.files.count() == 0


def test_a_part_with_another_digest_is_refused(api, upload):
    assert problem(put(api, upload, 1, sha256="0" * 64)) == (422, "digest-mismatch")
    assert problem(put(api, upload, 1, sha256="nonsense")) == (422, "bad-digest")
    assert UploadPart.objects.count() == 0


@pytest.mark.parametrize(("number", "content"), [(0, PARTS[0]), (4, b"x"), (1, b"short"), (3, PARTS[0])])
def test_a_part_that_does_not_fit_is_refused(api, upload, number, content):
    assert problem(put(api, upload, number, content)) == (422, "bad-part")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"path": "../net.onnx"}, "bad-file-name"),
        ({"path": "/net.onnx"}, "bad-file-name"),
        ({"size_bytes": 0}, "empty-file"),
        ({"size_bytes": 11 * 10**9}, "file-too-large"),
        ({"sha256": "A" * 64}, "bad-digest"),
    ],
)
def test_what_cannot_become_a_file_is_refused_at_once(api, draft, given, code):
    assert problem(begin(api, draft, **given)) == (422, code)
    assert not Upload.objects.exists()
    assert not AuditEvent.objects.exists()


def test_nobody_else_may_go_on_with_it(api, draft, upload):
    other = client_of(a_user(Role.ENGINEER))

    assert problem(put(other, upload, 1)) == (404, "not-found")
    assert other.get(f"/api/v1/uploads/{upload}/").status_code == 404
    assert problem(complete(other, upload)) == (404, "not-found")
    assert other.delete(f"/api/v1/uploads/{upload}/").status_code == 404
    assert begin(client_of(a_user(Role.LEARNER)), draft).status_code == 403


def test_a_registered_version_takes_no_upload(api):
    version = a_version(Stage.REGISTERED)

    assert problem(begin(api, version)) == (409, "version-immutable")


def test_a_draft_that_was_registered_meanwhile_is_left_alone(api, draft, upload):
    for number in (1, 2, 3):
        put(api, upload, number)
    draft.stage = Stage.REGISTERED
    draft.save()

    assert problem(complete(api, upload)) == (409, "version-immutable")
    assert draft.files.count() == 0
    assert Upload.objects.get().state == UploadState.OPEN


def test_aborting_drops_the_parts(api, upload):
    put(api, upload, 1)
    held = artifacts.spool(Upload.objects.get().pk)

    assert api.delete(f"/api/v1/uploads/{upload}/").status_code == 204

    assert (held.exists(), Upload.objects.count()) == (False, 0)
    assert AuditEvent.objects.latest("pk").verb == "upload.abort"
    assert problem(put(api, upload, 1)) == (404, "not-found")


def test_an_upload_that_nobody_finishes_expires(api, upload):
    put(api, upload, 1)
    assert services.expire_uploads() == 0
    Upload.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    held = artifacts.spool(Upload.objects.get().pk)

    assert problem(put(api, upload, 2)) == (404, "not-found")
    assert services.expire_uploads() == 1

    assert (held.exists(), Upload.objects.count()) == (False, 0)
    assert AuditEvent.objects.latest("pk").verb == "upload.expire"


def test_who_completes_has_the_file_alone(api, draft, upload):
    for number in (1, 2, 3):
        put(api, upload, number)
    path = artifacts.spool(Upload.objects.get().pk)

    with spool.held(path, alone=True):
        assert problem(put(api, upload, 1)) == (409, "upload-busy")
    with spool.held(path, alone=False):
        assert problem(complete(api, upload)) == (409, "upload-busy")
    assert complete(api, upload).status_code == 200


def test_bytes_that_the_store_took_are_never_written_to(api, draft, upload):
    """A process that dies between keeping the bytes and saying so leaves both names of one file."""
    for number in (1, 2, 3):
        put(api, upload, number)
    artifacts.keep(artifacts.spool(Upload.objects.get().pk), DIGEST)

    with pytest.raises(Conflict):
        services.put_part(
            actor=acting(draft.created_by), upload_id=upload, number=1, stream=None, declared_bytes=MIB
        )
    assert complete(api, upload).json()["files"][0]["sha256"] == DIGEST


def test_a_list_of_uploads_costs_the_same_whatever_its_length(api, draft, django_assert_num_queries):
    for number in range(6):
        put(api, begin(api, draft, path=f"net-{number}.onnx").json()["id"], 1)

    with django_assert_num_queries(4):  # session, user, rows, parts
        found = api.get(address(draft, "uploads/")).json()

    assert [upload["received"] for upload in found["results"]] == [[1]] * 6
