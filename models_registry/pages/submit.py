"""Forms of pages that write: nothing typed is lost, whatever the service says."""

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core import proof
from core.errors import PlatformError
from models_registry.forms import RefusableForm

Write = Callable[[dict[str, Any]], HttpResponse]


def answer(
    request: HttpRequest,
    form: RefusableForm,
    *,
    template: str,
    context: Mapping[str, Any] | Callable[[], Mapping[str, Any]],
    write: Write,
    key: str = "form",
) -> HttpResponse:
    """The page of a form.

    After a POST, what `write` leads to; or the page again with what was typed and what is wrong, under the
    status of the refusal.

    Args:
        context: what else the page shows; a function is called once it is known that the page is shown.
        key: the form's own name in the template, where it has several.
    """
    status = 200
    if request.method != "GET":
        status = 422
        if form.is_valid():
            try:
                return write(form.cleaned_data)
            except PlatformError as error:
                form.refuse(error)
                status = error.status
    shown = context() if callable(context) else context
    return render(request, template, {**shown, key: form}, status=status)


def signed(request: HttpRequest, write: Write) -> Write:
    """Write only after the password, where the form asks for it, is right."""

    def after(given: dict[str, Any]) -> HttpResponse:
        if "password" in given:
            proof.confirm(request, given.pop("password"))
        return write(given)

    return after
