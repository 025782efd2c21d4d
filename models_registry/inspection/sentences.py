"""What a refusal or a warning of the sandbox means to a person, as data: code, sentence, what to do."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise

REFUSALS: dict[str, tuple[Words, Words]] = {
    "empty-file": (_("The file is empty."), _("Export the model again and check its size.")),
    "wrong-extension": (
        _("“%(filename)s” is an ONNX model whose name doesn't end in .onnx."),
        _("Rename it to end in .onnx and upload it again."),
    ),
    "unsupported-format": (
        _("“%(filename)s” is not an ONNX model; it looks like %(looks)s."),
        _("Conch reads ONNX files (.onnx). Export the model to ONNX, for example with torch.onnx.export."),
    ),
    "not-onnx": (
        _("“%(filename)s” is not an ONNX model."),
        _("Conch reads ONNX files (.onnx). Export the model to ONNX, for example with torch.onnx.export."),
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

WARNINGS: dict[str, Words] = {
    "unused-domain": _("The model declares the operator set %(domain)s but uses none of its operators."),
    "could-not-run": _(
        "The model loads but did not run on sample values, so its answers are not recorded: %(message)s"
    ),
    "not-steady": _("The same input gave two different answers, so they are not recorded."),
    "fails-with-two-rows": _(
        "The first dimensions are free, but the model fails with two rows, so it is not batched: %(message)s"
    ),
    "first-is-no-batch": _(
        "The first dimensions are free, but “%(name)s” has the shape %(shape)s for two rows, so the model is "
        "not batched."
    ),
    "rows-mix": _(
        "With two rows, “%(name)s” differs from the answer to the first row alone, so the model is not "
        "batched."
    ),
    "golden-too-large": _("The answers are too large to be recorded."),
}


def refusal(code: str, particulars: Mapping[str, object]) -> tuple[str, str]:
    """The sentence and the hint of a refusal, in the language that is active."""
    sentence, hint = REFUSALS[code]
    return str(sentence) % particulars, str(hint) % particulars


def warning(code: str, particulars: Mapping[str, object]) -> str:
    return str(WARNINGS[code]) % particulars
