from django.urls import path
from rest_framework.routers import SimpleRouter

from models_registry.api.addresses import VERSION
from models_registry.api.aliases import AliasListView, AliasView
from models_registry.api.as_of import ModelAsOfView
from models_registry.api.cards import CardApprovalView, CardView
from models_registry.api.declarations import SignatureView
from models_registry.api.governance import (
    FiguresView,
    FindingViewSet,
    GrantViewSet,
    OverrideViewSet,
    PeriodicReviewView,
    RaiseFindingView,
    RiskView,
    UseOverrideView,
)
from models_registry.api.holds import HoldViewSet, PlaceHoldView
from models_registry.api.metrics import MetricView
from models_registry.api.models import ModelViewSet
from models_registry.api.multipart import CompleteView, PartView, UploadsView, UploadView
from models_registry.api.packs import PackView
from models_registry.api.policies import PolicyViewSet
from models_registry.api.promotions import PromotionViewSet
from models_registry.api.results import FoundVersionViewSet
from models_registry.api.searches import SearchViewSet
from models_registry.api.signing import KeyViewSet, ProvenanceView, SignView
from models_registry.api.tags import ModelTagView, VersionTagView
from models_registry.api.uploads import BareFileView, FileView, NamedInQueryView
from models_registry.api.versions import VersionViewSet

router = SimpleRouter()
router.register("models", ModelViewSet, basename="model")
router.register(r"models/(?P<model_name>[a-z0-9_-]+)/versions", VersionViewSet, basename="version")
router.register("keys", KeyViewSet, basename="key")
router.register("versions", FoundVersionViewSet, basename="found-version")
router.register("policies", PolicyViewSet, basename="policy")
router.register("findings", FindingViewSet, basename="finding")
router.register("overrides", OverrideViewSet, basename="override")
router.register("override-grants", GrantViewSet, basename="override-grant")
router.register("holds", HoldViewSet, basename="hold")
router.register("promotions", PromotionViewSet, basename="promotion")
router.register("searches", SearchViewSet, basename="saved-search")
urlpatterns = [
    path(f"{VERSION}files/<path:filename>/", FileView.as_view(), name="version-file"),
    # Without the last slash too: `curl -T net.onnx …/files/` names the file that way.
    path(f"{VERSION}files/<path:filename>", BareFileView.as_view(), name="version-put"),
    # The browser names the file in the query, since its form does not know the name beforehand.
    path(f"{VERSION}files/", NamedInQueryView.as_view(), name="version-upload"),
    path(f"{VERSION}uploads/", UploadsView.as_view(), name="version-uploads"),
    path("uploads/<uuid:upload_id>/", UploadView.as_view(), name="upload"),
    path("uploads/<uuid:upload_id>/parts/<int:part>/", PartView.as_view(), name="upload-part"),
    path("uploads/<uuid:upload_id>/complete/", CompleteView.as_view(), name="upload-complete"),
    path(f"{VERSION}signature/", SignatureView.as_view(), name="version-signature"),
    path(f"{VERSION}provenance/", ProvenanceView.as_view(), name="version-provenance"),
    path(f"{VERSION}sign/", SignView.as_view(), name="version-sign"),
    path(f"{VERSION}card/", CardView.as_view(), name="version-card"),
    path(f"{VERSION}card/approve/", CardApprovalView.as_view(), name="version-card-approve"),
    path(f"{VERSION}metrics/", MetricView.as_view(), name="version-metrics"),
    path(f"{VERSION}tags/<path:key>/", VersionTagView.as_view(), name="version-tag"),
    path("models/<str:model_name>/tags/<path:key>/", ModelTagView.as_view(), name="model-tag"),
    path("models/<str:model_name>/aliases/", AliasListView.as_view(), name="model-aliases"),
    path("models/<str:model_name>/aliases/<str:alias>/", AliasView.as_view(), name="model-alias"),
    path(f"{VERSION}findings/", RaiseFindingView.as_view(), name="version-findings"),
    path(f"{VERSION}override/", UseOverrideView.as_view(), name="version-override"),
    path("models/<str:model_name>/holds/", PlaceHoldView.as_view(), name="model-holds"),
    path("models/<str:model_name>/risk/", RiskView.as_view(), name="model-risk"),
    path(
        "models/<str:model_name>/periodic-review/", PeriodicReviewView.as_view(), name="model-periodic-review"
    ),
    path("governance/figures/", FiguresView.as_view(), name="governance-figures"),
    path("models/<str:model_name>/as-of/", ModelAsOfView.as_view(), name="model-as-of"),
    path(f"{VERSION}evidence-pack/", PackView.as_view(), name="version-evidence-pack"),
    *router.urls,
]
