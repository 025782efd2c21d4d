from django.urls import path
from rest_framework.routers import SimpleRouter

from models_registry.api.addresses import VERSION
from serving.api.exports import ExportView
from serving.api.views import DeploymentViewSet, InferViewSet, RouteViewSet, ServerViewSet

router = SimpleRouter()
router.register("servers", ServerViewSet, basename="server")
router.register("deployments", DeploymentViewSet, basename="deployment")
router.register("routes", RouteViewSet, basename="route")
router.register(r"models/(?P<model_name>[a-z0-9_-]+)/versions", InferViewSet, basename="infer")
urlpatterns = [
    path(f"{VERSION}triton.zip", ExportView.as_view(), name="version-export"),
    *router.urls,
]
