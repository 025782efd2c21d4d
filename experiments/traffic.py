"""Whether a benchmark would be felt by those who call a model."""

from django.utils.translation import gettext as _

from core.errors import Conflict
from models_registry.models import ModelVersion
from serving.models import Route


def reaches(version: ModelVersion) -> bool:
    """Whether the model's public name answers with this version, by wish or by fact."""
    route = Route.objects.filter(model_id=version.model_id).first()
    return route is not None and version.pk in {route.version_id, route.observed_id}


def refuse_live(version: ModelVersion, *, confirmed: bool) -> None:
    """Raise Conflict when the load would hit a version that serves callers and nobody accepted it."""
    if confirmed or not reaches(version):
        return
    raise Conflict(
        _("%(version)s serves traffic as %(name)s; its callers would wait longer during a benchmark.")
        % {"version": version, "name": version.model.name},
        code="serves-traffic",
        hint=_("Measure a version without traffic, or let an operator confirm it."),
    )
