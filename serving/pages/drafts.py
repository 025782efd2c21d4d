"""What a reader has typed in the playground: one value with two views, and what is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from core.errors import PlatformError
from models_registry.models import ModelVersion
from serving import tensor_body, tensors
from serving.pages import snippets
from serving.tensor_values import Wrong
from serving.tensors import Field, Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """`inputs` is None while what was typed is no request; `error` concerns the whole view."""

    view: str
    fields: list[Field] = field(default_factory=list)
    text: str = ""
    inputs: list[Tensor] | None = None
    error: str = ""

    def switched(self, form: Sequence[Field], view: str) -> "Draft":
        """The same value in the other view; where the form can't show it, this one with the reason."""
        assert self.inputs is not None
        if view == self.view:
            return self
        if view == "json":
            return replace(self, view="json", text=tensor_body.to_json(self.inputs))
        try:
            return replace(self, view="form", fields=tensor_body.as_fields(form, self.inputs))
        except Wrong as wrong:
            return replace(self, error=str(wrong))

    def refused(self, error: PlatformError) -> tuple["Draft", bool]:
        """With the error at the input it concerns, and whether there is one."""
        message = str(error)
        if self.view == "json":
            return replace(self, error=message), True
        name = error.context.get("input")
        index = next((each.index for each in self.fields if each.name == name), None)
        if index is None:
            index = tensors.concerned(str(error.detail), self.fields)
        if index is None:
            return self, False
        marked = [replace(each, error=message) if each.index == index else each for each in self.fields]
        return replace(self, fields=marked), True

    def code(self, request: HttpRequest, version: ModelVersion) -> list[tuple[str, str, str]]:
        """(id, name, text) of the request as code, if it is one."""
        if self.inputs is None:
            return []
        path = reverse("infer-infer", args=[version.model.name, version.number])
        url = request.build_absolute_uri(path)
        return [
            ("curl", "curl", snippets.curl(url, self.inputs)),
            ("python", "Python", snippets.python(url, self.inputs)),
        ]


def sample(form: Sequence[Field], golden: Sequence[Mapping[str, Any]], *, example: int | None) -> Draft:
    """The recorded request with this number, counted from 1; zeros where none is recorded.

    A reader who didn't ask for an example gets the first, less its long inputs.
    """
    recorded = golden[min(max(example or 1, 1), len(golden)) - 1]["inputs"] if golden else []
    most = tensors.MOST_VALUES if example else tensors.MOST_UNASKED
    fields = tensors.filled(form, recorded, most_values=most)
    try:
        return Draft(view="form", fields=fields, inputs=[tensors.tensor_of(each) for each in fields])
    except Wrong:
        return Draft(view="form", fields=fields)


def read(form: Sequence[Field], posted: Mapping[str, str]) -> Draft:
    """What was posted, read from the view it was typed in."""
    if posted.get("view") == "json":
        text = posted.get("json", "")
        try:
            return Draft(view="json", text=text, inputs=tensor_body.from_json(text, form))
        except Wrong as wrong:
            return Draft(view="json", text=text, error=str(wrong))
    fields, inputs = [], []
    for each in form:
        text = posted.get(each.id, "").replace("\r\n", "\n")
        typed = replace(each, text=text, shape_text=posted.get(f"shape-{each.index}", ""))
        try:
            inputs.append(tensors.tensor_of(typed))
        except Wrong as wrong:
            typed = replace(typed, error=str(wrong))
        fields.append(typed)
    wrong_ones = any(each.error for each in fields)
    return Draft(
        view="form",
        fields=fields,
        inputs=None if wrong_ones else inputs,
        error=_("Correct the marked inputs first.") if wrong_ones else "",
    )
