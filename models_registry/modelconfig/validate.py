"""Judge a config.pbtxt: its syntax, then its sense, then whether it fits what the file was found to be."""

import re
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from models_registry.modelconfig import tensors
from models_registry.modelconfig.schema import Problem, Unparsable, read

MOST_INSTANCES = 64
LARGEST_BATCH = 65_536
OWNED = ("version_policy", "model_repository_agents", "model_operations", "ensemble_scheduling")


def validate(text: str, *, signature: dict[str, Any], model_name: str, backend: str) -> list[Problem]:
    """Everything wrong with a text, worst first; empty when it may be used.

    Args:
        signature: what inspection found, with `inputs`, `outputs` and `batchable`.
        model_name: the name the version will have in Triton; the text may repeat it or leave it out.
        backend: the backend that serves this kind of file.
    """
    try:
        config = read(text)
    except Unparsable as error:
        return [error.problem]
    found = [
        *_identity(config, model_name=model_name, backend=backend),
        *_batching(config, signature),
        *_instances(config),
        *tensors.problems(config, signature),
    ]
    placed = [_place(problem, text, word) for word, problem in found]
    return sorted(placed, key=lambda problem: (problem.severity != "error", problem.line))


Found = Iterator[tuple[str, Problem]]


def _error(message: str, hint: str = "", *, severity: str = "error") -> Problem:
    return Problem(line=1, column=1, message=message, hint=hint, severity=severity)


def _identity(config: Any, *, model_name: str, backend: str) -> Found:
    if config.name and config.name != model_name:
        yield (
            "name",
            _error(
                _("The name is “%(given)s”, but this version is served as “%(name)s”.")
                % {"given": config.name, "name": model_name},
                _("Leave the name out; Conch writes it."),
            ),
        )
    if config.platform:
        yield (
            "platform",
            _error(
                _("“platform” is the old way to name a backend."),
                _('Write backend: "%(backend)s".') % {"backend": backend},
            ),
        )
    if config.backend != backend:
        yield (
            "backend",
            _error(
                _("The backend is “%(given)s”, but this file is served by “%(backend)s”.")
                % {"given": config.backend, "backend": backend},
                _('Write backend: "%(backend)s".') % {"backend": backend},
            ),
        )
    for field in OWNED:
        if config.HasField(field):
            yield (
                field,
                _error(
                    _("“%(field)s” is not yours to set: each version is a model of its own in Triton.")
                    % {"field": field},
                    _("Remove it."),
                ),
            )


def _batching(config: Any, signature: dict[str, Any]) -> Found:
    largest = config.max_batch_size
    if largest < 0 or largest > LARGEST_BATCH:
        yield (
            "max_batch_size",
            _error(_("max_batch_size is between 0 and %(most)d.") % {"most": LARGEST_BATCH}),
        )
    if largest > 0 and not signature.get("batchable"):
        yield (
            "max_batch_size",
            _error(
                _("Not every input and output has a free first dimension, so the model cannot be batched."),
                _("Set max_batch_size to 0, or export it with a dynamic first axis everywhere."),
            ),
        )
    if config.HasField("dynamic_batching"):
        if largest < 1:
            yield (
                "dynamic_batching",
                _error(
                    _("Dynamic batching needs a max_batch_size above 0."),
                    _("Raise it, or remove dynamic_batching."),
                ),
            )
        for size in config.dynamic_batching.preferred_batch_size:
            if not 0 < size <= max(largest, 0):
                yield (
                    "preferred_batch_size",
                    _error(
                        _("The preferred batch size %(size)d is outside 1 to max_batch_size, %(largest)d.")
                        % {"size": size, "largest": largest}
                    ),
                )
        if config.dynamic_batching.max_queue_delay_microseconds > 10_000_000:
            yield (
                "max_queue_delay_microseconds",
                _error(
                    _("Requests would wait more than 10 s for a batch."),
                    _("The unit is microseconds."),
                    severity="warning",
                ),
            )


def _instances(config: Any) -> Found:
    for group in config.instance_group:
        if group.count < 0 or group.count > MOST_INSTANCES:
            yield (
                "count",
                _error(
                    _("An instance group has between 1 and %(most)d instances, not %(count)d.")
                    % {"most": MOST_INSTANCES, "count": group.count}
                ),
            )
        if group.gpus and group.kind == type(group).KIND_CPU:
            yield (
                "gpus",
                _error(_("A group of kind KIND_CPU names GPUs."), _("Remove gpus, or use KIND_GPU.")),
            )


def _place(problem: Problem, text: str, word: str) -> Problem:
    """The problem, at the first line that mentions its word outside a comment."""
    pattern = re.compile(rf"(?<![\w]){re.escape(word)}(?![\w])")
    for number, line in enumerate(text.splitlines(), start=1):
        match = pattern.search(line.split("#", 1)[0])
        if match:
            return Problem(
                line=number,
                column=match.start() + 1,
                message=problem.message,
                hint=problem.hint,
                severity=problem.severity,
            )
    return problem
