"""Every page answers, in both languages, for every role, at the same cost for one row and for twenty."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.roles import Role
from experiments.models import Benchmark
from models_registry.gates import current_policy
from models_registry.lifecycle import Stage
from serving.models import TritonServer
from tests.factories import a_deployment, a_model, a_promotion, a_server, a_user, a_version

pytestmark = pytest.mark.django_db
LISTS = ("home", "models_registry:model_list", "models_registry:review_queue", "serving:server_list",
         "serving:deployment_list", "serving:playground", "experiments:benchmark_list", "core:tokens", "core:audit", "core:people", "core:workspaces",
         "core:service_accounts", "core:access", "core:security", "models_registry:keys", "models_registry:version_list", "models_registry:deleted",
         "models_registry:policy_list", "models_registry:finding_list", "models_registry:override_list",
         "models_registry:review_due", "models_registry:review_figures")  # fmt: skip


def grow(count: int) -> None:
    """Models with a version in each stage, requests, deployments and benchmarks."""
    server = TritonServer.objects.first() or a_server()
    for _ in range(count):
        model = a_model()
        for stage in Stage:
            a_version(stage, model=model)
        testing = model.versions.get(stage=Stage.TESTING)
        a_deployment(testing, server=server)
        a_promotion(testing, verb="deploy", from_stage="testing", target_stage="deployed")
        plan = {"levels": [1], "seconds": 1, "warmup_seconds": 0, "batch_size": 1, "timeout_seconds": 10}
        Benchmark.objects.create(
            version=testing, server=server, requested_by=model.owner, state="done", settings=plan
        )


def addresses() -> list[str]:
    grow(1)
    version = a_version(Stage.DRAFT)
    model = version.model
    promotion = a_promotion(a_version(model=model))
    served = a_deployment(a_version(Stage.DEPLOYED, model=model))
    name, number = model.name, served.version.number
    found = [reverse(route) for route in LISTS]
    found += [reverse("core:notice_list"), reverse("core:notice_choices")]
    found += [reverse("core:account"), reverse("search"), reverse("models_registry:register_model")]
    found += [
        reverse(f"models_registry:{page}", args=[name])
        for page in (
            "model_detail",
            "model_history",
            "model_as_of",
            "register_version",
            "compare",
            "model_policy",
            "model_about",
            "model_delete",
        )
    ]
    found += [reverse("models_registry:version_detail", args=[name, number])]
    found += [
        reverse("models_registry:version_tab", args=[name, number, tab])
        for tab in ("card", "signature", "config", "files", "evidence", "history")
    ]
    found += [
        reverse(f"models_registry:version_{page}", args=[name, number])
        for page in ("promote", "retire", "notes", "about", "delete")
    ]
    found += [
        reverse(f"models_registry:{page}", args=[name, number])
        for page in ("card_edit", "version_origin", "finding_raise", "override_use")
    ]
    found += [f"{reverse('models_registry:compare', args=[name])}?a={number}&b={promotion.version.number}"]
    found += [reverse("models_registry:version_wizard", args=[name, version.number])]
    found += [reverse("models_registry:review_detail", args=[promotion.pk])]
    policy = current_policy()
    found += [
        reverse("models_registry:policy_detail", args=[policy.pk]),
        reverse("models_registry:policy_new"),
    ]
    found += [reverse("serving:deployment_detail", args=[served.pk])]
    found += [reverse("serving:server_detail", args=[served.server_id])]
    found += [
        reverse("experiments:benchmark_new"),
        f"{reverse('serving:playground')}?version={served.version_id}",
    ]
    found += [reverse("experiments:benchmark_detail", args=[Benchmark.objects.get().pk])]
    return found


@pytest.mark.parametrize("role", list(Role))
def test_every_page_can_be_read_by_every_role(client, role):
    found = addresses()
    client.force_login(a_user(role))

    answers = {address: client.get(address).status_code for address in found}

    assert {address: status for address, status in answers.items() if status != 200} == {}


def test_every_page_speaks_both_languages(client):
    found = addresses()
    client.force_login(a_user(Role.ENGINEER, Role.REVIEWER, Role.OPERATOR))

    for address in found:
        english, chinese = (client.get(f"{prefix}{address}").content.decode() for prefix in ("", "/zh-hant"))
        assert '<html lang="en"' in english
        assert '<html lang="zh-Hant"' in chinese
        assert "Skip to content" not in chinese


@pytest.mark.parametrize("route", LISTS)
def test_a_list_costs_the_same_for_one_row_and_for_twenty(client, route):
    client.force_login(a_user(Role.ENGINEER, Role.REVIEWER, Role.OPERATOR, Role.ADMIN))
    address = reverse(route)
    grow(2)
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        assert client.get(address).status_code == 200
    grow(18)

    with CaptureQueriesContext(connection) as many:
        assert client.get(address).status_code == 200

    assert len(many) <= len(few) <= 30


def test_nobody_sees_a_page_without_signing_in(client):
    for address in addresses():
        answer = client.get(address)
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/sign-in/")
