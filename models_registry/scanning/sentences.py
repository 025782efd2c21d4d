"""What the scanner found, in words, in the language of the reader."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core import quantities

SENTENCES: dict[str, str | Promise] = {
    "pickle-runs-code": _("It is a pickle that runs code when it is loaded: %(names)s."),
    "pickle-unreadable": _(
        "It is loaded as a pickle, but cannot be read to its end (%(why)s), so nobody can say what it does."
    ),
    "pickle-unknown": _("It is a pickle that uses classes which may run code when it is loaded: %(names)s."),
    "path-escapes": _("This name in the archive leads outside the folder that it is unpacked to."),
    "link-inside": _("This entry of the archive is a link or a device."),
    "bomb": _("Unpacked it is far larger than packed (%(size)s or more): it was made to fill a disk."),
    "too-many-members": _("The archive has more than %(most)s entries."),
    "nested-too-deep": _("Too many archives are packed into each other."),
    "archive-unreadable": _("The archive cannot be read: %(why)s."),
    "external-data-escapes": _("The model wants its weights from “%(place)s”, outside its own folder."),
    "python-code": _("It is Python code that runs on the server."),
    "python-code-names": _("It is Python code that runs on the server and uses %(names)s."),
    "python-unreadable": _("It is Python code that cannot be read as such."),
    "native-code": _("It is a native program or library that runs on the server."),
    "scan-broke": _("The scan did not end within its limits of time and memory (%(how)s)."),
}  # fmt: skip


def sentence(finding: Mapping[str, object]) -> str:
    """One finding, as `FileScan.findings` has it, without the name of its file."""
    code = str(finding["code"])
    particulars = dict(finding["particulars"])  # type: ignore[call-overload]
    if code == "python-code" and particulars.get("names"):
        code = "python-code-names"
    if "unpacked" in particulars:
        particulars["size"] = quantities.size(int(particulars["unpacked"]))
    return str(SENTENCES.get(code, code)) % particulars
