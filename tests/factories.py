"""Functions that make rows with good defaults; a test says only what matters to it."""

import hashlib
import itertools
from typing import Any

from django.utils import timezone

from core.actors import Actor, Door
from core.models import User
from core.roles import Role
from models_registry import modelconfig
from models_registry.lifecycle import Stage
from models_registry.models import (
    FileScan,
    Inspection,
    ModelVersion,
    PromotionRequest,
    RegisteredModel,
    ScanState,
    VersionFile,
)
from models_registry.services.stages import artifact_digest
from serving.models import Deployment, Observed, TritonServer

_count = itertools.count(1)
PASSWORD = "correct horse battery"
SIGNATURE: dict[str, Any] = {
    "inputs": [{"name": "X", "datatype": "FP32", "shape": [-1, 64], "dims": [64]}],
    "outputs": [{"name": "label", "datatype": "INT64", "shape": [-1], "dims": [1], "reshape": []}],
    "batchable": True,
}


def a_user(*roles: Role, username: str = "") -> User:
    name = username or f"{roles[0].value if roles else 'nobody'}-{next(_count)}"
    user = User(username=name, role_names=[role.value for role in roles])
    user.set_password(PASSWORD)
    user.save()
    return user


def acting(user: User | None, *, door: Door = Door.API, scopes: frozenset[str] | None = None) -> Actor:
    return Actor(
        user=user,
        door=door,
        scopes=scopes,
        auth="test",
        address="127.0.0.1",
        request_id="r-1",
        proved_at=timezone.now(),
    )


def a_model(**given: Any) -> RegisteredModel:
    owner = given.pop("owner", None) or a_user(Role.ENGINEER)
    defaults = {"name": f"model-{next(_count)}", "purpose": "Reads digits.", "team": "Vision"}
    return RegisteredModel.objects.create(owner=owner, **defaults | given)


def a_version(stage: Stage = Stage.REGISTERED, **given: Any) -> ModelVersion:
    """A version whose file exists as a row only; tests that serve it upload a real one."""
    model = given.pop("model", None) or a_model()
    signature = given.pop("signature", SIGNATURE)
    config = given.pop("config_text", None) or modelconfig.derive(signature, backend="onnxruntime")
    version = ModelVersion(
        model=model,
        number=given.pop("number", None) or model.next_number,
        stage=stage,
        stage_changed_at=timezone.now(),
        created_by=given.pop("created_by", None) or model.owner,
        backend="onnxruntime",
        signature=signature,
        config_text=config,
        config_digest=modelconfig.digest(config),
        inspection=Inspection.PASSED,
        facts={"ran": [1, 2]},
    )
    for field, value in given.items():
        setattr(version, field, value)
    version.save()
    model.next_number = version.number + 1
    model.save(update_fields=["next_number"])
    content = f"{model.name} {version.number}".encode()
    file = VersionFile.objects.create(
        version=version,
        path="model.onnx",
        sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content),
        uploaded_by=version.created_by,
    )
    FileScan.objects.create(file=file, state=ScanState.CLEAN, scanned_at=timezone.now())
    version.artifact_digest = artifact_digest(version.files.all())
    version.save(update_fields=["artifact_digest"])
    return version


def a_promotion(version: ModelVersion | None = None, **given: Any) -> PromotionRequest:
    version = version or a_version()
    defaults: dict[str, Any] = {
        "verb": "test",
        "from_stage": version.stage,
        "target_stage": Stage.TESTING,
        "requested_by": version.created_by,
        "reason": "Better on the holdout set.",
        "policy": {"approvals": 1, "required": ["signature-known", "config-valid"], "shown": []},
        "evidence": [],
        "artifact_digest": version.artifact_digest,
        "config_digest": version.config_digest,
    }
    return PromotionRequest.objects.create(version=version, **defaults | given)


def a_server(**given: Any) -> TritonServer:
    defaults = {
        "name": f"triton-{next(_count)}",
        "grpc_url": "127.0.0.1:1",
        "http_url": "http://127.0.0.1:1",
        "metrics_url": "http://127.0.0.1:1/metrics",
        "repository": "/nonexistent",
    }
    return TritonServer.objects.create(**defaults | given)


def a_deployment(version: ModelVersion | None = None, **given: Any) -> Deployment:
    """Ready, by default."""
    version = version or a_version(Stage.TESTING)
    defaults: dict[str, Any] = {
        "server": given.pop("server", None) or TritonServer.objects.first() or a_server(),
        "observed": Observed.READY,
        "observed_generation": 1,
        "ready_at": timezone.now(),
        "smoke_ms": 2.0,
    }
    return Deployment.objects.create(version=version, **defaults | given)
