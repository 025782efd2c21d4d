"""Form fields, confirmations and uploads, in each of their states."""

import pytest
from django import forms
from django.utils import translation

from tests.look.rendering import part, words


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


class Form(forms.Form):
    name = forms.CharField(help_text="Letters only.")
    note = forms.CharField(widget=forms.Textarea, required=False)
    agree = forms.BooleanField(label="I agree")
    verdict = forms.ChoiceField(widget=forms.RadioSelect, choices=[("approve", "Approve")])


def test_a_wrong_field_is_tied_to_its_hint_and_its_error():
    form = Form({"name": ""})
    html = part("field", field=form["name"])

    assert 'aria-describedby="id_name_hint id_name_error"' in html
    assert 'aria-invalid="true"' in html
    assert words(html) == "Name Letters only. This field is required."
    assert "4 things" not in part("form_errors", form=form)
    assert words(part("form_errors", form=form)).startswith("3 things to correct.")


@pytest.mark.parametrize(
    ("name", "seen"), [("note", "Note"), ("agree", "I agree"), ("verdict", "Verdict Approve")]
)
def test_each_kind_of_field_has_a_label(name, seen):
    assert words(part("field", field=Form()[name])) == seen


def test_a_confirmation_restates_the_effect_and_works_by_address_alone():
    html = part(
        "confirm",
        id="retire",
        open="Retire v3",
        title="Retire fraud-scorer v3?",
        text="It is unloaded.",
        action="/retire/",
        reason=True,
        fields=[("generation", 4)],
    )

    assert 'href="#retire"' in html
    assert '<dialog class="ask" id="retire"' in html
    assert '<input type="hidden" name="generation" value="4">' in html
    assert 'name="reason" required' in html


def test_an_upload_is_an_ordinary_form_first():
    html = part(
        "upload",
        action="/post/",
        upload_url="/put/",
        next_url="/next/",
        label="Model file",
        limit="At most 2 GB.",
        button="Upload",
    )

    assert 'method="post" action="/post/" enctype="multipart/form-data"' in html
    assert 'data-upload-url="/put/" data-next="/next/"' in html
    assert "csrfmiddlewaretoken" in html
