"""Real servers for the tests: PostgreSQL, Redis and Triton, started once, on free ports of this machine."""

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.conf import settings
from django.db import connection, connections
from django.test import TransactionTestCase
from django.utils import translation

from config.artifact_env import ArtifactSettings
from config.env import ROOT, ReconcileSettings, TrailSettings, TritonSettings, database, home
from local import testing
from local.translations import compile_catalogues
from models_registry.gates import current_policy
from serving.models import TritonServer
from tests.workers import Worker


@pytest.fixture(scope="session")
def servers(request: pytest.FixtureRequest) -> Iterator[testing.Servers]:
    """The running servers; their folder is kept, so that the next run starts faster."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    home = Path(os.environ.get("CONCH_TEST_HOME") or ROOT / ".conch" / "tests") / worker
    started = testing.start(home)
    yield started
    started.stop()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(servers: testing.Servers) -> None:
    """Point Django, Celery and Conch at those servers before the test database is made."""
    found = database(servers.env["DATABASE_URL"]) | {"CONN_MAX_AGE": 0}
    for field in ("NAME", "USER", "PASSWORD", "HOST", "PORT", "CONN_MAX_AGE"):
        connections.settings["default"][field] = found[field]
    broker = servers.env["CONCH_BROKER_URL"]
    settings.CELERY_BROKER_URL = broker
    current_app.conf.broker_url = broker
    settings.TRITON = TritonSettings.from_env(servers.env)
    settings.ARTIFACTS = ArtifactSettings.from_env(servers.env, home=home(servers.env))
    settings.RECONCILE = ReconcileSettings(
        claim_s=4.0, renew_every_s=1.0, sweep_every_s=1.0, backoff_most_s=4.0
    )


@pytest.fixture
def triton(servers: testing.Servers, db: None) -> TritonServer:
    """The embedded Triton, known to Conch."""
    from django.core.management import call_command

    call_command("ensure_embedded_server", verbosity=0)
    return TritonServer.objects.get(name="local")


@pytest.fixture(autouse=True)
def trail_of_its_own(tmp_path: Path, settings: Any) -> None:
    """Each test signs with a key of its own, and keeps its checkpoints to itself."""
    settings.TRAIL = TrailSettings(key=tmp_path / "audit_key", checkpoints=tmp_path / "checkpoints")


# What migrations write and no test changes.
KEPT = ("django_migrations", "django_content_type", "auth_permission", "django_site")
EACH = """
DO $$ DECLARE name text; BEGIN
  FOR name IN {names} LOOP
    EXECUTE {statement};
  END LOOP;
END $$
"""
GUARDED = "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"
OURS = f"SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' AND tablename NOT IN {KEPT}"
LET_GO = EACH.format(names=GUARDED, statement="'ALTER TABLE ' || name || ' DISABLE TRIGGER USER'")
EMPTY = EACH.format(names=OURS, statement="'DELETE FROM ' || name")
HOLD = EACH.format(names=GUARDED, statement="'ALTER TABLE ' || name || ' ENABLE TRIGGER USER'")


def _emptied(self: Any) -> None:
    """Empty every table; the database refuses to empty the audit trail, and between tests it must.

    Rows go by DELETE: truncating dozens of empty tables costs a third of a second, every time.
    """
    with connection.cursor() as cursor:
        cursor.execute(LET_GO)
        try:
            cursor.execute(EMPTY)
        finally:
            cursor.execute(HOLD)
    # As a migrated database has it; pages would make it again, at the cost of a few queries.
    current_policy()


TransactionTestCase._fixture_teardown = _emptied  # type: ignore[attr-defined]


@pytest.fixture
def worker(servers: testing.Servers, transactional_db: None) -> Iterator[Worker]:
    """A running worker; what earlier tests left in the queues is dropped first."""
    current_app.control.purge()
    started = Worker(servers)
    started.start()
    yield started
    started.stop()


@pytest.fixture(scope="session", autouse=True)
def catalogues() -> None:
    """Compiled translations, as `make up` makes them."""
    compile_catalogues(ROOT / "locale")


@pytest.fixture(scope="session")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """digits-small.onnx and digits-large.onnx, trained here."""
    folder = tmp_path_factory.mktemp("digits")
    spec = importlib.util.spec_from_file_location("digits_train", ROOT / "examples" / "digits" / "train.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.train(folder)
    return folder


@pytest.fixture
def emptied(triton: Any) -> Any:
    """Nothing is left loaded in Triton afterwards."""
    from serving.triton.connect import control

    yield triton
    for model in control(triton).index():
        if model.state == "READY":
            control(triton).unload(model.name)


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """A request leaves its language behind in the test's thread."""
    with translation.override("en"):
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: Playwright's event loop stays in the main thread, where others run their own.

    The longest of them first, so that workers end at about the same time.
    """

    def place(item: pytest.Item) -> tuple[bool, bool]:
        return item.get_closest_marker("browser") is not None, item.path.name != "test_whole_path.py"

    items.sort(key=place)
