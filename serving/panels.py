"""What serving adds to the registry's pages: where a version runs, what it answers, what can be tried."""

from collections.abc import Collection, Iterator

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
    for concern in (
        Concern(tone="bad", word=gettext_lazy("Failed"), rows=_failed, path="version__model_id"),
        Concern(tone="warn", word=gettext_lazy("Retrying"), rows=_retrying, path="version__model_id"),
        Concern(tone="run", word=gettext_lazy("Changing"), rows=_changing, path="version__model_id"),
        Concern(tone="ok", word=gettext_lazy("Serving"), rows=_serving, path="model_id"),
    ):
        panels.register_concern(concern)


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


def _failed() -> QuerySet[Deployment]:
    return _amiss().filter(retryable=False)


def _retrying() -> QuerySet[Deployment]:
    return _amiss().filter(retryable=True)


def _amiss() -> QuerySet[Deployment]:
    return Deployment.objects.filter(wanted=True).exclude(last_error="")


def _changing() -> QuerySet[Deployment]:
    return Deployment.objects.filter(last_error="").exclude(observed_generation=F("generation"))


def _serving() -> QuerySet[Route]:
    return Route.objects.filter(observed__isnull=False)
