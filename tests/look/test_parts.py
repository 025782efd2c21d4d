"""Each part of the interface, in each of its states."""

from datetime import UTC, datetime

import pytest
from django.core.paginator import Paginator
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation

from core.difflines import diff
from core.models import User
from core.templatetags.conch import TONE_ICONS
from tests.look.rendering import part, tag, words

WHEN = datetime(2020, 1, 2, 3, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.mark.parametrize(("tone", "icon"), TONE_ICONS.items())
def test_a_pill_has_tone_icon_and_word(tone, icon):
    html = tag("{% pill tone 'Word' %}", tone=tone)

    assert f'<span class="pill {tone}">' in html
    assert f'href="#i-{icon}"' in html
    assert words(html) == "Word"
    assert ("spin" in html) == (tone == "run")


def test_a_seventh_tone_is_refused():
    with pytest.raises(ValueError, match="'green' is not a tone"):
        tag("{% pill 'green' 'Word' %}")


def test_a_pill_can_be_a_link_with_the_full_sentence_for_screen_readers():
    html = tag("{% pill 'wait' '1 of 2' '/reviews/1/' 'approvals' %}")

    assert '<a class="pill wait" href="/reviews/1/">' in html
    assert '<span class="vh"> approvals</span>' in html


def test_what_a_person_typed_is_escaped():
    assert "&lt;b&gt;" in tag("{% pill 'ok' word %}", word="<b>")
    assert "<script" not in part("empty", title="<script>", text="<script>")


def test_the_rail_shows_stages_gates_cards_and_what_is_left():
    gate = {"tone": "wait", "word": "1 of 2", "detail": "approvals", "url": "/r/"}
    cards = [{"label": "v14", "url": "/v14/", "share": 10, "lines": ["p99 38.2 ms"], "note": "26 h"}]
    deploy = {
        "name": "Deploy",
        "count": 1,
        "live": True,
        "also": [{"name": "Monitor", "lit": True}],
        "cards": [
            {
                "label": "v12",
                "url": "/v12/",
                "share": 90,
                "columns": [[{"text": "Budget 84%", "url": "/slo/"}]],
            }
        ],
    }
    retire = {
        "name": "Retire",
        "count": 12,
        "cards": [{"label": "v13", "slim": True}],
        "more": {"count": 11, "url": "/all/"},
    }
    html = part(
        "rail",
        steps=[{"name": "A/B test", "count": 1, "live": True, "gate": gate, "cards": cards}, deploy, retire],
    )

    assert words(html) == (
        "A/B test 1 1 of 2 approvals v14 10% p99 38.2 ms 26 h Deploy 1 Monitor v12 90% Budget 84% "
        "Retire 12 v13 11 more"
    )
    assert 'style="width:10.0%"' in html
    assert html.count('class="stage live') == 2


def test_the_rail_of_one_version_says_what_is_done_and_where_it_is():
    html = part(
        "rail",
        steps=[{"name": "Develop", "state": "past"}, {"name": "Register", "state": "now"}, {"name": "Test"}],
    )

    assert words(html) == "Develop done Register Test"
    assert html.count('aria-current="step"') == 1


def test_tiles_show_a_dash_for_what_is_not_known():
    html = part(
        "tiles",
        tiles=[
            {
                "label": "p99",
                "value": "58.3",
                "unit": "ms",
                "detail": "Objective 60 ms",
                "series": [1, 2],
                "objective": 3,
                "reading": "Rising",
            },
            {"label": "GPU busy", "value": None, "unit": "%", "detail": "No GPU reports"},
        ],
    )

    assert words(html) == "p99 58.3 ms Objective 60 ms GPU busy – No GPU reports"
    assert html.count("<svg") == 1
    assert 'aria-label="Rising"' in html


def test_evidence_has_verdict_value_baseline_and_source():
    html = part(
        "evidence",
        items=[
            {
                "title": "Benchmark",
                "url": "/b/",
                "tone": "ok",
                "verdict": "Passed",
                "value": "38.2 ms",
                "baseline": "v12 44.9 ms",
                "detail": "Objective 60 ms.",
                "source": "B-1042",
                "at": WHEN,
            },
            {"title": "Golden outputs", "tone": "idle", "verdict": "None yet"},
        ],
    )

    assert words(html) == (
        "Benchmark Passed 38.2 ms v12 44.9 ms Objective 60 ms. B-1042, 2 Jan 2020, 03:04 UTC "
        "Golden outputs None yet"
    )
    assert '<time datetime="2020-01-02T03:04:00+00:00"' in html


def test_a_diff_carries_its_signs_in_words_too():
    html = part(
        "diff", diff=diff("a: 1\n" + "same\n" * 9, "a: 2\n" + "same\n" * 9), name="config.pbtxt", id="d"
    )

    assert words(html).startswith("config.pbtxt +1 −1 1 removed − a: 1 1 added + a: 2 2 2 same")
    assert "6 unchanged lines" in html
    assert html.count("<mark>") == 2


def test_a_diff_without_changes_says_so():
    assert (
        words(part("diff", diff=diff("a", "a"), name="config.pbtxt", id="d"))
        == "config.pbtxt +0 −0 No difference."
    )


@pytest.mark.parametrize("tone", TONE_ICONS)
def test_a_check_names_its_state(tone):
    html = part("checklist", items=[{"tone": tone, "text": "Upload", "detail": "Resumes"}])

    assert f'<li class="{tone}">' in html
    assert 'role="img" aria-label=' in html
    assert words(html) == "Upload Resumes"


def test_a_live_checklist_announces_itself():
    assert 'id="checks" aria-live="polite"' in part("checklist", items=[], id="checks", live=True)


def test_progress_of_known_length_has_a_bar_and_a_cancel_form():
    html = part(
        "progress", label="model.onnx", percent=64, detail="56.4 of 88.1 MB", cancel_url="/jobs/1/cancel/"
    )

    assert 'role="progressbar" aria-label="model.onnx" aria-valuenow="64.0"' in html
    assert '<form method="post" action="/jobs/1/cancel/">' in html
    assert "csrfmiddlewaretoken" in html


def test_progress_of_unknown_length_turns_instead():
    html = part("progress", label="Loading", percent=None, detail="12 s")

    assert "progressbar" not in html
    assert "spin" in html


def test_an_empty_state_offers_the_first_action():
    html = part("empty", title="No benchmarks yet", text="Why.", url="/new/", label="Run a benchmark")

    assert words(html) == "No benchmarks yet Why. Run a benchmark"


def test_an_error_says_what_happened_what_to_do_and_an_id():
    html = part(
        "error",
        title="triton didn't answer",
        detail="No reply in 5 s.",
        hint="Start it.",
        retry_url="/again/",
        error_id="7f2c",
    )

    assert words(html) == "triton didn't answer No reply in 5 s. Start it. Try again Error 7f2c."


def test_an_urgent_banner_is_announced():
    assert 'role="alert"' in part("banner", tone="bad", title="Drift.", text="v8 is wanted.", urgent=True)
    assert 'role="alert"' not in part("banner", tone="warn", text="v8 is wanted.")


def test_pages_keep_the_filters():
    html = part("pagination", page=Paginator(range(60), 25).page(2))

    assert words(html) == "26 to 50 of 60 Previous Next"
    assert 'href="?team=a&amp;page=1"' in html
    assert 'href="?team=a&amp;page=3"' in html


def test_one_page_needs_no_links():
    assert part("pagination", page=Paginator(range(3), 25).page(1)).strip() == ""


@pytest.mark.parametrize(
    ("sort", "state", "target"),
    [
        ("", "", "?team=a&amp;sort=p99"),
        ("p99", 'aria-sort="ascending"', "?team=a&amp;sort=-p99"),
        ("-p99", 'aria-sort="descending"', "?team=a&amp;sort=p99"),
    ],
)
def test_a_head_sorts_by_the_url(sort, state, target):
    html = render_to_string(
        "parts/sort_header.html",
        {"key": "p99", "label": "p99", "sort": sort},
        request=RequestFactory().get("/?team=a&page=2"),
    )

    assert state in html
    assert f'href="{target}"' in html


def test_code_numbers_its_lines_and_marks_the_bad_ones():
    html = part("code", name="config.pbtxt", text='name: "a"\nbad', numbered=True, bad_lines=[2])

    assert (
        '<span class="ln" data-n="1">name: &quot;a&quot;</span><span class="ln bad" data-n="2">bad</span>'
        in html
    )


FIGURE = {"data": [{"name": "</script><b>", "x": [1], "y": [2], "meta": {"role": "v1"}}], "layout": {}}


@pytest.mark.parametrize("figure", [FIGURE, '{"data": [{"name": "</script><b>"}], "layout": {}}'])
def test_a_figure_cannot_leave_its_script(figure):
    html = part(
        "figure",
        id="curve",
        figure=figure,
        caption="It rises.",
        reading="A line.",
        head=["x", "y"],
        rows=[[1, 2]],
    )

    assert '<script id="curve-data" type="application/json">' in html
    assert "\\u003C/script\\u003E" in html
    assert 'data-figure="curve-data" role="img" aria-label="A line."' in html
    assert words(html).endswith("Show data x y 1 2")


def test_a_conversation_tells_people_from_conch():
    html = part(
        "talk",
        items=[
            {
                "user": User(username="mei", first_name="Mei-Ling", last_name="Chen"),
                "name": "Mei-Ling Chen",
                "did": "approved",
                "tone": "ok",
                "at": WHEN,
                "text": "Go.",
            },
            {"user": None, "name": "Conch", "did": "started the rollout", "at": WHEN},
        ],
    )

    assert "ML" in words(html)
    assert "#i-conch" in html


def test_the_small_parts_read_as_words():
    assert (
        words(part("tabs", label="m", tabs=[{"label": "Versions", "url": "/", "current": True, "count": 17}]))
        == "Versions 17"
    )
    assert (
        words(part("segments", label="m", options=[{"label": "6 h", "url": "/", "current": True}])) == "6 h"
    )
    assert (
        words(
            part(
                "wizard",
                steps=[{"label": "Upload", "url": "/", "state": "done"}, {"label": "Check", "state": "now"}],
            )
        )
        == "Upload done 2 Check"
    )
    assert words(part("facts", facts=[("Format", "ONNX")])) == "Format ONNX"
    assert words(part("skeleton", label="Loading versions", lines=3)) == "Loading versions"
    assert part("steps", total=4, done=1, now=True, reading="Step 2 of 4").count("<i") == 4
    assert words(part("dots", reading="r", dots=[{"on": True, "label": "v14"}, {"on": False}])) == "v14"
    parts = [{"key": "queue", "label": "Queue", "value": "0.3 ms", "share": 10}]
    assert words(part("split_bar", parts=parts, reading="r")) == "Queue 0.3 ms"
