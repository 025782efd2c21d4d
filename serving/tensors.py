"""The playground's form: the inputs of a signature as text fields.

No queries and no clock. A tensor is {name, datatype, shape, data (flat, row-major)}.
"""

import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from models_registry.inspection import samples
from serving.tensor_values import SEPARATORS, Wrong, checked, flat, literal, read_json, rows, split

Tensor = dict[str, Any]
# As text about 2 MB: more than a reader reads, less than a form may post.
MOST_VALUES = 200_000
# A page that nobody asked to fill stays light.
MOST_UNASKED = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One input as the form shows it; `shape` is what a request states, -1 where a size is free."""

    index: int
    name: str
    datatype: str
    shape: tuple[int, ...]
    text: str = ""
    shape_text: str = ""
    error: str = ""

    @property
    def id(self) -> str:
        """Its name in the posted form and its id in the page; input names may hold anything."""
        return f"input-{self.index}"

    @property
    def row_size(self) -> int:
        """How many values it takes with each free size at 1."""
        return math.prod(size for size in self.shape if size >= 0)

    @property
    def is_long(self) -> bool:
        """Whether a page that nobody asked to fill leaves it empty."""
        return self.row_size > MOST_UNASKED

    @property
    def needs_shape(self) -> bool:
        """Whether the number of values alone doesn't tell the shape."""
        return self.shape.count(-1) > 1

    @property
    def is_single(self) -> bool:
        """Whether a row is one value, rather than a list of any length."""
        return self.row_size == 1 and not self.needs_shape and self.shape != (-1,)

    @property
    def is_scalar(self) -> bool:
        return self.is_single and "\n" not in self.text

    @property
    def is_choice(self) -> bool:
        return self.datatype == "BOOL" and self.is_scalar and self.text in {"true", "false"}

    @property
    def shape_label(self) -> str:
        return f"[{', '.join(str(size) for size in self.shape)}]"


def fields(signature: dict[str, Any], *, batched: bool) -> list[Field]:
    """The inputs of a version, empty; `batched` is whether its configuration lets Triton batch."""
    found = []
    for index, tensor in enumerate(signature.get("inputs", ())):
        shape = [-1, *tensor["dims"]] if batched else list(tensor["shape"]) or [1]
        found.append(Field(index=index, name=tensor["name"], datatype=tensor["datatype"], shape=tuple(shape)))
    return found


def filled(form: Iterable[Field], inputs: Sequence[Tensor], *, most_values: int = MOST_VALUES) -> list[Field]:
    """The fields with the text of these tensors: zeros for one that lacks, nothing for one that is larger.

    A recorded tensor may hold `fill`, the name of a rule, in place of its data.
    """
    given = {tensor["name"]: tensor for tensor in inputs}
    tensors = [(field, given.get(field.name) or _zeros(field)) for field in form]
    return [
        _written(field, tensor) if math.prod(tensor["shape"]) <= most_values else field
        for field, tensor in tensors
    ]


def tensor_of(field: Field) -> Tensor:
    """The tensor that a field's text stands for.

    Raises:
        Wrong: the text is no list of its type, or the values don't fill its shape.
    """
    text = field.text.strip()
    nested: list[int] = []
    if text.startswith("["):
        values, nested = flat(read_json(text))
        values = [checked(value, field.datatype) for value in values]
    elif field.datatype == "BYTES":
        values = [field.text] if field.is_single else field.text.splitlines()
    else:
        values = split(text, field.datatype)
    if not values:
        raise Wrong(_("Type a value."))
    shape = shape_of(field, count=len(values), nested=nested)
    return {"name": field.name, "datatype": field.datatype, "shape": shape, "data": values}


def concerned(message: str, form: Iterable[Field]) -> int | None:
    """The index of the input that an error message quotes, if it quotes one."""
    quoted = set(re.findall(r"""['"“]([^'"”]+)['"”]""", message))
    return next((field.index for field in form if field.name in quoted), None)


def lines(data: list[Any], shape: list[int], datatype: str) -> list[str]:
    """Values as text, a line for each row of the last size."""
    return [", ".join(literal(value, datatype) for value in row) for row in rows(data, shape)]


def _written(field: Field, tensor: Tensor) -> Field:
    values, _nested = flat(_expanded(tensor))
    shape = ", ".join(str(size) for size in tensor["shape"]) if field.needs_shape else ""
    if field.datatype == "BYTES":
        return replace(field, text=_words(field, values), shape_text=shape)
    separator = ", " if field.is_single else "\n"
    return replace(
        field, text=separator.join(lines(values, tensor["shape"], field.datatype)), shape_text=shape
    )


def _expanded(tensor: Tensor) -> Any:
    if tensor.get("fill") == samples.FILL:
        values = samples.filled(datatype=tensor["datatype"], shape=tensor["shape"]).ravel().tolist()
        return [value.decode() if isinstance(value, bytes) else value for value in values]
    return tensor["data"]


def _words(field: Field, values: list[Any]) -> str:
    """Texts as lines where that reads back as the same texts, else as a JSON list."""
    words = [str(value) for value in values]
    plain = all(word.splitlines() == [word] for word in words) and not words[0].lstrip().startswith("[")
    if plain and (len(words) == 1 or not field.is_single):
        return "\n".join(words)
    return json.dumps(words, ensure_ascii=False)


def _zeros(field: Field) -> Tensor:
    shape = [max(size, 1) for size in field.shape]
    zero: Any = {"BYTES": "text", "BOOL": False}.get(field.datatype, 0)
    size = math.prod(shape)
    data = [zero] * size if size <= MOST_VALUES else []
    return {"name": field.name, "datatype": field.datatype, "shape": shape, "data": data}


def shape_of(field: Field, *, count: int, nested: list[int]) -> list[int]:
    """The shape of so many values, `nested` in lists of these sizes or flat; Wrong if they have none."""
    if nested:
        return _fitting(field, nested, count)
    if field.shape_text.strip():
        sizes = SEPARATORS.split(field.shape_text.strip(" []\t"))
        if not all(size.isdecimal() for size in sizes):
            raise Wrong(_("Write the shape as whole numbers, like 1, 3, 224, 224."))
        return _fitting(field, [int(size) for size in sizes], count)
    if field.needs_shape:
        raise Wrong(_("More than one size is free, so write the shape too."))
    if -1 not in field.shape:
        return _fitting(field, list(field.shape), count)
    filled_rows, rest = divmod(count, field.row_size) if field.row_size else (0, count)
    if rest:
        raise Wrong(
            ngettext(
                "%(count)d value doesn't fill rows of %(size)d.",
                "%(count)d values don't fill rows of %(size)d.",
                count,
            )
            % {"count": count, "size": field.row_size}
        )
    return [filled_rows if size == -1 else size for size in field.shape]


def _fitting(field: Field, shape: list[int], count: int) -> list[int]:
    pairs = zip(shape, field.shape, strict=False)
    if len(shape) != len(field.shape) or any(own not in {-1, size} for size, own in pairs):
        raise Wrong(
            _("The shape is %(given)s, but the input takes %(taken)s.")
            % {"given": shape, "taken": field.shape_label}
        )
    if math.prod(shape) != count:
        raise Wrong(
            ngettext(
                "There is %(count)d value, but the shape %(shape)s takes %(size)d.",
                "There are %(count)d values, but the shape %(shape)s takes %(size)d.",
                count,
            )
            % {"count": count, "shape": shape, "size": math.prod(shape)}
        )
    return shape
