"""An ONNX model whose weights stand in a file of their own, from the upload to Triton."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from models_registry import services
from models_registry.models import Inspection
from serving import layout
from tests.artifacts import hostile
from tests.artifacts.conftest import address

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def parts(tmp_path):
    """net.onnx and weights/net.data of a model that multiplies by 3."""
    value = helper.make_tensor_value_info
    weight = numpy_helper.from_array(np.full((4,), 3.0, np.float32), "w")
    graph = helper.make_graph(
        [helper.make_node("Mul", ["X", "w"], ["Y"])],
        "g",
        [value("X", TensorProto.FLOAT, ["n", 4])],
        [value("Y", TensorProto.FLOAT, ["n", 4])],
        [weight],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    (tmp_path / "weights").mkdir()
    onnx.save(
        model,
        tmp_path / "net.onnx",
        save_as_external_data=True,
        location="weights/net.data",
        size_threshold=0,
    )
    return (tmp_path / "net.onnx").read_bytes(), (tmp_path / "weights/net.data").read_bytes()


def put(api, draft, path, content):
    assert api.generic("PUT", address(draft, f"files/{path}"), content).status_code == 200
    services.run_inspection(version_id=draft.pk)
    draft.refresh_from_db()


def code(draft):
    return draft.inspection_problem["code"]


def test_the_model_is_read_once_its_weights_are_beside_it(api, draft, parts, settings):
    put(api, draft, "net.onnx", parts[0])
    assert (draft.inspection, code(draft)) == (Inspection.FAILED, "external-data")

    put(api, draft, "weights/net.data", parts[1])

    assert draft.inspection == Inspection.PASSED, draft.inspection_problem
    assert draft.golden[0]["outputs"][0]["name"] == "Y"
    assert draft.facts["parameters"] == 4
    assert [path for path, _source, _digest in layout.files_of(draft)] == [
        "1/model.onnx",
        "1/weights/net.data",
    ]
    assert list(settings.ARTIFACTS.root.glob(".work-*")) == []


def test_weights_that_are_too_short_are_refused(api, draft, parts):
    put(api, draft, "weights/net.data", b"ab")
    put(api, draft, "net.onnx", parts[0])

    assert code(draft) in {"huge-weight", "cannot-load"}


def test_weights_of_elsewhere_stay_refused_with_other_files_beside(api, draft):
    put(api, draft, "other.data", bytes(16))
    put(api, draft, "net.onnx", hostile.onnx_with_weights_at("../../secret"))

    assert code(draft) == "external-data-path"
