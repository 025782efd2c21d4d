"""Reads of the registry for its pages, each in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    SmallIntegerField,
    Value,
    When,
    Window,
)
from django.db.models.functions import RowNumber
from django.utils import timezone

from core.errors import missing
from core.models import AuditEvent, User
from core.roles import Role
from models_registry import panels, rail
from models_registry.lifecycle import Stage
from models_registry.mailboxes import all_accounts
from models_registry.models import (
    CardRevision,
    LegalHold,
    ModelVersion,
    PromotionRequest,
    PromotionState,
    RegisteredModel,
    Review,
    SavedSearch,
    VersionFile,
)

# What a row of a list never shows, and what may be megabytes.
HEAVY = ("signature", "facts", "golden", "warnings", "config_text")
MOST_NAMES = 500
MOST_GENERATIONS = 3
MOST_CHILDREN = 5
MOST_TROUBLE = 3
AMISS = {"bad", "warn"}
SORTS = {"name": ("name",), "-name": ("-name",), "changed": ("-changed_at", "name")}
VERSION, PROMOTION = "models_registry.modelversion", "models_registry.promotionrequest"


@dataclass(frozen=True, slots=True)
class Trouble:
    """How many models are in a bad way, and the first of their names."""

    count: int
    names: list[str]


def in_order(found: QuerySet[RegisteredModel], *, sort: str = "") -> QuerySet[RegisteredModel, Any]:
    """(id, rank of its state in `panels.concerns()`) of each model; the worst first unless sorted.

    All models are ranked to show a few of them, so nothing else of them is read; see `placed`.

    Args:
        sort: a key of SORTS, or "" for what needs attention.
    """
    known = panels.concerns()
    cases = [
        When(pk__in=concern.rows().order_by().values(concern.path), then=Value(rank))
        for rank, concern in enumerate(known)
    ]
    rank = Case(*cases, default=Value(len(known)), output_field=SmallIntegerField())
    order = SORTS.get(sort, ("concern", "-changed_at", "name"))
    return found.annotate(concern=rank).order_by(*order).values_list("pk", "concern")


def placed(ranked: Iterable[tuple[int, int]]) -> list[RegisteredModel]:
    """The models of these ids, in this order, each with its `concern`."""
    ranks = dict(ranked)
    rows = RegisteredModel.objects.select_related("owner").defer("search_text").in_bulk(list(ranks))
    for pk, rank in ranks.items():
        rows[pk].concern = rank  # type: ignore[attr-defined]
    return [rows[pk] for pk in ranks]


def with_concern(found: QuerySet[RegisteredModel]) -> QuerySet[RegisteredModel]:
    """Models with `concern`, the rank of the worst state they are in."""
    known = panels.concerns()
    cases = [When(concern.holds(OuterRef("pk")), then=Value(rank)) for rank, concern in enumerate(known)]
    return found.annotate(concern=Case(*cases, default=Value(len(known)), output_field=SmallIntegerField()))


def trouble() -> Trouble:
    """Models whose state is bad or needs a look, the last changed first."""
    conditions = [concern.holds(OuterRef("pk")) for concern in panels.concerns() if concern.tone in AMISS]
    if not conditions:
        return Trouble(0, [])
    found = RegisteredModel.objects.filter(reduce(or_, map(Q, conditions)))
    names = list(found.order_by("-changed_at").values_list("name", flat=True)[:MOST_TROUBLE])
    return Trouble(len(names) if len(names) < MOST_TROUBLE else found.count(), names)


def in_concern(tone: str) -> int:
    """How many models are in a state of this tone, whatever else they are in."""
    conditions = [concern.holds(OuterRef("pk")) for concern in panels.concerns() if concern.tone == tone]
    return RegisteredModel.objects.filter(reduce(or_, map(Q, conditions))).count() if conditions else 0


def stage_counts(model_ids: Collection[int]) -> dict[int, dict[str, int]]:
    """How many versions each model has in each stage."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    rows = ModelVersion.objects.filter(model_id__in=model_ids).order_by().values("model_id", "stage")
    for row in rows.annotate(count=Count("pk")):
        found[row["model_id"]][row["stage"]] = row["count"]
    return found


def model(name: str) -> RegisteredModel:
    held = Exists(LegalHold.objects.filter(model=OuterRef("pk"), lifted_at=None))
    models = RegisteredModel.objects.select_related("owner").annotate(is_held=held)
    found = with_concern(models).filter(name=name).first()
    if found is None:
        raise missing(f"“{name}”")
    return found


