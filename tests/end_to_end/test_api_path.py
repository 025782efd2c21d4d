"""The whole path over REST: register, review, deploy, try, benchmark, route, retire."""

from pathlib import Path

import pytest
from django.core.management import call_command

from core.models import AuditEvent
from experiments import walk
from models_registry import modelconfig
from models_registry.models import ModelVersion
from serving.models import Deployment
from serving.triton import inference
from serving.triton.connect import control
from tests.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def running(worker, emptied, people):
    people.engineer.post("models/", {"name": "digits", "purpose": "Reads digits."})


def test_a_version_lives_its_whole_life(people, digits, emptied, capsys):
    number = walk.register(people, model="digits", file=digits / "digits-small.onnx")
    path = f"models/digits/versions/{number}/"
    version = people.engineer.get(path)
    assert version["signature"]["inputs"] == [
        {"name": "X", "datatype": "FP32", "shape": [-1, 64], "dims": [64]}
    ]

    walk.promote(people, model="digits", number=number, verb="test", reason="Ready.", comment="Right.")
    steps = people.engineer.get(f"deployments/{Deployment.objects.get().pk}/")["steps"]
    assert [(step["name"], step["state"]) for step in steps] == [
        (name, "done") for name in ("verify", "stage", "load", "ready", "smoke")
    ]

    golden = version["golden"][0]
    answer = people.engineer.post(f"{path}infer/", {"inputs": golden["inputs"]})
    data = {output["name"]: output["data"] for output in answer["outputs"]}
    assert data["label"] == golden["outputs"][0]["data"]
    assert set(answer["split_ms"]) == {"queue", "compute_input", "compute_infer", "compute_output"}

    result = walk.benchmark(people, model="digits", number=number, levels=[1, 2], seconds=1)
    assert (result["state"], [level["concurrency"] for level in result["levels"]]) == ("done", [1, 2])
    assert all(level["requests"] > 10 and not level["errors"] for level in result["levels"])

    walk.promote(people, model="digits", number=number, verb="deploy", reason="Go.", comment="Numbers hold.")
    walk.wait(lambda: people.operator.get("routes/digits/"), lambda found: found["phase"] == "ready")
    public = inference.infer(control(emptied), model="digits", inputs=golden["inputs"], timeout_s=10)
    assert inference.golden_matches(public, golden, rtol=1e-3, atol=1e-4) == []

    with pytest.raises(walk.Refused, match="still being served as digits"):
        people.engineer.post(f"{path}retire/", {"reason": "Too soon."})
    assert people.engineer.get(path)["stage"] == "deployed"

    people.operator.post("routes/digits/stop/", {"reason": "Ending it."})
    walk.wait(lambda: people.operator.get("routes/digits/"), lambda found: found["phase"] == "unloaded")
    assert people.engineer.post(f"{path}retire/", {"reason": "Done."})["stage"] == "retired"
    until(lambda: "digits.v1" not in {model.name for model in control(emptied).index()}, what="the unload")
    with pytest.raises(walk.Refused, match="No server has"):
        people.engineer.post(f"{path}infer/", {"inputs": golden["inputs"]})

    call_command("verify_audit")
    assert "audit trail whole" in capsys.readouterr().out
    assert AuditEvent.objects.filter(verb="version.retire", door="api").count() == 1


def test_a_second_version_takes_over_and_an_operator_rolls_back(people, digits, emptied):
    for file in ("digits-small.onnx", "digits-large.onnx"):
        number = walk.register(people, model="digits", file=digits / file)
        for verb in ("test", "deploy"):
            walk.promote(people, model="digits", number=number, verb=verb, reason="Go.", comment="Fine.")
        walk.wait(
            lambda: people.operator.get("routes/digits/"), lambda found, n=number: found["observed"] == n
        )

    people.operator.post("routes/digits/point/", {"number": 1, "reason": "Slower than thought."})

    walk.wait(lambda: people.operator.get("routes/digits/"), lambda found: found["observed"] == 1)
    golden = ModelVersion.objects.get(number=1).golden[0]
    answer = inference.infer(control(emptied), model="digits", inputs=golden["inputs"], timeout_s=10)
    assert inference.golden_matches(answer, golden, rtol=1e-3, atol=1e-4) == []


def test_a_bad_file_is_told_and_the_worker_goes_on(people, digits, tmp_path):
    good = (digits / "digits-small.onnx").read_bytes()
    bad = {"cut.onnx": good[: len(good) // 2], "picture.onnx": b"\x89PNG\r\n\x1a\n" + b"0" * 100}

    for name, content in bad.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(walk.Refused) as refused:
            walk.register(people, model="digits", file=tmp_path / name)
        assert refused.value.detail

    number = walk.register(people, model="digits", file=digits / "digits-small.onnx")
    assert people.engineer.get(f"models/digits/versions/{number}/")["stage"] == "registered"


def test_a_model_that_triton_refuses_ends_in_a_clear_cause_and_leaves_the_others_alone(
    people, digits, emptied
):
    walk.register(people, model="digits", file=digits / "digits-small.onnx")
    walk.promote(people, model="digits", number=1, verb="test", reason="Go.", comment="Fine.")
    number = walk.register(people, model="digits", file=digits / "digits-large.onnx")
    version = ModelVersion.objects.get(number=number)
    # Valid by the schema, and nothing Triton can serve: a GPU that does not exist.
    text = version.config_text.replace("kind: KIND_AUTO", "kind: KIND_GPU gpus: [ 63 ]")
    ModelVersion.objects.filter(pk=version.pk).update(
        config_text=text, config_digest=modelconfig.digest(text)
    )

    with pytest.raises(walk.Refused) as refused:
        walk.promote(people, model="digits", number=number, verb="test", reason="Go.", comment="Fine.")

    failed = Deployment.objects.get(version=version)
    assert (failed.phase, bool(failed.last_error)) == ("failed", True)
    assert refused.value.detail == failed.last_error
    assert not (Path(emptied.repository) / version.triton_name).exists()
    assert control(emptied).model_ready("digits.v1") is True
