"""The model card of a version: written by section, kept by revision, approved by someone else."""

import pytest

from core.errors import Invalid
from core.models import AuditEvent
from core.richtext import render
from core.roles import Role
from models_registry import guards, modelcard, services
from models_registry.models import CardRevision, RiskTier
from tests.factories import a_model, a_user, a_version, acting
from tests.registry_pages.conftest import browser
from tests.registry_pages.counting import queries
from tests.serving_pages.reading import words

pytestmark = pytest.mark.django_db(transaction=True)
TAB, EDIT, APPROVE = (f"/models/ranker/v1/card/{end}" for end in ("", "edit/", "approve/"))


@pytest.fixture
def version():
    return a_version(model=a_model(name="ranker", risk_tier=RiskTier.HIGH))


def full(**given):
    return {key: f"About {key}." for key in modelcard.KEYS} | given


def test_an_engineer_writes_it_and_it_is_read_as_rich_text(engineer, version):
    assert "No card yet" in words(engineer.get(TAB))

    saved = engineer.post(EDIT, {"based_on": 0, "purpose": "Ranks **hits**.", "limits": "- short\n- old"})

    assert saved.url == TAB
    page = engineer.get(TAB)
    assert "<strong>hits</strong>" in page.content.decode()
    assert "<li>short</li>" in page.content.decode()
    assert "Revision 1 by erin" in words(page)
    event = AuditEvent.objects.get(verb="card.save")
    assert event.after == {"revision": 1, "changed": ["purpose", "limits"]}


def test_the_form_of_a_later_version_starts_from_the_card_before(engineer, version):
    services.save_card(
        actor=acting(version.created_by),
        version_id=version.pk,
        sections={"purpose": "Ranks hits."},
        based_on=0,
    )
    a_version(model=version.model)

    page = engineer.get("/models/ranker/v2/card/edit/")

    assert "Started from the card of ranker v1." in words(page)
    assert "Ranks hits." in page.content.decode()
    assert not CardRevision.objects.filter(version__number=2).exists()


def test_two_who_edit_at_once_lose_nothing(engineer, version):
    for text, status in (("Mine.", 302), ("Yours.", 409)):
        page = engineer.post(EDIT, {"based_on": 0, "purpose": text})
        assert page.status_code == status

    assert "Yours." in page.content.decode()
    assert "Somebody saved revision 1 of this card meanwhile." in words(page)
    assert CardRevision.objects.get().sections == {"purpose": "Mine."}


def test_saving_the_same_again_makes_no_revision(version):
    for based_on in (0, 1):
        services.save_card(
            actor=acting(version.created_by),
            version_id=version.pk,
            sections={"purpose": "A"},
            based_on=based_on,
        )

    assert CardRevision.objects.count() == 1
    assert AuditEvent.objects.filter(verb="card.save").count() == 1


@pytest.mark.parametrize(
    ("sections", "code"),
    [({"nonsense": "x"}, "unknown-section"), ({"purpose": "x" * 20_001}, "section-too-long")],
)
def test_what_does_not_fit_is_refused(version, sections, code):
    with pytest.raises(Invalid) as refused:
        services.save_card(
            actor=acting(version.created_by), version_id=version.pk, sections=sections, based_on=0
        )

    assert refused.value.code == code
    assert not CardRevision.objects.exists()


def test_a_reviewer_who_did_not_write_it_approves_it(reviewer, version):
    services.save_card(actor=acting(version.created_by), version_id=version.pk, sections=full(), based_on=0)
    assert "Approve card" in words(reviewer.get(TAB))

    assert reviewer.post(APPROVE, {"revision": "1"}).url == TAB

    assert "Approved by ray" in words(reviewer.get(TAB))
    assert reviewer.post(APPROVE, {"revision": "1"}).status_code == 409


def test_who_wrote_some_revision_can_not_approve_it(version):
    both = a_user(Role.ENGINEER, Role.REVIEWER)
    services.save_card(actor=acting(both), version_id=version.pk, sections={"purpose": "A"}, based_on=0)
    services.save_card(actor=acting(version.created_by), version_id=version.pk, sections=full(), based_on=1)

    page = browser(both).post(APPROVE, {"revision": "2"})

    assert page.status_code == 403
    assert "Four eyes: who wrote this card cannot approve it." in words(page)
    assert CardRevision.objects.filter(approved_at=None).count() == 2


