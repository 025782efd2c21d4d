"""Many rows, written in bulk."""

import itertools
from datetime import datetime, timedelta
from typing import Any

STAGES = ("retired", "deployed", "testing", "registered", "draft")


def fill(count: int, *, now: datetime) -> None:
    """`count` models of five versions each, one a stage, with what usually surrounds them."""
    from core.models import User
    from core.roles import Role
    from models_registry import modelconfig
    from models_registry.models import ModelVersion, RegisteredModel, VersionFile
    from tests.factories import SIGNATURE

    owner = User.objects.create(username="bench-owner", role_names=[Role.ENGINEER])
    User.objects.create(
        username="bench-reader", role_names=[Role.ENGINEER, Role.REVIEWER, Role.OPERATOR, Role.ADMIN]
    )
    models = RegisteredModel.objects.bulk_create(
        [
            RegisteredModel(
                name=f"model-{index:04d}",
                owner=owner,
                team=f"Team {index % 20}",
                purpose="Reads digits.",
                next_number=6,
            )
            for index in range(count)
        ],
        batch_size=1000,
    )
    config = modelconfig.derive(SIGNATURE, backend="onnxruntime")
    common: dict[str, Any] = {
        "created_by": owner,
        "backend": "onnxruntime",
        "signature": SIGNATURE,
        "config_text": config,
        "config_digest": modelconfig.digest(config),
        "inspection": "passed",
    }
    versions = ModelVersion.objects.bulk_create(
        [
            ModelVersion(
                model=model,
                number=number,
                stage=stage,
                stage_changed_at=now - timedelta(minutes=model.pk % 10_000),
                artifact_digest=f"{model.pk:064x}",
                **common,
            )
            for model in models
            for number, stage in enumerate(STAGES, start=1)
        ],
        batch_size=1000,
    )
    VersionFile.objects.bulk_create(
        [
            VersionFile(
                version=version,
                path="model.onnx",
                sha256=f"{version.pk:064x}",
                size_bytes=20_000,
                uploaded_by=owner,
            )
            for version in versions
        ],
        batch_size=1000,
    )
    _around(versions, owner=owner, now=now)


def _around(versions: list[Any], *, owner: Any, now: datetime) -> None:
    """Deployments and routes for what is served, an open request for every tenth model, a long trail."""
    from django.db import transaction
    from django.utils import timezone

    from core.actors import WORKER
    from core.audit import record
    from models_registry.models import PromotionRequest
    from serving.models import Deployment, Route, TritonServer

    server = TritonServer.objects.get()
    served = [version for version in versions if version.stage in {"deployed", "testing"}]
    ready: dict[str, Any] = {"server": server, "observed": "ready", "observed_generation": 1, "ready_at": now}
    Deployment.objects.bulk_create(
        [Deployment(version=version, **ready) for version in served], batch_size=1000
    )
    routes = [
        Route(
            model=version.model,
            server=server,
            version=version,
            observed=version,
            observed_generation=1,
            wished_at=now,
        )
        for version in versions
        if version.stage == "deployed"
    ]
    Route.objects.bulk_create(routes, batch_size=1000)
    # What the sweep would have read from a server that has all it should.
    names = [version.triton_name for version in served] + [route.model.name for route in routes]
    server.index = [{"name": name, "version": "1", "state": "READY", "reason": ""} for name in names]
    server.seen_at = server.checked_at = timezone.now()
    server.save()
    waiting = itertools.islice((version for version in versions if version.stage == "testing"), 0, None, 10)
    PromotionRequest.objects.bulk_create(
        [
            PromotionRequest(
                version=version,
                verb="deploy",
                from_stage="testing",
                target_stage="deployed",
                requested_by=owner,
                reason="Better.",
                policy={"approvals": 1, "required": ["signature-known"], "shown": []},
                evidence=[],
                artifact_digest=version.artifact_digest,
                config_digest=version.config_digest,
            )
            for version in waiting
        ],
        batch_size=1000,
    )
    with transaction.atomic():
        for version in versions[:2000]:
            record(WORKER, "version.inspect", version, after={"n": 1}, model_name=version.model.name)
