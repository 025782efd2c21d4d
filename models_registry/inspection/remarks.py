"""What a warning or a question of the sandbox means to a person, as data: code and sentence."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise

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
    "not-run": _("It was read but not run here, for the runtime of the backend “%(backend)s” is not here."),
    "declared-by-config": _("Inputs and outputs are those that the config.pbtxt beside it declares."),
    "declared": _("Inputs and outputs were declared by %(who)s; the model itself does not tell them."),
    "config-not-used": _("The config.pbtxt beside it was not taken over: its line %(line)s does not fit."),
    "torchscript-no-forward": _("The program has no method “forward” that could be read."),
    "torchscript-arguments": _("Triton gives tensors; these arguments take something else: %(arguments)s."),
    "compiled-code": _("The package holds compiled machine code, which runs with the rights of the server."),
    "not-compiled": _(
        "The program is not compiled. Triton needs a package of torch._inductor.aoti_compile_and_package."
    ),
    "plan-version": _("It was built by TensorRT %(version)s and loads on a server with that version only."),
    "plan-version-unknown": _("Its header does not tell which version of TensorRT built it."),
    "plan-device": _("A plan runs only on the kind of GPU that it was built for."),
    "remote-code": _(
        "The folder brings code of its own (%(names)s), which vLLM runs only if told to trust it."
    ),
    "no-model-json": _(
        "There is no model.json. Add one with “model” set to where the folder lies on the server; to begin "
        "with: %(text)s"
    ),
    "python-code": _("It is code: whatever model.py says is run on the server. Reviewers should read it."),
    "python-watched": _("It imports modules that deserve a look: %(names)s."),
    "ensemble-follows": _(
        "Steps follow the newest version of these models, so its answers may change with them: %(names)s."
    ),
}

QUESTIONS: dict[str, Words] = {
    "torchscript-types": _("TorchScript doesn't keep the types and shapes of its tensors. Declare them."),
    "pt2-types": _("A compiled package doesn't tell its inputs and outputs. Declare them."),
    "plan-types": _(
        "Only TensorRT itself can read the inputs and outputs of a plan, and it is not here. Declare them."
    ),
    "python-types": _(
        "The code doesn't state its inputs and outputs in a way that can be read. Declare them."
    ),
    "python-hints": _("This is what auto_complete_config seems to say. Check it and declare it."),
}
