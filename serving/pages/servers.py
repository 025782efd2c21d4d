"""The fleet: what each server is wanted to run, and what it was seen to run."""

from dataclasses import dataclass, replace

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from core.http import is_partial
from serving import selectors
from serving.drift import Contents, compare
from serving.models import ServerState, TritonServer
from serving.pages.tones import server_status
from serving.wishes import wishes

SERVERS_A_PAGE = 25
MODELS_A_PAGE = 25
MOST_NAMES = 25
# More than these and the row links to the server's own page.
MOST_CHIPS = 12


@dataclass(frozen=True, slots=True)
class Row:
    """A server of the list with what is on it."""

    server: TritonServer
    contents: Contents

    @property
    def tone(self) -> str:
        return server_status(self.server, self.contents)[0]

    @property
    def word(self) -> object:
        return server_status(self.server, self.contents)[1]

    @property
    def is_away(self) -> bool:
        return self.server.state == ServerState.UNREACHABLE

    @property
    def shown(self) -> Contents:
        """Every difference, and the first of what is as it should be."""
        return replace(self.contents, ready=self.contents.ready[:MOST_CHIPS])

    @property
    def hidden(self) -> int:
        return self.contents.ready_count - len(self.shown.ready)


@require_GET
@login_required
@vary_on_headers("HX-Request")
def server_list(request: HttpRequest) -> HttpResponse:
    page = Paginator(selectors.servers(), SERVERS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": _rows(list(page)),
        "answer": fleet_answer(selectors.fleet_counts()),
        "partial": is_partial(request),
    }
    template = "serving/server_list.html"
    return render(request, f"{template}#poll" if is_partial(request) else template, context)


@require_GET
@login_required
@vary_on_headers("HX-Request")
def server_detail(request: HttpRequest, pk: int) -> HttpResponse:
    [row] = _rows([selectors.server(pk)])
    found = selectors.deployments(server_id=pk, show="wanted").order_by(
        "version__model__name", "-version__number"
    )
    page = Paginator(found, MODELS_A_PAGE).get_page(request.GET.get("page"))
    names = selectors.public_names(pk)
    states = {listed["name"]: listed for listed in row.server.index}
    context = {
        "row": row,
        "server": row.server,
        "page": page,
        "wanted": [(deployment, states.get(deployment.version.triton_name)) for deployment in page],
        "names": names[:MOST_NAMES],
        "more_names": max(names.count() - MOST_NAMES, 0),
        "answer": server_answer(row),
        "facts": _facts(row.server),
        "partial": is_partial(request),
    }
    template = "serving/server_detail.html"
    return render(request, f"{template}#poll" if is_partial(request) else template, context)


def fleet_answer(counts: selectors.FleetCounts) -> str:
    """One sentence: who doesn't answer, then what is wanted and not there."""
    if not counts.servers:
        return _("No Triton server is connected yet.")
    if counts.away:
        text = ngettext(
            "%(away)d of %(servers)d servers can't be reached: %(names)s. Its last state is shown in grey.",
            "%(away)d of %(servers)d servers can't be reached: %(names)s. Their last state is shown in grey.",
            len(counts.away),
        )
        names = ", ".join(counts.away[:3])
        return text % {"away": len(counts.away), "servers": counts.servers, "names": names}
    if counts.missing:
        text = ngettext(
            "Each server answers, but %(missing)d wanted version is not ready.",
            "Each server answers, but %(missing)d wanted versions are not ready.",
            counts.missing,
        )
        return text % {"missing": counts.missing}
    text = ngettext(
        "The server has what it should.",
        "All %(servers)d servers have what they should.",
        counts.servers,
    )
    return text % {"servers": counts.servers}


def server_answer(row: Row) -> str:
    contents = row.contents
    if row.is_away:
        return _("It doesn't answer. What it last said is shown in grey; Conch asks again every few seconds.")
    if row.server.state == ServerState.UNKNOWN:
        return _("Conch has not asked it yet.")
    if contents.in_sync:
        text = ngettext(
            "It has the %(count)d model that is wanted here, and nothing else.",
            "It has the %(count)d models that are wanted here, and nothing else.",
            contents.ready_count,
        )
        return (
            text % {"count": contents.ready_count}
            if contents.ready_count
            else _("Nothing is wanted here yet.")
        )
    counts = (
        (len(contents.missing), _missing),
        (len(contents.leaving), _leaving),
        (len(contents.unwanted), _unwanted),
    )
    return " ".join(text(count) % {"count": count} for count, text in counts if count)


def _missing(count: int) -> str:
    return ngettext("%(count)d wanted model is not ready.", "%(count)d wanted models are not ready.", count)


def _leaving(count: int) -> str:
    return ngettext("%(count)d model is going away.", "%(count)d models are going away.", count)


def _unwanted(count: int) -> str:
    return ngettext(
        "%(count)d model is loaded that nobody wants here.",
        "%(count)d models are loaded that nobody wants here.",
        count,
    )


def _rows(servers: list[TritonServer]) -> list[Row]:
    wished = wishes([server.pk for server in servers], first=MOST_CHIPS)
    indexes = selectors.indexes([pk for pk, found in wished.items() if found.others])
    return [
        Row(
            server,
            compare(
                index=indexes.get(server.pk, []),
                strays=server.strays,
                seen_at=server.seen_at,
                wishes=wished[server.pk],
            ),
        )
        for server in servers
    ]


def _facts(server: TritonServer) -> list[tuple[object, object]]:
    return [
        (_("Triton"), server.version or "–"),
        (_("gRPC"), server.grpc_url),
        (_("HTTP"), server.http_url),
        (_("Metrics"), server.metrics_url),
        (_("Model repository"), server.repository),
        (_("Started by"), _("Conch") if server.embedded else _("Someone else")),
        (_("Extensions"), ", ".join(server.extensions) or "–"),
    ]
