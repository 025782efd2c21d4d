"""Batching and instances of a config: what Triton would refuse, and what would surely not be meant."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from models_registry.modelconfig.schema import Found, problem

MOST_INSTANCES = 64
LARGEST_BATCH = 65_536
LONGEST_DELAY_MICROSECONDS = 10_000_000


def problems(config: Any, *, batchable: bool) -> Iterator[Found]:
    largest = config.max_batch_size
    if largest < 0 or largest > LARGEST_BATCH:
        yield problem(
            ("max_batch_size", 0),
            message=_("max_batch_size is between 0 and %(most)d.") % {"most": LARGEST_BATCH},
        )
    if largest > 0 and not batchable:
        yield problem(
            ("max_batch_size", 0),
            message=_(
                "Not every input and output has a free first dimension, so the model cannot be batched."
            ),
            hint=_("Set max_batch_size to 0, or export it with a dynamic first axis everywhere."),
        )
    if config.HasField("dynamic_batching"):
        yield from _dynamic(config.dynamic_batching, largest)
    yield from _instances(config.instance_group)


def _dynamic(batching: Any, largest: int) -> Iterator[Found]:
    if largest < 1:
        yield problem(
            ("dynamic_batching", None),
            message=_("Dynamic batching needs a max_batch_size above 0."),
            hint=_("Raise it, or remove dynamic_batching."),
        )
        return
    for index, size in enumerate(batching.preferred_batch_size):
        if not 0 < size <= largest:
            yield problem(
                ("dynamic_batching", 0),
                ("preferred_batch_size", index),
                message=_("The preferred batch size %(size)d is outside 1 to max_batch_size, %(largest)d.")
                % {"size": size, "largest": largest},
            )
    if batching.max_queue_delay_microseconds > LONGEST_DELAY_MICROSECONDS:
        yield problem(
            ("dynamic_batching", 0),
            ("max_queue_delay_microseconds", 0),
            message=_("Requests would wait more than 10 s for a batch."),
            hint=_("The unit is microseconds."),
            severity="warning",
        )
    levels, default = batching.priority_levels, batching.default_priority_level
    if levels and not 1 <= default <= levels:
        yield problem(
            ("dynamic_batching", 0),
            ("default_priority_level", 0),
            message=_("default_priority_level is between 1 and priority_levels, %(levels)d.")
            % {"levels": levels},
        )


def _instances(groups: Any) -> Iterator[Found]:
    for index, group in enumerate(groups):
        if group.count < 0 or group.count > MOST_INSTANCES:
            yield problem(
                ("instance_group", index),
                ("count", 0),
                message=_("An instance group has between 1 and %(most)d instances, not %(count)d.")
                % {"most": MOST_INSTANCES, "count": group.count},
            )
        if group.gpus and group.kind == type(group).KIND_CPU:
            yield problem(
                ("instance_group", index),
                ("gpus", None),
                message=_("A group of kind KIND_CPU names GPUs."),
                hint=_("Remove gpus, or use KIND_GPU."),
            )
        if any(gpu < 0 for gpu in group.gpus):
            yield problem(
                ("instance_group", index),
                ("gpus", None),
                message=_("GPUs are numbered from 0."),
            )
    total = sum(max(group.count, 1) for group in groups)
    if len(groups) > 1 and total > MOST_INSTANCES:
        yield problem(
            ("instance_group", None),
            message=_("The instance groups have %(total)d instances together; at most %(most)d make sense.")
            % {"total": total, "most": MOST_INSTANCES},
        )
