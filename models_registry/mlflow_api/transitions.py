"""model-versions/transition-stage: a wish under review, or a step at once where nothing is reviewed."""

from django.urls import reverse

from core.errors import PlatformError
from models_registry import services
from models_registry.lifecycle import Stage, promotions_from
from models_registry.mlflow_api import finding, shapes
from models_registry.mlflow_api.calls import Call
from models_registry.mlflow_api.errors import ApiError, invalid
from models_registry.mlflow_api.registered_models import Answer, canonical
from models_registry.models import Inspection, ModelVersion, PromotionRequest, PromotionState

TARGET = {
    shapes.NONE: Stage.REGISTERED,
    shapes.STAGING: Stage.TESTING,
    shapes.PRODUCTION: Stage.DEPLOYED,
    shapes.ARCHIVED: Stage.RETIRED,
}
ACTIVE = frozenset({shapes.STAGING, shapes.PRODUCTION})


def transition(call: Call) -> Answer:
    stage, archive = canonical(call.text("stage")), call.flag("archive_existing_versions")
    if archive and stage not in ACTIVE:
        raise invalid(f"archive_existing_versions is only for {', '.join(sorted(ACTIVE))}, not {stage}")
    row = finding.version(call)
    if row.permissive:
        _move_freely(call, row.pk, stage, archive=archive)
    elif shapes.CANONICAL[Stage(row.stage)] != stage:
        version = ModelVersion.objects.select_related("model__workspace").get(pk=row.pk)
        _under_review(call, version, stage)
    return {"model_version": finding.shown_version(row.pk)}


def _move_freely(call: Call, version_id: int, stage: str, *, archive: bool) -> None:
    same = {own for own, name in shapes.CANONICAL.items() if name == stage} if archive else set()
    services.move_freely(
        actor=call.actor, version_id=version_id, stage=TARGET[stage], retiring=frozenset(same)
    )


def _under_review(call: Call, version: ModelVersion, stage: str) -> None:
    """Retire at once; anything else becomes a request, and PERMISSION_DENIED says which."""
    if stage == shapes.ARCHIVED:
        services.retire_version(
            actor=call.actor, version_id=version.pk, reason="Archived through the MLflow API."
        )
        return
    if stage == shapes.NONE:
        raise ApiError("PERMISSION_DENIED", f"{version} cannot go back: a version only moves on, or retires.")
    raise _refusal(call, version, stage)


def _refusal(call: Call, version: ModelVersion, stage: str) -> ApiError:
    label = f"{version.model.title} version {version.number}"
    said = f"{label} moves to {stage} by review, not by a call."
    open_request = version.promotions.filter(state=PromotionState.OPEN).first()
    try:
        opened = open_request or _ask(call, version, stage)
    except PlatformError as error:
        page = call.request.build_absolute_uri(
            reverse("models_registry:version_detail", args=[version.model.name, version.number])
        )
        return ApiError(
            "PERMISSION_DENIED",
            f"{said} No request could be opened: {error} See {page}",
            conch_code=error.code,
            conch_url=page,
        )
    url = call.request.build_absolute_uri(reverse("models_registry:review_detail", args=[opened.pk]))
    step = Stage(opened.target_stage).label
    return ApiError(
        "PERMISSION_DENIED",
        f"{said} The request {opened} for the step to {step} is open: {url}",
        conch_code="review-needed",
        conch_request=str(opened),
        conch_url=url,
    )


def _ask(call: Call, version: ModelVersion, stage: str) -> PromotionRequest:
    """Open the request for the next step towards a stage; a draft that was read is registered first."""
    if version.stage == Stage.DRAFT and version.inspection == Inspection.PASSED:
        version = services.register_version(actor=call.actor, version_id=version.pk)
    verbs = [step.verb for step in promotions_from(version.stage)]
    wanted = [verb for verb in ("deploy", "test") if verb in verbs]
    verb = wanted[0] if stage == shapes.PRODUCTION and wanted else "test"
    return services.request_promotion(
        actor=call.actor,
        version_id=version.pk,
        verb=verb,
        reason=f"Asked for through the MLflow API: {stage}.",
    )
