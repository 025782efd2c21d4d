"""Accounts of programs: who answers for each, and its tokens."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from core.accounts import create_service_account, create_token
from core.errors import Conflict, Invalid, NotFound
from core.forms import ServiceAccountForm, TokenForm
from core.http import page_actor, signed_in
from core.models import Kind, User
from core.roles import Role


@require_http_methods(["GET", "POST"])
@login_required
def service_accounts(request: HttpRequest) -> HttpResponse:
    actor, form = page_actor(request), ServiceAccountForm(request.POST or None)
    if request.method == "POST":
        actor.require("people.manage")
        if form.is_valid():
            try:
                made = create_service_account(actor=actor, **form.cleaned_data)
                return redirect("core:service_accounts_one", pk=made.pk)
            except (Invalid, Conflict) as error:
                form.add_error("username", str(error.detail))
            except NotFound as error:
                form.add_error("held_by", str(error.detail))
    rows = User.objects.filter(kind=Kind.SERVICE).select_related("held_by").order_by("username")
    page = Paginator(rows, 25).get_page(request.GET.get("page"))
    context = {"page": page, "form": form, "why": actor.why_not("people.manage")}
    context["labels"] = dict(Role.choices)
    return render(request, "core/service_accounts.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@login_required
def service_account(request: HttpRequest, pk: int) -> HttpResponse:
    """One account with its tokens; who answers for it, or an admin, makes and ends them."""
    account = get_object_or_404(User.objects.select_related("held_by"), pk=pk, kind=Kind.SERVICE)
    actor, form, secret = page_actor(request), TokenForm(request.POST or None), ""
    why = "" if account.held_by_id == signed_in(request).pk else actor.why_not("people.manage")
    if request.method == "POST":
        if why:
            actor.require("people.manage")
        if form.is_valid():
            try:
                _token, secret = create_token(actor=actor, account_id=account.pk, **form.cleaned_data)
                form = TokenForm()
            except (Invalid, NotFound) as error:
                form.add_error("workspace" if isinstance(error, NotFound) else None, str(error.detail))
    page = Paginator(account.tokens.select_related("workspace"), 25).get_page(request.GET.get("page"))
    context = {"account": account, "page": page, "form": form, "secret": secret, "why": why}
    context["labels"] = dict(Role.choices)
    return render(request, "core/service_account.html", context, status=422 if form.errors else 200)
