"""Where a version comes from: said by its maker, drawn on its page."""

import pytest

from core.errors import Conflict, Invalid
from core.models import AuditEvent
from models_registry import lineage, services
from models_registry.lifecycle import Stage
from models_registry.lineage import BOX_WIDTH, GAP_X, Node
from tests.factories import a_model, a_version, acting
from tests.registry_pages.counting import queries
from tests.serving_pages.reading import words

pytestmark = pytest.mark.django_db(transaction=True)


def node(name, kind="version"):
    return Node(kind=kind, name=name)


@pytest.fixture
def versions():
    model = a_model(name="ranker")
    return [a_version(model=model) for _ in range(3)]


def test_the_picture_runs_from_the_oldest_to_what_came_of_it():
    drawn = lineage.draw(
        ancestors=[node("v2"), node("v1")],
        origins=[node("holdout", "dataset")],
        own=node("v3"),
        children=[node("v4"), node("v5")],
    )

    columns = {box.node.name: box.x // (BOX_WIDTH + GAP_X) for box in drawn.boxes}
    assert columns == {"v1": 0, "v2": 1, "holdout": 1, "v3": 2, "v4": 3, "v5": 3}
    assert [box.node.name for box in drawn.boxes if box.current] == ["v3"]
    # v1 → v2; v2 and the data → v3; v3 → both children. Nothing leads from v1 to the data.
    assert len(drawn.lines) == 1 + 2 + 2


def test_boxes_of_one_column_do_not_overlap():
    drawn = lineage.draw(
        ancestors=[], origins=[node(str(n), "run") for n in range(4)], own=node("v1"), children=[]
    )

    tops = sorted(box.y for box in drawn.boxes if box.x == 0)
    assert tops == [0, 56, 112, 168]
    assert drawn.height == 212


def test_what_the_maker_says_stands_on_the_page(engineer, versions):
    saved = engineer.post(
        "/models/ranker/v2/origin/",
        {
            "derived_from": "1",
            "dataset": "clicks-2026-10",
            "run_id": "r-77",
            "run_link": "https://runs.example/77",
        },
    )

    assert saved.url == "/models/ranker/v2/"
    page = engineer.get("/models/ranker/v2/")
    assert "<title>Dataset: clicks-2026-10</title>" in page.content.decode()
    assert 'href="https://runs.example/77"' in page.content.decode()
    assert "<title>Registered: v2</title>" in engineer.get("/models/ranker/v1/").content.decode()
    event = AuditEvent.objects.get(verb="version.origin")
    assert event.after["derived_from"] == 1
    assert event.before["dataset"] == ""


def test_saying_the_same_again_leaves_no_trace(versions):
    for _ in range(2):
        services.set_origin(
            actor=acting(versions[1].created_by), version_id=versions[1].pk, dataset="d", derived_from=1
        )

    assert AuditEvent.objects.filter(verb="version.origin").count() == 1


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"derived_from": 2}, "derived_from"),
        ({"derived_from": 3}, "derived_from"),
        ({"derived_from": 99}, "derived_from"),
        ({"run_link": "javascript:alert(1)"}, "run_link"),
        ({"dataset": "x" * 501}, "dataset"),
    ],
)
def test_what_can_not_be_is_refused(versions, given, field):
    with pytest.raises(Invalid) as refused:
        services.set_origin(actor=acting(versions[1].created_by), version_id=versions[1].pk, **given)

    assert refused.value.context["field"] == field
    versions[1].refresh_from_db()
    assert (versions[1].dataset, versions[1].derived_from) == ("", None)


def test_after_the_first_promotion_it_stands(engineer, versions):
    reviewed = a_version(Stage.TESTING, model=versions[0].model)

    with pytest.raises(Conflict) as refused:
        services.set_origin(actor=acting(reviewed.created_by), version_id=reviewed.pk, dataset="other")

    assert refused.value.code == "origin-reviewed"
    page = engineer.post("/models/ranker/v4/origin/", {"dataset": "other"})
    assert page.status_code == 409
    assert "other" in page.content.decode()


def test_a_version_of_which_nothing_is_known_says_so(engineer, versions):
    assert "Nobody has said which data, run or version it comes from." in words(
        engineer.get("/models/ranker/v1/")
    )


def test_the_number_of_queries_does_not_grow_with_the_family(engineer, versions):
    actor = acting(versions[0].created_by)
    services.set_origin(actor=actor, version_id=versions[1].pk, derived_from=1)
    few = queries(engineer, "/models/ranker/v2/")
    services.set_origin(actor=actor, version_id=versions[2].pk, derived_from=2)
    for _number in range(4, 12):
        services.set_origin(actor=actor, version_id=a_version(model=versions[0].model).pk, derived_from=2)

    assert queries(engineer, "/models/ranker/v2/") == few
