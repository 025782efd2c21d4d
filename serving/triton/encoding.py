"""Tensors between JSON and the wire: {name, datatype, shape, data} in, the same out.

Numbers that JSON does not have stand as the words NaN, Infinity and -Infinity, as protobuf writes them.
"""

import math
from typing import Any

import numpy as np
import tritonclient.grpc as triton
from django.utils.translation import gettext as _
from tritonclient.utils import triton_to_np_dtype

from core.errors import Invalid
from models_registry.inspection.samples import filled

MOST_VALUES = 4_000_000
WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
Tensor = dict[str, Any]


def encode(given: Tensor) -> triton.InferInput:
    """One input, checked: its data must fill its shape with values of its type.

    Args:
        given: {name, datatype, shape, data}; data flat and row-major, or nested as the shape says.
            `fill` instead of data asks for the sample values of inspection.

    Raises:
        Invalid: names the input and says what it should have been.
    """
    if not isinstance(given, dict) or not isinstance(given.get("name"), str) or not given["name"]:
        raise Invalid(
            _("Each input is an object with a name."),
            code="bad-input",
            hint=_('Write {"name": …, "datatype": …, "shape": […], "data": […]}.'),
        )
    name, datatype = given["name"], str(given.get("datatype", ""))
    kind = triton_to_np_dtype(datatype)
    if kind is None:
        raise _wrong(name, _("there is no datatype “%(datatype)s”") % {"datatype": datatype})
    shape = _shape(name, given.get("shape"))
    if "fill" in given:
        values = filled(datatype=datatype, shape=shape)
    else:
        values = _values(name, given.get("data"), kind, datatype)
    count = math.prod(shape)
    if values.size != count:
        raise _wrong(
            name,
            _("%(got)d values do not fill the shape %(shape)s, which takes %(count)d")
            % {"got": values.size, "shape": shape, "count": count},
        )
    if values.ndim > 1 and list(values.shape) != shape:
        raise _wrong(
            name,
            _("its data is nested as %(nested)s, but its shape is %(shape)s")
            % {"nested": list(values.shape), "shape": shape},
        )
    entry = triton.InferInput(name, shape, datatype)
    entry.set_data_from_numpy(values.reshape(shape))
    return entry


def decode(result: Any, entry: Any) -> Tensor:
    """One output of an answer; `data` is flat and row-major."""
    values = result.as_numpy(entry.name)
    if values is None or values.size != math.prod(entry.shape):
        raise Invalid(
            _("Triton sent no data for the output “%(name)s”.") % {"name": entry.name}, code="empty-output"
        )
    return {
        "name": entry.name,
        "datatype": entry.datatype,
        "shape": list(entry.shape),
        "data": _plain(values.ravel()),
    }


def _shape(name: str, given: Any) -> list[int]:
    if not isinstance(given, list | tuple) or not all(type(size) is int for size in given):
        raise _wrong(name, _("its shape is not a list of whole numbers"))
    shape = list(given)
    if any(size < 1 for size in shape) or math.prod(shape) > MOST_VALUES:
        raise _wrong(name, _("the shape %(shape)s is empty or too large") % {"shape": shape})
    return shape


def _values(name: str, data: Any, kind: Any, datatype: str) -> np.ndarray:
    try:
        values = _words(data) if datatype == "BYTES" else _numbers(data, datatype)
        # What does not fit shows below.
        with np.errstate(over="ignore", invalid="ignore"):
            typed = values.astype(kind)
    except OverflowError as error:
        raise _unfit(name, datatype) from error
    except (ValueError, TypeError, RecursionError) as error:
        raise _wrong(
            name, _("its data is not a list of %(datatype)s values") % {"datatype": datatype}
        ) from error
    if not _fits(typed, values):
        raise _unfit(name, datatype)
    return typed


def _words(data: Any) -> np.ndarray:
    values = np.asarray(data, dtype=object)
    if not all(isinstance(value, str) for value in values.flat):
        raise TypeError
    encoded = np.empty(values.shape, dtype=object)
    for place, value in enumerate(values.flat):
        encoded.flat[place] = value.encode()
    return encoded


def _numbers(data: Any, datatype: str) -> np.ndarray:
    values = np.asarray(data)
    if values.dtype.kind in "UO" and datatype.startswith(("FP", "BF")):
        values = np.asarray(data, dtype=object)
        flat = [WORDS[value] if isinstance(value, str) else float(value) for value in _known(values)]
        return np.array(flat, dtype=float).reshape(values.shape)
    if datatype == "BOOL":
        if values.dtype.kind not in "biuf" or values.size == 0 or not np.isin(values, (0, 1)).all():
            raise TypeError
    elif values.dtype.kind in "fO" and not datatype.startswith(("FP", "BF")):
        # NumPy makes floats of whole numbers that no single type holds.
        values = np.asarray(data, dtype=object)
        if not all(isinstance(value, int | float) for value in values.flat):
            raise TypeError
    elif values.dtype.kind not in "iuf" or values.size == 0:
        raise TypeError
    return values


def _known(values: np.ndarray) -> Any:
    """The values, each a number or one of the words; a word that is none raises."""
    for value in values.flat:
        if isinstance(value, str) and value not in WORDS:
            raise ValueError
        yield value


def _fits(typed: np.ndarray, values: np.ndarray) -> bool:
    if typed.dtype.kind == "f":
        return bool(np.array_equal(np.isinf(typed), np.isinf(values.astype(float))))
    return typed.dtype.kind not in "iu" or bool(np.array_equal(typed, values))


def _plain(flat: np.ndarray) -> list[Any]:
    if flat.dtype.kind == "O":
        return [value.decode(errors="replace") for value in flat]
    values = flat.tolist()
    if flat.dtype.kind != "f" or np.isfinite(flat).all():
        return list(values)
    return [value if math.isfinite(value) else _word(value) for value in values]


def _word(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def _unfit(name: str, datatype: str) -> Invalid:
    return _wrong(name, _("some values do not fit %(datatype)s") % {"datatype": datatype})


def _wrong(name: str, why: str) -> Invalid:
    return Invalid(_("Input “%(name)s”: %(why)s.") % {"name": name, "why": why}, code="bad-input", input=name)
