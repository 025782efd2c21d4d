"""Sign-in, settings, and the pages for what went wrong."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import RequestDataTooBig
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.accounts import create_token, revoke_token
from core.errors import Invalid, NotFound, PlatformError
from core.forms import TokenForm
from core.http import page_actor, request_id, signed_in
from core.problems import problem_response


@require_GET
@login_required
def account(request: HttpRequest) -> HttpResponse:
    return render(request, "core/account.html")


@require_http_methods(["GET", "POST"])
@login_required
def tokens(request: HttpRequest) -> HttpResponse:
    """The reader's tokens; a new one's secret is shown in this answer and never again."""
    form, secret = TokenForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        _token, secret = create_token(actor=page_actor(request), **form.cleaned_data)
        form = TokenForm()
    page = Paginator(signed_in(request).tokens.all(), 25).get_page(request.GET.get("page"))
    context = {"page": page, "form": form, "secret": secret}
    return render(request, "core/tokens.html", context, status=422 if form.errors else 200)


@require_POST
@login_required
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    revoke_token(actor=page_actor(request), token_id=pk)
    return redirect("core:tokens")


@require_GET
def api_docs(request: HttpRequest) -> HttpResponse:
    """The API as a page, from its own schema; no outside script is loaded."""
    from core.api.reference import sections

    return render(request, "core/api_docs.html", {"sections": sections()})


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    large = isinstance(exception, RequestDataTooBig)
    if request.path.startswith("/api/"):
        detail = "The request is too large." if large else "The request cannot be read."
        return problem_response(Invalid(detail, code="too-large" if large else "bad-request"))
    return render(request, "400.html", {"is_too_large": large}, status=400)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith("/api/"):
        return problem_response(NotFound("There is nothing at this address."))
    return render(request, "404.html", status=404)


def broken(request: HttpRequest) -> HttpResponse:
    if request.path.startswith("/api/"):
        return problem_response(
            PlatformError("Conch failed.", hint="Quote the request id.", request_id=request_id(request))
        )
    return render(request, "500.html", {"request_id": request_id(request)}, status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return HttpResponseForbidden(render(request, "403_csrf.html", {"reason": reason}).content)
