"""The public name of a model: a one-step ensemble that points at the live version."""

from pathlib import Path

from django.utils.translation import gettext as _

from core.errors import PlatformError, Upstream
from models_registry import modelconfig
from models_registry.models import ModelVersion
from serving.models import Deployment, Observed, Route
from serving.triton import repository
from serving.triton.connect import control


def point(route: Route) -> None:
    """Load the alias onto the wished version; when that fails, the former one stays as it was.

    Raises:
        Upstream: the version is not ready on the server yet, or Triton cannot be reached.
    """
    version = route.version
    assert version is not None
    ready = Deployment.objects.filter(
        version=version, server=route.server, wanted=True, observed=Observed.READY
    )
    if not ready.exists():
        raise Upstream(_("%(version)s is not ready yet.") % {"version": version}, code="waits-for-deployment")
    client, root, name = control(route.server), Path(route.server.repository), route.model.name
    _write(root, name, version)
    try:
        client.load(name)
        if not client.model_ready(name):
            raise Upstream(_("Triton does not report %(name)s ready.") % {"name": name}, code="not-ready")
    except PlatformError:
        if route.observed is not None:
            _write(root, name, route.observed)
        else:
            repository.remove(root, name)
        raise


def remove(route: Route) -> None:
    """Unload the public name."""
    client, root, name = control(route.server), Path(route.server.repository), route.model.name
    client.unload(name)
    repository.remove(root, name)


def _write(root: Path, name: str, version: ModelVersion) -> None:
    config = modelconfig.ensemble_alias(name, version.triton_name, config_text=version.config_text)
    repository.stage(root, name, config_text=config, files=[])
