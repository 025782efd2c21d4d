"""What goes wrong elsewhere when many clients write at once, and here does not."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from mlflow import MlflowClient

from core.audit import breaks
from models_registry.models import Alias, ModelVersion, RegisteredModel

THREADS = 8


def together(call: Callable[[int], object], count: int) -> list[object]:
    """All answers; a call that fails fails the test."""
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(call, range(count)))


def test_one_tag_set_by_many(client: MlflowClient):
    client.create_registered_model("m")
    client.create_model_version("m", "s3://b/1")
    together(lambda i: client.set_registered_model_tag("m", "k", str(i)), 60)
    together(lambda i: client.set_model_version_tag("m", "1", f"k{i % 4}", str(i)), 60)

    assert set(client.get_registered_model("m").tags) == {"k"}
    assert set(client.get_model_version("m", "1").tags) == {"k0", "k1", "k2", "k3", "conch.stage"}


def test_one_new_alias_set_by_many(free: MlflowClient):
    free.create_registered_model("m")
    for _ in range(2):
        free.create_model_version("m", "s3://b/1")
    together(lambda i: free.set_registered_model_alias("m", f"a{i // 8}", str(i % 2 + 1)), 64)

    assert Alias.objects.count() == 8


def test_versions_and_names_made_by_many(client: MlflowClient):
    client.create_registered_model("m")
    made = together(lambda i: client.create_model_version("m", f"s3://b/{i}").version, 40)

    assert sorted(map(int, made)) == list(range(1, 41))  # type: ignore[arg-type]
    assert ModelVersion.objects.count() == 40

    def create(_: int) -> str:
        try:
            return client.create_registered_model("Same name!").name
        except Exception as error:
            return str(getattr(error, "error_code", error))

    answers = together(create, 16)
    assert sorted(answers, key=str) == ["RESOURCE_ALREADY_EXISTS"] * 15 + ["Same name!"]
    together(lambda i: client.create_registered_model(f"ä{i} !" if i % 2 else f"ä {i}!"), 16)
    assert RegisteredModel.objects.count() == 18
    assert list(breaks()) == []
