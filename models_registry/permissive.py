"""Free experimentation and its price: what moves without review is never served."""

from django.utils.translation import gettext as _

from core.errors import Conflict
from models_registry.models import ModelVersion

# A version keeps this tag for ever, also when its workspace is governed later.
UNREVIEWED = "conch.unreviewed"


def is_free(version: ModelVersion) -> bool:
    """Whether some step of this version needed no review."""
    return UNREVIEWED in version.tags or version.model.workspace.permissive


def refuse_serving(version: ModelVersion) -> None:
    """Raise Conflict for what nobody reviewed; call it wherever something is about to be deployed."""
    if is_free(version):
        raise Conflict(
            _("%(version)s was moved without review, in a permissive workspace, and is never served.")
            % {"version": version},
            code="permissive-workspace",
            hint=_("Register the same files in a workspace whose steps are reviewed."),
        )
