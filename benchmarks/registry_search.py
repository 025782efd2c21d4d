"""Search over 100,000 versions: server time of pages and API, with the same question in plain SQL beside it.

    .conch/envs/web/bin/python benchmarks/registry_search.py [--models 10000] [--requests 20]

Target: p95 at most 100 ms for every query through every door. Times are those of the whole Django stack,
without the network; the plain SQL fetches the same 25 versions in the same order, and nothing else.
"""

import argparse
import sys
import time
from collections.abc import Callable
from urllib.parse import urlencode

from scene import machine, percentile, scene

TARGET_MS = 100.0
# Each list as a page, as the fragment that answers while one types, and with its counts opened; then the API.
TYPED = {"HX-Request": "true"}
DOORS: dict[str, tuple[str, dict[str, str]]] = {
    "models": ("/models/?", {}),
    "typed": ("/models/?", TYPED),
    "counts": ("/models/?narrow=1&", {}),
    "versions": ("/versions/?", {}),
    "typed ": ("/versions/?", TYPED),
    "counts ": ("/versions/?narrow=1&", {}),
    "API models": ("/api/v1/models/?", {}),
    "API versions": ("/api/v1/versions/?", {}),
}
NEWEST = (
    "NOT EXISTS (SELECT 1 FROM models_registry_versionmetric l WHERE l.version_id = x.version_id"
    " AND l.name = x.name AND (l.recorded_at, l.id) > (x.recorded_at, x.id))"
)


def metric(name: str, test: str) -> str:
    return (
        "v.id IN (SELECT x.version_id FROM models_registry_versionmetric x"
        f" WHERE x.name = '{name}' AND x.value {test} AND {NEWEST})"
    )


def word(text: str) -> str:
    return f"(m.search_text LIKE '%{text}%' OR v.search_text LIKE '%{text}%')"


ALIAS = "v.id IN (SELECT version_id FROM models_registry_alias WHERE name = 'champion')"
# The query as people write it, and its condition as someone who knows the tables would.
QUERIES = {
    "": "true",
    "fraud-00420": word("fraud-00420"),
    "model": word("model"),
    "'credit card'": word("credit card"),
    "stage IN ('testing', 'deployed') AND backend = 'pytorch'": "v.stage IN ('testing', 'deployed')"
    " AND v.backend = 'pytorch'",
    "metrics.accuracy >= 0.999": metric("accuracy", ">= 0.999"),
    "metrics.accuracy >= 0.5 AND tags.data = 'set-7'": metric("accuracy", ">= 0.5")
    + """ AND v.tags @> '{"data": "set-7"}'""",
    "alias = 'champion' AND tier = high": f"{ALIAS} AND m.risk_tier = 'high'",
    "name LIKE 'fraud-%' AND version = 10": "m.name LIKE 'fraud-%' AND v.number = 10",
    "created > 7d OR changed > 2d": "(v.created_at > now() - interval '7 days'"
    " OR v.changed_at > now() - interval '2 days')",
    "task ILIKE 'class%' AND NOT (team = 'Team 3' OR stage = retired)": "m.task ILIKE 'class%'"
    " AND NOT (m.team = 'Team 3' OR v.stage = 'retired')",
    "(churn OR fraud) AND metrics.latency_ms < 5 AND owner = 'maker-1'": f"({word('churn')} OR"
    f" {word('fraud')}) AND {metric('latency_ms', '< 5')} AND o.username = 'maker-1'",
    "finds": word("finds"),
    "nothing-like-this": word("nothing-like-this"),
}
SQL = (
    "SELECT v.id, m.name, v.number, v.stage FROM models_registry_modelversion v"
    " JOIN models_registry_registeredmodel m ON m.id = v.model_id JOIN core_user o ON o.id = m.owner_id"
    " WHERE v.deleted_at IS NULL AND m.deleted_at IS NULL AND {condition}"
    " ORDER BY v.changed_at DESC, v.id DESC LIMIT 25"
)


def main(models: int, requests: int) -> int:
    with scene(names=("postgres", "redis")):
        from django.conf import settings
        from django.db import connection
        from search_rows import fill

        settings.ALLOWED_HOSTS = ["*"]
        began = time.perf_counter()
        fill(models, per_model=10)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        took_s = time.perf_counter() - began
        print(f"seeded {models} models × 10 versions in {took_s:.0f} s; {machine()}\n")
        rows = [(query, *measure(query, requests)) for query in QUERIES]
    show(rows, requests)
    names = list(DOORS)
    slow = sorted(
        {names[at] for _q, _sql, doors in rows for at, (_p50, p95) in enumerate(doors) if p95 > TARGET_MS}
    )
    answers = [p95 <= TARGET_MS for _query, _sql, doors in rows for _p50, p95 in doors]
    print(f"\ntarget: p95 ≤ {TARGET_MS:.0f} ms; met by {sum(answers)} of {len(answers)}", end="")
    print(f", missed through {', '.join(name.strip() for name in slow)}" if slow else "")
    return 1 if slow else 0


def measure(query: str, requests: int) -> tuple[float, list[tuple[float, float]]]:
    """Milliseconds: the median of the plain SQL, then (p50, p95) through each door."""
    from django.db import connection
    from django.test import Client

    from core.models import User

    client = Client()
    client.force_login(User.objects.get(username="bench-reader"))

    def plain() -> None:
        with connection.cursor() as cursor:
            cursor.execute(SQL.format(condition=QUERIES[query]))
            cursor.fetchall()

    def asked(path: str, headers: dict[str, str]) -> Callable[[], None]:
        def get() -> None:
            response = client.get(f"{path}{urlencode({'q': query})}", headers=headers)
            if response.status_code != 200:
                raise SystemExit(f"{path} answered {response.status_code} to {query}")

        return get

    doors = [timed(asked(*door), requests) for door in DOORS.values()]
    return timed(plain, requests)[0], doors


def timed(once: Callable[[], None], requests: int) -> tuple[float, float]:
    """(p50, p95) in milliseconds; the first call warms up."""
    times: list[float] = []
    for _ in range(requests + 1):
        began = time.perf_counter()
        once()
        times.append((time.perf_counter() - began) * 1000)
    return percentile(times[1:], 0.5), percentile(times[1:], 0.95)


def show(rows: list[tuple[str, float, list[tuple[float, float]]]], requests: int) -> None:
    print(f"p50 / p95 in ms, {requests} requests each; × = p50 of the versions API over the plain SQL's\n")
    print(f"{'query':<66} {'SQL':>6} " + " ".join(f"{door:>12}" for door in DOORS) + f" {'×':>5}")
    for query, sql, doors in rows:
        cells = " ".join(f"{f'{p50:.0f} / {p95:.0f}':>12}" for p50, p95 in doors)
        print(f"{query or '(everything)':<66} {sql:>6.1f} {cells} {doors[-1][0] / sql:>5.1f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=10_000)
    parser.add_argument("--requests", type=int, default=20)
    asked = parser.parse_args()
    sys.exit(main(asked.models, asked.requests))
