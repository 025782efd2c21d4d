"""Search by name or id, over everything that has a page."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core import nav
from experiments.models import Benchmark
from models_registry.models import ModelVersion, PromotionRequest, RegisteredModel
from serving.models import Deployment, TritonServer

MOST_RESULTS = 20
ID = re.compile(r"^([RDB])-(\d{1,18})$", re.IGNORECASE)
VERSION = re.compile(r"^([a-z0-9_-]+)[ .]v(\d{1,9})$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Result:
    kind: str | Promise
    label: str | Promise
    url: str


def find(query: str) -> list[Result]:
    """At most 20 results, ids and exact versions first; without a query, the pages one can go to."""
    if not query:
        return [
            Result(_("Page"), entry.label, reverse(entry.route))
            for _label, group in nav.SIDEBAR
            for entry in group
        ]
    return list(islice(_all(query), MOST_RESULTS))


def _all(query: str) -> Iterator[Result]:
    yield from _by_id(query)
    yield from _version(query)
    for name in RegisteredModel.objects.filter(name__icontains=query).values_list("name", flat=True)[
        :MOST_RESULTS
    ]:
        yield Result(_("Model"), name, reverse("models_registry:model_detail", args=[name]))
    for server in TritonServer.objects.filter(name__icontains=query)[:MOST_RESULTS]:
        yield Result(_("Server"), server.name, reverse("serving:server_detail", args=[server.pk]))
    for _label, group in nav.SIDEBAR:
        for entry in group:
            if query.casefold() in str(entry.label).casefold():
                yield Result(_("Page"), entry.label, reverse(entry.route))


def _by_id(query: str) -> Iterator[Result]:
    match = ID.match(query)
    if match is None:
        return
    letter, pk = match[1].upper(), int(match[2])
    if letter == "R" and PromotionRequest.objects.filter(pk=pk).exists():
        yield Result(_("Review"), f"R-{pk}", reverse("models_registry:review_detail", args=[pk]))
    elif letter == "D" and Deployment.objects.filter(pk=pk).exists():
        yield Result(_("Deployment"), f"D-{pk}", reverse("serving:deployment_detail", args=[pk]))
    elif letter == "B" and Benchmark.objects.filter(pk=pk).exists():
        yield Result(_("Benchmark"), f"B-{pk}", reverse("experiments:benchmark_detail", args=[pk]))


def _version(query: str) -> Iterator[Result]:
    match = VERSION.match(query)
    if match is None:
        return
    found = ModelVersion.objects.filter(model__name__iexact=match[1], number=int(match[2])).select_related(
        "model"
    )
    for version in found.only("number", "model__name"):
        url = reverse("models_registry:version_detail", args=[version.model.name, version.number])
        yield Result(_("Version"), str(version), url)
