"""Pages of experiments."""

from django.urls import path

from experiments.pages import benchmarks, new

app_name = "experiments"
urlpatterns = [
    path("benchmarks/", benchmarks.benchmark_list, name="benchmark_list"),
    path("benchmarks/new/", new.benchmark_new, name="benchmark_new"),
    path("benchmarks/B-<int:pk>/", benchmarks.benchmark_detail, name="benchmark_detail"),
    path("benchmarks/B-<int:pk>/cancel/", benchmarks.benchmark_cancel, name="benchmark_cancel"),
    path("benchmarks/B-<int:pk>/levels.csv", benchmarks.benchmark_csv, name="benchmark_csv"),
]
