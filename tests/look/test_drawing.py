"""Sparklines and diffs, drawn from values alone."""

from core.difflines import Fold, Row, diff
from core.sparkline import sparkline


def test_a_sparkline_covers_its_box_and_leaves_gaps():
    drawn = sparkline([0, 10, None, 5, 10], objective=20)

    assert drawn.path == "M0.0 30.0 L50.0 16.0 M150.0 23.0 L200.0 16.0"
    assert drawn.objective_y == 2.0


def test_one_value_draws_no_line():
    assert sparkline([None, 4, None]).path == ""


def test_equal_values_draw_a_flat_line():
    assert sparkline([3, 3]).path == "M0.0 30.0 L200.0 30.0"


def test_a_changed_line_marks_the_words_that_differ():
    result = diff("max_batch_size: 64\n", "max_batch_size: 128\n")

    assert (result.added, result.removed) == (1, 1)
    assert result.rows == (
        Row("removed", 1, None, (("max_batch_size: ", False), ("64", True))),
        Row("added", None, 1, (("max_batch_size: ", False), ("128", True))),
    )


def test_long_unchanged_runs_fold_and_keep_three_lines_around_a_change():
    before = [f"line {n}" for n in range(1, 21)]
    result = diff("\n".join(before), "\n".join([*before, "new"]))

    fold, *shown = result.rows
    assert isinstance(fold, Fold)
    assert [row.old for row in fold.rows] == list(range(1, 18))
    assert [(row.kind, row.old, row.new) for row in shown] == [
        ("same", 18, 18),
        ("same", 19, 19),
        ("same", 20, 20),
        ("added", None, 21),
    ]


def test_equal_texts_have_no_changes():
    result = diff("a\nb\n", "a\nb\n")

    assert (result.added, result.removed) == (0, 0)
