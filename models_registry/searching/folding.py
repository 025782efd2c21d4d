"""Text without what a reader does not tell apart: case, width and composition; as the database folds it."""

import unicodedata


def fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()
