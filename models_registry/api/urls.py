from django.urls import path
from rest_framework.routers import SimpleRouter

from models_registry.api.addresses import VERSION
from models_registry.api.cards import CardApprovalView, CardView
from models_registry.api.models import ModelViewSet
from models_registry.api.promotions import PromotionViewSet
from models_registry.api.uploads import FileView
from models_registry.api.versions import VersionViewSet

router = SimpleRouter()
router.register("models", ModelViewSet, basename="model")
router.register(r"models/(?P<model_name>[a-z0-9_-]+)/versions", VersionViewSet, basename="version")
router.register("promotions", PromotionViewSet, basename="promotion")
urlpatterns = [
    path(f"{VERSION}files/<str:filename>/", FileView.as_view(), name="version-file"),
    # Without the last slash too: `curl -T net.onnx …/files/` names the file that way.
    path(f"{VERSION}files/<str:filename>", FileView.as_view()),
    # The browser names the file in the query, since its form does not know the name beforehand.
    path(f"{VERSION}files/", FileView.as_view(), name="version-upload"),
    path(f"{VERSION}card/", CardView.as_view(), name="version-card"),
    path(f"{VERSION}card/approve/", CardApprovalView.as_view(), name="version-card-approve"),
    *router.urls,
]