def version(name: str, number: int) -> ModelVersion:
    """One version with its model and its files, without its recorded answers."""
    here = Q(version=OuterRef("pk")) | Q(version=None, model=OuterRef("model"))
    held = Exists(LegalHold.objects.filter(here, lifted_at=None))
    found = ModelVersion.objects.for_list_page().defer("golden").filter(model__name=name, number=number)
    one = found.annotate(is_held=held).first()
    if one is None:
        raise missing(f"{name} v{number}")
    return one


def versions_of(model_id: int) -> QuerySet[ModelVersion]:
    """Rows for a table of versions, newest first."""
    return ModelVersion.objects.for_list_page().defer(*HEAVY).filter(model_id=model_id)


def comparable(model_id: int, *, below: int | None = None) -> QuerySet[ModelVersion]:
    """The versions of a model that one can be chosen from, newest first; `below` a number if given."""
    found = ModelVersion.objects.filter(model_id=model_id).exclude(stage=Stage.DRAFT)
    if below is not None:
        found = found.filter(number__lt=below)
    return found.only("number", "stage").order_by("-number")[:MOST_NAMES]


def in_full(model_id: int, numbers: Collection[int]) -> QuerySet[ModelVersion]:
    """These versions of a model with all that is compared."""
    found = ModelVersion.objects.for_list_page().select_related("derived_from__model")
    return found.defer("golden").filter(model_id=model_id, number__in=numbers)


def ancestors(version: ModelVersion) -> list[ModelVersion]:
    """The version this one derives from, its parent, and so on: the nearest MOST_GENERATIONS."""
    if version.derived_from_id is None:
        return []
    up = "derived_from"
    found = ModelVersion.objects.select_related(
        "model", *(f"{'__'.join([up] * depth)}__model" for depth in range(1, MOST_GENERATIONS + 1))
    )
    one = found.defer(*HEAVY).get(pk=version.pk)
    chain: list[ModelVersion] = []
    while one.derived_from is not None and len(chain) < MOST_GENERATIONS:
        one = one.derived_from
        chain.append(one)
    return chain


def children(version: ModelVersion) -> QuerySet[ModelVersion]:
    """The newest versions that derive from this one."""
    found = ModelVersion.objects.filter(derived_from=version).select_related("model").defer(*HEAVY)
    return found.order_by("-number")[:MOST_CHILDREN]


def newest_card(version_id: int) -> CardRevision | None:
    found = CardRevision.objects.filter(version_id=version_id)
    return found.select_related("author", "approved_by").first()


def card_before(version: ModelVersion) -> CardRevision | None:
    """The newest card of the version that this one derives from, else of the last one before that has one."""
    found = CardRevision.objects.filter(
        version__model_id=version.model_id, version__number__lt=version.number
    )
    own = found.filter(version_id=version.derived_from_id).first() if version.derived_from_id else None
    newest = found.select_related("version__model").order_by("-version__number", "-number")
    return own or newest.first()


def newest_by_stage(model_id: int) -> list[ModelVersion]:
    """The newest versions of each stage, as many as the rail draws; newest first."""
    place = Window(RowNumber(), partition_by=[F("stage")], order_by=F("number").desc())
    found = ModelVersion.objects.filter(model_id=model_id).select_related("model").defer("golden", "facts")
    # Their gates look at each file's scan.
    found = found.prefetch_related(Prefetch("files", VersionFile.objects.select_related("scan")))
    return list(found.annotate(place=place).filter(place__lte=rail.MOST_CARDS).order_by("-number"))


def draft_of(model_id: int, user: User) -> ModelVersion | None:
    """The reader's own unfinished draft of a model, if there is one."""
    drafts = ModelVersion.objects.filter(model_id=model_id, stage=Stage.DRAFT, created_by=user)
    return drafts.select_related("model").defer(*HEAVY).order_by("-number").first()


def baseline(version: ModelVersion, *, live: Sequence[int]) -> ModelVersion | None:
    """What a version is compared with: the one that has traffic, else the one registered before it."""
    others = ModelVersion.objects.filter(model_id=version.model_id).exclude(pk=version.pk)
    others = others.exclude(stage__in=[Stage.DRAFT, Stage.REJECTED]).select_related("model")
    others = others.prefetch_related("files").defer("golden", "facts", "warnings").order_by("-number")
    answering = others.filter(number__in=live).first() if live else None
    return answering or others.filter(number__lt=version.number).first()


def requests() -> QuerySet[PromotionRequest]:
    """Promotion requests with what a row of the queue shows."""
    heavy = [f"version__{field}" for field in HEAVY]
    found = PromotionRequest.objects.select_related("version__model", "requested_by", "assigned_to")
    return found.prefetch_related("reviews__reviewer").defer(*heavy)


