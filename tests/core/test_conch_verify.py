"""Exports prove themselves to a script that knows nothing of Django, the database or this server."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.conf import settings as site
from django.core.management import CommandError, call_command
from django.db import transaction

from core.audit import record
from core.models import AuditEvent
from core.roles import Role
from core.trail import keys
from core.trail.checkpoints import checkpoint
from tests.core.trails import chain_now, some_events, unprotected
from tests.factories import a_user, acting

pytestmark = pytest.mark.django_db
SCRIPT = site.ROOT / "tools" / "conch_verify.py"
WITHOUT_CRYPTOGRAPHY = (
    "import sys; sys.modules['cryptography'] = None; sys.argv[0] = 'conch_verify'; "
    f"sys.path.insert(0, {str(SCRIPT.parent)!r}); import conch_verify; sys.exit(conch_verify.main())"
)


def verified(*arguments: object, alone: bool = False) -> tuple[int, str]:
    """Exit status and words of the script in a process of its own; `alone`: without any package."""
    start = [sys.executable, "-I", "-c", WITHOUT_CRYPTOGRAPHY] if alone else [sys.executable, str(SCRIPT)]
    ran = subprocess.run([*start, *map(str, arguments)], capture_output=True, text=True, check=False, env={})
    assert "Traceback" not in ran.stderr, ran.stderr
    return ran.returncode, ran.stdout + ran.stderr


@pytest.fixture
def exported(tmp_path: Path) -> Callable[..., Path]:
    """Writes an export by the command, as an operator."""
    operator = a_user(Role.OPERATOR)

    def export(name: str = "trail.json", **filters: Any) -> Path:
        chain_now()
        call_command("export_audit", tmp_path / name, username=operator.username, verbosity=0, **filters)
        return tmp_path / name

    return export


def a_mixed_trail() -> list[AuditEvent]:
    """Events of two models in turn, one of them with values that JSON writes in more than one way."""
    user = a_user(Role.ENGINEER)
    with transaction.atomic():
        for n in range(7):
            model = "digits" if n % 2 else "boats"
            awkward = {"n": n, "third": n / 3, "large": 1e20, "text": "蚌”\u2028"}
            record(acting(user), "version.change", user, after=awkward, reason="so", model_name=model)
        chain_now()
    return list(AuditEvent.objects.order_by("position"))


def changed(path: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    raw = json.loads(path.read_text())
    change(raw)
    spoilt = path.with_name(f"spoilt-{path.name}")
    spoilt.write_text(json.dumps(raw))
    return spoilt


def test_a_whole_trail_is_whole(exported, settings):
    a_mixed_trail()
    path = exported()

    code, said = verified(path)

    assert (code, "trail.json: whole. 7 of 7 events" in said) == (0, True), said
    assert f"Signed by the key {keys.load(settings.TRAIL.key).id}" in said


def test_as_a_module_too(exported):
    a_mixed_trail()
    path = exported()

    ran = subprocess.run(
        [sys.executable, "-m", "conch_verify", str(path)], cwd=SCRIPT.parent, capture_output=True, text=True
    )

    assert ran.returncode == 0, ran.stderr


def test_without_cryptography_it_says_what_it_did_not_check(exported):
    a_mixed_trail()
    path = exported()

    code, said = verified(path, alone=True)

    assert code == 0, said
    assert "1 signatures were NOT checked: the package “cryptography” is missing." in said
    code, said = verified(changed(path, lambda raw: raw["events"][2].update(reason="not so")), alone=True)
    assert (code, "TAMPERED. event" in said) == (1, True)


def test_a_filtered_export_proves_each_of_its_events(exported):
    a_mixed_trail()
    path = exported(model="digits")

    raw = json.loads(path.read_text())
    assert [event["position"] for event in raw["events"]] == [2, 4, 6]
    assert all(len(event["proof"]) == 3 for event in raw["events"])
    assert verified(path)[0] == 0
    assert (
        len([event for event in json.loads(exported("all.json").read_text())["events"] if "proof" in event])
        == 1
    )


CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "its details were changed": lambda raw: raw["events"][3].update(reason="not so"),
    "its content was changed": lambda raw: raw["events"][3].update(actor_name="nobody"),
    "the event after it is missing": lambda raw: (raw["events"].pop(3), raw.update(count=6)),
    "says 7 events and holds 6": lambda raw: raw["events"].pop(),
    "out of order": lambda raw: raw["events"].reverse(),
    "is not in the signed trail": lambda raw: raw["events"][-1]["proof"].reverse(),
    "is not signed by the key": lambda raw: raw["checkpoint"].update(size=8),
    "names a key that it does not hold": lambda raw: raw["checkpoint"].update(public_key="00" * 32),
    "a field is missing": lambda raw: raw["events"][3].pop("salt"),
    "its details were": lambda raw: raw["events"][3].update(after={}),
    "its details are called erased": lambda raw: raw["events"][3].update(redacted=True, reason="not so"),
}


@pytest.mark.parametrize("words", CHANGES)
def test_a_changed_export_is_refused_and_says_where(exported, words):
    events = a_mixed_trail()
    path = exported()

    code, said = verified(changed(path, CHANGES[words]))

    assert code == 1, said
    assert words in said
    if words.startswith("its "):
        assert f"event {events[3].pk} (version.change" in said


@pytest.mark.parametrize("seed", range(6))
def test_no_single_changed_character_goes_unseen(exported, seed):
    a_mixed_trail()
    path, random = exported(), Random(seed)
    text, spoilt = path.read_text(), path.with_name("one.json")
    start = text.index('"events"')
    for _ in range(4):
        place = random.randrange(start, len(text) - 2)
        if text[place] in ' \n"' or text[place - 60 : place].rfind('"id"') >= 0:
            continue
        other = "1" if text[place] != "1" else "2"
        spoilt.write_text(text[:place] + other + text[place + 1 :])
        assert verified(spoilt)[0] in {1, 2}, text[place - 40 : place + 10]


def test_a_rewritten_event_with_hashes_that_fit_again_is_not_in_the_tree(exported):
    """Whoever computes all hashes anew still lacks the signed root."""
    from core.canonical import sha256

    a_mixed_trail()

    def forge(raw: dict[str, Any]) -> None:
        event = raw["events"][-1]
        event["reason"] = "not so"
        names = ("address", "before", "after", "reason", "salt")
        event["details_hash"] = sha256({name: event[name] for name in names})
        signed = (
            "actor_id", "actor_name", "delegated_for", "door", "auth", "request_id", "verb", "object_type",
            "object_id", "object_label", "model_name", "details_hash", "at",
        )  # fmt: skip
        event["content_hash"] = sha256({name: event[name] for name in signed})
        import hashlib

        event["hash"] = hashlib.sha256((event["previous_hash"] + event["content_hash"]).encode()).hexdigest()

    code, said = verified(changed(exported(), forge))

    assert (code, "it is not in the signed trail at position 7" in said) == (1, True)


def test_an_old_checkpoint_from_a_drawer_proves_that_nothing_was_rewritten(exported, settings, tmp_path):
    some_events(3)
    checkpoint()
    old = next(settings.TRAIL.checkpoints.iterdir())
    a_mixed_trail()
    path = exported()

    assert verified(old)[1].startswith("checkpoint-000000000003.json: whole. a checkpoint over 3 events")
    code, said = verified(path, "--against", settings.TRAIL.checkpoints)
    assert (code, "2 of your checkpoints agree" in said) == (0, True), said
    spoilt = changed(path, lambda raw: raw["earlier"][0]["proof"].reverse())
    assert "history was rewritten" in verified(spoilt)[1]


def test_a_trail_that_was_cut_is_refused_against_an_old_checkpoint(exported, settings, tmp_path):
    some_events(5)
    checkpoint()
    drawer = tmp_path / "drawer"
    settings.TRAIL.checkpoints.rename(drawer)
    from core.models import AuditCheckpoint

    with unprotected(), unprotected("core_auditcheckpoint"):
        AuditEvent.objects.filter(position__gt=3).delete()
        AuditCheckpoint.objects.all().delete()
    path = exported()

    assert verified(path)[0] == 0
    code, said = verified(path, "--against", drawer)
    assert (code, "knows 5 events and the export's 3: events are gone" in said) == (1, True), said


def test_only_the_key_that_one_trusts(exported, settings):
    a_mixed_trail()
    path = exported()
    public = keys.load(settings.TRAIL.key).public

    assert verified(path, "--key", public)[0] == 0
    assert verified(path, "--key", keys.key_id(public))[0] == 0
    code, said = verified(path, "--key", "ab" * 32)
    assert (code, "which is not one you named" in said) == (1, True)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": "x"}', "PK\x03\x04"])
def test_what_is_no_export_is_not_called_whole(tmp_path, text):
    path = tmp_path / "other.json"
    path.write_text(text)

    code, said = verified(path)

    assert (code, "cannot be checked" in said) == (2, True), said


def test_the_export_is_recorded_and_needs_the_right(exported, tmp_path):
    a_mixed_trail()
    exported(verb="version.change")
    engineer = a_user(Role.ENGINEER)

    event = AuditEvent.objects.get(verb="audit.export")
    assert event.after == {"kind": "json", "size": 7, "filters": {"verb": "version.change"}}
    with pytest.raises(CommandError, match="one of the roles"):
        call_command("export_audit", tmp_path / "x.json", username=engineer.username)
    assert not (tmp_path / "x.json").exists()
    assert AuditEvent.objects.filter(verb="audit.export").count() == 1


def test_a_table_cannot_carry_a_formula_into_a_spreadsheet(exported):
    some_events(1, reason="=HYPERLINK(1)")
    path = exported("trail.csv", csv=True)

    assert "'=HYPERLINK(1)" in path.read_text()
    assert path.read_text().splitlines()[0].startswith("position,at,actor_name,delegated_for,door")
