"""The audit log: reading it, filtered and as of a time; proving it; taking it away."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from core import keyset
from core.actors import Door
from core.errors import Invalid
from core.http import page_actor
from core.models import AuditEvent
from core.trail import checkpoints, exports, filters
from core.trail.proving import prove

ROWS_A_PAGE = 50


@require_GET
@login_required
def audit(request: HttpRequest) -> HttpResponse:
    """What was written, newest first; those without the right see their own."""
    actor = page_actor(request)
    sees_all = actor.may("audit.read")
    events = AuditEvent.objects.all() if sees_all else AuditEvent.objects.filter(actor=actor.user)
    error, asked = None, filters.Filters()
    try:
        asked = filters.read(request.GET)
    except Invalid as found:
        error = found
    events = events.none() if error else asked.of(events)
    before, after = keyset.edge(request.GET.get("before")), keyset.edge(request.GET.get("after"))
    total = keyset.count(events)
    context = {
        "cut": keyset.cut(events, before=before, after=after, size=ROWS_A_PAGE),
        "total": total,
        "is_many": total > keyset.MOST_COUNTED,
        "most": keyset.MOST_COUNTED,
        "sees_all": sees_all,
        "error": error,
        "is_filtered": error is not None or not asked.is_any,
        "doors": list(Door),
        "query": _query(request),
        "checkpoint": checkpoints.newest(),
    }
    return render(request, "core/audit.html", context, status=422 if error else 200)


@require_POST
@login_required
def verify(request: HttpRequest) -> HttpResponse:
    """Walk the whole trail now, and say what was found."""
    proof = prove(actor=page_actor(request))
    return render(request, "core/audit_verified.html", {"proof": proof, "report": proof.report})


@require_POST
@login_required
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The events that the filters select, as JSON with proofs or as a table."""
    kind = "csv" if request.POST.get("kind") == "csv" else "json"
    part = exports.hand_out(actor=page_actor(request), filters=filters.read(request.POST), kind=kind)
    write, content_type = {
        "json": (exports.as_json, "application/json"),
        "csv": (exports.as_csv, "text/csv; charset=utf-8"),
    }[kind]
    response = StreamingHttpResponse(write(part), content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="audit-{part.checkpoint.size}.{kind}"'
    return response


def _query(request: HttpRequest) -> list[tuple[str, str]]:
    """The filters as they were written, for the fields of a form."""
    names = ("actor", "model", "verb", "door", "since", "until")
    return [(name, request.GET[name]) for name in names if request.GET.get(name)]
