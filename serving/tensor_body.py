"""A request of the playground as JSON, the other view of its form."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from serving.tensor_values import Wrong, flat, read_json
from serving.tensors import Field, Tensor, filled, lines, shape_of, tensor_of


def from_json(text: str, form: Sequence[Field]) -> list[Tensor]:
    """The tensors of a request body as the KServe protocol writes it; type and shape may be left out.

    Raises:
        Wrong: it is no JSON, names an unknown input, or lacks one.
    """
    body = read_json(text)
    given = body.get("inputs") if isinstance(body, dict) else body
    if not isinstance(given, list) or not all(
        isinstance(row, dict) and isinstance(row.get("name"), str) for row in given
    ):
        raise Wrong(_('Write {"inputs": [{"name": …, "data": […]}]}.'))
    known = {field.name: field for field in form}
    for row in given:
        if row["name"] not in known:
            raise Wrong(
                _("There is no input named “%(name)s”. The inputs are: %(names)s.")
                % {"name": row["name"], "names": ", ".join(known)}
            )
    lacking = [name for name in known if name not in {row["name"] for row in given}]
    if lacking:
        raise Wrong(_("The input “%(name)s” is missing.") % {"name": lacking[0]})
    return [_completed(row, known[row["name"]]) for row in given]


def to_json(tensors: Iterable[Tensor], *, key: str = "inputs") -> str:
    """The body that carries these tensors, one line for each row of values."""
    parts = []
    for tensor in tensors:
        values = ",\n        ".join(lines(tensor["data"], tensor["shape"], tensor["datatype"]))
        head = [
            f'"{name}": {json.dumps(tensor[name], ensure_ascii=False)}'
            for name in ("name", "datatype", "shape")
        ]
        parts.append(",\n      ".join([*head, f'"data": [\n        {values}\n      ]']))
    body = ",\n    ".join(f"{{\n      {part}\n    }}" for part in parts)
    return f'{{\n  "{key}": [\n    {body}\n  ]\n}}'


def as_fields(form: Iterable[Field], inputs: Sequence[Tensor]) -> list[Field]:
    """The fields that stand for exactly these tensors; Wrong when the form can't show them."""
    shown = filled(form, inputs)
    given = {tensor["name"]: tensor for tensor in inputs}
    for field in shown:
        if tensor_of(field)["shape"] != given[field.name]["shape"]:
            raise Wrong(
                _("The form can't show the shape %(shape)s of “%(name)s”, which takes %(taken)s.")
                % {"shape": given[field.name]["shape"], "name": field.name, "taken": field.shape_label}
            )
    return shown


def _completed(row: dict[str, Any], field: Field) -> Tensor:
    if "data" not in row:
        raise Wrong(_("The input “%(name)s” has no data.") % {"name": field.name})
    values, nested = flat(row["data"])
    datatype, shape = row.get("datatype", field.datatype), row.get("shape")
    if shape is None:
        shape = shape_of(field, count=len(values), nested=nested)
    if not isinstance(shape, list) or not all(type(size) is int for size in shape):
        raise Wrong(_("The shape of “%(name)s” is not a list of whole numbers.") % {"name": field.name})
    return {"name": field.name, "datatype": datatype, "shape": shape, "data": values}
