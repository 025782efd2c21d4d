"""What is wished for on each server: counted where plainly met, in full where not."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

from django.db.models import Case, CharField, Count, DateTimeField, F, Q, QuerySet, Value, When, Window
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Concat, RowNumber

from serving.drift import Wished, Wishes
from serving.models import Deployment, Observed, Phase, Route

# What a row's phase is derived from.
BOOKKEEPING = ("generation", "observed_generation", "claimed_until", "last_error", "retryable")
DEPLOYMENT_STATE = ("wanted", "observed", *BOOKKEEPING)
ROUTE_STATE = ("version_id", "observed_id", *BOOKKEEPING)
# A server was looked at since the wish changed, so what the row says is no news.
LOOKED_AT = Q(changed_at__lte=F("server__seen_at"))
# Nearly all rows; what a page needs to know about them is their name.
MET = Q(observed_generation=F("generation")) & LOOKED_AT
MET_VERSION = Q(wanted=True, observed=Observed.READY, last_error="") & MET
MET_NAME = Q(version__isnull=False, observed=F("version")) & MET
NEWS_AT = Case(When(LOOKED_AT, then=None), default=F("changed_at"), output_field=DateTimeField(null=True))
MATTERS = (
    Q(wanted=True)
    | Q(observed=Observed.READY)
    | ~Q(observed_generation=F("generation"))
    | Q(changed_at__gt=F("server__seen_at"))
)
TRITON_NAME = Concat("version__model__name", Value(".v"), Cast("version__number", CharField()))
# Server id, id, name in Triton, version number, place on the server, how many there are on it.
Met = tuple[int, int, str, int, int, int]


def wishes(server_ids: Collection[int], *, first: int) -> dict[int, Wishes]:
    """By server id, what is wished there, or was until just now; `first` of what is plainly met."""
    met = dict.fromkeys(server_ids, 0)
    shown: dict[int, list[Wished]] = defaultdict(list)
    others: dict[int, list[Wished]] = defaultdict(list)
    for found in (_met_versions(server_ids, first), _met_names(server_ids, first)):
        for server_id, pk, name, number, place, count in found:
            met[server_id] += count if place == 1 else 0
            if len(shown[server_id]) < first:
                route = "." not in name
                shown[server_id].append(Wished(name, number, pk, route, True, True, Phase.READY, None))
    for server_id, wished in (*_other_versions(server_ids), *_other_names(server_ids)):
        others[server_id].append(wished)
    return {pk: Wishes(count, shown[pk], others[pk]) for pk, count in met.items()}


def known_names(server_id: int) -> set[str]:
    """The names that a server may rightly have."""
    versions = Deployment.objects.filter(MATTERS, server=server_id).values_list(TRITON_NAME, flat=True)
    names = Route.objects.filter(server=server_id).exclude(version=None, observed=None)
    return {*versions, *names.values_list("model__name", flat=True)}


def _met_versions(server_ids: Collection[int], first: int) -> Iterable[Met]:
    met = Deployment.objects.filter(MET_VERSION, server__in=server_ids)
    return _first_of(met, "version__model__name", "-version__number", name=TRITON_NAME, most=first)


def _met_names(server_ids: Collection[int], first: int) -> Iterable[Met]:
    met = Route.objects.filter(MET_NAME, server__in=server_ids)
    return _first_of(met, "model__name", name=F("model__name"), most=first)


def _first_of(
    met: QuerySet[Deployment] | QuerySet[Route], *order: str, name: Combinable, most: int
) -> Iterable[Met]:
    """The first rows of each server and, with each, how many there are."""
    server = [F("server_id")]
    found = met.annotate(
        triton_name=name,
        place=Window(RowNumber(), partition_by=server, order_by=list(order)),
        count=Window(Count("pk"), partition_by=server),
    )
    found = found.filter(place__lte=most).order_by("server_id", "place")
    return found.values_list("server_id", "pk", "triton_name", "version__number", "place", "count")


def _other_versions(server_ids: Collection[int]) -> Iterator[tuple[int, Wished]]:
    rows = Deployment.objects.filter(MATTERS, ~MET_VERSION, server__in=server_ids)
    columns = ("server_id", "pk", TRITON_NAME, "version__number", NEWS_AT, *DEPLOYMENT_STATE)
    others = rows.order_by("version__model__name", "-version__number").values_list(*columns)
    for server_id, pk, name, number, changed_at, *state in others:
        phase = Deployment(**dict(zip(DEPLOYMENT_STATE, state, strict=True))).phase
        wanted, observed = state[0], state[1] == Observed.READY
        yield server_id, Wished(name, number, pk, False, wanted, observed, phase, changed_at)


def _other_names(server_ids: Collection[int]) -> Iterator[tuple[int, Wished]]:
    rows = Route.objects.filter(~MET_NAME, server__in=server_ids).order_by("model__name")
    columns = ("server_id", "pk", "model__name", "version__number", NEWS_AT, *ROUTE_STATE)
    for server_id, pk, name, number, changed_at, *state in rows.values_list(*columns):
        route = Route(**dict(zip(ROUTE_STATE, state, strict=True)))
        wanted, observed = route.version_id is not None, route.observed_id is not None
        yield server_id, Wished(name, number, pk, True, wanted, observed, route.phase, changed_at)
