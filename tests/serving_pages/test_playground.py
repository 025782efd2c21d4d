"""The playground against a real Triton: form, JSON, answer, errors in their place."""

import json
import re
from html import unescape
from pathlib import Path

import pytest

from core.roles import Role
from models_registry import artifacts, modelconfig
from models_registry.lifecycle import Stage
from serving.models import Observed
from serving.triton import repository
from serving.triton.connect import control
from tests.factories import a_deployment, a_server, a_version
from tests.onnx_models import a_real_version
from tests.serving_pages.reading import POLL, answer, attribute, words

pytestmark = pytest.mark.django_db
URL = "/playground/"


@pytest.fixture
def doubling(triton):
    """A loaded version that answers with twice its input."""
    version = a_real_version()
    name, root = version.triton_name, Path(triton.repository)
    config = modelconfig.render(version.config_text, triton_name=name)
    file = version.files.get()
    files = [("1/model.onnx", artifacts.path_of(file.sha256), file.sha256)]
    repository.stage(root, name, config_text=config, files=files)
    control(triton).load(name)
    a_deployment(version, server=triton)
    yield version
    control(triton).unload(name)
    repository.remove(root, name)


def posted(version, text="1 2 3 4", **given):
    return {"version": version.pk, "view": "form", "do": "infer", "input-0": text} | given


def field(response, *, id="input-0"):
    """The text in a text area of the page."""
    found = re.search(
        rf'<textarea[^>]*\bid="{id}"[^>]*>\n?(.*?)</textarea>', response.content.decode(), re.DOTALL
    )
    assert found is not None
    return unescape(found[1])


def outputs(response):
    found = re.search(r"<pre[^>]*answer\.json[^>]*><code>(.*?)</code>", response.content.decode(), re.DOTALL)
    assert found is not None
    return json.loads(unescape(found[1]))["outputs"]


def test_without_a_loaded_version_there_is_nothing_to_try(engineer):
    page = engineer.get(URL)

    assert answer(page) == "No version is loaded, so there is nothing to try."
    assert "Nothing to try yet" in words(page)


def test_the_form_begins_with_the_recorded_request(engineer, doubling):
    page = engineer.get(URL)

    assert answer(page) == f"Type values for {doubling} and see what it answers, and where the time goes."
    assert field(page) == "1, 2, 3, 4"
    assert f"{doubling} · Testing" in words(page)
    assert "X FP32 [-1, 4]" in words(page)


def test_an_answer_shows_values_latency_and_where_the_time_went(engineer, doubling):
    page = engineer.post(URL, posted(doubling))

    assert page.status_code == 200
    assert outputs(page) == [{"name": "Y", "datatype": "FP32", "shape": [1, 4], "data": [2, 4, 6, 8]}]
    assert "Y FP32 [1, 4] 2, 4, 6, 8" in words(page)
    for part in ("Queue", "Input", "Compute", "Output", "Network and client"):
        assert re.search(rf"{part} [\d.]+ ms", words(page)), part
    assert answer(page).startswith(f"{doubling} answered in ")
    assert field(page) == "1 2 3 4"


def test_htmx_gets_the_same_as_a_fragment(engineer, doubling):
    fragment = engineer.post(URL, posted(doubling), headers=POLL)

    assert b"<html" not in fragment.content
    assert outputs(fragment)[0]["data"] == [2, 4, 6, 8]
    assert attribute(fragment, id="playground-answer", name="hx-swap-oob") == "morph"
    assert "HX-Request" in fragment["Vary"]


def test_a_value_that_is_none_is_marked_and_nothing_is_sent(engineer, doubling):
    page = engineer.post(URL, posted(doubling, "1 2 x 4"))

    assert page.status_code == 422
    assert "“x” is no FP32 value." in words(page)
    assert attribute(page, id="input-0", name="aria-invalid") == "true"
    assert attribute(page, id="input-0", name="aria-describedby") == "input-0-hint input-0-error"
    assert field(page) == "1 2 x 4"


def test_a_fragment_with_an_error_says_that_it_is_to_be_shown(engineer, doubling):
    fragment = engineer.post(URL, posted(doubling, ""), headers=POLL)

    assert fragment.status_code == 422
    assert fragment["X-Fragment"] == "1"


def test_the_tabs_are_two_views_of_one_value(engineer, doubling):
    as_json = engineer.post(URL, posted(doubling, "5 6 7 8\n1 2 3 4", do="json"))
    text = field(as_json, id="json")
    changed = json.loads(text)
    changed["inputs"][0]["data"][0] = 9
    as_form = engineer.post(
        URL, {"version": doubling.pk, "view": "json", "do": "form", "json": json.dumps(changed)}
    )

    assert changed["inputs"][0]["shape"] == [2, 4]
    assert field(as_form) == "9, 6, 7, 8\n1, 2, 3, 4"
    assert "No answer yet" in words(as_form)


