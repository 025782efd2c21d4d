"""Judge a config.pbtxt: its syntax, then its sense, then whether it fits what the file was found to be."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from models_registry.modelconfig import options, scheduling, tensors
from models_registry.modelconfig.places import Places
from models_registry.modelconfig.schema import Found, Problem, Unparsable, problem, read

# Fields that would break the rule that each version is a model of its own in Triton.
OWNED = ("version_policy", "model_repository_agents", "model_operations", "ensemble_scheduling")

# Where a backend serves several kinds of file, the platform tells which.
PLATFORMS = frozenset({("pytorch", "torch_aoti")})


def validate(text: str, *, signature: dict[str, Any], model_name: str, backend: str) -> list[Problem]:
    """Everything wrong with a text, errors first; without errors it may be used.

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
        *scheduling.problems(config, batchable=bool(signature.get("batchable"))),
        *options.problems(config, backend=backend),
        *tensors.problems(config, signature),
    ]
    if not found:
        return []
    places = Places(text)
    placed = []
    for path, one in found:
        line, column = places.of(path)
        placed.append(replace(one, line=line, column=column))
    return sorted(placed, key=lambda one: (one.severity != "error", one.line, one.column))


def _identity(config: Any, *, model_name: str, backend: str) -> Iterator[Found]:
    rewrite = _('Write backend: "%(backend)s".') % {"backend": backend}
    if config.name and config.name != model_name:
        yield problem(
            ("name", 0),
            message=_("The name is “%(given)s”, but this version is served as “%(name)s”.")
            % {"given": config.name, "name": model_name},
            hint=_("Leave the name out; Conch writes it."),
        )
    if backend == "ensemble":
        yield from _pipeline(config)
        return
    if config.platform and (backend, config.platform) not in PLATFORMS:
        yield problem(
            ("platform", 0), message=_("“platform” is the old way to name a backend."), hint=rewrite
        )
    if config.backend and config.backend != backend:
        yield problem(
            ("backend", 0),
            message=_("The backend is “%(given)s”, but this file is served by “%(backend)s”.")
            % {"given": config.backend, "backend": backend},
            hint=rewrite,
        )
    if not config.backend and not config.platform:
        yield problem(message=_("The backend is missing."), hint=rewrite)
    yield from _owned(config, OWNED)


def _pipeline(config: Any) -> Iterator[Found]:
    """An ensemble has no backend; its steps name other models."""
    if config.platform != "ensemble" or config.backend:
        yield problem(
            ("backend" if config.backend else "platform", 0),
            message=_("An ensemble has no backend of its own."),
            hint=_('Write platform: "ensemble".'),
        )
    if not config.HasField("ensemble_scheduling") or not config.ensemble_scheduling.step:
        yield problem(
            ("ensemble_scheduling", None), message=_("An ensemble needs at least one step."), hint=""
        )
    yield from _owned(config, [field for field in OWNED if field != "ensemble_scheduling"])


def _owned(config: Any, fields: Iterable[str]) -> Iterator[Found]:
    for field in fields:
        if config.HasField(field):
            yield problem(
                (field, None),
                message=_("“%(field)s” is not yours to set: each version is a model of its own in Triton.")
                % {"field": field},
                hint=_("Remove it."),
            )
