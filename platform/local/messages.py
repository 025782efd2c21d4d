"""Collect what the pages say into the message catalogues, without the gettext tools."""

import io
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "_": None,
    "gettext_lazy": None,
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
}
SOURCES = ("platform", "models_registry", "serving", "experiments", "templates")
HEADER = "# What Conch says in another language. Brought up to date by `make messages`."
# It says nothing to a reader of pages.
SILENT = ("serving/runtime", "platform/local")


def collect(root: Path) -> Catalog:
    """Every message in Python code and templates, in the order of the files."""
    found = Catalog(project="Conch", charset="utf-8")
    for path in _files(root):
        place = path.relative_to(root).as_posix()
        for _line, message, _comments, context in _messages(path):
            found.add(message, locations=[(place, 0)], context=context)
    return found


def update(root: Path, catalogue: Path, *, language: str) -> list[str]:
    """Bring a catalogue up to date, keeping its translations; return the messages that lack one."""
    known = _read(catalogue, language)
    known.update(collect(root), no_fuzzy_matching=True)
    known.obsolete.clear()
    catalogue.parent.mkdir(parents=True, exist_ok=True)
    with catalogue.open("wb") as target:
        write_po(target, known, omit_header=False, include_lineno=False, width=110, sort_by_file=True)
    return untranslated(known)


def missing(root: Path, catalogue: Path, *, language: str) -> list[str]:
    """The messages that the code has and the catalogue does not translate."""
    known = _read(catalogue, language)
    wanted = collect(root)
    return [
        _text(message)
        for message in wanted
        if message.id and not _translated(known.get(message.id, message.context))
    ]


def untranslated(catalogue: Catalog) -> list[str]:
    return [_text(message) for message in catalogue if message.id and not _translated(message)]


def _translated(message: Message | None) -> bool:
    if message is None:
        return False
    return all(message.string) if isinstance(message.string, tuple | list) else bool(message.string)


def _text(message: Message) -> str:
    return message.id[0] if isinstance(message.id, tuple | list) else str(message.id)


def _read(catalogue: Path, language: str) -> Catalog:
    if not catalogue.exists():
        return Catalog(locale=language, project="Conch", charset="utf-8", fuzzy=False, header_comment=HEADER)
    with catalogue.open("rb") as source:
        return read_po(source, locale=language)


def _files(root: Path) -> Iterator[Path]:
    for folder in SOURCES:
        for path in sorted((root / folder).rglob("*")):
            place = path.relative_to(root).as_posix()
            if (
                path.suffix in {".py", ".html"}
                and "migrations" not in path.parts
                and not place.startswith(SILENT)
            ):
                yield path


def _messages(path: Path) -> Iterator[tuple[int, str | tuple[str, ...], list[str], str | None]]:
    text = path.read_text()
    if path.suffix == ".html":
        # Django turns a template into lines that look like calls; their indentation means nothing.
        text = "\n".join(line.strip() for line in templatize(text, origin=str(path)).splitlines())
    yield from extract("python", io.BytesIO(text.encode()), KEYWORDS)
