"""One deployment as a page: built here, drawn by the pages that change it when a change is refused."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from core import moments, quantities
from core.errors import PlatformError
from core.http import is_partial, page_actor
from models_registry.lifecycle import Stage
from serving import selectors
from serving.models import Deployment, Phase, Route, ServerState
from serving.pages import actions
from serving.pages.tones import BRING_UP, PHASE_TONES, TAKE_DOWN

AT_REST = {Phase.READY, Phase.FAILED, Phase.UNLOADED}
TEMPLATE = "serving/deployment_detail.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A wish that was not granted, with what was typed."""

    error: PlatformError
    action_id: str
    reason: str = ""


def show(request: HttpRequest, deployment: Deployment, *, refused: Refused | None = None) -> HttpResponse:
    """The page, or its live parts for a poll; a refused wish stands above it with what was typed."""
    context = _context(request, deployment)
    if refused is not None:
        buttons = [*context["actions"], *context["traffic_actions"]]
        again = next((button for button in buttons if button.id == refused.action_id), None)
        context |= {"refused": refused, "again": None if again is None or again.why else again}
    context["partial"] = is_partial(request) and refused is None
    # A poll that already shows these buttons leaves them alone, and with them what is typed in their dialogs.
    context["new_buttons"] = request.GET.get("buttons") != context["buttons"]
    template = f"{TEMPLATE}#poll" if context["partial"] else TEMPLATE
    return render(request, template, context, status=refused.error.status if refused else 200)


def answer(deployment: Deployment, route: Route | None) -> str:
    """One sentence: what is wished, what is so, what comes next."""
    words = {"version": deployment.version, "server": deployment.server.name}
    if deployment.phase == Phase.READY and _is_away(deployment):
        words["when"] = moments.relative(deployment.server.seen_at or deployment.changed_at)
        return _("%(version)s was loaded on %(server)s when it last answered, %(when)s.") % words
    if deployment.phase == Phase.READY and route is not None and route.observed_id == deployment.version_id:
        words["name"] = deployment.version.model.name
        return _("%(version)s is loaded on %(server)s and answers as %(name)s.") % words
    if deployment.phase == Phase.READY:
        return _("%(version)s is loaded on %(server)s and answers under its own name.") % words
    if deployment.phase == Phase.RETRYING:
        failed = _("%(version)s could not be loaded on %(server)s.") % words
        return f"{failed} {_next_try(deployment)}"
    if deployment.phase == Phase.UNLOADING and deployment.last_error:
        failed = _("%(version)s could not be unloaded from %(server)s.") % words
        return f"{failed} {_next_try(deployment)}"
    if deployment.phase == Phase.FAILED:
        return _("%(version)s could not be loaded on %(server)s, and trying again alone won't help.") % words
    sentences = {
        Phase.WORKING: _("Conch is loading %(version)s on %(server)s."),
        Phase.WAITING: _("%(version)s is about to be loaded on %(server)s."),
        Phase.UNLOADING: _("Conch is unloading %(version)s from %(server)s."),
        Phase.UNLOADED: _("%(version)s is not loaded on %(server)s, as wished."),
    }
    return sentences[deployment.phase] % words


def status(deployment: Deployment) -> tuple[str, object]:
    """(tone, word); whether something is loaded on a server that does not answer is not known."""
    if deployment.phase == Phase.READY and _is_away(deployment):
        return "warn", _("Not known")
    return PHASE_TONES[deployment.phase], deployment.phase.label


def _is_away(deployment: Deployment) -> bool:
    return deployment.server.state == ServerState.UNREACHABLE


def _next_try(deployment: Deployment) -> str:
    if not deployment.retryable:
        return _("Trying again alone won't help.")
    due = deployment.due_at
    if due is None or due <= timezone.now():
        return _("Conch is about to try again.")
    return _("Conch tries again %(when)s.") % {"when": moments.relative(due)}


def _context(request: HttpRequest, deployment: Deployment) -> dict[str, Any]:
    version = deployment.version
    route = selectors.route_of(version.model_id)
    tried, total = selectors.attempts(deployment)
    involved = route is not None and version.pk in {route.version_id, route.observed_id, route.previous_id}
    has_traffic = involved or version.stage == Stage.DEPLOYED
    actor = page_actor(request)
    on_row = actions.on_deployment(deployment, route=route, actor=actor)
    on_route = (
        actions.on_traffic(version, deployment=deployment, route=route, actor=actor) if has_traffic else []
    )
    tone, word = status(deployment)
    moving = not deployment.settled or (has_traffic and route is not None and route.phase not in AT_REST)
    return {
        "deployment": deployment,
        "version": version,
        "route": route,
        "has_traffic": has_traffic,
        "answer": answer(deployment, route),
        "attempts": tried,
        "earlier": total - len(tried),
        "pending": _pending(deployment, tried),
        "server_away": _is_away(deployment),
        "tone": tone,
        "word": word,
        "actions": on_row,
        "traffic_actions": on_route,
        "buttons": _shown_buttons(deployment, [*on_row, *on_route]),
        "moving": moving,
        "facts": _facts(deployment),
    }


def _shown_buttons(deployment: Deployment, buttons: list[actions.Action]) -> str:
    """Which buttons a page shows and which of them are on, as text to compare."""
    ready = ["try"] if deployment.phase == Phase.READY and not _is_away(deployment) else []
    return "-".join([*ready, *(f"{button.id}{int(not button.why)}" for button in buttons)])


def _pending(deployment: Deployment, tried: list[selectors.Attempt]) -> list[str]:
    """The steps that are still to come in the attempt under way, or in the first one."""
    plan = BRING_UP if deployment.wanted else TAKE_DOWN
    if deployment.settled:
        return []
    if not deployment.is_claimed:
        return [] if deployment.last_error else list(plan)
    done = {step.name for step in tried[0].steps} if tried and tried[0].claim == deployment.claim else set()
    return [name for name in plan if name not in done]


def _facts(deployment: Deployment) -> list[tuple[object, object]]:
    return [
        (_("Name in Triton"), deployment.version.triton_name),
        (_("Stage"), deployment.version.get_stage_display()),
        (_("Slowest recorded request"), quantities.milliseconds(deployment.smoke_ms)),
        (_("Failures in a row"), deployment.failures),
        (_("Made"), moments.absolute(deployment.created_at)),
    ]
