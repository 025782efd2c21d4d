"""The scanner against real attacks, in its real sandbox."""

import gzip
import pickle
import zlib
from dataclasses import asdict

import numpy as np
import pytest

from models_registry.inspection.limits import Limits
from models_registry.scanning import scan_file, sentence
from tests.artifacts import hostile

BOMB = hostile.zipped({"zeros.bin": bytes(300 * 1024 * 1024)}, packed=True)


def scan(tmp_path, name, content, **given):
    path = tmp_path / "blob"
    path.write_bytes(content)
    return [(found.code, found.file, found.refuses) for found in scan_file(path, name=name, **given)]


@pytest.mark.parametrize(
    "name", ["model.pt", "model.pkl", "pytorch_model.bin", "a/model.pth", "x.ckpt", "x.joblib"]
)
@pytest.mark.parametrize(
    "content", [hostile.SYSTEM, hostile.IMPORTS, hostile.EVALUATES, hostile.BREAKS], ids=["system", "imports", "eval", "breaks"]
)  # fmt: skip
def test_a_pickle_that_runs_code_is_refused_by_name(tmp_path, name, content):
    assert scan(tmp_path, name, content) == [("pickle-runs-code", name, True)]


@pytest.mark.parametrize(
    ("name", "content", "where"),
    [
        ("model.pt", hostile.zipped({"net/data.pkl": hostile.SYSTEM}), "model.pt/net/data.pkl"),
        ("m.mar", hostile.zipped({"m.pt": hostile.zipped({"n/data.pkl": hostile.SYSTEM})}), "m.mar/m.pt/n/data.pkl"),
        ("model.tar.gz", hostile.tarred({"a/w.pkl": hostile.IMPORTS}), "model.tar.gz/a/w.pkl"),
        ("m.joblib", zlib.compress(hostile.SYSTEM), "m.joblib"),
        ("m.joblib", gzip.compress(hostile.SYSTEM, mtime=0), "m.joblib"),
        ("m.pkl", pickle.dumps(1) + hostile.SYSTEM, "m.pkl"),
        ("disguised.txt", hostile.SYSTEM, "disguised.txt"),
        ("renamed.onnx", hostile.zipped({"data.pkl": hostile.SYSTEM}), "renamed.onnx/data.pkl"),
        ("a.npz", hostile.zipped({"a.npy": b"\x93NUMPY\x01\x00\x11\x00{'descr': '|O'} \n" + hostile.SYSTEM}), "a.npz/a.npy"),
    ],
    ids=["zip", "mar", "tar", "zlib", "gzip", "second", "text", "renamed", "npz"],
)  # fmt: skip
def test_a_pickle_is_found_wherever_it_hides(tmp_path, name, content, where):
    assert scan(tmp_path, name, content) == [("pickle-runs-code", where, True)]


def test_a_pickle_that_cannot_be_read_to_its_end_is_refused(tmp_path):
    assert scan(tmp_path, "m.pkl", pickle.dumps([1, 2])[:-3] + b"\xff") == [
        ("pickle-unreadable", "m.pkl", True)
    ]
    assert scan(tmp_path, "m.pt", b"not a pickle") == [("pickle-unreadable", "m.pt", True)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pytorch_model.bin", hostile.WEIGHTS),
        ("model.pt", hostile.zipped({"n/data.pkl": hostile.WEIGHTS, "n/data/0": b"\x80\x04" + b"raw" * 99})),
        ("model.pt", hostile.zipped({"n/data.pkl": hostile.SCRIPT, "n/constants.pkl": pickle.dumps(()), "n/code/net.py": b"def f(): pass"})),
        ("model.onnx.data", np.arange(9999.0).tobytes()),
        ("model.bin", np.random.default_rng(1).bytes(100_000)),
        ("model.safetensors", b"\x10\0\0\0\0\0\0\0{}              "),
        ("config.json", b"{}"),
        ("model.onnx", hostile.onnx_with_weights_at("weights/model.onnx.data")),
        ("a.npy", b"\x93NUMPY\x01\x00\x11\x00{'descr': '<f4'}\n" + bytes(64)),
        ("a.zip", hostile.zipped({"a/b.txt": b"x" * 1000}, packed=True)),
        ("a.tar", hostile.tarred({"a/b.txt": b"x" * 1000}, mode="w")),
    ],
)  # fmt: skip
def test_what_does_no_harm_is_clean(tmp_path, name, content):
    assert scan(tmp_path, name, content) == []


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/cron.d/x", "a/../../b", "..\\evil", "C:\\evil", "a\\..\\b"]
)
def test_a_name_in_an_archive_that_leads_outside_is_refused(tmp_path, name):
    (found,) = scan(tmp_path, "model.zip", hostile.zipped({name: b"x"}))
    assert (found[0], found[2]) == ("path-escapes", True)
    (found,) = scan(tmp_path, "model.tar.gz", hostile.tarred({name: b"x"}))
    assert (found[0], found[2]) == ("path-escapes", True)


