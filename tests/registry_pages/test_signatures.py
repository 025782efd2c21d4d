"""What changed between two signatures, and what of it breaks those who call the older one."""

import pytest
from django.utils import translation

from models_registry import signatures


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def tensor(name, shape, datatype="FP32"):
    return {"name": name, "datatype": datatype, "shape": shape}


def signature(inputs, outputs, batchable=True):
    return {"inputs": inputs, "outputs": outputs, "batchable": batchable}


OLD = signature([tensor("X", [-1, 64])], [tensor("Y", [-1, 10])])


def found(new):
    return [(change.breaking, change.text) for change in signatures.changes(OLD, new)]


def test_the_same_signature_has_no_changes():
    assert found(OLD) == []


@pytest.mark.parametrize(
    ("new", "breaking", "text"),
    [
        (signature([], OLD["outputs"]), True, "Input “X” is gone."),
        (signature([*OLD["inputs"], tensor("M", [-1])], OLD["outputs"]), True, "Input “M” is new; clients don't send it."),
        (signature([tensor("X", [-1, 64], "FP16")], OLD["outputs"]), True, "“X” was FP32 and is FP16."),
        (signature([tensor("X", [-1, 48])], OLD["outputs"]), True, "“X” had the shape [-1, 64] and has [-1, 48]."),
        (signature([tensor("X", [-1, -1])], OLD["outputs"]), False, "“X” had the shape [-1, 64] and has [-1, -1]."),
        (signature([tensor("X", [64])], OLD["outputs"]), True, "“X” had the shape [-1, 64] and has [64]."),
        (signature(OLD["inputs"], []), True, "Output “Y” is gone."),
        (signature(OLD["inputs"], [*OLD["outputs"], tensor("P", [-1])]), False, "Output “P” is new."),
        (signature(OLD["inputs"], [tensor("Y", [-1, -1])]), True, "“Y” had the shape [-1, 10] and has [-1, -1]."),
        (signature(OLD["inputs"], OLD["outputs"], False), True, "It can't be batched any more."),
    ],
)  # fmt: skip
def test_one_change_is_named_and_judged(new, breaking, text):
    assert found(new) == [(breaking, text)]


def test_an_output_that_promises_more_breaks_nobody():
    before = signature([], [tensor("Y", [-1, -1])])
    after = signature([], [tensor("Y", [-1, 10])])

    assert [change.breaking for change in signatures.changes(before, after)] == [False]


def test_what_breaks_comes_first():
    new = signature([tensor("X", [-1, -1])], [tensor("Z", [-1, 10])])

    assert [change.breaking for change in signatures.changes(OLD, new)] == [True, False, False]


def test_the_table_has_the_batch_apart_and_what_is_gone_at_the_end():
    new = signature([tensor("X", [-1, 64])], [tensor("Z", [-1])])
    rows = signatures.lines(new, before=OLD)

    assert [(row.name, row.batch, row.dims, row.gone, len(row.changes)) for row in rows] == [
        ("X", "batch", "64", False, 0),
        ("Z", "batch", "", False, 1),
        ("Y", "batch", "10", True, 1),
    ]
