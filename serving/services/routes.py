"""Routes: which version the public name answers with."""

import logging
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.actors import WORKER, Actor
from core.audit import record
from core.dispatch import after_commit
from core.errors import Conflict, Invalid, PlatformError, Upstream, missing
from models_registry.access import require_on_model, require_on_version
from models_registry.lifecycle import Stage
from models_registry.models import ModelVersion
from models_registry.permissive import refuse_serving
from serving import alias
from serving.models import Deployment, Observed, Route, TritonServer
from serving.reconcile import Action, next_route_step
from serving.services import claims

log = logging.getLogger(__name__)


@transaction.atomic(durable=True)
def route_traffic(*, actor: Actor, version_id: int, reason: str) -> Route:
    """Let the public name answer with a deployed version: a roll-back, or forward again.

    Raises:
        Conflict: the version was not approved for deployment, or no server has it ready.
    """
    require_on_version(actor, "route.operate", version_id=version_id)
    _need_reason(reason)
    version = (
        ModelVersion.objects.select_for_update(of=("self",))
        .select_related("model")
        .filter(pk=version_id)
        .first()
    )
    if version is None:
        raise missing(_("version with this id"))
    if version.stage != Stage.DEPLOYED:
        raise Conflict(
            _("%(version)s is %(stage)s; only deployed versions take traffic.")
            % {"version": version, "stage": version.get_stage_display()},
            code="not-deployed",
            hint=_("Request its promotion to deployed first."),
        )
    refuse_serving(version)
    deployment = (
        Deployment.objects.filter(version=version, wanted=True, observed=Observed.READY)
        .select_related("server")
        .first()
    )
    if deployment is None:
        raise Conflict(
            _("No server has %(version)s ready.") % {"version": version},
            code="not-ready",
            hint=_("Load it first."),
        )
    route = Route.objects.select_for_update().filter(model=version.model).first()
    return wish_route(
        version, server=deployment.server, route=route, decided_at=timezone.now(), actor=actor, reason=reason
    )


@transaction.atomic(durable=True)
def stop_traffic(*, actor: Actor, model_name: str, reason: str) -> Route:
    """Take the public name away: callers get “unknown model” until a version is routed again."""
    require_on_model(actor, "route.operate", name=model_name)
    _need_reason(reason)
    route = (
        Route.objects.select_for_update(of=("self",))
        .select_related("model")
        .filter(model__name=model_name)
        .first()
    )
    if route is None or route.version_id is None:
        raise Conflict(_("%(name)s has no traffic to stop.") % {"name": model_name}, code="no-traffic")
    before = _wish(route)
    route.previous, route.version, route.wished_at = route.version, None, timezone.now()
    claims.wish_again(route)
    route.save()
    record(
        actor, "route.stop", route, before=before, after=_wish(route), reason=reason, model_name=model_name
    )
    after_commit("serving.reconcile_route", route.pk)
    return route


def wish_route(
    version: ModelVersion,
    *,
    server: TritonServer,
    route: Route | None,
    decided_at: datetime,
    actor: Actor,
    reason: str,
) -> Route:
    """Point the wish at a version; the caller holds the locks of the version and the route.

    `decided_at` is when that was decided, not when it is written: the later decision wins.
    """
    before = _wish(route) if route else None
    if route is None:
        route = Route(model=version.model, server=server, generation=0)
    route.previous = route.version if route.version_id != version.pk else route.previous
    route.version, route.server, route.wished_at = version, server, decided_at
    claims.wish_again(route)
    route.save()
    record(
        actor,
        "route.point",
        route,
        before=before,
        after=_wish(route),
        reason=reason,
        model_name=version.model.name,
    )
    after_commit("serving.reconcile_route", route.pk)
    return route


def reconcile_route(*, route_id: int) -> None:
    """Make the alias in Triton follow the wish."""
    route = claims.take(Route, route_id)
    if route is None:
        return
    action = next_route_step(
        wished=route.version_id,
        observed=route.observed_id,
        generation=route.generation,
        observed_generation=route.observed_generation,
    )
    error: PlatformError | None = None
    observed: dict[str, object] = {"observed": route.observed}
    try:
        with claims.held(route):
            if action is Action.POINT:
                alias.point(route)
                observed = {"observed": route.version}
            elif action is Action.REMOVE:
                alias.remove(route)
                observed = {"observed": None}
    except PlatformError as caught:
        error = caught
    except Exception as caught:
        log.exception("route_broke route=%s", route)
        error = Upstream(_("Conch failed inside this step: %(error)s") % {"error": caught}, code="internal")
    with transaction.atomic(durable=True):
        if not claims.settle(route, error=error, **observed):
            return
        if error is None or error.code != route.error_code:
            after = {"version": str(observed["observed"] or ""), "error": error.code if error else ""}
            verb = "route.failed" if error else "route.settled"
            record(WORKER, verb, route, after=after, reason=str(error or ""), model_name=route.model.name)


def _wish(route: Route) -> dict[str, object]:
    return {"version": str(route.version or ""), "server": route.server.name, "generation": route.generation}


def _need_reason(reason: str) -> None:
    if not reason.strip():
        raise Invalid(_("Give a reason. It is kept in the history."), code="no-reason", field="reason")