def test_links_in_archives_are_refused(tmp_path):
    assert scan(tmp_path, "m.tar", hostile.tarred({}, links={"w": "/etc/passwd"}, mode="w")) == [
        ("link-inside", "m.tar/w", True)
    ]
    assert scan(tmp_path, "m.zip", hostile.zipped_link("w", "/etc/passwd")) == [
        ("link-inside", "m.zip/w", True)
    ]


def test_bombs_are_refused_before_they_are_unpacked(tmp_path):
    assert scan(tmp_path, "m.zip", BOMB) == [("bomb", "m.zip", True)]
    assert scan(tmp_path, "m.tgz", hostile.tarred({"z": bytes(300 * 1024 * 1024)})) == [
        ("bomb", "m.tgz", True)
    ]
    assert scan(tmp_path, "m.mar", hostile.zipped({"a.zip": BOMB})) == [("bomb", "m.mar/a.zip", True)]


def test_archives_in_archives_end_somewhere(tmp_path):
    content = hostile.SYSTEM
    for _depth in range(6):
        content = hostile.zipped({"a.zip": content})

    assert [code for code, _file, _refuses in scan(tmp_path, "a.zip", content)] == ["nested-too-deep"]


def test_an_archive_that_is_none_is_refused(tmp_path):
    assert [code for code, _f, _r in scan(tmp_path, "m.mar", b"PK\x03\x04 nothing more")] == [
        "archive-unreadable"
    ]


@pytest.mark.parametrize("place", ["../../etc/passwd", "/etc/passwd", "C:\\x", "a/../../b", "\\\\host\\x"])
def test_weights_from_elsewhere_are_refused(tmp_path, place):
    content = hostile.onnx_with_weights_at(place)

    assert scan(tmp_path, "net.onnx", content) == [("external-data-escapes", "net.onnx", True)]


def test_code_is_flagged_and_not_refused(tmp_path):
    path = tmp_path / "blob"
    path.write_bytes(b"import os, numpy\nfrom subprocess import run\neval('1')\n")
    (found,) = scan_file(path, name="model.py")
    assert (found.code, found.refuses, found.raises_tier) == ("python-code", False, True)
    assert found.particulars == {"names": "eval, os, subprocess"}
    assert scan(tmp_path, "m.mar", hostile.zipped({"h.py": b"x = 1"})) == [
        ("python-code", "m.mar/h.py", False)
    ]
    assert scan(tmp_path, "lib.so", b"\x7fELF" + bytes(100)) == [("native-code", "lib.so", False)]


def test_a_pickle_of_unknown_classes_is_flagged(tmp_path):
    content = b"\x80\x02csklearn.linear_model._base\nLinearRegression\n)\x81}(X\x01\x00\x00\x00aK\x01ub."
    path = tmp_path / "blob"
    path.write_bytes(content)

    (found,) = scan_file(path, name="model.pkl")

    assert (found.code, found.refuses, found.raises_tier) == ("pickle-unknown", False, True)
    assert "sklearn.linear_model._base.LinearRegression" in found.particulars["names"]


def test_what_takes_the_scanner_too_long_is_refused_for_that(tmp_path):
    content = pickle.dumps([{str(number): number} for number in range(200_000)])

    assert scan(tmp_path, "m.pkl", content, limits=Limits(wall_s=1.0)) == [("scan-broke", "m.pkl", True)]


def test_every_finding_has_its_sentence(tmp_path):
    path = tmp_path / "blob"
    path.write_bytes(BOMB)
    (found,) = scan_file(path, name="m.zip")

    assert sentence(asdict(found)).startswith("Unpacked it is far larger than packed (")
