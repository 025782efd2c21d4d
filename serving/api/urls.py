from rest_framework.routers import SimpleRouter

from serving.api.views import DeploymentViewSet, InferViewSet, RouteViewSet, ServerViewSet

router = SimpleRouter()
router.register("servers", ServerViewSet, basename="server")
router.register("deployments", DeploymentViewSet, basename="deployment")
router.register("routes", RouteViewSet, basename="route")
router.register(r"models/(?P<model_name>[a-z0-9_-]+)/versions", InferViewSet, basename="infer")
urlpatterns = router.urls
