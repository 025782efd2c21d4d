"""Traffic: which version the public name of a model answers with."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from core.errors import PlatformError, missing
from core.http import page_actor
from serving import selectors, services
from serving.models import Deployment
from serving.pages.deployment_view import Refused, show


@require_POST
@login_required
def route_point(request: HttpRequest, model: str) -> HttpResponse:
    """Posted: `number`, `reason`, and the `deployment` whose page it came from."""
    number, reason = request.POST.get("number", ""), request.POST.get("reason", "")
    version = selectors.version_of(model, int(number)) if number.isdecimal() else None
    if version is None:
        raise missing(f"{model} v{number}")
    try:
        services.route_traffic(actor=page_actor(request), version_id=version.pk, reason=reason)
    except PlatformError as error:
        refused = Refused(error=error, action_id="point", reason=reason)
        return show(request, _came_from(request, model, error), refused=refused)
    now_live = selectors.newest_deployment(version.pk)
    return redirect("serving:deployment_detail", now_live.pk if now_live else request.POST["deployment"])


@require_POST
@login_required
def route_stop(request: HttpRequest, model: str) -> HttpResponse:
    """Posted: `reason`, and the `deployment` whose page it came from."""
    reason = request.POST.get("reason", "")
    try:
        services.stop_traffic(actor=page_actor(request), model_name=model, reason=reason)
    except PlatformError as error:
        refused = Refused(error=error, action_id="stop", reason=reason)
        return show(request, _came_from(request, model, error), refused=refused)
    return redirect("serving:deployment_detail", _came_from(request, model, missing(model)).pk)


def _came_from(request: HttpRequest, model: str, error: PlatformError) -> Deployment:
    """The deployment to show the answer on; without one of this model, the error gets a page of its own."""
    pk = request.POST.get("deployment", "")
    found = selectors.deployments(model=model).filter(pk=int(pk)) if pk.isdecimal() else None
    deployment = (found or selectors.deployments(model=model)).first()
    if deployment is None:
        raise error
    return deployment
