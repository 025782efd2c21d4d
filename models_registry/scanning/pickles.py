"""Pickles by their opcodes: picklescan and fickling together, for each misses what the other finds."""

import bz2
import gzip
import lzma
import tempfile
import zlib
from typing import IO, Any

from models_registry.scanning.finding import Finding, flag, listed, refusal

# What is loaded as a pickle by its name. `.bin`, `.ckpt` and others may be raw weights as well.
ALWAYS = (".pkl", ".pickle", ".pt", ".pth", ".joblib")
MAYBE = (".bin", ".ckpt", ".data", ".dat", ".weights", ".model", ".npy")
TORCH_MAGIC = 0x1950A86A20F9469CFC6C
LEGACY_PICKLES = 5
MOST_UNPACKED_BYTES = 1024**3
NUMPY = b"\x93NUMPY"
PACKED: dict[bytes, Any] = {b"\x1f\x8b": gzip.open, b"BZ": bz2.open, b"\xfd7": lzma.open, b"]\x00": lzma.open}


def looks_like(name: str, head: bytes) -> bool:
    """Whether something may load this as a pickle."""
    lower = name.lower()
    return lower.endswith((*ALWAYS, *MAYBE)) or (head[:1] == b"\x80" and head[1:2] in b"\x02\x03\x04\x05")


def scan(file: IO[bytes], name: str) -> list[Finding]:
    """What one stream of pickles would do if it were loaded."""
    must = name.lower().endswith(ALWAYS)
    head = file.read(6)
    if head == NUMPY:
        return _objects(file, name)
    file.seek(0)
    if must and (head[:2] in PACKED or head[:1] == b"\x78"):
        return _packed(file, head[:2], name)
    return _opened(file, name, must=must)


def _opened(file: IO[bytes], name: str, *, must: bool) -> list[Finding]:
    from picklescan.scanner import SafetyLevel, scan_pickle_bytes

    start = file.tell()
    seen = scan_pickle_bytes(file, name)
    names = sorted({f"{one.module}.{one.name}" for one in seen.globals})
    dangerous = [f"{one.module}.{one.name}" for one in seen.globals if one.safety == SafetyLevel.Dangerous]
    if dangerous:
        return [refusal("pickle-runs-code", name, names=listed(sorted(set(dangerous))))]
    file.seek(start)
    worst, why = _fickled(file)
    if worst:
        return [refusal("pickle-runs-code", name, names=listed(names) or worst)]
    if why:
        # Raw weights may begin like a pickle; without a name to import there is nothing in them to run.
        return [refusal("pickle-unreadable", name, why=why)] if must or names else []
    unknown = [
        f"{one.module}.{one.name}"
        for one in seen.globals
        if one.safety != SafetyLevel.Innocuous and one.module.partition(".")[0] != "__torch__"
    ]
    return [flag("pickle-unknown", name, names=listed(sorted(set(unknown))))] if unknown else []


def _objects(file: IO[bytes], name: str) -> list[Finding]:
    """An array file: one of Python objects has a pickle behind its header."""
    version = file.read(2)[:1]
    size = int.from_bytes(file.read(2 if version == b"\x01" else 4), "little")
    header = file.read(min(size, 1024 * 1024))
    return _opened(file, name, must=True) if b"O" in header else []


def _fickled(file: IO[bytes]) -> tuple[str, str]:
    """What fickling calls malicious, and why the stream could not be read to its end; empty for neither."""
    from fickling.analysis import Severity, check_safety
    from fickling.fickle import Pickled

    start = file.tell()
    size = file.seek(0, 2)
    file.seek(start)
    count, legacy = 0, False
    try:
        while file.tell() < size and not (legacy and count == LEGACY_PICKLES):
            pickled = Pickled.load(file)
            results = check_safety(pickled)
            if results.severity >= Severity.LIKELY_OVERTLY_MALICIOUS:
                return " ".join(results.to_string().split())[:200], ""
            if count == 0:
                # torch.save before 1.6: five pickles, then raw numbers that nothing unpickles.
                legacy = any(getattr(opcode, "arg", None) == TORCH_MAGIC for opcode in pickled)
            count += 1
    except (MemoryError, KeyboardInterrupt):
        raise
    except Exception as error:  # a library that reads hostile bytes fails in any way there is
        return "", f"{type(error).__name__}: {error}"[:200]
    return "", "" if count else "empty"


def _packed(file: IO[bytes], head: bytes, name: str) -> list[Finding]:
    """A compressed pickle, as joblib writes it, unpacked as far as is reasonable."""
    with tempfile.TemporaryFile() as unpacked:
        try:
            size = _unpack(file, head, unpacked)
        except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
            return [refusal("pickle-unreadable", name, why=str(error)[:200])]
        if size > MOST_UNPACKED_BYTES:
            return [refusal("bomb", name, unpacked=size)]
        unpacked.seek(0)
        return scan(unpacked, name)


def _unpack(file: IO[bytes], head: bytes, target: IO[bytes]) -> int:
    size = 0
    if head[:1] == b"\x78":
        plain = zlib.decompressobj()
        while size <= MOST_UNPACKED_BYTES and (piece := file.read(64 * 1024)):
            while piece:
                size += target.write(plain.decompress(piece, 1024 * 1024))
                piece = plain.unconsumed_tail
                if size > MOST_UNPACKED_BYTES:
                    break
        return size
    with PACKED[head](file) as reader:
        while size <= MOST_UNPACKED_BYTES and (piece := reader.read(1024 * 1024)):
            size += target.write(piece)
    return size
