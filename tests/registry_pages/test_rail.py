"""The lifecycle rail is drawn from rows alone."""

import pytest
from django.utils import translation

from models_registry import rail
from models_registry.lifecycle import Stage
from models_registry.rail import Card, Gate

NAMES = ["Develop", "Register", "Test", "A/B test", "Deploy", "Retire"]


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def a_card(number: int, stage: Stage, **given) -> Card:
    return Card(number=number, stage=stage, url=f"/v{number}/", **given)


def of_model(*cards: Card, gates=None, counts=None):
    found = counts or {stage: sum(card.stage == stage for card in cards) for stage in Stage}
    return rail.of_model(cards, counts=found, gates=gates or {}, more_url="#versions", first_url="/register/")


def test_each_version_stands_at_the_step_of_its_stage():
    steps = of_model(*(a_card(number, stage) for number, stage in enumerate(Stage, start=1)))

    assert [str(step["name"]) for step in steps] == NAMES
    assert [[card["label"] for card in step["cards"]] for step in steps] == [
        ["v1"], ["v2"], ["v3"], ["v4"], ["v5"], ["v6", "v7"],
    ]  # fmt: skip
    assert [step["count"] for step in steps] == [1, 1, 1, 1, 1, 2]


def test_deploy_spans_monitor_and_optimise_which_stay_dark_without_evidence():
    deploy = of_model(a_card(3, Stage.DEPLOYED))[4]

    assert [(str(part["name"]), part["lit"]) for part in deploy["also"]] == [
        ("Monitor", False),
        ("Optimise", False),
    ]
    assert [column[0]["text"] for column in deploy["cards"][0]["columns"]] == [
        "No objective set",
        "Not tuned yet",
    ]


def test_only_a_step_with_traffic_is_live():
    steps = of_model(a_card(2, Stage.DEPLOYED, share=100), a_card(1, Stage.TESTING))

    assert [step["live"] for step in steps] == [False, False, False, False, True, False]


def test_more_than_three_versions_in_a_step_are_counted():
    cards = [a_card(number, Stage.RETIRED) for number in (9, 8, 7)]
    retire = of_model(*cards, counts={Stage.RETIRED: 10, Stage.REJECTED: 2})[5]

    assert [card["label"] for card in retire["cards"]] == ["v9", "v8", "v7"]
    assert retire["more"] == {"count": 9, "url": "#versions"}
    assert all(card["slim"] for card in retire["cards"])


def test_a_gate_stands_after_its_own_step():
    gate = Gate(tone="wait", word="1 of 2", detail="approvals", url="/reviews/R-1/")
    steps = of_model(a_card(1, Stage.TESTING), gates={Stage.TESTING: gate})

    assert [step["gate"] for step in steps] == [None, None, gate, None, None, None]


def test_a_model_without_versions_asks_for_the_first():
    develop = of_model()[0]

    assert develop["cards"] == [{"label": "Register the first version", "url": "/register/", "slim": True}]


def test_a_version_has_been_where_it_was_let_into_and_nowhere_else():
    been = {Stage.DRAFT, Stage.REGISTERED, Stage.TESTING}
    steps = rail.of_version(a_card(4, Stage.DEPLOYED, share=100), been=been)

    assert [step["state"] for step in steps] == ["past", "past", "past", "", "now", ""]
    assert [card["label"] for step in steps for card in step.get("cards", ())] == ["v4"]


def test_the_dots_say_the_same_in_words():
    drawn = rail.dots({Stage.DRAFT: 2, Stage.DEPLOYED: 1}, live={Stage.DEPLOYED: [12]})

    assert [dot["on"] for dot in drawn.dots] == [True, False, False, False, True, False, False, False]
    assert [dot["label"] for dot in drawn.dots if dot["label"]] == ["v12"]
    assert drawn.reading == "Develop: 2, Deploy: 1"
    assert rail.dots({}, live={}).reading == "No versions"
