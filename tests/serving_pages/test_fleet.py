"""The fleet: which servers run what they should, and what they said last."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from serving.models import Observed, Route, ServerState
from serving.services.servers import take_index
from tests.factories import a_deployment, a_server, a_version
from tests.serving_pages.reading import POLL, answer, attribute, words

pytestmark = pytest.mark.django_db
LIST = "/fleet/"


def a_ready_server(**given):
    now = timezone.now()
    defaults = {"state": ServerState.READY, "version": "2.51.0", "checked_at": now, "seen_at": now}
    return a_server(**defaults | given)


def listed(name, state="READY", reason=""):
    return {"name": name, "version": "1", "state": state, "reason": reason}


def test_a_stranger_is_sent_to_sign_in(client):
    assert client.get(LIST).url == "/sign-in/?next=/fleet/"


def test_an_empty_fleet_says_how_to_begin(engineer):
    page = engineer.get(LIST)

    assert answer(page) == "No Triton server is connected yet."
    assert "No server is connected" in words(page)


def test_a_server_in_sync_shows_what_it_has(engineer):
    server = a_ready_server(name="triton-1")
    deployment = a_deployment(server=server)
    server.index = [listed(deployment.version.triton_name)]
    take_index(server)

    page = engineer.get(LIST)

    assert answer(page) == "The server has what it should."
    assert f"triton-1 In sync Triton 2.51.0 Asked 0 s ago {deployment.version}" in words(page)


def test_differences_are_named(engineer):
    server = a_ready_server()
    lacking = a_deployment(server=server, observed=Observed.ABSENT, observed_generation=0)
    server.index = [listed("by-hand")]
    take_index(server)

    page = engineer.get(LIST)

    assert answer(page) == "Each server answers, but 1 wanted version is not ready."
    assert "Drift" in words(page)
    assert f"{lacking.version}, Waiting" in words(page)
    assert "by-hand, not wanted here" in words(page)


def test_an_unreachable_server_keeps_its_last_state_in_grey_with_its_age(engineer):
    server = a_server(
        name="triton-1",
        state=ServerState.UNREACHABLE,
        last_error="Triton cannot be reached.",
        seen_at=timezone.now() - timedelta(minutes=5),
        checked_at=timezone.now(),
    )
    deployment = a_deployment(server=server)
    server.index = [listed(deployment.version.triton_name)]
    take_index(server)

    page = engineer.get(LIST)

    assert answer(page) == "1 of 1 servers can't be reached: triton-1. Its last state is shown in grey."
    assert "last answer 5 min ago" in words(page)
    assert (
        f'class="tag stale" href="/deployments/D-{deployment.pk}/">{deployment.version}'
        in page.content.decode()
    )


def test_a_poll_gets_only_what_changes(engineer):
    a_ready_server(name="triton-1")

    page, poll = engineer.get(LIST), engineer.get(LIST, headers=POLL)

    assert "HX-Request" in page["Vary"]
    assert b"<html" not in poll.content
    assert attribute(poll, id="fleet", name="hx-trigger") == "every 5s"
    assert attribute(poll, id="fleet-answer", name="hx-swap-oob") == "morph"
    assert attribute(page, id="fleet-answer", name="hx-swap-oob") is None


@pytest.mark.parametrize("name", ["serving:server_list", "serving:server_detail"])
def test_the_number_of_queries_does_not_grow(engineer, django_assert_num_queries, name):
    server = a_ready_server()
    url = reverse(name, args=[server.pk] if "detail" in name else [])
    a_deployment(server=server)
    engineer.get(url)
    with CaptureQueriesContext(connection) as one:
        engineer.get(url)

    for _index in range(19):
        a_deployment(server=server if "detail" in name else a_ready_server())

    with django_assert_num_queries(len(one.captured_queries)):
        engineer.get(url)


def test_a_crowded_server_shows_twelve_and_links_to_the_rest(engineer):
    server = a_ready_server()
    versions = [a_deployment(server=server).version for _index in range(14)]
    server.index = [listed(version.triton_name) for version in versions]
    take_index(server)

    page = engineer.get(LIST)

    assert page.content.decode().count('class="tag"') == 12
    assert "2 more" in words(page)


def test_a_server_s_page_sets_wish_beside_fact(engineer):
    server = a_ready_server(name="triton-1")
    deployment = a_deployment(server=server, version=a_version("testing"))
    server.index = [
        listed(deployment.version.triton_name, "UNAVAILABLE", "stub died"),
        listed("by-hand"),
    ]
    server.seen_at = timezone.now() + timedelta(minutes=1)
    take_index(server)

    page = engineer.get(f"/fleet/{server.pk}/")

    assert answer(page) == "1 wanted model is not ready. 1 model is loaded that nobody wants here."
    assert f"{deployment.version} Waiting UNAVAILABLE stub died" in words(page)
    assert "by-hand READY Somebody loaded these past Conch" in words(page)


def test_an_unreachable_server_s_page_says_so_above_all(engineer):
    server = a_server(name="triton-1", state=ServerState.UNREACHABLE, last_error="Triton cannot be reached.")

    page = engineer.get(f"/fleet/{server.pk}/")

    assert "triton-1 can't be reached. Triton cannot be reached." in words(page)
    assert answer(page).startswith("It doesn't answer.")


def test_an_unknown_server_is_not_found(engineer):
    page = engineer.get("/fleet/999/")

    assert page.status_code == 404
    assert "There is no server with this id." in words(page)


def test_public_names_stand_on_the_list_and_on_the_server_s_page(engineer):
    server = a_ready_server()
    version = a_version("deployed")
    a_deployment(version, server=server)
    Route.objects.create(
        model=version.model,
        server=server,
        version=version,
        observed=version,
        observed_generation=1,
        wished_at=timezone.now(),
    )
    server.index = [listed(version.triton_name), listed(version.model.name)]
    take_index(server)

    name = version.model.name
    assert f"{version} {name} → v{version.number}" in words(engineer.get(LIST))
    page = words(engineer.get(f"/fleet/{server.pk}/"))
    assert f"Public names {name} answers with v{version.number} Ready" in page


def test_a_model_that_got_lost_is_not_called_ready(engineer):
    server = a_ready_server(seen_at=timezone.now() + timedelta(minutes=1))
    deployment = a_deployment(server=server)
    take_index(server)

    assert f"{deployment.version}, Waiting" in words(engineer.get(LIST))
