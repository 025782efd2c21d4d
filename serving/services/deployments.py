"""Deployments: follow what the registry decided, and bring Triton to it."""

import logging

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.actors import WORKER, Actor
from core.audit import record
from core.dispatch import after_commit
from core.errors import Conflict, PlatformError, Upstream, missing
from models_registry.access import require_on_version
from models_registry.lifecycle import Stage
from models_registry.models import ModelVersion
from models_registry.permissive import is_free, refuse_serving
from serving import bring_up
from serving.models import Deployment, Observed, Route, TritonServer
from serving.reconcile import Action, Wish, next_step
from serving.services import claims, steps
from serving.services.routes import wish_route

log = logging.getLogger(__name__)


@transaction.atomic(durable=True)
def follow_version(*, version_id: int) -> None:
    """Turn a version's stage into wishes: load it while servable, route it when deployed, else unload it.

    Harmless to repeat: it changes only what does not follow the stage yet.
    """
    found = ModelVersion.with_deleted.select_for_update(of=("self",)).select_related("model__workspace")
    version = found.get(pk=version_id)
    gone = version.is_ended or version.deleted_at is not None
    if version.is_servable and not gone and not is_free(version):
        _wish_loaded(version)
    elif gone:
        for deployment in version.deployments.select_for_update().filter(wanted=True):
            _change_wish(deployment, version, wanted=False, actor=WORKER, reason=version.stage_reason)
    if version.stage == Stage.DEPLOYED and not gone and not is_free(version):
        route = Route.objects.select_for_update().filter(model=version.model).first()
        if route is None or route.wished_at < version.stage_changed_at:
            home = version.deployments.filter(wanted=True).select_related("server").first()
            if home is not None:
                wish_route(
                    version,
                    server=home.server,
                    route=route,
                    decided_at=version.stage_changed_at,
                    actor=WORKER,
                    reason=version.stage_reason,
                )


@transaction.atomic(durable=True)
def set_wanted(*, actor: Actor, deployment_id: int, wanted: bool, reason: str = "") -> Deployment:
    """Wish a servable version loaded on or unloaded from its server.

    Raises:
        Conflict: it serves traffic and may not be unloaded, or its life has ended and it may not be loaded.
    """
    _require_on(deployment_id, actor)
    version, deployment = _locked(deployment_id)
    if wanted and (not version.is_servable or version.deleted_at is not None):
        raise Conflict(
            _("%(version)s is %(stage)s and is not served any more.")
            % {"version": version, "stage": version.get_stage_display()},
            code="not-servable",
        )
    if wanted:
        refuse_serving(version)
    route = (
        Route.objects.select_for_update().filter(model_id=version.model_id, server=deployment.server).first()
    )
    if not wanted and route is not None and version.pk in {route.version_id, route.observed_id}:
        raise Conflict(
            _("%(version)s serves traffic as %(name)s.") % {"version": version, "name": version.model.name},
            code="serves-traffic",
            hint=_("Route the traffic to another version, or stop it, first."),
        )
    if deployment.wanted != wanted:
        _change_wish(deployment, version, wanted=wanted, actor=actor, reason=reason)
    return deployment


@transaction.atomic(durable=True)
def retry_deployment(*, actor: Actor, deployment_id: int) -> Deployment:
    """Try again now what failed, without waiting for the sweep."""
    _require_on(deployment_id, actor)
    version, deployment = _locked(deployment_id)
    if deployment.is_claimed:
        raise Conflict(_("%(deployment)s is being worked on now.") % {"deployment": deployment}, code="busy")
    claims.wish_again(deployment)
    deployment.save()
    record(actor, "deployment.retry", deployment, after=_wish(deployment), model_name=version.model.name)
    after_commit("serving.reconcile_deployment", deployment.pk)
    return deployment


