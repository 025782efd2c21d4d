"""Problems of a config.pbtxt are shown with the lines they are about."""

from models_registry.modelconfig import Problem
from models_registry.pages.config_lines import marked


def test_a_problem_shows_its_line_between_its_neighbours():
    found = marked("one\ntwo\nthree\nfour", [Problem(line=2, column=1, message="No.")])

    assert [(line.number, line.text, line.is_bad) for line in found.problems[0].lines] == [
        (1, "one", False),
        (2, "two", True),
        (3, "three", False),
    ]
    assert (found.errors, found.more) == (1, 0)


def test_warnings_do_not_count_as_errors():
    assert marked("one", [Problem(line=1, column=1, message="Hm.", severity="warning")]).errors == 0


def test_a_line_that_is_not_there_and_endless_problems_are_survived():
    found = marked("", [Problem(line=7, column=1, message="No.")] * 60)

    assert found.problems[0].lines == ()
    assert (len(found.problems), found.more, found.errors) == (50, 10, 60)
