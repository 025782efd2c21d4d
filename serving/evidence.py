"""What serving knows about a version, for the gates."""

from django.utils.translation import gettext as _

from models_registry import guards, modelconfig
from models_registry.guards import Evidence, moment
from models_registry.models import ModelVersion
from serving.models import Deployment, Observed, Route


def register_own() -> None:
    guards.register("loads", loads)
    guards.register("golden-outputs", golden_outputs)
    guards.register("not-served", not_served)


def loads(version: ModelVersion) -> Evidence:
    """Some server has it ready."""
    ready = _ready(version)
    return Evidence(
        gate="loads",
        title=_("Loads"),
        passed=ready is not None,
        value=_("Ready on %(server)s") % {"server": ready.server.name} if ready else _("Not ready"),
        detail=_("Triton reports it ready and it answered.")
        if ready
        else _("No server has this version ready."),
        source=str(ready) if ready else "",
        at=moment(ready.ready_at) if ready else "",
    )


def golden_outputs(version: ModelVersion) -> Evidence:
    """Its answers on the server equal those recorded when the file was read."""
    ready = _ready(version)
    count = len(modelconfig.fitting(version.golden, config_text=version.config_text)) if ready else 0
    passed = ready is not None and ready.smoke_ms is not None
    return Evidence(
        gate="golden-outputs",
        title=_("Golden outputs"),
        passed=passed,
        value=_("%(count)d of %(count)d match") % {"count": count} if passed else "–",
        detail=_("Compared after the last load, with the answers of the sandbox run.")
        if passed
        else _("Load the version on a server first."),
        source=str(ready) if ready else "",
        at=moment(ready.ready_at) if ready else "",
    )


def not_served(version: ModelVersion) -> Evidence:
    """No public name answers with it, by wish or by fact."""
    route = Route.objects.filter(model_id=version.model_id).first()
    live = route is not None and version.pk in {route.version_id, route.observed_id}
    return Evidence(
        gate="not-served",
        title=_("Traffic"),
        passed=not live,
        value=_("Serves traffic") if live else _("None"),
        detail=_("It is still being served as %(name)s.") % {"name": version.model.name} if live else "",
        hint=_("Route its traffic to another version, or stop it, then try again.") if live else "",
    )


def _ready(version: ModelVersion) -> Deployment | None:
    return (
        Deployment.objects.filter(version=version, wanted=True, observed=Observed.READY)
        .select_related("server")
        .order_by("-ready_at")
        .first()
    )
