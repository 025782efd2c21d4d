from django.urls import path
from rest_framework.routers import SimpleRouter

from core.api.audit import AuditViewSet, CheckpointViewSet, ExportView
from core.api.notices import NoticeViewSet
from core.api.service_accounts import ServiceAccountViewSet
from core.api.views import TokenViewSet
from core.api.webhooks import DeliveryViewSet, WebhookViewSet

router = SimpleRouter()
router.register("audit/checkpoints", CheckpointViewSet, basename="audit-checkpoint")
router.register("audit", AuditViewSet, basename="audit")
router.register("tokens", TokenViewSet, basename="token")
router.register("notices", NoticeViewSet, basename="notice")
router.register("service-accounts", ServiceAccountViewSet, basename="service-account")
router.register("webhooks", WebhookViewSet, basename="webhook")
router.register(r"webhooks/(?P<webhook_id>[0-9a-f-]{36})/deliveries", DeliveryViewSet, basename="delivery")
urlpatterns = [path("audit/export/", ExportView.as_view(), name="audit-export"), *router.urls]
