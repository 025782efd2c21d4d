"""One signed zip per version: the same bytes each time, checked by a script that needs no Conch."""

import io
import json
import zipfile
from datetime import date

import pytest
from django.test import Client

from core.accounts import create_token
from core.actors import command_actor
from core.models import AuditEvent
from core.roles import Role, Scope
from core.trail import keys
from core.trail.checkpoints import checkpoint
from models_registry import services
from models_registry.lifecycle import Stage
from models_registry.models import Comment, ModelVersion
from models_registry.packing import archive
from tests.core.test_conch_verify import verified
from tests.core.trails import chain_now, some_events
from tests.experiments.scene import a_benchmark
from tests.factories import a_model, a_user, a_version, acting
from tests.registry_pages.counting import queries
from tests.serving_pages.reading import words

pytestmark = pytest.mark.django_db
PATH = "/models/ranker/v2/evidence-pack.zip"


@pytest.fixture
def version(erin, ray) -> ModelVersion:
    """The second version of a model, with a card, approved for testing."""
    model = a_model(name="ranker", owner=erin)
    a_version(Stage.RETIRED, model=model, config_text='backend: "onnxruntime"\nmax_batch_size: 1\n')
    version = a_version(model=model)
    card = {"purpose": "Ranks | `results`. <script>alert(1)</script>\n\n# Not a heading"}
    services.save_card(actor=acting(erin), version_id=version.pk, sections=card, based_on=0)
    wish = {"version_id": version.pk, "verb": "test", "reason": "Better on | the holdout set."}
    promotion = services.request_promotion(actor=acting(erin), **wish)
    verdict = {"promotion_id": promotion.pk, "verdict": "approve", "comment": "讀過了。"}
    services.review_promotion(actor=acting(ray), **verdict)
    chain_now()
    return version


def taken(client: Client, path: str = PATH) -> bytes:
    answer = client.get(path)
    assert answer.status_code == 200, answer.content[:300]
    chain_now()
    return answer.content


