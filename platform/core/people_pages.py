"""People and workspaces: everyone sees who may do what, admins change it."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core import people as services
from core.errors import Conflict, Invalid
from core.forms import PersonForm, RolesForm, WorkspaceForm
from core.http import page_actor
from core.models import Kind, User, Workspace
from core.roles import Role
from core.signing_in import lockout, sessions


@require_http_methods(["GET", "POST"])
@login_required
def people(request: HttpRequest) -> HttpResponse:
    """Who is here and what they may do; a POST adds somebody, whose first password is shown once."""
    actor, form = page_actor(request), PersonForm(request.POST or None)
    password, made = "", None
    if request.method == "POST":
        actor.require("people.manage")
        if form.is_valid():
            try:
                made, password = services.add_account(actor=actor, **form.cleaned_data)
                form = PersonForm()
            except (Invalid, Conflict) as error:
                form.add_error("username", str(error.detail))
    rows = User.objects.filter(kind=Kind.PERSON).prefetch_related("memberships__workspace")
    if query := request.GET.get("q", "").strip()[:100]:
        rows = rows.filter(
            Q(username__icontains=query) | Q(first_name__icontains=query) | Q(last_name__icontains=query)
        )
    page = Paginator(rows.order_by("username"), 25).get_page(request.GET.get("page"))
    context = {"page": page, "form": form, "q": query, "password": password, "made": made}
    context |= {"why": actor.why_not("people.manage"), "labels": dict(Role.choices)}
    return render(request, "core/people.html", context, status=422 if form.errors else 200)


@require_GET
@login_required
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One account: roles everywhere and by workspace; for admins also its sessions."""
    return _person(request, pk)


def _person(
    request: HttpRequest, pk: int, *, problem: str = "", password: str = "", status: int = 200
) -> HttpResponse:
    seen, actor = get_object_or_404(User.objects.select_related("held_by"), pk=pk), page_actor(request)
    why = actor.why_not("people.manage")
    places: list[dict[str, Any]] = [
        {"name": "", "held": seen.role_names, "form": RolesForm(initial={"roles": seen.role_names})}
    ]
    for membership in seen.memberships.select_related("workspace"):
        name, held = membership.workspace.name, membership.role_names
        form = RolesForm(initial={"workspace": name, "roles": held}, auto_id=f"id_{name}_%s")
        places.append({"name": name, "held": held, "form": form})
    context = {
        "seen": seen,
        "places": places,
        "new": RolesForm(auto_id="id_new_%s"),
        "why": why,
        "problem": problem,
        "password": password,
        "sessions": [] if why else sessions.listed(seen, here=request.session.session_key),
        "locked_until": lockout.locked_until(seen.username),
        "labels": dict(Role.choices),
    }
    return render(request, "core/person.html", context, status=status)


@require_POST
@login_required
def roles(request: HttpRequest, pk: int) -> HttpResponse:
    actor, form = page_actor(request), RolesForm(request.POST)
    actor.require("people.manage")
    if not form.is_valid():
        return _person(request, pk, problem=_("Choose from the roles and workspaces shown."), status=422)
    try:
        services.set_roles(actor=actor, user_id=pk, **form.cleaned_data)
    except (Invalid, Conflict) as error:
        return _person(request, pk, problem=str(error.detail), status=error.status)
    return redirect("core:people_one", pk=pk)


@require_POST
@login_required
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Switch an account off, with a reason, or on."""
    reason = request.POST.get("reason", "").strip()[:2000]
    try:
        services.set_active(
            actor=page_actor(request), user_id=pk, active=request.POST.get("active") == "1", reason=reason
        )
    except Conflict as error:
        return _person(request, pk, problem=str(error.detail), status=error.status)
    return redirect("core:people_one", pk=pk)


@require_POST
@login_required
def team(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        services.set_team(actor=page_actor(request), user_id=pk, team=request.POST.get("team", ""))
    except Invalid as error:
        return _person(request, pk, problem=str(error.detail), status=error.status)
    return redirect("core:people_one", pk=pk)


@require_POST
@never_cache
@login_required
def reset(request: HttpRequest, pk: int) -> HttpResponse:
    """A new password for somebody who lost theirs, shown in this answer and never again."""
    reason = request.POST.get("reason", "")
    try:
        _user, password = services.reset_sign_in(actor=page_actor(request), user_id=pk, reason=reason)
    except (Invalid, Conflict) as error:
        return _person(request, pk, problem=str(error.detail), status=error.status)
    return _person(request, pk, password=password)


@require_POST
@login_required
def unlock(request: HttpRequest, pk: int) -> HttpResponse:
    seen = get_object_or_404(User, pk=pk)
    lockout.unlock(actor=page_actor(request), username=seen.username)
    messages.info(request, _("%(name)s can try again now.") % {"name": seen.name})
    return redirect("core:people_one", pk=pk)


@require_http_methods(["GET", "POST"])
@login_required
def workspaces(request: HttpRequest) -> HttpResponse:
    """The workspaces and how many people belong to each; a POST adds one."""
    actor, form = page_actor(request), WorkspaceForm(request.POST or None)
    if request.method == "POST":
        actor.require("people.manage")
        if form.is_valid():
            try:
                services.add_workspace(actor=actor, **form.cleaned_data)
                return redirect("core:workspaces")
            except (Invalid, Conflict) as error:
                form.add_error("name", str(error.detail))
    rows = Workspace.objects.annotate(people=Count("memberships")).order_by("name")
    page = Paginator(rows, 25).get_page(request.GET.get("page"))
    context = {"page": page, "form": form, "why": actor.why_not("people.manage")}
    return render(request, "core/workspaces.html", context, status=422 if form.errors else 200)
