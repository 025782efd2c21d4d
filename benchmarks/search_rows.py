"""A registry of many versions, multiplied inside the database from one row of each kind."""

from typing import Any

STAGES = ("retired", "retired", "rejected", "retired", "registered", "retired", "testing", "ab_testing",
          "deployed", "draft")  # fmt: skip
TOPICS = ("fraud", "churn", "ranker", "vision", "speech", "pricing", "intent", "route", "demand", "spam")
BACKENDS = ("onnxruntime", "pytorch", "tensorrt", "vllm", "python")
TASKS = ("classification", "regression", "ranking", "generation", "detection")


def fill(models: int, *, per_model: int) -> None:
    """`models` models of `per_model` versions, each with two metrics, tags, and for most models an alias."""
    from core.models import User
    from core.roles import Role

    roles = [Role.ENGINEER, Role.REVIEWER, Role.OPERATOR, Role.ADMIN]
    User.objects.create(username="bench-reader", role_names=roles)
    for index in range(20):
        User.objects.create(username=f"maker-{index}", role_names=[Role.ENGINEER])
    _models(models)
    _versions(per_model)
    _metrics()
    _aliases()
    _served()


def _models(count: int) -> None:
    from core.models import User
    from models_registry.models import RegisteredModel

    seed = RegisteredModel.objects.create(
        name="seed", owner=User.objects.get(username="maker-0"), next_number=11
    )
    _multiply(
        RegisteredModel,
        f"s CROSS JOIN generate_series(1, {count}) AS i WHERE s.id = {seed.pk}",
        name=f"{_pick('i', TOPICS)} || '-' || lpad(i::text, 5, '0')",
        display_name=f"CASE WHEN i % 3 = 0 THEN initcap({_pick('i', TOPICS)}) || ' Model ' || i ELSE '' END",
        purpose=f"'Finds ' || {_pick('i', TOPICS)} || ' in orders of ' || (i % 90) || ' days; credit'"
        " || CASE WHEN i % 500 = 0 THEN ' card' ELSE ' line' END || ' data, reviewed every quarter.'",
        task=_pick("i", TASKS),
        team="'Team ' || (i % 25)",
        risk_tier=_pick("i", ("low", "medium", "high")),
        tags=f"jsonb_build_object('env', {_pick('i', ('prod', 'dev', 'lab'))}, 'cost', (i % 40)::text)",
        owner_id="(SELECT id FROM core_user WHERE username = 'maker-' || (i % 20))",
        created_at="now() - (i % 700) * interval '1 day' - i * interval '1 second'",
        changed_at="now() - (i % 300) * interval '1 day' - i * interval '1 second'",
    )
    RegisteredModel.objects.filter(pk=seed.pk).delete()


def _versions(per_model: int) -> None:
    from django.utils import timezone

    from core.models import User
    from models_registry import modelconfig
    from models_registry.models import ModelVersion, RegisteredModel
    from tests.factories import SIGNATURE

    config = modelconfig.derive(SIGNATURE, backend="onnxruntime")
    seed = ModelVersion.objects.create(
        model=RegisteredModel.objects.earliest("pk"), number=0, stage_changed_at=timezone.now(),
        created_by=User.objects.get(username="maker-0"), signature=SIGNATURE, config_text=config,
        inspection="passed",
    )  # fmt: skip
    _multiply(
        ModelVersion,
        f"s CROSS JOIN models_registry_registeredmodel AS m CROSS JOIN generate_series(1, {per_model}) AS i"
        f" WHERE s.id = {seed.pk}",
        model_id="m.id",
        number="i",
        stage=_pick("i - 1", STAGES),
        backend=_pick("m.id", BACKENDS),
        tags="jsonb_build_object('seed', ((m.id * 7 + i) % 1000)::text, 'data', 'set-' || (m.id + i) % 60)",
        run_id="md5(m.id || '-' || i)",
        created_by_id="m.owner_id",
        created_at="m.created_at + i * interval '1 hour'",
        changed_at="m.changed_at + i * interval '1 hour'",
        stage_changed_at="m.changed_at + i * interval '1 hour'",
    )
    ModelVersion.objects.filter(pk=seed.pk).delete()


def _metrics() -> None:
    from django.db import connection

    columns = "version_id, name, value, producer, source, recorded_at"
    for name, value, age in (
        ("accuracy", "((v.id * 7919) % 10000) / 10000.0", "0 days"),
        ("latency_ms", "1 + ((v.id * 104729) % 2000) / 20.0", "0 days"),
        ("accuracy", "0.999", "30 days"),
    ):
        older = " WHERE v.id % 5 = 0" if age != "0 days" else ""
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO models_registry_versionmetric ({columns})"
                f" SELECT v.id, '{name}', {value}, 'run', '', now() - interval '{age}'"
                f" FROM models_registry_modelversion v{older}"
            )


def _aliases() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO models_registry_alias (model_id, version_id, name, moved_by_id, moved_at)"
            " SELECT v.model_id, v.id, CASE v.number WHEN 9 THEN 'champion' ELSE 'challenger' END,"
            " v.created_by_id, now() FROM models_registry_modelversion v WHERE v.number IN (8, 9)"
        )


def _served() -> None:
    """A third of the models answer traffic, a hundred ask for approval."""
    from django.core.management import call_command
    from django.utils import timezone

    from models_registry.models import ModelVersion, PromotionRequest
    from serving.models import Deployment, Route, TritonServer

    call_command("ensure_embedded_server", verbosity=0)
    server, now = TritonServer.objects.get(), timezone.now()
    deployed = list(ModelVersion.objects.filter(stage="deployed", model_id__gt=0).only("pk", "model_id")[::3])
    state: dict[str, Any] = {"server": server, "observed_generation": 1}
    Deployment.objects.bulk_create(
        [Deployment(version=version, observed="ready", ready_at=now, **state) for version in deployed],
        batch_size=1000,
    )
    Route.objects.bulk_create(
        [
            Route(model_id=version.model_id, version=version, observed=version, wished_at=now, **state)
            for version in deployed
        ],
        batch_size=1000,
    )
    waiting = ModelVersion.objects.filter(stage="testing").select_related("created_by")[:100]
    PromotionRequest.objects.bulk_create(
        PromotionRequest(
            version=version, verb="deploy", from_stage="testing", target_stage="deployed", reason="Better.",
            requested_by=version.created_by, evidence=[],
            policy={"approvals": 1, "required": [], "shown": []},
        )
        for version in waiting
    )  # fmt: skip


def _multiply(table: Any, source: str, **given: str) -> None:
    """Copies of the seed row `s`, with the given columns as SQL; all other columns as the seed has them."""
    from django.db import connection

    fields = [field for field in table._meta.concrete_fields if not (field.primary_key or field.generated)]
    columns = [field.column for field in fields]
    chosen = [given.get(column, f"s.{column}") for column in columns]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table._meta.db_table} ({', '.join(columns)})"
            f" SELECT {', '.join(chosen)} FROM {table._meta.db_table} AS {source}"
        )


def _pick(number: str, words: tuple[str, ...]) -> str:
    """One of the words, by a number, as SQL."""
    return f"(ARRAY{list(words)!r})[1 + ({number}) % {len(words)}]"
