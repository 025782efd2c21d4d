from rest_framework.routers import SimpleRouter

from core.api.notices import NoticeViewSet
from core.api.views import AuditViewSet, TokenViewSet
from core.api.webhooks import DeliveryViewSet, WebhookViewSet

router = SimpleRouter()
router.register("audit", AuditViewSet, basename="audit")
router.register("tokens", TokenViewSet, basename="token")
router.register("notices", NoticeViewSet, basename="notice")
router.register("webhooks", WebhookViewSet, basename="webhook")
router.register(r"webhooks/(?P<webhook_id>[0-9a-f-]{36})/deliveries", DeliveryViewSet, basename="delivery")
urlpatterns = router.urls
