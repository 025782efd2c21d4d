"""Bring one version up on its server, or take it down; every step may be repeated after a crash."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.errors import Invalid, PlatformError, Upstream, UpstreamTimeout
from models_registry import gates, modelconfig, services
from models_registry.models import ModelVersion
from models_registry.permissive import is_free
from models_registry.services.stages import artifact_digest
from serving import layout
from serving.models import Deployment, Observed
from serving.services.steps import step
from serving.triton import inference, repository
from serving.triton.client import TritonClient
from serving.triton.connect import control

GONE_WITHIN_S = 30.0
# Answers of another machine's kernels differ in the last bits; a wrong model differs by far more.
RTOL, ATOL = 1e-3, 1e-4


def bring_up(deployment: Deployment) -> dict[str, object]:
    """Stage, load and prove one version; return what was observed.

    Raises:
        Invalid: the version itself is at fault; trying again cannot help.
        Upstream: Triton or the store failed; the sweep tries again.
    """
    version, root = deployment.version, Path(deployment.server.repository)
    client, name = control(deployment.server), deployment.version.triton_name
    with step(deployment, "verify"):
        _verify(deployment)
    with step(deployment, "stage") as note:
        config = layout.config_for(version, deployment.server)
        with _blamed(version):
            files = layout.files_of(version)
            note.skipped = not repository.stage(root, name, config_text=config, files=files)
        staged_before = note.skipped
    with step(deployment, "load") as note:
        # A name is never reused and its files never change: ready and staged before means these very files.
        note.skipped = staged_before and client.model_ready(name)
        if not note.skipped:
            _load(client, root, name)
    with step(deployment, "ready"):
        if not client.model_ready(name):
            raise Upstream(
                _("Triton loaded %(name)s but does not report it ready.") % {"name": name}, code="not-ready"
            )
    with step(deployment, "smoke") as note:
        recorded = modelconfig.fitting(version.golden, config_text=version.config_text)
        try:
            smoke_ms = _smoke(client, name, recorded) if recorded else _answers(client, deployment)
        except PlatformError:
            # Ready does not prove health; what cannot answer is taken away; the next try loads it anew.
            with suppress(PlatformError):
                client.unload(name)
            raise
        note.detail = (
            ngettext("%(count)d recorded answer matched", "%(count)d recorded answers matched", len(recorded))
            % {"count": len(recorded)}
            if recorded
            else _("It answered; there was no recorded answer to compare with")
        )
    return {"observed": Observed.READY, "ready_at": timezone.now(), "smoke_ms": smoke_ms}


@contextmanager
def _blamed(version: ModelVersion) -> Iterator[None]:
    """Bytes that are gone or changed put every version that holds them into quarantine, at once."""
    try:
        yield
    except Invalid as error:
        if error.code in {"artifact-changed", "artifact-missing"}:
            for sha256 in version.files.values_list("sha256", flat=True):
                services.check_blob(sha256)
        raise


def take_down(deployment: Deployment) -> dict[str, object]:
    """Unload one version and remove its folder; return what was observed."""
    client, name = control(deployment.server), deployment.version.triton_name
    with step(deployment, "unload"):
        client.unload(name)
        _wait_gone(client, name)
    with step(deployment, "remove"):
        repository.remove(Path(deployment.server.repository), name)
    return {"observed": Observed.ABSENT, "ready_at": None, "smoke_ms": None}


def _verify(deployment: Deployment) -> None:
    """The version is still what was approved: its stage, its digests, its configuration."""
    version = deployment.version
    version.refresh_from_db()
    if not version.is_servable:
        raise Invalid(
            _("%(version)s is %(stage)s and may not be served.")
            % {"version": version, "stage": version.get_stage_display()},
            code="not-servable",
        )
    if version.quarantined_at is not None:
        raise Invalid(
            _("%(version)s is in quarantine: %(reason)s")
            % {"version": version, "reason": version.quarantine_reason},
            code="quarantined",
            hint=_("An operator can release it once its bytes are right again."),
        )
    if is_free(version) or version.deleted_at is not None:
        raise Invalid(_("%(version)s may not be served.") % {"version": version}, code="not-servable")
    if artifact_digest(version.files.all()) != version.artifact_digest:
        raise Invalid(
            _("The files of %(version)s are not those approved.") % {"version": version}, code="digest"
        )
    if modelconfig.digest(version.config_text) != version.config_digest:
        raise Invalid(
            _("The configuration of %(version)s is not the approved one.") % {"version": version},
            code="digest",
        )
    problems = gates.config_problems(version, version.config_text)
    if problems:
        raise Invalid(str(problems[0].message), code="bad-config", hint=str(problems[0].hint))


def _load(client: TritonClient, root: Path, name: str) -> None:
    """Load; a refused model leaves no folder behind."""
    try:
        client.load(name)
    except Invalid:
        repository.remove(root, name)
        raise


def _smoke(client: TritonClient, name: str, recorded: list[dict[str, Any]]) -> float:
    """Send the recorded requests and compare the answers; the slowest took so many milliseconds."""
    slowest = 0.0
    for golden in recorded:
        answer = inference.infer(
            client,
            model=name,
            inputs=golden["inputs"],
            timeout_s=settings.TRITON.infer_timeout_s,
        )
        differences = inference.golden_matches(answer, golden, rtol=RTOL, atol=ATOL)
        if differences:
            raise Invalid(
                _("The answers differ from those recorded when the file was read: %(what)s")
                % {"what": differences[0]},
                code="golden-mismatch",
                hint=_("The server runs this model differently. Check its backend and precision settings."),
            )
        slowest = max(slowest, answer.latency_ms)
    return slowest


def _answers(client: TritonClient, deployment: Deployment) -> float:
    """Send one request made from the signature, where nothing was recorded; it took so many milliseconds."""
    version = deployment.version
    batched = modelconfig.parse(version.config_text).max_batch_size > 0
    answer = inference.infer(
        client,
        model=version.triton_name,
        inputs=[_sample(tensor, batched=batched) for tensor in version.signature["inputs"]],
        timeout_s=settings.TRITON.infer_timeout_s,
    )
    empty = [output["name"] for output in answer.outputs if not output["data"]]
    if empty or not answer.outputs:
        raise Invalid(
            _("The model answers without data: %(names)s.") % {"names": ", ".join(empty) or "–"},
            code="empty-answer",
            hint=_("The server runs this model differently. Check its backend."),
        )
    return answer.latency_ms


def _sample(tensor: dict[str, Any], *, batched: bool) -> dict[str, Any]:
    """A request's input by rule, every free dimension 1."""
    sizes = [1, *tensor["dims"]] if batched else tensor["shape"]
    shape = [size if size > 0 else 1 for size in sizes]
    return {"name": tensor["name"], "datatype": tensor["datatype"], "shape": shape, "fill": "scatter"}


def _wait_gone(client: TritonClient, name: str) -> None:
    """Unloading answers at once; the model is gone when its running requests are."""
    deadline = time.monotonic() + GONE_WITHIN_S
    while any(model.name == name and model.state in {"READY", "UNLOADING"} for model in client.index()):
        if time.monotonic() > deadline:
            raise UpstreamTimeout(
                _("Triton still finishes requests of %(name)s.") % {"name": name}, code="draining"
            )
        time.sleep(0.05)
