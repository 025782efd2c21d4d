"""Options of the backend and of files: what would fail at load although the schema allows it."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from models_registry.modelconfig.schema import Found, problem

ACCELERATORS = ("tensorrt", "cuda", "openvino")
GRAPH_LEVELS = ("-1", "0", "1", "2")
WHOLE_NUMBERS = {
    "intra_op_thread_count",
    "inter_op_thread_count",
    "execution_mode",
    "enable_mem_arena",
    "enable_mem_pattern",
}


def problems(config: Any, *, backend: str) -> Iterator[Found]:
    yield from _files(config)
    if backend == "onnxruntime":
        yield from _onnxruntime(config)
    if backend == "vllm":
        yield from _vllm(config)


def _files(config: Any) -> Iterator[Found]:
    for field in ("default_model_filename", "cc_model_filenames"):
        if getattr(config, field):
            yield problem(
                (field, None),
                message=_("“%(field)s” is not yours to set: Conch names the files.") % {"field": field},
                hint=_("Remove it."),
            )
    for index, warmup in enumerate(config.model_warmup):
        if any(given.input_data_file for given in warmup.inputs.values()):
            yield problem(
                ("model_warmup", index),
                message=_("The warm-up reads a file, but a version has none besides its model."),
                hint=_("Use zero_data or random_data."),
            )


def _vllm(config: Any) -> Iterator[Found]:
    if not config.model_transaction_policy.decoupled:
        yield problem(
            ("model_transaction_policy", 0),
            message=_("vLLM answers in many parts, so its model must be decoupled."),
            hint=_("Write model_transaction_policy { decoupled: true }."),
        )
    for index, group in enumerate(config.instance_group):
        if group.kind != type(group).KIND_MODEL or group.count > 1:
            yield problem(
                ("instance_group", index),
                message=_("vLLM chooses its GPUs itself and batches in one instance."),
                hint=_("Write instance_group [ { kind: KIND_MODEL count: 1 } ]."),
            )


def _onnxruntime(config: Any) -> Iterator[Found]:
    accelerators = config.optimization.execution_accelerators
    for field in ("gpu_execution_accelerator", "cpu_execution_accelerator"):
        for index, one in enumerate(getattr(accelerators, field)):
            if one.name not in ACCELERATORS:
                yield problem(
                    ("optimization", 0),
                    ("execution_accelerators", 0),
                    (field, index),
                    message=_("There is no accelerator “%(name)s”.") % {"name": one.name},
                    hint=_("Use one of %(names)s.") % {"names": ", ".join(ACCELERATORS)},
                )
    level = config.optimization.graph.level
    if str(level) not in GRAPH_LEVELS:
        yield problem(
            ("optimization", 0),
            ("graph", 0),
            ("level", 0),
            message=_("There is no optimisation level %(level)d.") % {"level": level},
            hint=_("Use one of %(names)s.") % {"names": ", ".join(GRAPH_LEVELS)},
        )
    for key, parameter in config.parameters.items():
        if key in WHOLE_NUMBERS and not parameter.string_value.lstrip("-").isdecimal():
            yield problem(
                ("parameters", None),
                message=_("The parameter “%(key)s” must be a whole number, not “%(given)s”.")
                % {"key": key, "given": parameter.string_value[:40]},
            )
