"""What is wrong with a query, and where."""

from django.utils.translation import gettext as _

from core.errors import Invalid


class QueryError(Invalid):
    """A query that cannot be read or asked; `position` counts characters from 1."""

    default_code = "bad-query"

    def __init__(self, detail: str, *, at: int, expected: str = "", hint: str = "") -> None:
        self.at = at
        self.position = at + 1
        self.expected = expected
        super().__init__(detail, hint=hint, position=self.position, expected=expected)

    @property
    def sentence(self) -> str:
        """The whole of it in words: where, what, and what would fit."""
        told = _("At character %(position)d: %(detail)s") % {"position": self.position, "detail": self.detail}
        return " ".join(part for part in (told, self.hint) if part)
