"""What our python-based backends share: the requests of one call run through the model together.

Copied beside each backend's model.py. A failing request gets its own error and never fails those beside it.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, NamedTuple

import triton_python_backend_utils as pb_utils


class Asked(NamedTuple):
    """One request, decoded: `batch` is its number of rows (1 where the model does not batch)."""

    feeds: dict[str, Any]
    outputs: list[str]
    batch: int


class Reshape(NamedTuple):
    """What clients see and what the model sees, both without the batch dimension."""

    outside: list[int]
    inside: list[int]


class BatchedModel:
    """A backend over some kind of array that has `shape`, slices by rows and can be joined.

    Its heirs set `batches`, `outputs` (names) and `reshapes`, and give `decode`, `join`, `infer`, `encode`.
    """

    batches: bool
    outputs: list[str]
    reshapes: dict[str, Reshape]
    join: Callable[[list[Any]], Any]

    def decode(self, request: Any) -> Asked:
        raise NotImplementedError

    def infer(self, feeds: dict[str, Any], names: list[str]) -> dict[str, Any]:
        """The named outputs of the model, batch first where it batches."""
        raise NotImplementedError

    def encode(self, name: str, array: Any) -> Any:
        """A tensor of Triton's."""
        raise NotImplementedError

    def execute(self, requests: list[Any]) -> list[Any]:
        """Answer each request, in order; those of like shape run through the model together."""
        responses: list[Any] = [None] * len(requests)
        alike: dict[object, list[tuple[int, Asked]]] = defaultdict(list)
        for position, request in enumerate(requests):
            try:
                asked = self.decode(request)
            except Exception as error:
                responses[position] = failure(error)
                continue
            alone = not self.batches or len(requests) == 1
            alike[position if alone else likeness(asked)].append((position, asked))
        for group in alike.values():
            for position, response in self.run(group):
                responses[position] = response
        return responses

    def run(self, group: list[tuple[int, Asked]]) -> list[tuple[int, Any]]:
        """Run requests of like shape at once; when that fails, each alone, so that only the culprit fails."""
        try:
            answers = self.answer([asked for _, asked in group])
            return [(position, answer) for (position, _), answer in zip(group, answers, strict=True)]
        except Exception as error:
            if len(group) == 1:
                return [(group[0][0], failure(error))]
            return [pair for one in group for pair in self.run([one])]

    def answer(self, asked: list[Asked]) -> list[Any]:
        names = [name for name in self.outputs if any(name in one.outputs for one in asked)]
        feeds = asked[0].feeds
        if len(asked) > 1:
            feeds = {name: self.join([one.feeds[name] for one in asked]) for name in feeds}
        produced = self.infer(feeds, names)
        rows = sum(one.batch for one in asked)
        for name, array in produced.items():
            if self.batches and tuple(array.shape[:1]) != (rows,):
                raise ValueError(
                    f"output '{name}' has shape {list(array.shape)} for a batch of {rows}: its first "
                    "dimension is not the batch; set max_batch_size to 0"
                )
        responses, start = [], 0
        for one in asked:
            part = slice(start, start + one.batch) if len(asked) > 1 else None
            start += one.batch
            tensors = [
                self.encode(
                    name,
                    self.reshaped(
                        name, produced[name] if part is None else produced[name][part], inwards=False
                    ),
                )
                for name in one.outputs
            ]
            responses.append(pb_utils.InferenceResponse(output_tensors=tensors))
        return responses

    def reshaped(self, name: str, array: Any, *, inwards: bool) -> Any:
        """Apply the configuration's `reshape`; free dimensions keep their sizes, first to first."""
        if name not in self.reshapes:
            return array
        source, target = self.reshapes[name] if inwards else self.reshapes[name][::-1]
        lead = list(array.shape[:1]) if self.batches else []
        sizes = array.shape[len(lead) :]
        free = iter(size for size, dim in zip(sizes, source, strict=True) if dim == -1)
        return array.reshape(lead + [next(free) if dim == -1 else dim for dim in target])


def reshapes(config: dict[str, Any]) -> dict[str, Reshape]:
    return {
        entry["name"]: Reshape(entry["dims"], entry["reshape"].get("shape", []))
        for entry in [*config["input"], *config["output"]]
        if "reshape" in entry
    }


def parameter(config: dict[str, Any], key: str, default: str = "") -> str:
    return (config.get("parameters") or {}).get(key, {}).get("string_value", "") or default


def whole_number(config: dict[str, Any], key: str, default: int = 0) -> int:
    given = parameter(config, key)
    if not given:
        return default
    try:
        return int(given)
    except ValueError:
        raise ValueError(f"parameter '{key}' must be a whole number, not '{given}'") from None


def switch(config: dict[str, Any], key: str, *, default: bool) -> bool:
    given = parameter(config, key).strip().lower()
    if given not in {"", "true", "false"}:
        raise ValueError(f"parameter '{key}' must be true or false, not '{given}'")
    return default if not given else given == "true"


def likeness(asked: Asked) -> tuple[tuple[str, str, tuple[int, ...]], ...]:
    """Requests of equal likeness differ in their number of rows alone."""
    return tuple((name, str(array.dtype), tuple(array.shape[1:])) for name, array in asked.feeds.items())


def failure(error: Exception) -> Any:
    return pb_utils.InferenceResponse(output_tensors=[], error=pb_utils.TritonError(str(error)))