def test_json_is_sent_as_it_is(engineer, doubling):
    body = '{"inputs": [{"name": "X", "data": [[1, 2, 3, 4], [5, 6, 7, 8]]}]}'

    page = engineer.post(URL, {"version": doubling.pk, "view": "json", "do": "infer", "json": body})

    assert outputs(page)[0]["data"] == [2, 4, 6, 8, 10, 12, 14, 16]
    assert field(page, id="json") == body


def test_broken_json_stays_with_its_mistake(engineer, doubling):
    page = engineer.post(URL, {"version": doubling.pk, "view": "json", "do": "form", "json": '{"inputs": ['})

    assert page.status_code == 422
    assert "This is not JSON. Line 1, column 13: Expecting value." in words(page)
    assert field(page, id="json") == '{"inputs": ['


def test_triton_s_refusal_stands_at_the_input_it_names(engineer, doubling):
    body = '{"inputs": [{"name": "X", "datatype": "FP64", "shape": [1, 4], "data": [1, 2, 3, 4]}]}'

    page = engineer.post(URL, {"version": doubling.pk, "view": "json", "do": "infer", "json": body})

    assert page.status_code == 422
    assert attribute(page, id="json", name="aria-invalid") == "true"
    assert "'FP64'" in words(page)


def test_a_batch_that_is_too_large_is_refused_by_triton_in_its_place(engineer, doubling):
    text = "\n".join(["1, 2, 3, 4"] * 65)

    page = engineer.post(URL, posted(doubling, text))

    assert page.status_code == 422
    assert "There is no answer" in words(page)
    assert "batch-size must be <=" in unescape(words(page))
    assert field(page) == text


def test_a_server_that_is_away_leaves_what_was_typed(engineer):
    version = a_version(Stage.TESTING, golden=[])
    a_deployment(version, server=a_server())
    text = " ".join(["1"] * 64)

    page = engineer.post(URL, posted(version, text))

    assert page.status_code == 502
    assert "There is no answer Triton cannot be reached" in words(page)
    assert field(page) == text


def test_a_learner_sees_why_not_and_is_refused(signed_in, doubling):
    learner = signed_in(Role.LEARNER)

    page = learner.get(URL)
    refused = learner.post(URL, posted(doubling))

    assert "This needs one of the roles: Admin, Engineer, Operator, Reviewer, Validator." in words(page)
    assert refused.status_code == 403
    assert "There is no answer This needs one of the roles" in words(refused)
    assert field(refused) == "1 2 3 4"


def test_a_version_that_is_not_loaded_says_what_to_do(engineer, doubling):
    other = a_deployment(a_version(Stage.TESTING), observed=Observed.ABSENT).version

    page = engineer.get(f"{URL}?version={other.pk}")

    assert page.status_code == 409
    assert answer(page) == f"No server has {other} ready."
    assert "Promote it to testing, or look at its deployment." in words(page)


@pytest.mark.parametrize("pk", ["999999", "9" * 30])
def test_an_unknown_version_is_not_found(engineer, pk):
    assert engineer.get(f"{URL}?version={pk}").status_code == 404


def test_the_request_is_given_as_code(engineer, doubling):
    page = words(engineer.post(URL, posted(doubling)))

    address = f"http://testserver/api/v1/models/{doubling.model.name}/versions/{doubling.number}/infer/"
    assert f"curl -sS {address}" in unescape(page)
    assert "urllib.request.Request(" in page


def test_the_given_python_is_python(engineer, doubling):
    found = re.search(
        r'<pre[^>]*aria-label="Python"[^>]*><code>(.*?)</code>', engineer.get(URL).content.decode(), re.DOTALL
    )

    assert found is not None
    compile(unescape(found[1]), "snippet", "exec")


def test_a_form_in_chinese_keeps_numbers_as_json_has_them(engineer, doubling):
    page = engineer.get(f"/zh-hant{URL}")

    assert field(page) == "1, 2, 3, 4"


def test_the_page_takes_the_same_queries_for_many_versions(engineer, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    version = a_version(Stage.TESTING)
    a_deployment(version)
    engineer.get(URL)
    with CaptureQueriesContext(connection) as one:
        engineer.get(URL)
    for _index in range(19):
        a_deployment(a_version(Stage.TESTING))

    with django_assert_num_queries(len(one.captured_queries)):
        engineer.get(URL)
