"""The inbox and what one wants to be told."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.http import page_actor, signed_in
from core.notices import choosing, inbox, preferences

PER_PAGE = 25


@require_GET
@login_required
def notice_list(request: HttpRequest) -> HttpResponse:
    """What one was told, newest first."""
    user = signed_in(request)
    only = request.GET.get("show") == "unread"
    page = Paginator(inbox.inbox_of(user, unread_only=only), PER_PAGE).get_page(request.GET.get("page"))
    rows = [inbox.told(notice) for notice in page]
    return render(
        request,
        "core/notices.html",
        {"page": page, "rows": rows, "only_unread": only, "newest": rows[0].pk if rows else 0},
    )


@require_GET
@login_required
def notice_open(request: HttpRequest, pk: int) -> HttpResponse:
    """Go to what a notice is about, which marks it read: a private mark that nobody else sees."""
    notice = inbox.mark_read(user=signed_in(request), notice_id=pk)
    return redirect(inbox.told(notice).url or "core:notice_list")


@require_POST
@login_required
def notice_read(request: HttpRequest, pk: int) -> HttpResponse:
    inbox.mark_read(user=signed_in(request), notice_id=pk)
    return redirect("core:notice_list")


@require_POST
@login_required
def notice_read_all(request: HttpRequest) -> HttpResponse:
    """Those on the page that was read, and older: what came meanwhile stays unread."""
    newest = request.POST.get("up_to", "")
    inbox.mark_all_read(user=signed_in(request), up_to=int(newest) if newest.isdecimal() else None)
    return redirect("core:notice_list")


@require_http_methods(["GET", "POST"])
@login_required
def notice_choices(request: HttpRequest) -> HttpResponse:
    """Which kinds reach the reader, and how."""
    user = signed_in(request)
    if request.method == "POST":
        choices, language = choosing.read(request.POST)
        preferences.choose(actor=page_actor(request), choices=choices, language=language)
        return redirect("core:notice_choices")
    return render(request, "core/notice_choices.html", choosing.view(user))
