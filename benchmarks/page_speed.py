"""Server time of each page with 2,000 models × 5 versions, next to a page that does nothing.

    .conch/envs/web/bin/python benchmarks/page_speed.py [--models 2000] [--requests 40]

Target: p95 at most 150 ms on every page. Times are those of the whole Django stack, without the network.
"""

import argparse
import sys
import time
from collections.abc import Iterator

from scene import machine, percentile, scene

TARGET_MS = 150.0


def main(models: int, requests: int) -> int:
    with scene():
        from django.conf import settings

        settings.ALLOWED_HOSTS = ["*"]
        began = time.perf_counter()
        seed(models)
        print(f"seeded {models} models × 5 versions in {time.perf_counter() - began:.0f} s")
        rows = [(path, *measure(path, requests)) for path in pages()]
    idle = rows[0][1]
    print(f"\nServer time per page, {requests} requests each; {machine()}\n")
    print(f"{'page':<44} {'p50':>8} {'p95':>8} {'× idle':>7} {'size':>9}")
    for path, p50, p95, size in rows:
        print(f"{path:<44} {p50:>6.1f}ms {p95:>6.1f}ms {p50 / idle:>7.1f} {size / 1000:>7.1f}kB")
    slow = [path for path, _p50, p95, _size in rows if p95 > TARGET_MS]
    verdict = "missed by " + ", ".join(slow) if slow else "met by every page"
    print(f"\ntarget: p95 ≤ {TARGET_MS:.0f} ms; {verdict}")
    return 1 if slow else 0


def seed(models: int) -> None:
    """Rows as the product would have them: one version a stage, requests, deployments, routes, events."""
    from benchmarks_rows import fill
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    call_command("ensure_embedded_server", verbosity=0)
    fill(models, now=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def measure(path: str, requests: int) -> tuple[float, float, int]:
    """(p50, p95) in milliseconds and the size of the answer in bytes; the first request warms up."""
    from django.test import Client

    from core.models import User

    client = Client()
    client.force_login(User.objects.get(username="bench-reader"))
    times: list[float] = []
    for index in range(requests + 1):
        began = time.perf_counter()
        response = client.get(path)
        took = (time.perf_counter() - began) * 1000
        if response.status_code != 200:
            raise SystemExit(f"{path} answered {response.status_code}")
        if index:
            times.append(took)
    return percentile(times, 0.5), percentile(times, 0.95), len(response.content)


def pages() -> Iterator[str]:
    from models_registry.models import ModelVersion, PromotionRequest
    from serving.models import Deployment

    version = ModelVersion.objects.filter(stage="deployed").select_related("model").latest("pk")
    name, number = version.model.name, version.number
    yield "/healthz"
    yield "/"
    yield "/models/"
    yield "/models/?q=model-19&page=2"
    yield f"/models/{name}/"
    yield f"/models/{name}/v{number}/"
    yield f"/models/{name}/v{number}/evidence/"
    yield f"/models/{name}/v{number}/config/"
    yield "/reviews/"
    yield f"/reviews/R-{PromotionRequest.objects.filter(state='open').latest('pk').pk}/"
    yield "/fleet/"
    yield "/deployments/"
    yield f"/deployments/D-{Deployment.objects.latest('pk').pk}/"
    yield "/playground/"
    yield "/benchmarks/"
    yield "/settings/audit/"
    yield "/search/?q=model-1234"
    yield "/api/v1/models/"
    yield f"/api/v1/models/{name}/versions/"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=2000)
    parser.add_argument("--requests", type=int, default=40)
    asked = parser.parse_args()
    sys.exit(main(asked.models, asked.requests))
