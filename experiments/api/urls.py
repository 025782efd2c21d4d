from rest_framework.routers import SimpleRouter

from experiments.api.views import BenchmarkViewSet

router = SimpleRouter()
router.register("benchmarks", BenchmarkViewSet, basename="benchmark")
urlpatterns = router.urls
