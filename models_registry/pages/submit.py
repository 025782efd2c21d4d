"""Forms of pages that write: nothing typed is lost, whatever the service says."""

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.errors import PlatformError
from models_registry.forms import RefusableForm


def answer(
    request: HttpRequest,
    form: RefusableForm,
    *,
    template: str,
    context: Mapping[str, Any],
    write: Callable[[dict[str, Any]], HttpResponse],
) -> HttpResponse:
    """The page of a form.

    After a POST, what `write` leads to; or the page again with what was typed and what is wrong, under the
    status of the refusal.
    """
    shown = {**context, "form": form}
    if request.method == "GET":
        return render(request, template, shown)
    if not form.is_valid():
        return render(request, template, shown, status=422)
    try:
        return write(form.cleaned_data)
    except PlatformError as error:
        form.refuse(error)
        return render(request, template, shown, status=error.status)
