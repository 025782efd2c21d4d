"""Errors that a caller can act on.

PlatformError
├── NotFound            404  the named thing does not exist
├── Forbidden           403  this actor may not do that  (the refusal names who may)
├── Conflict            409  well formed, but the state forbids it
├── Invalid             422  the content is wrong; retrying cannot help
└── Upstream            502  Triton or a store failed us; retrying may help
    └── UpstreamTimeout 504
"""

from django.utils.translation import gettext as _


class PlatformError(Exception):
    """An error with a stable code, a sentence of detail and a hint on what to do."""

    status = 500
    default_code = "error"
    retryable = False

    def __init__(self, detail: str, *, code: str = "", hint: str = "", **context: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or self.default_code
        self.hint = hint
        self.context = context

    def __str__(self) -> str:
        return f"{self.detail} {self.hint}".strip()

    def problem(self) -> dict[str, object]:
        """The RFC 9457 body of this error."""
        body: dict[str, object] = {
            "type": f"/problems/{self.code}",
            "title": self.code.replace("-", " "),
            "status": self.status,
            "detail": str(self.detail),
        }
        if self.hint:
            body["hint"] = str(self.hint)
        return body | self.context


class NotFound(PlatformError):
    status = 404
    default_code = "not-found"


class Forbidden(PlatformError):
    status = 403
    default_code = "forbidden"


class Conflict(PlatformError):
    status = 409
    default_code = "conflict"


class Invalid(PlatformError):
    status = 422
    default_code = "invalid"


class Upstream(PlatformError):
    status = 502
    default_code = "upstream"
    retryable = True


class UpstreamTimeout(Upstream):
    status = 504
    default_code = "upstream-timeout"


def missing(what: str) -> NotFound:
    """NotFound for a thing named in a URL or a request."""
    return NotFound(_("There is no %(what)s.") % {"what": what}, hint=_("Check the name and try again."))