@pytest.mark.parametrize("revision", ["1", "", "x", "99999999999"])
def test_only_the_newest_revision_can_be_approved(reviewer, version, revision):
    for based_on, text in enumerate(("A", "B")):
        services.save_card(
            actor=acting(version.created_by),
            version_id=version.pk,
            sections=full(purpose=text),
            based_on=based_on,
        )

    assert reviewer.post(APPROVE, {"revision": revision}).status_code == 409
    assert not CardRevision.objects.exclude(approved_at=None).exists()


def test_an_engineer_can_not_approve(engineer, version):
    services.save_card(actor=acting(version.created_by), version_id=version.pk, sections=full(), based_on=0)

    assert "Approve card" not in words(engineer.get(TAB))
    assert engineer.post(APPROVE, {"revision": "1"}).status_code == 403


def test_the_gate_names_what_is_missing(version, ray):
    [none] = guards.gather(version, ["card-complete"])
    assert (none.passed, none.value) == (False, "Not complete")
    assert "Purpose, Intended use, Known limits" in none.detail
    services.save_card(actor=acting(version.created_by), version_id=version.pk, sections=full(), based_on=0)
    assert guards.gather(version, ["card-complete"])[0].value == "Not approved"

    services.approve_card(actor=acting(ray), version_id=version.pk, number=1)

    assert guards.gather(version, ["card-complete"])[0].passed


def test_an_edit_after_the_approval_needs_a_new_one(version, ray):
    services.save_card(actor=acting(version.created_by), version_id=version.pk, sections=full(), based_on=0)
    services.approve_card(actor=acting(ray), version_id=version.pk, number=1)

    services.save_card(
        actor=acting(version.created_by), version_id=version.pk, sections=full(risks="None."), based_on=1
    )

    assert guards.gather(version, ["card-complete"])[0].value == "Not approved"


def test_the_number_of_queries_does_not_grow(engineer, version):
    services.save_card(actor=acting(version.created_by), version_id=version.pk, sections=full(), based_on=0)
    few = queries(engineer, TAB)
    for number in range(1, 20):
        services.save_card(
            actor=acting(version.created_by),
            version_id=version.pk,
            sections=full(purpose=str(number)),
            based_on=number,
        )

    assert queries(engineer, TAB) == few


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("![x](https://elsewhere.example/p.png)", ""),
        ("# Loud", "<h3>Loud</h3>"),
        (
            "[a](https://example.org)",
            '<a href="https://example.org" rel="noopener noreferrer nofollow">a</a>',
        ),
    ],
)
def test_markdown_is_harmless(text, html):
    rendered = render(text)

    assert html in rendered
    assert "<script" not in rendered
    assert "<img" not in rendered
    assert 'href="javascript' not in rendered


def test_the_comparison_shows_what_changed_in_the_cards(engineer, version):
    other = a_version(model=version.model)
    for each, text in ((version, "Ranks hits."), (other, "Ranks pages.")):
        services.save_card(
            actor=acting(each.created_by), version_id=each.pk, sections={"purpose": text}, based_on=0
        )

    page = engineer.get("/models/ranker/compare/?a=1&b=2")

    assert "Model card +1 −1" in words(page)


def test_the_api_reads_writes_and_approves(client, version, ray):
    from rest_framework.test import APIClient

    api = APIClient()
    api.force_authenticate(version.created_by)
    url = "/api/v1/models/ranker/versions/1/card/"
    assert api.get(url).status_code == 404
    saved = api.put(url, {"sections": full(), "based_on": 0}, format="json")
    assert (saved.status_code, saved.json()["number"]) == (200, 1)
    assert api.put(url, {"sections": full(purpose="x"), "based_on": 0}, format="json").status_code == 409
    assert api.post(f"{url}approve/", {"revision": 1}, format="json").status_code == 403
    api.force_authenticate(ray)
    assert api.post(f"{url}approve/", {"revision": 1}, format="json").json()["approved_by"] == "ray"
