from rest_framework.routers import SimpleRouter

from core.api.notices import NoticeViewSet
from core.api.views import AuditViewSet, TokenViewSet

router = SimpleRouter()
router.register("audit", AuditViewSet, basename="audit")
router.register("tokens", TokenViewSet, basename="token")
router.register("notices", NoticeViewSet, basename="notice")
urlpatterns = router.urls