def reconcile_deployment(*, deployment_id: int) -> None:
    """Bring one deployment to its wish. Any process may die at any line: the sweep asks again."""
    deployment = claims.take(Deployment, deployment_id)
    if deployment is None:
        return
    action = next_step(
        Wish(
            wanted=deployment.wanted,
            generation=deployment.generation,
            observed_generation=deployment.observed_generation,
            observed_ready=deployment.observed == Observed.READY,
        )
    )
    steps.begin(deployment)
    error, observed = None, {}
    try:
        with claims.held(deployment):
            if action is Action.BRING_UP:
                observed = bring_up.bring_up(deployment)
            elif action is Action.TAKE_DOWN:
                observed = bring_up.take_down(deployment)
    except claims.ClaimLost:
        log.warning("claim_lost deployment=%s", deployment)
        return
    except PlatformError as caught:
        error = caught
    except Exception as caught:
        log.exception("deployment_broke deployment=%s", deployment)
        error = Upstream(_("Conch failed inside this step: %(error)s") % {"error": caught}, code="internal")
    _settle(deployment, error=error, observed=observed)


def _settle(deployment: Deployment, *, error: PlatformError | None, observed: dict[str, object]) -> None:
    with transaction.atomic(durable=True):
        version = deployment.version
        if not claims.settle(deployment, error=error, **observed):
            return
        verb = "deployment.failed" if error else f"deployment.{observed.get('observed', 'checked')}"
        after = {"generation": deployment.generation, "error": error.code if error else ""}
        reason = str(error) if error else ""
        # A failure that repeats on each try is one event, not one per try.
        if error is None or error.code != deployment.error_code:
            record(WORKER, verb, deployment, after=after, reason=reason, model_name=version.model.name)
        route = Route.objects.filter(model_id=version.model_id, due_at__isnull=False).first()
        if error is None and route is not None:
            Route.objects.filter(pk=route.pk).update(due_at=timezone.now())
            after_commit("serving.reconcile_route", route.pk)


def _wish_loaded(version: ModelVersion) -> None:
    server = TritonServer.objects.order_by("pk").first()
    if server is None or version.deployments.exists():
        return
    deployment = Deployment.objects.create(version=version, server=server, due_at=timezone.now())
    record(WORKER, "deployment.create", deployment, after=_wish(deployment), model_name=version.model.name)
    after_commit("serving.reconcile_deployment", deployment.pk)


def _change_wish(
    deployment: Deployment, version: ModelVersion, *, wanted: bool, actor: Actor, reason: str
) -> None:
    before = _wish(deployment)
    deployment.wanted = wanted
    claims.wish_again(deployment)
    deployment.save()
    verb = "deployment.load" if wanted else "deployment.unload"
    record(
        actor,
        verb,
        deployment,
        before=before,
        after=_wish(deployment),
        reason=reason,
        model_name=version.model.name,
    )
    after_commit("serving.reconcile_deployment", deployment.pk)


def _require_on(deployment_id: int, actor: Actor) -> None:
    """Raise Forbidden unless the actor operates the models of the deployment's workspace."""
    found = Deployment.objects.filter(pk=deployment_id).values_list("version_id", flat=True).first()
    require_on_version(actor, "deployment.operate", version_id=found or 0)


def _locked(deployment_id: int) -> tuple[ModelVersion, Deployment]:
    version_id = Deployment.objects.filter(pk=deployment_id).values_list("version_id", flat=True).first()
    if version_id is None:
        raise missing(_("deployment with this id"))
    found = ModelVersion.with_deleted.select_for_update(of=("self",)).select_related("model")
    version = found.get(pk=version_id)
    deployment = (
        Deployment.objects.select_for_update(of=("self",)).select_related("server").get(pk=deployment_id)
    )
    return version, deployment


def _wish(deployment: Deployment) -> dict[str, object]:
    return {
        "version": str(deployment.version),
        "server": deployment.server.name,
        "wanted": deployment.wanted,
        "generation": deployment.generation,
    }
