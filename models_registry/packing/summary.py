"""The pack for people: one Markdown text, and the same as a page. English whoever asks. Pure."""

import difflib
import json
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Any

from core import richtext
from models_registry.modelcard import SECTIONS
from models_registry.packing.gathering import Gathered

FACTS = ("name", "display_name", "workspace", "owner", "team", "risk_tier", "task", "next_review_on")
ORIGIN = (
    "created_by",
    "created_at",
    "source_uri",
    "run_id",
    "run_link",
    "source_commit",
    "dataset",
    "derived_from",
)
STATE = ("number", "stage", "stage_changed_at", "stage_reason", "backend", "artifact_digest", "config_digest")
# Title, topic, head, and the fields of each row.
JUDGED = (
    (
        "Scans",
        "scans",
        ("file", "state", "raises tier", "scanned at"),
        ("path", "state", "raises_tier", "scanned_at"),
    ),
    ("Signatures", "signatures", ("added by", "at"), ("added_by", "added_at")),
    (
        "Findings",
        "findings",
        ("name", "severity", "state", "title", "owner", "due", "decided by", "resolution"),
        ("name", "severity", "state", "title", "owner", "due_on", "decided_by", "resolution"),
    ),
    (
        "Emergency overrides",
        "overrides",
        ("name", "to", "used by", "at", "reason", "verdict afterwards", "by", "comment"),
        ("name", "to_stage", "used_by", "used_at", "reason", "verdict", "reviewed_by", "comment"),
    ),
    (
        "Policies it was decided by",
        "policies",
        ("number", "proposed by", "published by", "published at", "note"),
        ("number", "proposed_by", "published_by", "published_at", "note"),
    ),
    (
        "Legal holds",
        "holds",
        ("on the", "placed by", "at", "reason", "lifted by", "at"),
        ("of", "placed_by", "placed_at", "reason", "lifted_by", "lifted_at"),
    ),
)
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}}
table{{border-collapse:collapse;width:100%}}td,th{{border:1px solid #bbb;padding:.2rem .5rem;text-align:left;
vertical-align:top;overflow-wrap:anywhere}}pre{{overflow:auto;background:#f4f4f4;padding:.5rem}}</style></head>
<body><h1>{title}</h1>
{body}</body></html>
"""


def page(found: Gathered) -> str:
    title = escape(f"Evidence for {found.subject}")
    parts = markdown(found).partition("\n")[2].split("\n## ")
    # Rendered a part at a time: each is below the limit of what is rendered.
    body = "".join(richtext.render(f"## {part}" if index else part) for index, part in enumerate(parts))
    return PAGE.format(title=title, body=body)


def markdown(found: Gathered) -> str:
    return "\n".join(_lines(found)) + "\n"


def config_diff(found: Gathered) -> str:
    """The configuration against the predecessor's, as a unified diff."""
    before = found.topics["predecessor"]
    if before is None:
        return ""
    old, new = before["config_before"].splitlines(), found.config.splitlines()
    lines = difflib.unified_diff(old, new, before["version"], found.subject, lineterm="")
    return "".join(f"{line}\n" for line in lines)


def _lines(found: Gathered) -> Iterator[str]:
    topics = found.topics
    yield f"# Evidence for {found.subject}\n"
    yield (
        "Each file of this pack is listed with its SHA-256 in `manifest.json`, which `manifest.sig` signs. "
        "Check all of it offline with `python conch_verify.py pack.zip`, a script from Conch’s source that "
        "needs no Conch.\n"
    )
    yield from _pairs("Model", topics["model"], FACTS)
    yield from _texts(topics["model"], ("purpose", "intended_use", "limits"))
    yield from _pairs("Version", topics["version"], (*STATE, *ORIGIN))
    yield from _files(topics["files"])
    yield from _card(topics["cards"])
    for request in topics["promotions"]:
        yield from _promotion(request)
    if not topics["promotions"]:
        yield "## Promotion requests\n\nThere was none.\n"
    for title, topic, head, names in JUDGED:
        yield f"## {title}\n"
        yield from _table(head, ([one.get(name) for name in names] for one in topics[topic]))
    yield from _metrics(topics["metrics"])
    yield from _predecessor(topics["predecessor"])
    for key, title in found.titles.items():
        yield f"## {_cell(title)}\n\n{_count(topics[key])} in `{key}.json`.\n"
    yield from _trail(found)


def _pairs(title: str, facts: dict[str, Any], names: Sequence[str]) -> Iterator[str]:
    yield f"## {title}\n"
    known = [
        (name.replace("_", " "), facts[name]) for name in names if facts.get(name) not in (None, "", {}, [])
    ]
    yield from _table(("what", "value"), known)


def _texts(facts: dict[str, Any], names: Sequence[str]) -> Iterator[str]:
    for name in names:
        if facts.get(name):
            yield f"### {name.replace('_', ' ').capitalize()}\n\n{_quoted(facts[name])}\n"


def _files(files: list[dict[str, Any]]) -> Iterator[str]:
    yield "## Files\n"
    rows = [(one["path"], one["size_bytes"], one["sha256"], one["uploaded_by"]) for one in files]
    yield from _table(("path", "bytes", "SHA-256", "uploaded by"), rows)


def _card(cards: list[dict[str, Any]]) -> Iterator[str]:
    yield "## Model card\n"
    if not cards:
        yield "Nobody wrote one.\n"
        return
    card = cards[-1]
    approved = (
        f"approved by {card['approved_by']} at {card['approved_at']}"
        if card["approved_by"]
        else "not approved"
    )
    yield f"Revision {card['number']} by {card['author']}, {approved}.\n"
    titles = {section.key: str(section.title) for section in SECTIONS}
    for key, text in card["sections"].items():
        yield f"### {titles.get(key, key)}\n\n{_quoted(text)}\n"


def _promotion(request: dict[str, Any]) -> Iterator[str]:
    yield f"## Promotion request {request['name']}\n"
    names = (
        "verb",
        "from_stage",
        "target_stage",
        "state",
        "requested_by",
        "created_at",
        "decided_at",
        "reason",
    )
    yield from _table(("what", "value"), [(name.replace("_", " "), request[name] or "") for name in names])
    yield "### Evidence\n"
    evidence = [item for item in request["evidence"] if isinstance(item, dict)]
    rows = [(one.get("title"), "yes" if one.get("passed") else "no", one.get("value")) for one in evidence]
    yield from _table(("gate", "passed", "value"), rows)
    yield "### Reviews\n"
    reviews = [
        (one["reviewer"], one["verdict"], one["created_at"], one["comment"]) for one in request["reviews"]
    ]
    yield from _table(("reviewer", "verdict", "at", "comment"), reviews)
    if request["comments"]:
        yield "### Comments\n"
        said = [(one["author"], one["created_at"], one["line"], one["text"]) for one in request["comments"]]
        yield from _table(("who", "at", "line", "what"), said)
    if request["delegations"]:
        yield "### Handed over\n"
        handed = [
            (one["from_user"], one["to_user"], one["created_at"], one["reason"])
            for one in request["delegations"]
        ]
        yield from _table(("from", "to", "at", "why"), handed)


def _metrics(metrics: list[dict[str, Any]]) -> Iterator[str]:
    yield "## Metrics\n"
    rows = [
        (one["name"], one["value"], one["producer"], one["source"], one["recorded_at"]) for one in metrics
    ]
    yield from _table(("name", "value", "producer", "source", "recorded at"), rows)


def _predecessor(before: dict[str, Any] | None) -> Iterator[str]:
    if before is None:
        yield "## Predecessor\n\nThere is none.\n"
        return
    yield f"## Changes since {before['version']}\n"
    yield f"Configuration: {'changed, see `config.diff`' if before['config_changed'] else 'the same'}.\n"
    yield from _table(
        ("signature", "breaking"), [(one["text"], one["breaking"]) for one in before["signature"]]
    )
    yield from _table(
        ("file", "before", "after"), [(one["path"], one["before"], one["after"]) for one in before["files"]]
    )


def _trail(found: Gathered) -> Iterator[str]:
    events = json.loads(found.audit)["events"]
    yield "## Audit trail\n"
    size, root = found.checkpoint["size"], found.checkpoint["root"]
    yield f"{len(events)} events, proved against the signed checkpoint over {size} with root `{root}`.\n"
    rows = [
        (one["position"], one["at"], _who(one), one["door"], one["verb"], one["object_label"], one["reason"])
        for one in events
    ]
    yield from _table(("place", "at", "who", "door", "what", "on", "why"), rows)


def _who(event: dict[str, Any]) -> str:
    behind = event.get("delegated_for")
    return f"{event['actor_name']} for {behind}" if behind else event["actor_name"]


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    lines = [" | ".join(map(_cell, line)) for line in rows]
    if not lines:
        yield "None.\n"
        return
    yield f"| {' | '.join(head)} |\n|{' --- |' * len(head)}"
    yield from (f"| {line} |" for line in lines)
    yield ""


def _quoted(text: str) -> str:
    """Somebody's Markdown, set off so that none of it passes for the pack's own."""
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def _cell(value: object) -> str:
    """Text that stays inside its cell and means nothing to Markdown."""
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = " ".join(text.split())
    return "".join(f"\\{letter}" if letter in r"\`*_[]<>|#~!" else letter for letter in text)


def _count(rows: object) -> str:
    return f"{len(rows)} rows" if isinstance(rows, list) else "All"
