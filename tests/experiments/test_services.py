"""Who may start and cancel a benchmark, when, and whose turn it is."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.models import AuditEvent
from core.roles import Role, Scope
from experiments import services, tasks
from experiments.models import Benchmark, BenchmarkState
from experiments.services import benchmarks, turns
from models_registry.lifecycle import Stage
from serving.models import Observed, Route
from serving.services import claims
from tests.experiments.scene import a_benchmark
from tests.factories import a_deployment, a_server, a_user, a_version, acting

pytestmark = pytest.mark.django_db


def a_ready_version(**given):
    version = a_version(Stage.TESTING)
    a_deployment(version, **given)
    return version


def route_to(version):
    server = version.deployments.get().server
    return Route.objects.create(model=version.model, server=server, version=version, wished_at=timezone.now())


def start(version, *roles, scopes=None, confirm_live=False, **settings):
    user = a_user(*(roles or (Role.ENGINEER,)))
    return services.start_benchmark(
        actor=acting(user, scopes=scopes),
        version_id=version.pk,
        settings=settings,
        confirm_live=confirm_live,
    )


def assert_nothing_was_written():
    assert Benchmark.objects.exists() is False
    assert AuditEvent.objects.exists() is False


def test_a_benchmark_waits_with_its_settings_and_a_worker_is_nudged(
    django_capture_on_commit_callbacks, monkeypatch
):
    sent = []
    monkeypatch.setattr("core.dispatch.nudge", lambda *given: sent.append(given))
    version = a_ready_version()

    with django_capture_on_commit_callbacks(execute=True):
        benchmark = start(version, levels=[4, 1], seconds=2)

    assert (benchmark.state, benchmark.server) == (BenchmarkState.QUEUED, version.deployments.get().server)
    assert benchmark.settings == {
        "levels": [1, 4],
        "seconds": 2.0,
        "warmup_seconds": 1.0,
        "batch_size": 1,
        "timeout_seconds": 10.0,
        "confirm_live": False,
    }
    assert sent == [("experiments.run_benchmark", benchmark.pk)]
    event = AuditEvent.objects.get(verb="benchmark.start")
    assert (event.object_label, event.model_name) == (str(benchmark), version.model.name)
    assert event.after["settings"]["levels"] == [1, 4]


@pytest.mark.parametrize("role", [Role.LEARNER, Role.ADMIN])
def test_only_those_who_measure_may_start_one(role):
    with pytest.raises(Forbidden):
        start(a_ready_version(), role)
    assert_nothing_was_written()


def test_a_token_needs_its_scope():
    with pytest.raises(Forbidden, match="lacks the scope “measure”"):
        start(a_ready_version(), scopes=frozenset({Scope.READ}))
    assert_nothing_was_written()


def test_a_version_that_no_server_has_ready_is_refused_with_a_hint():
    version = a_ready_version(observed=Observed.ABSENT)

    with pytest.raises(Conflict) as caught:
        start(version)

    assert caught.value.code == "not-ready"
    assert caught.value.hint == "Promote it to testing, or look at its deployment."
    assert_nothing_was_written()


def test_a_version_that_is_being_unloaded_is_refused():
    with pytest.raises(Conflict):
        start(a_ready_version(wanted=False))
    assert_nothing_was_written()


def test_an_unknown_version_is_not_found():
    with pytest.raises(NotFound):
        services.start_benchmark(actor=acting(a_user(Role.ENGINEER)), version_id=1, settings={})


def test_wrong_settings_are_named_and_change_nothing():
    with pytest.raises(Invalid) as caught:
        start(a_ready_version(), levels=[0], batch_size=65)

    assert set(caught.value.context["errors"]) == {"levels", "batch_size"}
    assert_nothing_was_written()


def test_a_version_with_traffic_is_refused_to_an_engineer():
    version = a_ready_version()
    route_to(version)

    with pytest.raises(Conflict) as caught:
        start(version)
    assert caught.value.code == "serves-traffic"
    with pytest.raises(Forbidden):
        start(version, Role.ENGINEER, confirm_live=True)
    assert_nothing_was_written()


def test_an_operator_may_confirm_a_version_with_traffic():
    version = a_ready_version()
    route_to(version)

    with pytest.raises(Conflict):
        start(version, Role.OPERATOR)
    assert start(version, Role.OPERATOR, confirm_live=True).settings["confirm_live"] is True


def test_confirming_without_need_is_no_privilege():
    assert start(a_ready_version(), Role.ENGINEER, confirm_live=True).state == BenchmarkState.QUEUED


def test_a_queue_that_is_full_is_refused(monkeypatch):
    monkeypatch.setattr(benchmarks, "MOST_WAITING", 1)
    version = a_ready_version()
    start(version)

    with pytest.raises(Conflict, match="1 benchmark is waiting"):
        start(version)
    assert Benchmark.objects.count() == 1


def test_a_waiting_benchmark_is_cancelled_at_once():
    benchmark = a_benchmark(state=BenchmarkState.QUEUED)

    cancelled = services.cancel_benchmark(actor=acting(a_user(Role.REVIEWER)), benchmark_id=benchmark.pk)

    assert (cancelled.state, cancelled.due_at) == (BenchmarkState.CANCELLED, None)
    assert cancelled.ended_at is not None
    event = AuditEvent.objects.get(verb="benchmark.cancel")
    assert (event.before, event.after) == ({"state": "queued"}, {"state": "cancelled"})


def test_a_running_benchmark_is_asked_to_end_once():
    benchmark = a_benchmark(state=BenchmarkState.RUNNING)
    actor = acting(a_user(Role.ENGINEER))

    for _ in range(2):
        assert (
            services.cancel_benchmark(actor=actor, benchmark_id=benchmark.pk).state
            == BenchmarkState.CANCELLING
        )
    assert AuditEvent.objects.filter(verb="benchmark.cancel").count() == 1


def test_what_has_ended_cannot_be_cancelled():
    benchmark = a_benchmark(state=BenchmarkState.DONE)

    with pytest.raises(Conflict) as caught:
        services.cancel_benchmark(actor=acting(a_user(Role.ENGINEER)), benchmark_id=benchmark.pk)
    assert caught.value.code == "benchmark-ended"
    benchmark.refresh_from_db()
    assert benchmark.state == BenchmarkState.DONE
    assert AuditEvent.objects.exists() is False


def test_a_learner_cannot_cancel():
    benchmark = a_benchmark(state=BenchmarkState.RUNNING)

    with pytest.raises(Forbidden):
        services.cancel_benchmark(actor=acting(a_user(Role.LEARNER)), benchmark_id=benchmark.pk)
    benchmark.refresh_from_db()
    assert benchmark.state == BenchmarkState.RUNNING


def claimed(benchmark):
    found = claims.take(Benchmark, benchmark.pk)
    assert found is not None
    return found


def test_a_server_is_measured_by_one_benchmark_at_a_time_the_oldest_first():
    first, second = (a_benchmark(state=BenchmarkState.QUEUED) for _ in range(2))
    assert first.server == second.server

    assert turns.begin(claimed(second)) is False
    second.refresh_from_db()
    assert (second.state, second.claim, second.due_at > timezone.now()) == (BenchmarkState.QUEUED, None, True)

    assert turns.begin(claimed(first)) is True
    Benchmark.objects.filter(pk=second.pk).update(due_at=timezone.now())
    assert turns.begin(claimed(second)) is False
    first.refresh_from_db()
    assert (first.state, first.tries) == (BenchmarkState.RUNNING, 1)


def test_another_server_has_its_own_turn():
    first = a_benchmark(state=BenchmarkState.RUNNING)
    version = a_version(Stage.TESTING)
    a_deployment(version, server=a_server())

    assert turns.begin(claimed(a_benchmark(state=BenchmarkState.QUEUED, version=version))) is True
    first.refresh_from_db()
    assert first.state == BenchmarkState.RUNNING


def test_one_that_waits_for_its_next_try_holds_up_nobody():
    a_benchmark(state=BenchmarkState.QUEUED, tries=1, due_at=timezone.now() + timedelta(minutes=1))

    assert turns.begin(claimed(a_benchmark(state=BenchmarkState.QUEUED))) is True


def test_whoever_ends_calls_the_next(django_capture_on_commit_callbacks, monkeypatch):
    sent = []
    monkeypatch.setattr("core.dispatch.nudge", lambda *given: sent.append(given))
    done = a_benchmark(state=BenchmarkState.DONE)
    later = timezone.now() + timedelta(minutes=1)
    following = a_benchmark(state=BenchmarkState.QUEUED, due_at=later)
    a_benchmark(state=BenchmarkState.QUEUED, due_at=later)

    with django_capture_on_commit_callbacks(execute=True):
        turns.call_next(done.server_id)

    assert sent == [("experiments.run_benchmark", following.pk)]
    following.refresh_from_db()
    assert following.due_at <= timezone.now()


def test_a_fourth_begin_is_the_end():
    benchmark = a_benchmark(state=BenchmarkState.RUNNING, tries=3)

    services.run_benchmark(benchmark_id=benchmark.pk)

    benchmark.refresh_from_db()
    assert (benchmark.state, benchmark.error_code) == (BenchmarkState.FAILED, "worker-died")
    assert benchmark.last_error == "The worker ended 3 times while measuring."
    assert (benchmark.due_at, benchmark.claim) == (None, None)
    assert AuditEvent.objects.get(verb="benchmark.failed").reason.startswith("The worker ended 3 times")


def test_a_cancelled_one_whose_worker_died_ends_without_being_measured():
    benchmark = a_benchmark(state=BenchmarkState.CANCELLING, tries=1)

    services.run_benchmark(benchmark_id=benchmark.pk)

    benchmark.refresh_from_db()
    assert (benchmark.state, benchmark.due_at, benchmark.last_error) == (BenchmarkState.CANCELLED, None, "")


def test_a_server_that_is_away_is_tried_again_and_then_given_up():
    benchmark = a_benchmark(state=BenchmarkState.QUEUED)
    seen = []
    for _ in range(3):
        Benchmark.objects.update(due_at=timezone.now())
        services.run_benchmark(benchmark_id=benchmark.pk)
        benchmark.refresh_from_db()
        seen.append((benchmark.state, benchmark.error_code, benchmark.due_at is None))

    assert seen == [
        ("queued", "triton-away", False),
        ("queued", "triton-away", False),
        ("failed", "triton-away", True),
    ]
    verbs = AuditEvent.objects.order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["benchmark.retry", "benchmark.retry", "benchmark.failed"]


def test_a_version_that_is_no_longer_wanted_fails_at_once():
    benchmark = a_benchmark(state=BenchmarkState.QUEUED)
    benchmark.version.deployments.update(wanted=False)

    services.run_benchmark(benchmark_id=benchmark.pk)

    benchmark.refresh_from_db()
    assert (benchmark.state, benchmark.error_code) == (BenchmarkState.FAILED, "not-wanted")


def test_a_living_claim_is_respected():
    benchmark = a_benchmark(state=BenchmarkState.QUEUED)
    claimed(benchmark)

    services.run_benchmark(benchmark_id=benchmark.pk)

    benchmark.refresh_from_db()
    assert (benchmark.state, benchmark.tries) == (BenchmarkState.QUEUED, 0)


def test_the_sweep_asks_for_what_is_due_and_for_nothing_else(monkeypatch):
    sent = []
    monkeypatch.setattr(tasks, "nudge", lambda *given: sent.append(given))
    lost = a_benchmark(state=BenchmarkState.QUEUED)
    dead = a_benchmark(
        state=BenchmarkState.RUNNING, claim="0" * 32, claimed_until=timezone.now() - timedelta(seconds=1)
    )
    claimed(a_benchmark(state=BenchmarkState.QUEUED))
    for state in ("done", "failed", "cancelled"):
        a_benchmark(state=state)

    tasks.sweep()

    assert sent == [("experiments.run_benchmark", lost.pk), ("experiments.run_benchmark", dead.pk)]


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_begin_one_benchmark():
    waiting = [a_benchmark(state=BenchmarkState.QUEUED) for _ in range(2)]
    begun, gate = [], threading.Barrier(4)

    def work(pk):
        try:
            gate.wait()
            benchmark = claims.take(Benchmark, pk)
            if benchmark is not None and turns.begin(benchmark):
                begun.append(pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(each.pk,)) for each in waiting * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert begun == [waiting[0].pk]
    assert list(Benchmark.objects.filter(state="running").values_list("pk", flat=True)) == begun


@pytest.mark.django_db(transaction=True)
def test_two_starts_at_once_both_wait_and_one_runs_first():
    version = a_ready_version()
    actors, gate, made = [acting(a_user(Role.ENGINEER)) for _ in range(2)], threading.Barrier(2), []

    def ask(actor):
        try:
            gate.wait()
            made.append(services.start_benchmark(actor=actor, version_id=version.pk, settings={}).pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=(actor,)) for actor in actors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(made) == sorted(Benchmark.objects.values_list("pk", flat=True))
    assert set(Benchmark.objects.values_list("state", flat=True)) == {"queued"}
    assert [turns.begin(claimed(Benchmark.objects.get(pk=pk))) for pk in sorted(made)] == [True, False]
