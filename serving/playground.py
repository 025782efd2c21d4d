"""Try a version: one request, its answer, its latency and where the server spent it."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from core.actors import Actor
from core.errors import Conflict, Invalid
from models_registry.access import require_on_version
from models_registry.models import ModelVersion
from serving.models import Deployment, Observed
from serving.triton import inference
from serving.triton.connect import control

MOST_VALUES = 1_000_000


@dataclass(frozen=True, slots=True)
class Trial:
    """An answer with its time in milliseconds; `split_ms` is None when Triton's counters could not tell."""

    model_name: str
    outputs: list[dict[str, object]]
    latency_ms: float
    split_ms: dict[str, float] | None

    def to_json(self) -> dict[str, object]:
        return {
            "model_name": self.model_name,
            "outputs": self.outputs,
            "latency_ms": self.latency_ms,
            "split_ms": self.split_ms,
        }


def ready_deployment(version: ModelVersion) -> Deployment:
    """The deployment that can answer for a version, or Conflict that says what to do."""
    deployment = (
        Deployment.objects.filter(version=version, wanted=True, observed=Observed.READY)
        .select_related("server", "version__model")
        .first()
    )
    if deployment is None:
        raise Conflict(
            _("No server has %(version)s ready.") % {"version": version},
            code="not-ready",
            hint=_("Promote it to testing, or look at its deployment."),
        )
    return deployment


def try_version(*, actor: Actor, version: ModelVersion, inputs: list[dict[str, object]]) -> Trial:
    """Send one request to a loaded version.

    Raises:
        Forbidden: learners try lab models only.
        Conflict: no server has the version ready.
        Invalid: an input does not fit the signature; the error names it.
    """
    require_on_version(actor, "inference.run", version_id=version.pk)
    deployment = ready_deployment(version)
    known = {tensor["name"]: tensor for tensor in version.signature.get("inputs", ())}
    for given in inputs:
        if given.get("name") not in known:
            raise Invalid(
                _("%(version)s has no input named “%(name)s”.")
                % {"version": version, "name": given.get("name")},
                code="unknown-input",
                hint=_("Its inputs are: %(names)s.") % {"names": ", ".join(known)},
            )
    answer, split = inference.infer_with_split(
        control(deployment.server),
        model=version.triton_name,
        inputs=inputs,
        timeout_s=settings.TRITON.infer_timeout_s,
    )
    return Trial(version.triton_name, answer.outputs, answer.latency_ms, split)
