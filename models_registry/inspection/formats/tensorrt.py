"""A TensorRT plan: its header tells which version built it; the rest only that version can read."""

import struct

from models_registry.inspection.files import Files, head, suffixed
from models_registry.inspection.limits import Limits
from models_registry.inspection.refused import Refused
from models_registry.inspection.report import Inspection, remark

NAME = "tensorrt"
SUFFIXES = (".plan", ".engine", ".trt")
MAGIC = (b"ftrt", b"ptrt")
HEADER_BYTES = 28
# Where a header of serialisation version 0 holds major, minor, patch and build; trtexec reads it there too.
VERSION_AT = 24


def detect(files: Files) -> int:
    if any(head(path, 4) in MAGIC for path in files.values()):
        return 95
    return 20 if suffixed(files, ".plan", ".engine") else 0


def inspect(files: Files, *, limits: Limits) -> Inspection:
    plans = [path for path in files if head(files[path], 4) in MAGIC]
    if not plans:
        raise Refused("plan-damaged", filename=suffixed(files, *SUFFIXES)[0])
    if len(plans) > 1:
        raise Refused("plans-several", names=", ".join(sorted(plans)[:5]))
    filename = plans[0]
    if not filename.lower().endswith(SUFFIXES):
        raise Refused("plan-extension", filename=filename)
    header = head(files[filename], HEADER_BYTES)
    if len(header) < HEADER_BYTES:
        raise Refused("plan-damaged", filename=filename)
    version = _version(header)
    return Inspection(
        format=NAME,
        backend="tensorrt",
        signature={},
        facts={"tensorrt": version, "bytes": files[filename].stat().st_size, "ran": []},
        warnings=[
            remark("plan-version", version=version) if version else remark("plan-version-unknown"),
            remark("plan-device"),
        ],
        questions=[remark("plan-types")],
    )


def _version(header: bytes) -> str:
    """ "10.3.0.26", or nothing where the header is laid out in a way that is not known."""
    (layout,) = struct.unpack_from("<I", header, 4)
    if header[:4] != b"ftrt" or layout != 0:
        return ""
    return ".".join(str(part) for part in header[VERSION_AT:HEADER_BYTES])
