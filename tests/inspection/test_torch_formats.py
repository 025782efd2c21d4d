"""PyTorch's files without PyTorch: what their archives tell, and what they don't."""

import json

import pytest

from core.errors import Invalid
from models_registry.inspection import inspect_files, sentences
from tests.inspection import torch_files
from tests.inspection.judging import judged_files, warned, written


def refused(files):
    with pytest.raises(Invalid) as found:
        judged_files(files)
    assert "%(" not in found.value.detail + found.value.hint
    return found.value


def test_a_torchscript_tells_its_arguments_and_asks_for_types(tmp_path):
    found = inspect_files(written(tmp_path, {"net.pt": torch_files.a_torchscript()}))

    assert (found.format, found.backend, found.signature) == ("torchscript", "pytorch", {})
    assert found.facts["class"] == "Net"
    assert found.facts["arguments"] == ["image", "mask"]
    assert (found.facts["outputs"], found.facts["weights"], found.facts["weights_bytes"]) == (2, ["FP32"], 64)
    assert found.facts["ran"] == []
    assert found.suggested == {
        "inputs": [{"name": "INPUT__0", "datatype": "FP32"}, {"name": "INPUT__1", "datatype": "FP32"}],
        "outputs": [{"name": "OUTPUT__0", "datatype": "FP32"}, {"name": "OUTPUT__1", "datatype": "FP32"}],
    }
    assert [one["code"] for one in found.questions] == ["torchscript-types"]


def test_a_config_beside_it_declares_the_signature(tmp_path):
    config = b"""name: "net" platform: "pytorch_libtorch" max_batch_size: 8
input [ { name: "INPUT__0" data_type: TYPE_FP32 dims: [ 3 ] }, { name: "INPUT__1" data_type: TYPE_BOOL dims: [ 3 ] } ]
output [ { name: "OUTPUT__0" data_type: TYPE_FP32 dims: [ -1 ] }, { name: "OUTPUT__1" data_type: TYPE_FP32 dims: [ 1 ] } ]
"""
    files = written(tmp_path, {"model.pt": torch_files.a_torchscript(), "config.pbtxt": config})

    found = judged_files(files)

    assert found.questions == []
    assert found.signature["batchable"] is True
    assert found.signature["inputs"][1] == {
        "name": "INPUT__1", "datatype": "BOOL", "shape": [-1, 3], "dims": [3],
    }  # fmt: skip
    assert 'backend: "pytorch"' in found.config_text
    assert ("platform" in found.config_text, '"net"' in found.config_text) == (False, False)


@pytest.mark.parametrize(
    ("code", "warning"),
    [
        ("class Net(Module):\n  pass\n", "The program has no method “forward” that could be read."),
        ("class Net(Module):\n  def forward(self, x: List[Tensor]) -> Tensor:\n    return x\n",
         "Triton gives tensors; these arguments take something else: x: List[Tensor]."),
        ("def ((", "The program has no method “forward” that could be read."),
    ],
)  # fmt: skip
def test_what_is_odd_in_its_program_is_a_warning(tmp_path, code, warning):
    found = judged_files(written(tmp_path, {"model.pt": torch_files.a_torchscript(code)}))

    assert warned(found) == [warning]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("model.pt", torch_files.a_zip({"data.pkl": torch_files.data_pkl("torch._utils._rebuild")}), "torch-weights"),
        ("model.pt", torch_files.a_torchscript(root="__torch__.lib Net"), "torchscript-no-class"),
        ("model.bin", torch_files.a_torchscript(), "torchscript-extension"),
        ("model.pt", b"PK\x03\x04" + bytes(50), "packed"),
    ],
)  # fmt: skip
def test_what_is_no_program_is_refused_by_name(tmp_path, name, content, code):
    assert refused(written(tmp_path, {name: content})).code == code


def test_code_that_would_fill_the_memory_is_refused(tmp_path):
    import io
    import zipfile

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("net/data.pkl", torch_files.data_pkl())
        archive.writestr("net/code/__torch__.py", b" " * 15_000_000)

    assert refused(written(tmp_path, {"model.pt": packed.getvalue()})).code == "zip-bomb"


def test_nothing_of_a_hostile_pickle_is_run(tmp_path):
    mark = tmp_path / "ran"
    evil = f"cos\nsystem\n(S'touch {mark}'\ntR.".encode()
    files = written(tmp_path, {"model.pt": torch_files.a_zip({"data.pkl": evil, "code/__torch__.py": ""})})

    assert refused(files).code == "torchscript-no-class"
    assert mark.exists() is False


def test_an_exported_program_tells_its_signature(tmp_path):
    program = torch_files.an_exported_program(dims=["s0", 3])

    found = judged_files(written(tmp_path, {"model.pt2": torch_files.a_pt2(program)}))

    assert found.signature == {
        "inputs": [
            {"name": "INPUT__0", "datatype": "FP32", "shape": [-1, 3], "dims": [-1, 3], "argument": "x"}
        ],
        "outputs": [
            {"name": "OUTPUT__0", "datatype": "FP32", "shape": [-1, 3], "dims": [-1, 3], "argument": "mul"}
        ],
        "batchable": False,
    }
    assert [one["code"] for one in found.warnings] == ["not-compiled", "not-run"]


def test_a_compiled_package_asks(tmp_path):
    content = torch_files.a_zip({"archive_format": "pt2", "data/aotinductor/model/a.wrapper.so": b"\x7fELF"})

    found = judged_files(written(tmp_path, {"model.pt2": content}))

    assert (found.signature, [one["code"] for one in found.questions]) == ({}, ["pt2-types"])
    assert [one["code"] for one in found.warnings] == ["compiled-code"]


@pytest.mark.parametrize(
    ("program", "code"),
    [
        ({}, "pt2-unreadable"),
        (torch_files.an_exported_program(dims=[2], dtype=10), "datatype"),
        (json.loads(json.dumps(torch_files.an_exported_program(dims=[2])).replace("as_tensor", "as_list")),
         "pt2-not-a-tensor"),
    ],
)  # fmt: skip
def test_a_program_that_triton_cannot_carry_is_refused(tmp_path, program, code):
    assert refused(written(tmp_path, {"model.pt2": torch_files.a_pt2(program)})).code == code


def test_every_sentence_has_its_words():
    for code, (sentence, hint) in (sentences.REFUSALS | sentences.MORE_REFUSALS).items():
        assert str(sentence), code
        assert str(hint), code
