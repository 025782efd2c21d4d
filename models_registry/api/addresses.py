"""How the address of a version is written and documented, for every app that hangs something below it."""

from drf_spectacular.utils import OpenApiParameter

VERSION = "models/<str:model_name>/versions/<int:number>/"
OF_VERSION = [OpenApiParameter("model_name", str, "path"), OpenApiParameter("number", int, "path")]
