"""/api/v1/keys/ and a version's provenance."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.authentication import api_actor
from models_registry import provenance, selectors, services, signed
from models_registry.models import ModelVersion, TrustedKey

NAMED = [OpenApiParameter("model_name", str, "path"), OpenApiParameter("number", int, "path")]


class KeySerializer(serializers.ModelSerializer[TrustedKey]):
    workspace = serializers.CharField(source="workspace.name", read_only=True)
    added_by = serializers.CharField(source="added_by.username", read_only=True)

    class Meta:
        model = TrustedKey
        fields: tuple[str, ...] = (
            "id", "workspace", "name", "pem", "fingerprint", "added_by", "added_at", "revoked_at",
        )  # fmt: skip


class NewKeySerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=80)
    pem = serializers.CharField(max_length=4000, help_text="An elliptic public key.")
    workspace = serializers.CharField(max_length=64, default="", allow_blank=True)


class KeyViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[TrustedKey]):
    """The public keys whose signatures count."""

    queryset = TrustedKey.objects.select_related("workspace", "added_by")
    serializer_class = KeySerializer
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[TrustedKey]:
        return super().get_queryset().order_by("pk")

    @extend_schema(request=NewKeySerializer, responses={201: KeySerializer})
    def create(self, request: Request) -> Response:
        """Trust a key from now on; admins only."""
        asked = NewKeySerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        key = services.add_key(actor=api_actor(request), **asked.validated_data)
        return Response(KeySerializer(key).data, status=201)

    @extend_schema(request=None, responses=KeySerializer)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: str) -> Response:
        """Trust none of its signatures any more; admins only."""
        return Response(KeySerializer(services.revoke_key(actor=api_actor(request), key_id=int(pk))).data)


class ProvenanceSerializer(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=[state.value for state in provenance.State])
    key = serializers.CharField(help_text="The trusted key's name, where it is known.")
    detail = serializers.CharField()
    files = serializers.DictField(child=serializers.CharField(), help_text="What a signature has to cover.")
    bundle = serializers.CharField(allow_blank=True, help_text="The newest signature that was added.")


class BundleSerializer(serializers.Serializer[Any]):
    bundle = serializers.CharField(
        max_length=provenance.LARGEST_BUNDLE_BYTES,
        trim_whitespace=False,
        help_text="The text of a model.sig of `model_signing sign key`.",
    )


@extend_schema(parameters=NAMED)
class ProvenanceView(APIView):
    """Who vouches for the files of a version."""

    @extend_schema(responses=ProvenanceSerializer)
    def get(self, request: Request, model_name: str, number: int) -> Response:
        """The newest signature, judged by the keys that are trusted now."""
        return Response(_told(selectors.version(model_name, number)))

    @extend_schema(request=BundleSerializer, responses=ProvenanceSerializer)
    def put(self, request: Request, model_name: str, number: int) -> Response:
        """Add a signature that was made elsewhere over exactly these files."""
        asked = BundleSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        version = selectors.version(model_name, number)
        services.attach_signature(
            actor=api_actor(request), version_id=version.pk, bundle=asked.validated_data["bundle"]
        )
        return Response(_told(version))


@extend_schema(parameters=NAMED)
class SignView(APIView):
    @extend_schema(request=None, responses=ProvenanceSerializer)
    def post(self, request: Request, model_name: str, number: int) -> Response:
        """Sign the version with the key that the server holds; admins only."""
        version = selectors.version(model_name, number)
        services.sign_version(actor=api_actor(request), version_id=version.pk)
        return Response(_told(version))


def _told(version: ModelVersion) -> dict[str, Any]:
    found, kept = signed.verdict(version), version.signatures.first()
    return {
        "state": found.state.value,
        "key": found.key,
        "detail": signed.sentence(found),
        "files": signed.files_of(version),
        "bundle": kept.bundle if kept else "",
    }
