"""What a refusal or a warning of the sandbox means to a person, as data: code, sentence, what to do."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from models_registry.inspection import magic
from models_registry.inspection.refusals import MORE_REFUSALS
from models_registry.inspection.remarks import QUESTIONS, WARNINGS

Words = str | Promise

REFUSALS: dict[str, tuple[Words, Words]] = {
    "empty-file": (_("The file is empty."), _("Export the model again and check its size.")),
    "wrong-extension": (
        _("“%(filename)s” is an ONNX model whose name doesn't end in .onnx."),
        _("Rename it to end in .onnx and upload it again."),
    ),
    "not-onnx": (
        _("“%(filename)s” is not an ONNX model."),
        _("Upload it under the name that fits its format, or export the model again."),
    ),
    "truncated": (
        _("The file ends in the middle of the model, after %(bytes)s bytes."),
        _("Compare its size with the original and upload it again."),
    ),
    "damaged": (_("The file begins like an ONNX model but is damaged."), _("Export and upload it again.")),
    "too-large": (
        _("The file has %(bytes)s bytes; one ONNX file holds at most 2 GB."),
        _("Larger models keep their weights in files beside it, which Conch does not take yet."),
    ),
    "external-data": (
        _("The weights “%(name)s” are not in this file but in “%(place)s” beside it."),
        _("Save the model as one file: onnx.save(model, path, save_as_external_data=False)."),
    ),
    "external-data-path": (
        _("The weights “%(name)s” point outside the model's folder, at “%(place)s”."),
        _("Save the model as one file: onnx.save(model, path, save_as_external_data=False)."),
    ),
    "huge-weight": (
        _("The weights “%(name)s” claim the shape %(dims)s, but the file holds %(bytes)s bytes for them."),
        _("The file is damaged or was made to do harm. Export the model again."),
    ),
    "huge-tensor": (
        _("The tensor “%(name)s” has the shape %(dims)s: a single request would carry %(elements)s values."),
        _("Export the model with dimensions that a request can carry, at most 256 MB a tensor."),
    ),
    "opset-too-new": (
        _("The model uses opset %(opset)s of %(domain)s; the ONNX Runtime here knows up to %(most)s."),
        _("Export it with opset %(most)s or lower."),
    ),
    "ir-too-new": (
        _("The model has the ONNX IR version %(version)s; the ONNX Runtime here knows up to %(most)s."),
        _("Export it with an older onnx package, or set model.ir_version to %(most)s before saving."),
    ),
    "custom-operators": (
        _("The model needs operators that ONNX Runtime does not have: %(operators)s."),
        _("Export it with standard operators only; a library of custom operators cannot be loaded."),
    ),
    "zipmap": (
        _("The output “%(name)s” is a sequence of maps, which Triton cannot carry."),
        _("Export it with zipmap off: to_onnx(model, …, options={'zipmap': False})."),
    ),
    "not-a-tensor": (
        _("The %(side)s “%(name)s” is of the kind %(kind)s; Triton carries tensors only."),
        _("Change the model to take and return tensors."),
    ),
    "datatype": (
        _("The tensor “%(name)s” has the element type %(number)s, which cannot be served."),
        _("Cast it to a common type, like FP32 or FP16, inside the model."),
    ),
    "scalar": (
        _("The tensor “%(name)s” has no dimensions, and Triton knows no scalars outside a batch."),
        _("Give it one dimension of size 1 when you export the model."),
    ),
    "empty-dimension": (
        _("The tensor “%(name)s” has a dimension of size 0."),
        _("Export the model with a free or a positive size there."),
    ),
    "no-inputs": (_("The model has no inputs."), _("Triton serves models with at least one input.")),
    "no-outputs": (_("The model has no outputs."), _("Name its outputs when you export it.")),
    "too-many-tensors": (
        _("The model has %(count)s inputs or outputs; at most %(most)s can be served."),
        _("Join them into fewer tensors."),
    ),
    "bad-tensor-name": (
        _("“%(name)s” is no usable name of an input or output: empty, repeated, too long or unprintable."),
        _("Name inputs and outputs when you export the model."),
    ),
    "cannot-load": (
        _("ONNX Runtime does not take the model: %(message)s"),
        _("Check the file with onnx.checker.check_model and export it again."),
    ),
    "too-much-memory": (
        _("Loading or running the model took more memory than a file of this size may."),
        _("Look for operators that create very large tensors."),
    ),
    "too-slow": (
        _("Reading and running the model once did not end within %(seconds)s s."),
        _("Look for loops that do not end; a request would never be answered."),
    ),
    "inspection-crashed": (
        _("The model made ONNX Runtime crash (%(how)s). It would do so on the server too."),
        _("The file is likely damaged. Export it again, or with another version of the exporter."),
    ),
}


def refusal(code: str, particulars: Mapping[str, object]) -> tuple[str, str]:
    """The sentence and the hint of a refusal, in the language that is active."""
    sentence, hint = (REFUSALS | MORE_REFUSALS).get(code, (code, ""))
    words = _worded(particulars)
    return str(sentence) % words, str(hint) % words


def problem(stored: Mapping[str, Any] | None) -> dict[str, str]:
    """A stored refusal for a reader: code, detail and hint. Rows of before hold their sentence already."""
    if not stored:
        return {}
    code = str(stored.get("code", ""))
    if "detail" in stored:
        return {"code": code, "detail": str(stored["detail"]), "hint": str(stored.get("hint", ""))}
    detail, hint = refusal(code, stored.get("particulars") or {})
    return {"code": code, "detail": detail, "hint": hint}


def remark(stored: Mapping[str, Any] | str) -> str:
    """A stored warning or question for a reader. Rows of before hold their sentence already."""
    if isinstance(stored, str):
        return stored
    code = str(stored.get("code", ""))
    sentence = (WARNINGS | QUESTIONS).get(code, code)
    return str(sentence) % _worded(stored.get("particulars") or {})


def _worded(particulars: Mapping[str, object]) -> dict[str, object]:
    looks = particulars.get("looks")
    return dict(particulars) | ({"looks": str(magic.KINDS[str(looks)])} if looks in magic.KINDS else {})
