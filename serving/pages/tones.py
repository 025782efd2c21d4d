"""States as the six tones, and steps in words."""

from django.utils.translation import gettext_lazy as _

from serving.drift import Contents
from serving.models import Phase, ServerState, StepState, TritonServer

PHASE_TONES = {
    Phase.READY: "ok",
    Phase.WORKING: "run",
    Phase.WAITING: "run",
    Phase.RETRYING: "warn",
    Phase.FAILED: "bad",
    Phase.UNLOADING: "run",
    Phase.UNLOADED: "idle",
}
STEP_TONES = {
    StepState.RUNNING: "run",
    StepState.DONE: "ok",
    StepState.SKIPPED: "idle",
    StepState.FAILED: "bad",
    StepState.ABANDONED: "warn",
}
STEP_TEXTS = {
    "verify": _("Check that files and configuration are the approved ones"),
    "stage": _("Put the files into the model repository"),
    "load": _("Load the model"),
    "ready": _("Ask Triton whether it is ready"),
    "smoke": _("Compare its answers with the recorded ones"),
    "unload": _("Unload the model and let running requests finish"),
    "remove": _("Remove the files from the model repository"),
}
BRING_UP = ("verify", "stage", "load", "ready", "smoke")
TAKE_DOWN = ("unload", "remove")


def server_status(server: TritonServer, contents: Contents) -> tuple[str, object]:
    """(tone, word) of a server: whether it answers, then whether it runs what it should."""
    if server.state == ServerState.UNREACHABLE:
        return "bad", ServerState.UNREACHABLE.label
    if server.state == ServerState.UNKNOWN:
        return "idle", ServerState.UNKNOWN.label
    if contents.in_sync:
        return "ok", _("In sync")
    return ("run", _("Catching up")) if contents.being_met else ("warn", _("Drift"))