def open_requests(model_id: int) -> dict[int, PromotionRequest]:
    """The open request of each version of a model, by the version's id."""
    found = requests().filter(version__model_id=model_id, state=PromotionState.OPEN)
    return {request.version_id: request for request in found}


def latest_request(version_id: int) -> PromotionRequest | None:
    return requests().filter(version_id=version_id).order_by("-pk").first()


def approved_stages(version_id: int) -> set[str]:
    """The stages that reviewers let a version into."""
    found = PromotionRequest.objects.filter(version_id=version_id, state=PromotionState.APPROVED)
    return set(found.values_list("target_stage", flat=True))


def promotion(pk: int) -> PromotionRequest:
    files = VersionFile.objects.select_related("uploaded_by", "scan")
    found = (
        PromotionRequest.objects.select_related(
            "version__model", "version__created_by", "requested_by", "assigned_to", "policy_version"
        )
        .prefetch_related("reviews__reviewer", Prefetch("version__files", queryset=files))
        .defer("version__golden")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise missing(f"R-{pk}")
    return found


def waiting_for(user: User) -> QuerySet[PromotionRequest]:
    """Open requests that this reader may decide on and has not; nobody decides on what they made."""
    if not user.roles & {Role.REVIEWER, Role.VALIDATOR}:
        return PromotionRequest.objects.none()
    me = all_accounts([user.pk]) if user.email else {user.pk}
    made = Q(requested_by__in=me) | Q(version__created_by__in=me) | Q(version__config_edited_by__in=me)
    uploaded = VersionFile.objects.filter(version=OuterRef("version"), uploaded_by__in=me)
    reviewed = Review.objects.filter(promotion=OuterRef("pk"), reviewer__in=me, voided_at=None)
    found = PromotionRequest.objects.filter(~Exists(uploaded), ~Exists(reviewed), state=PromotionState.OPEN)
    found = found.exclude(made).exclude(expires_at__lte=timezone.now())
    found = found.filter(Q(assigned_to=None) | Q(assigned_to=user))
    if Role.REVIEWER in user.roles:
        return found
    own = Q(version__model__owner=user)
    if user.team.strip():
        own |= Q(version__model__team__iexact=user.team.strip())
    versions = ModelVersion.objects.filter(model=OuterRef("version__model"), created_by=user)
    return found.exclude(own).filter(~Exists(versions))


def waiting_count(user: User) -> int:
    """How many requests wait for a reader's verdict."""
    return waiting_for(user).count()


def overdue(at: datetime) -> QuerySet[PromotionRequest]:
    """Open requests whose time is over."""
    return PromotionRequest.objects.filter(state=PromotionState.OPEN, expires_at__lte=at)


def shares(model_ids: Iterable[int]) -> dict[int, list[panels.Share]]:
    """The traffic of each model, the largest share first."""
    found: dict[int, list[panels.Share]] = defaultdict(list)
    for share in panels.traffic.gather(list(model_ids)):
        found[share.model_id].append(share)
    for each in found.values():
        each.sort(key=lambda share: -share.percent)
    return found


def events_of_model(name: str) -> QuerySet[AuditEvent]:
    return AuditEvent.objects.filter(model_name=name).select_related("actor")


def events_of_version(version: ModelVersion, *, labels: Collection[str]) -> QuerySet[AuditEvent]:
    """What happened to a version, to requests for it, and to the things named by `labels`, like “D-77”."""
    requests = version.promotions.values_list("pk", flat=True)
    own = Q(object_type=VERSION, object_id=str(version.pk))
    asked = Q(object_type=PROMOTION, object_id__in=[str(pk) for pk in requests])
    placed = Q(model_name=version.model.name, object_label__in=list(labels))
    return AuditEvent.objects.filter(own | asked | placed).select_related("actor")


def as_results(found: QuerySet[ModelVersion]) -> QuerySet[ModelVersion]:
    """Versions with what a row of a search shows, whichever models they are of."""
    rows = found.select_related("model", "created_by").prefetch_related("aliases")
    return rows.defer(*HEAVY, "search_text", "model__search_text", "model__purpose")


def saved_searches(user: User | None, *, target: str = "") -> QuerySet[SavedSearch]:
    """A person's own searches and those that others share, by name."""
    found = SavedSearch.objects.filter(Q(owner=user) | Q(shared=True)).select_related("owner")
    return found.filter(target=target) if target else found