def opened(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert packed.testzip() is None
        return {name: packed.read(name) for name in packed.namelist()}


def test_it_holds_what_was_decided_and_verifies_offline(engineer, version, tmp_path, settings):
    path = tmp_path / "pack.zip"
    path.write_bytes(taken(engineer))

    members = opened(path.read_bytes())

    assert sorted(members) == [
        "aliases.json", "audit.json", "cards.json", "config.diff", "config.pbtxt", "facts.json", "files.json",
        "findings.json", "golden.json", "holds.json", "index.html", "manifest.json", "manifest.sig",
        "metrics.json", "model.json", "overrides.json", "policies.json", "predecessor.json",
        "promotions.json", "scans.json", "signature.json", "signatures.json", "summary.md", "version.json",
    ]  # fmt: skip
    manifest = json.loads(members["manifest.json"])
    assert (manifest["subject"], manifest["artifact_digest"]) == ("ranker v2", version.artifact_digest)
    (request,) = json.loads(members["promotions.json"])
    assert (request["state"], request["requested_by"]) == ("approved", "erin")
    assert [(one["reviewer"], one["comment"]) for one in request["reviews"]] == [("ray", "讀過了。")]
    verbs = [event["verb"] for event in json.loads(members["audit.json"])["events"]]
    assert verbs == ["card.save", "promotion.request", "promotion.approve", "version.test"]
    assert json.loads(members["predecessor.json"])["version"] == "ranker v1"
    assert b"-max_batch_size: 1" in members["config.diff"]
    code, said = verified(path, "--key", keys.load(settings.TRAIL.key).public)
    assert (code, "ranker v2: 24 files; its trail: 4 of 4 events" in said) == (0, True), said


def test_it_is_the_same_bytes_whoever_takes_it_when_and_in_which_language(engineer, reviewer, version):
    first = taken(engineer)
    some_events(3)
    checkpoint()

    again = taken(reviewer)
    engineer.cookies["django_language"] = "zh-hant"
    chinese = taken(engineer)

    assert first == again == chinese
    assert list(
        AuditEvent.objects.filter(verb="version.pack").order_by("pk").values_list("actor_name", flat=True)
    ) == [
        "erin",
        "ray",
        "erin",
    ]


def test_what_is_written_about_the_version_changes_it(engineer, erin, version):
    first = taken(engineer)
    services.edit_notes(actor=acting(erin), version_id=version.pk, notes="From run 7.")
    chain_now()

    second = taken(engineer)

    assert first != second
    assert json.loads(opened(second)["version.json"])["notes"] == "From run 7."
    assert len(json.loads(opened(second)["audit.json"])["events"]) == 5


def test_people_read_it_and_no_text_breaks_out_of_its_place(engineer, version):
    members = opened(taken(engineer))
    page, text = members["index.html"].decode(), members["summary.md"].decode()

    assert "<h1>Evidence for ranker v2</h1>" in page
    assert "<script" not in page
    assert "> # Not a heading" in text
    assert "Better on \\| the holdout set." in text
    assert "<td>Better on | the holdout set.</td>" in page
    assert "讀過了。" in page
    assert "4 events, proved against the signed checkpoint over 4 with root" in text


@pytest.mark.parametrize("name", ["version.json", "audit.json", "promotions.json", "index.html"])
def test_a_changed_member_is_named(engineer, version, tmp_path, name):
    members = opened(taken(engineer))
    path = tmp_path / "pack.zip"
    path.write_bytes(archive.zipped(members | {name: members[name].replace(b"erin", b"Erin", 1)}))

    code, said = verified(path)

    assert (code, f"TAMPERED. {name} was changed" in said) == (1, True), said


def test_a_member_more_or_less_and_another_manifest_are_refused(engineer, version, tmp_path):
    members, path = opened(taken(engineer)), tmp_path / "pack.zip"
    for spoilt, said in (
        (members | {"extra.txt": b"x"}, "does not hold what its manifest lists: extra.txt"),
        ({name: text for name, text in members.items() if name != "files.json"}, "lists: files.json"),
        (members | {"manifest.json": members["manifest.json"].replace(b"v2", b"v3")}, "the manifest"),
    ):
        path.write_bytes(archive.zipped(spoilt))
        code, words_ = verified(path)
        assert (code, said in words_) == (1, True), words_


def test_the_benchmarks_that_ended_are_in_it(engineer, erin, version):
    a_benchmark(version=version, requested_by=erin)

    members = opened(taken(engineer))

    (row,) = json.loads(members["benchmarks.json"])
    assert (row["state"], row["requested_by"]) == ("done", "erin")
    assert [level["concurrency"] for level in row["levels"]] == [1, 4]
    assert "claim" not in row
    assert "1 rows in `benchmarks.json`" in members["summary.md"].decode()


def test_over_rest_by_a_token_that_reads(version, erin):
    _token, secret = create_token(actor=command_actor(erin), name="t", scopes=[Scope.READ], days=1)
    client = Client(headers={"Authorization": f"Bearer {secret}"})

    answer = client.get("/api/v1/models/ranker/versions/2/evidence-pack/")

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
    assert answer["Content-Disposition"] == 'attachment; filename="ranker-v2-evidence.zip"'
    event = AuditEvent.objects.get(verb="version.pack")
    assert (event.door, event.after["size_bytes"]) == ("api", len(answer.content))


def test_who_may_not_take_it_gets_nothing_and_it_leaves_no_trace(version, learner, client, engineer):
    before = AuditEvent.objects.count()

    assert learner.get(PATH).status_code == 403
    assert client.get(PATH).status_code == 302
    assert engineer.get("/models/ranker/v9/evidence-pack.zip").status_code == 404
    assert engineer.post(PATH).status_code == 405
    assert AuditEvent.objects.count() == before
    page = learner.get("/models/ranker/v2/evidence/")
    assert "This needs one of the roles" in words(page)
    assert PATH not in page.content.decode()
    assert PATH in engineer.get("/models/ranker/v2/evidence/").content.decode()


def test_more_history_costs_no_more_queries(engineer, erin, version):
    taken(engineer)
    few = queries(engineer, PATH)
    for turn in range(10):
        services.edit_notes(actor=acting(erin), version_id=version.pk, notes=f"Run {turn}.")
    chain_now()
    checkpoint()

    many = queries(engineer, PATH)

    # The tree of a longer trail is read anew, once.
    assert many <= few + 1
    assert few <= 50


def test_what_scanners_reviewers_and_rules_said_is_in_it(engineer, erin, ray, version, tmp_path, settings):
    admin = a_user(Role.ADMIN, username="ada")
    raised = services.raise_finding(
        actor=acting(ray), version_id=version.pk, title="Drifts at night", severity="major", owner="erin",
        due_on=date(2030, 1, 1),
    )  # fmt: skip
    promotion = version.promotions.get()
    Comment.objects.create(promotion=promotion, author=ray, text="Why 64?", line=2)
    hold = services.place_hold(actor=acting(admin), name="ranker", reason="Case 12.")
    services.lift_hold(actor=acting(admin), hold_id=hold.pk, reason="Over.")
    services.place_hold(actor=acting(admin), name="ranker", number=2, reason="Case 13.")
    chain_now()
    path = tmp_path / "pack.zip"
    path.write_bytes(taken(engineer))
    members = opened(path.read_bytes())

    def told(topic: str) -> list[dict[str, object]]:
        return json.loads(members[f"{topic}.json"])

    assert [(one["path"], one["state"]) for one in told("scans")] == [("model.onnx", "clean")]
    assert [(one["name"], one["title"], one["owner"]) for one in told("findings")] == [
        (str(raised), "Drifts at night", "erin")
    ]
    (policy,) = told("policies")
    assert policy["number"] == promotion.policy_version.number
    assert policy["rules"] == promotion.policy_version.rules
    assert [(one["of"], one["reason"]) for one in told("holds")] == [
        ("model", "Case 12."),
        ("version", "Case 13."),
    ]
    (request,) = told("promotions")
    assert [(one["author"], one["line"], one["text"]) for one in request["comments"]] == [
        ("ray", 2, "Why 64?")
    ]
    verbs = [event["verb"] for event in json.loads(members["audit.json"])["events"]]
    assert verbs[-2:] == ["finding.raise", "hold.place"]
    text = members["summary.md"].decode()
    assert "Drifts at night" in text
    assert "Case 13." in text
    assert "Why 64?" in text
    assert path.read_bytes() == taken(engineer)
    code, said = verified(path, "--key", keys.load(settings.TRAIL.key).public)
    assert code == 0, said
