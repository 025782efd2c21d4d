"""Refusals in the words of the MLflow client: `error_code` and `message`, with the status it expects."""

from django.http import JsonResponse

from core.errors import PlatformError

STATUS = {
    "RESOURCE_DOES_NOT_EXIST": 404,
    "ENDPOINT_NOT_FOUND": 404,
    "RESOURCE_ALREADY_EXISTS": 400,
    "INVALID_PARAMETER_VALUE": 400,
    "PERMISSION_DENIED": 403,
    "UNAUTHENTICATED": 401,
    "RESOURCE_CONFLICT": 409,
    "NOT_IMPLEMENTED": 501,
    "INTERNAL_ERROR": 500,
}
BY_STATUS = {
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "RESOURCE_DOES_NOT_EXIST",
    409: "RESOURCE_CONFLICT",
    422: "INVALID_PARAMETER_VALUE",
}
# A policy says no: clients must hear that at once and as what it is.
POLICY = frozenset(
    {
        "alias-not-reviewed",
        "four-eyes",
        "gate-not-passed",
        "illegal-transition",
        "legal-hold",
        "no-reviewer",
        "not-inspected",
        "permissive-workspace",
        "version-immutable",
    }
)


class ApiError(Exception):
    """A refusal; `extra` are keys beside code and message, which the client keeps on its exception."""

    def __init__(self, code: str, message: str, **extra: object) -> None:
        super().__init__(message)
        self.code, self.message, self.extra = code, message, extra


def invalid(message: str) -> ApiError:
    return ApiError("INVALID_PARAMETER_VALUE", message)


def absent(what: str) -> ApiError:
    return ApiError("RESOURCE_DOES_NOT_EXIST", f"{what} not found")


def translated(error: PlatformError) -> ApiError:
    """What a service refused, for the client."""
    code = BY_STATUS.get(error.status, "INTERNAL_ERROR")
    if error.code == "name-taken":
        code = "RESOURCE_ALREADY_EXISTS"
    elif error.code in POLICY:
        code = "PERMISSION_DENIED"
    return ApiError(code, str(error), conch_code=error.code)


def answer(error: ApiError) -> JsonResponse:
    body = {"error_code": error.code, "message": error.message} | error.extra
    response = JsonResponse(body, status=STATUS[error.code])
    if error.code == "UNAUTHENTICATED":
        response["WWW-Authenticate"] = 'Bearer, Basic realm="Conch"'
    return response
