"""What serving adds to the registry's pages: where a version runs, what it answers, what can be tried."""

from collections.abc import Collection, Iterator
from typing import Any

from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from models_registry import panels
from models_registry.models import ModelVersion
from models_registry.panels import Action, Concern, Place, Share
from serving import selectors
from serving.models import Deployment, Route
from serving.pages.tones import PHASE_TONES


def register_own() -> None:
    panels.register_id("D", "serving:deployment_detail")
    panels.where_it_runs.register(places)
    panels.traffic.register(shares)
    panels.actions.register(actions)
    panels.register_concern(Concern(tone="bad", word=gettext_lazy("Failed"), model_ids=_failed))
    panels.register_concern(Concern(tone="warn", word=gettext_lazy("Retrying"), model_ids=_retrying))
    panels.register_concern(Concern(tone="run", word=gettext_lazy("Changing"), model_ids=_changing))
    panels.register_concern(Concern(tone="ok", word=gettext_lazy("Serving"), model_ids=_serving))


def places(versions: QuerySet[ModelVersion]) -> Iterator[Place]:
    """What is wished for these versions on each server, and what is so; newest version first."""
    found = Deployment.objects.filter(version__in=versions).select_related("version", "server")
    fields = [field.name for field in Deployment._meta.concrete_fields]
    found = found.only(*fields, "version__number", "server__name")
    for deployment in found.order_by("-version__number", "server__name"):
        phase = deployment.phase
        yield Place(
            version_id=deployment.version_id,
            number=deployment.version.number,
            server=deployment.server.name,
            server_url=reverse("serving:server_detail", args=[deployment.server_id]),
            label=str(deployment),
            url=reverse("serving:deployment_detail", args=[deployment.pk]),
            tone=PHASE_TONES[phase],
            word=phase.label,
            detail=deployment.last_error,
            since=deployment.ready_at,
        )


def shares(model_ids: Collection[int]) -> Iterator[Share]:
    """One version answers all of a model's traffic: the one that Triton was seen to have under its name."""
    found = Route.objects.filter(model_id__in=model_ids, observed__isnull=False)
    for model_id, number, stage in found.values_list("model_id", "observed__number", "observed__stage"):
        yield Share(model_id=model_id, number=number, stage=stage, percent=100.0)


def actions(version: ModelVersion) -> Iterator[Action]:
    ready = selectors.is_ready(version)
    yield Action(
        id="try",
        label=_("Try it"),
        icon="terminal",
        url=f"{reverse('serving:playground')}?version={version.pk}",
        permission="inference.run",
        why="" if ready else _("No server has %(version)s ready.") % {"version": version},
    )


def _failed() -> QuerySet[Any, Any]:
    return _wanted().exclude(last_error="").filter(retryable=False).values("version__model_id")


def _retrying() -> QuerySet[Any, Any]:
    return _wanted().exclude(last_error="").filter(retryable=True).values("version__model_id")


def _changing() -> QuerySet[Any, Any]:
    found = Deployment.objects.order_by().filter(last_error="")
    return found.exclude(observed_generation=F("generation")).values("version__model_id")


def _serving() -> QuerySet[Any, Any]:
    return Route.objects.order_by().filter(observed__isnull=False).values("model_id")


def _wanted() -> QuerySet[Any, Any]:
    return Deployment.objects.order_by().filter(wanted=True)
