"""A benchmark in a real browser: points appear as they are measured, charts are drawn, polling ends."""

import os
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from experiments.models import Benchmark, BenchmarkState
from tests.experiments.scene import a_benchmark, a_level
from tests.factories import a_deployment

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def shoot(page, name):
    if os.environ.get("SHOTS"):
        page.wait_for_timeout(800)
        page.screenshot(path=Path(os.environ["SHOTS"]) / f"{name}.png", full_page=True)


def a_curve(benchmark):
    rows = [
        (1, 410, 2.3, 6.4),
        (2, 780, 2.4, 6.9),
        (4, 1390, 2.6, 8.1),
        (8, 2050, 3.7, 10.3),
        (16, 2460, 6.1, 13.4),
        (32, 2490, 12.5, 31.0),
    ]
    for concurrency, rate, p50, p99 in rows:
        a_level(
            benchmark,
            concurrency=concurrency,
            throughput_rps=float(rate),
            mean_ms=p50 * 1.1,
            p50_ms=p50,
            p90_ms=p50 + (p99 - p50) * 0.4,
            p95_ms=p50 + (p99 - p50) * 0.6,
            p99_ms=p99,
            max_ms=p99 * 1.4,
            queue_us=100 * concurrency,
            compute_infer_us=500 + 30 * concurrency,
            stable=concurrency != 8,
            unstable_reason="latency" if concurrency == 8 else "",
            spread=0.21,
        )


def complaints(page):
    """What the browser says about broken scripts or rules of the content policy."""
    found = []
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


def test_points_appear_as_they_are_measured_and_polling_ends(sign_in, engineer):
    benchmark = a_benchmark(state=BenchmarkState.RUNNING, current_level=1, level_started_at=timezone.now())
    page = sign_in(engineer)
    heard = complaints(page)
    page.goto(f"/benchmarks/B-{benchmark.pk}/")
    expect(page.locator("#progress-panel")).to_contain_text("Level 1 of 2: 1 concurrent")
    expect(page.locator("#curve-chart")).to_have_count(0)

    a_level(benchmark)
    Benchmark.objects.update(current_level=4)
    expect(page.locator("#curve-chart .main-svg").first).to_be_visible()
    expect(page.locator("#benchmark-answer")).to_have_text("Levels measured: 1 of 2.")
    shoot(page, "running")
    a_level(benchmark, concurrency=4, throughput_rps=300.0)
    expect(page.locator("#curve-chart .scatterlayer .trace").first.locator(".point")).to_have_count(2)
    Benchmark.objects.update(state="done", due_at=None, current_level=None)

    expect(page.locator("#benchmark-status")).to_have_text("Done")
    expect(page.locator("#progress-panel")).to_have_count(0)
    expect(page.locator("#benchmark-acts")).to_contain_text("Run again")
    expect(page).to_have_title(f"{benchmark}: {benchmark.version} · Conch")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(2500)
    assert (asked, heard) == ([], [])


@pytest.mark.parametrize("width", [1280, 390])
def test_a_finished_one_fits_the_window(sign_in, engineer, width):
    benchmark = a_benchmark(levels=(1, 2, 4, 8, 16, 32), measured=False)
    a_curve(benchmark)
    page = sign_in(engineer)
    heard = complaints(page)
    page.set_viewport_size({"width": width, "height": 900})
    for path in (
        f"/benchmarks/B-{benchmark.pk}/",
        "/benchmarks/",
        f"/benchmarks/new/?version={benchmark.version_id}",
    ):
        page.goto(path)
        page.wait_for_load_state("networkidle")
        shoot(page, f"{path.strip('/').split('?')[0].replace('/', '-')}-{width}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    assert heard == []


def test_one_is_cancelled_while_it_runs(sign_in, engineer):
    benchmark = a_benchmark(state=BenchmarkState.RUNNING, current_level=1, level_started_at=timezone.now())
    page = sign_in(engineer)
    page.goto(f"/benchmarks/B-{benchmark.pk}/")

    page.get_by_role("button", name="Cancel").click()

    expect(page.locator("#progress-panel")).to_contain_text("Levels that were measured are kept.")
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    benchmark.refresh_from_db()
    assert benchmark.state == BenchmarkState.CANCELLING


def test_the_estimate_follows_what_is_typed_and_the_form_starts_one(sign_in, engineer):
    version = a_deployment().version
    page = sign_in(engineer)
    page.goto(f"/benchmarks/new/?version={version.pk}")
    expect(page.locator("#estimate")).to_have_text("It takes about 38.1\u00a0s.")

    page.fill("#id_levels", "1, 2")
    expect(page.locator("#estimate")).to_have_text("It takes about 13.7\u00a0s.")
    page.fill("#id_levels", "1, x")
    expect(page.locator("#estimate")).to_have_text("Something above can't be used yet.")
    page.fill("#id_levels", "1, 2")
    page.get_by_role("button", name="Run the benchmark").click()

    page.wait_for_url("**/benchmarks/B-*/")
    assert Benchmark.objects.get().plan.levels == (1, 2)
