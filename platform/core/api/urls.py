from rest_framework.routers import SimpleRouter

from core.api.service_accounts import ServiceAccountViewSet
from core.api.views import AuditViewSet, TokenViewSet

router = SimpleRouter()
router.register("audit", AuditViewSet, basename="audit")
router.register("tokens", TokenViewSet, basename="token")
router.register("service-accounts", ServiceAccountViewSet, basename="service-account")
urlpatterns = router.urls
