"""/api/v1/models/{name}/versions/{number}/evidence-pack/"""

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from core.api.authentication import api_actor
from models_registry.api.addresses import OF_VERSION
from models_registry.pages.packs import as_download
from models_registry.services.packs import take_pack


class PackView(APIView):
    @extend_schema(parameters=OF_VERSION, responses={(200, "application/zip"): OpenApiTypes.BINARY})
    def get(self, request: Request, model_name: str, number: int) -> HttpResponse:
        """All evidence about a version as one signed zip; tools/conch_verify.py checks it offline."""
        return as_download(take_pack(actor=api_actor(request), model_name=model_name, number=number))
