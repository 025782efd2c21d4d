"""Compile message catalogues without the gettext tools; the compiled files are never committed."""

import os
from pathlib import Path


def compile_catalogues(folder: Path) -> list[Path]:
    """Compile each .po below `folder` whose .mo is missing or older; return the files written."""
    stale = [path for path in sorted(folder.rglob("*.po")) if _is_stale(path)]
    if not stale:
        return []
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    written = []
    for path in stale:
        with path.open("rb") as source:
            catalogue = read_po(source, locale=None)
        draft = path.with_suffix(f".{os.getpid()}.draft")
        with draft.open("wb") as target:
            write_mo(target, catalogue, use_fuzzy=False)
        written.append(draft.replace(path.with_suffix(".mo")))
    return written


def _is_stale(path: Path) -> bool:
    compiled = path.with_suffix(".mo")
    return not compiled.exists() or compiled.stat().st_mtime < path.stat().st_mtime
