"""Where a version comes from and what came of it, laid out as a small graph. Pure: no queries.

Columns from left to right: the versions before it, oldest first, with what it was made from below its parent;
the version itself; the versions made from it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

BOX_WIDTH, BOX_HEIGHT, GAP_X, GAP_Y = 168, 44, 44, 12
LONGEST = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """`kind` is "version", "dataset", "run", "commit" or "source"; `detail` stands below the name."""

    kind: str
    name: str
    detail: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """A node in its place; x and y in pixels, from the upper left."""

    node: Node
    x: int
    y: int
    current: bool = False

    @property
    def name(self) -> str:
        return _short(self.node.name)

    @property
    def detail(self) -> str:
        return _short(self.node.detail)


@dataclass(frozen=True, slots=True)
class Picture:
    width: int
    height: int
    boxes: tuple[Box, ...]
    # Each from the right side of one box to the left side of another: x1, y1, the x where it bends, x2, y2.
    lines: tuple[tuple[int, int, int, int, int], ...]
    box_width: ClassVar[int] = BOX_WIDTH
    box_height: ClassVar[int] = BOX_HEIGHT


def draw(
    *, ancestors: Sequence[Node], origins: Sequence[Node], own: Node, children: Sequence[Node]
) -> Picture:
    """Lay out one version's lineage.

    Args:
        ancestors: the version it derives from, then that one's parent, and so on.
        origins: data set, run, commit, source.
    """
    first = [ancestors[0]] if ancestors else []
    columns: list[list[Node]] = [[node] for node in reversed(ancestors[1:])]
    if first or origins:
        columns.append([*first, *origins])
    at = len(columns)
    columns.append([own])
    if children:
        columns.append(list(children))
    tallest = max(len(column) for column in columns)
    boxes = [
        _column(column, index, tallest=tallest, current=index == at) for index, column in enumerate(columns)
    ]
    lines = []
    for index, (left, right) in enumerate(zip(boxes, boxes[1:], strict=False)):
        # An older ancestor leads to the parent alone, not to the data beside it.
        targets = right if index + 1 >= at else right[:1]
        lines += [_line(a, b) for a in left for b in targets]
    width = len(columns) * (BOX_WIDTH + GAP_X) - GAP_X
    height = tallest * (BOX_HEIGHT + GAP_Y) - GAP_Y
    return Picture(width, height, tuple(box for column in boxes for box in column), tuple(lines))


def _column(nodes: Sequence[Node], index: int, *, tallest: int, current: bool) -> list[Box]:
    """One column, its boxes in the middle of the height."""
    x, step = index * (BOX_WIDTH + GAP_X), BOX_HEIGHT + GAP_Y
    top = (tallest - len(nodes)) * step // 2
    return [Box(node, x, top + row * step, current) for row, node in enumerate(nodes)]


def _line(left: Box, right: Box) -> tuple[int, int, int, int, int]:
    middle, start = BOX_HEIGHT // 2, left.x + BOX_WIDTH
    return start, left.y + middle, (start + right.x) // 2, right.x, right.y + middle


def _short(text: str) -> str:
    """The end of a long name tells more than its start."""
    return text if len(text) <= LONGEST else f"…{text[1 - LONGEST :]}"
