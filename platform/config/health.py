"""Health: `/healthz` says that this process answers, `/readyz` what it depends on."""

from collections.abc import Callable

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET
from redis import Redis

from core.errors import PlatformError
from serving.selectors import deployment_counts
from serving.triton.client import TritonClient

# What the pages cannot do without; Triton may be away and everything can still be read.
NEEDED = frozenset({"database", "broker"})


@require_GET
def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


@require_GET
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when database and broker answer; each component with its own word, and how many versions run."""
    checks: dict[str, Callable[[], None]] = {"database": _database, "broker": _broker, "triton": _triton}
    components = {name: _word(check) for name, check in checks.items()}
    ready = all(components[name]["healthy"] for name in NEEDED)
    found: dict[str, object] = {"ready": ready, "components": components}
    if components["database"]["healthy"]:
        counts = deployment_counts()
        found["models"] = {"wanted": counts["wanted"], "ready": counts["ready"]}
    return JsonResponse(found, status=200 if ready else 503)


def _word(check: Callable[[], None]) -> dict[str, object]:
    try:
        check()
    except Exception as error:
        return {"healthy": False, "why": f"{type(error).__name__}: {error}".splitlines()[0][:200]}
    return {"healthy": True}


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _broker() -> None:
    with Redis.from_url(
        settings.CELERY_BROKER_URL.replace("redis+socket://", "unix://"), socket_timeout=2
    ) as broker:
        broker.ping()


def _triton() -> None:
    client = TritonClient(settings.TRITON.grpc_url, connect_timeout_s=1.0, load_timeout_s=2.0)
    try:
        if not client.live():
            raise PlatformError("Triton does not answer")
    finally:
        client.close()
