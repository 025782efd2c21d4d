"""/api/v1/models/{name}/versions/{number}/signature/"""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.authentication import api_actor
from core.errors import Invalid, missing
from models_registry import declaring, services
from models_registry.api.serializers import VersionDetailSerializer
from models_registry.models import ModelVersion

NAMED = [OpenApiParameter("model_name", str, "path"), OpenApiParameter("number", int, "path")]


class DeclaredTensorSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=declaring.LONGEST_NAME)
    datatype = serializers.ChoiceField(choices=declaring.DATATYPES)
    dims = serializers.ListField(
        child=serializers.IntegerField(min_value=-1, max_value=declaring.LARGEST_DIM),
        max_length=declaring.MOST_DIMS,
        help_text="Sizes without the batch; -1 where free.",
    )
    optional = serializers.BooleanField(default=False)


class SignatureSerializer(serializers.Serializer[Any]):
    inputs = DeclaredTensorSerializer(many=True, required=False)
    outputs = DeclaredTensorSerializer(many=True, required=False)
    batchable = serializers.BooleanField(default=False)
    config_text = serializers.CharField(
        required=False, trim_whitespace=False, help_text="A full config.pbtxt instead of all the others."
    )


@extend_schema(parameters=NAMED)
class SignatureView(APIView):
    """The signature of a draft whose files don't tell it."""

    @extend_schema(request=SignatureSerializer, responses=VersionDetailSerializer)
    def put(self, request: Request, model_name: str, number: int) -> Response:
        """Declare inputs and outputs, or give a full config.pbtxt; then the draft can be registered."""
        asked = SignatureSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        version = ModelVersion.objects.of(model_name).filter(number=number).first()
        if version is None:
            raise missing(f"{model_name} v{number}")
        text = given.pop("config_text", None)
        if text is None:
            version = services.declare_signature(
                actor=api_actor(request),
                version_id=version.pk,
                inputs=given.get("inputs", []),
                outputs=given.get("outputs", []),
                batchable=given["batchable"],
            )
        elif "inputs" in given or "outputs" in given:
            raise Invalid("Give either tensors or a config.pbtxt, not both.", code="bad-signature")
        else:
            version = services.declare_by_config(actor=api_actor(request), version_id=version.pk, text=text)
        return Response(VersionDetailSerializer(version).data)
