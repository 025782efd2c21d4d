"""Each field of a text is found where a person would look for it."""

import pytest

from models_registry.modelconfig.places import Places

TEXT = """\
# input { name: "no" }
backend : "a" 'b'
input [
  { name: "x { # }" dims: [ 1,
      2 ] },
  { name: "y" }
]
output { name: "z" } output < name: "w" >
parameters { key: "k" value: { string_value: "v" } };
"""


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ((("backend", 0),), (2, 1)),
        ((("input", None),), (3, 1)),
        ((("input", 0),), (4, 3)),
        ((("input", 0), ("name", 0)), (4, 5)),
        ((("input", 0), ("dims", None)), (4, 21)),
        ((("input", 0), ("dims", 1)), (5, 7)),
        ((("input", 1), ("name", 0)), (6, 5)),
        ((("input", 1), ("dims", 0)), (6, 3)),
        ((("output", 1), ("name", 0)), (8, 31)),
        ((("parameters", 0), ("value", 0), ("string_value", 0)), (9, 32)),
        ((("absent", 3), ("deeper", 0)), (1, 1)),
        ((), (1, 1)),
    ],
)
def test_a_field_is_found(path, place):
    assert Places(TEXT).of(path) == place


@pytest.mark.parametrize("text", ["", "{", "a", "a:", "a: [", "a {", '"', "]]]", "a: [ { b: 1 ", "< > <"])
def test_a_text_cut_anywhere_does_no_harm(text):
    line, column = Places(text).of((("a", 0),))

    assert line == 1
    assert 1 <= column <= len(text) + 1
