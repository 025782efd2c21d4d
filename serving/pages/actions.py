"""What a reader may do to a deployment and to traffic, and why not, by the rules of the services."""

from dataclasses import dataclass, field

from django.urls import reverse
from django.utils.translation import gettext as _

from core.actors import Actor
from models_registry.lifecycle import Stage
from models_registry.models import ModelVersion
from models_registry.pages import buttons
from serving import selectors
from serving.models import Deployment, Phase, Route


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A button. With a `title` it opens a dialog first; with a `why` it is off and says so."""

    id: str
    label: str
    icon: str
    url: str
    title: str = ""
    text: str = ""
    tone: str = ""
    why: str = ""
    asks_reason: bool = False
    fields: list[tuple[str, object]] = field(default_factory=list)


def on_deployment(deployment: Deployment, *, route: Route | None, actor: Actor) -> list[Action]:
    barred = buttons.refusal(actor, "deployment.operate", model=deployment.version.model)
    found = []
    failed = deployment.phase in {Phase.RETRYING, Phase.FAILED, Phase.UNLOADING} and deployment.last_error
    if failed and not deployment.is_claimed:
        found.append(
            Action(
                id="retry",
                label=_("Try again now"),
                icon="refresh-cw",
                url=reverse("serving:deployment_retry", args=[deployment.pk]),
                why=barred,
            )
        )
    found.append(_unload(deployment, route, barred) if deployment.wanted else _load(deployment, barred))
    return found


def on_traffic(
    version: ModelVersion, *, deployment: Deployment, route: Route | None, actor: Actor
) -> list[Action]:
    """Roll back, route here, stop: what fits the present route, seen from one version's deployment."""
    barred = buttons.refusal(actor, "route.operate", model=version.model)
    found = []
    live = route.version if route is not None else None
    if live is not None and route is not None and live.pk == version.pk and route.previous is not None:
        label = _("Roll back to v%(number)d") % {"number": route.previous.number}
        found.append(_point(route.previous, label=label, live=live, deployment=deployment, barred=barred))
    if (live is None or live.pk != version.pk) and version.stage == Stage.DEPLOYED:
        label = _("Route traffic to v%(number)d") % {"number": version.number}
        found.append(_point(version, label=label, live=live, deployment=deployment, barred=barred))
    if live is not None:
        found.append(_stop(live, deployment=deployment, barred=barred))
    return found


def _load(deployment: Deployment, barred: str) -> Action:
    version, server = deployment.version, deployment.server
    ended = _("%(version)s is %(stage)s, and only versions in testing or beyond are served.") % {
        "version": version,
        "stage": version.get_stage_display(),
    }
    return Action(
        id="load",
        label=_("Load"),
        icon="play",
        url=reverse("serving:deployment_load", args=[deployment.pk]),
        title=_("Load %(version)s on %(server)s?") % {"version": version, "server": server.name},
        text=_(
            "Its files are copied, it is loaded beside what runs there, and its recorded answers compared."
            " No traffic moves."
        ),
        why=barred or ("" if version.is_servable else ended),
        asks_reason=True,
    )


def _unload(deployment: Deployment, route: Route | None, barred: str) -> Action:
    version, server = deployment.version, deployment.server
    serves = route is not None and version.pk in {route.version_id, route.observed_id}
    busy = _("It answers as %(name)s. Route the traffic to another version, or stop it, first.") % {
        "name": version.model.name
    }
    return Action(
        id="unload",
        label=_("Unload"),
        icon="archive",
        url=reverse("serving:deployment_unload", args=[deployment.pk]),
        title=_("Unload %(version)s from %(server)s?") % {"version": version, "server": server.name},
        text=_(
            "Running requests finish, then nobody can call %(name)s."
            " The version stays registered and can be loaded again."
        )
        % {"name": version.triton_name},
        tone="danger",
        why=barred or (busy if serves else ""),
        asks_reason=True,
    )


def _point(
    version: ModelVersion, *, label: str, live: ModelVersion | None, deployment: Deployment, barred: str
) -> Action:
    name = version.model.name
    if live is None:
        text = _("Callers of %(name)s get v%(number)d as soon as Triton has changed over.")
    else:
        text = _(
            "Callers of %(name)s get v%(number)d instead of v%(live)d as soon as Triton has changed over."
            " v%(live)d stays loaded."
        )
    why = barred
    if not why and version.stage != Stage.DEPLOYED:
        why = _("%(version)s is %(stage)s; only deployed versions take traffic.") % {
            "version": version,
            "stage": version.get_stage_display(),
        }
    if not why and not selectors.is_ready(version):
        why = _("No server has %(version)s ready. Load it first.") % {"version": version}
    return Action(
        id="point",
        label=label,
        icon="undo-2" if live is not None and live.number > version.number else "arrow-right",
        url=reverse("serving:route_point", args=[name]),
        title=_("%(label)s?") % {"label": label},
        text=text % {"name": name, "number": version.number, "live": live.number if live else 0},
        why=why,
        asks_reason=True,
        fields=[("number", version.number), ("deployment", deployment.pk)],
    )


def _stop(live: ModelVersion, *, deployment: Deployment, barred: str) -> Action:
    name = live.model.name
    return Action(
        id="stop",
        label=_("Stop traffic"),
        icon="pause",
        url=reverse("serving:route_stop", args=[name]),
        title=_("Stop the traffic of %(name)s?") % {"name": name},
        text=_(
            "Callers of %(name)s get “unknown model” until a version is routed again."
            " v%(number)d stays loaded."
        )
        % {"name": name, "number": live.number},
        tone="danger",
        why=barred,
        asks_reason=True,
        fields=[("deployment", deployment.pk)],
    )
