"""Guess by its first bytes what a file is that is no ONNX, so that the refusal can say so."""

import codecs
from pathlib import Path

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# (offset, bytes, what such a file is)
MAGIC: tuple[tuple[int, bytes, str | Promise], ...] = (
    (0, b"PK\x03\x04", _("a ZIP archive, as TorchScript, Keras and NumPy write")),
    (0, b"\x80\x02", _("a Python pickle, as PyTorch and scikit-learn write")),
    (0, b"\x80\x03", _("a Python pickle, as PyTorch and scikit-learn write")),
    (0, b"\x80\x04", _("a Python pickle, as PyTorch and scikit-learn write")),
    (0, b"\x80\x05", _("a Python pickle, as PyTorch and scikit-learn write")),
    (0, b"\x89HDF", _("an HDF5 file, as Keras writes")),
    (4, b"TFL3", _("a TensorFlow Lite model")),
    (4, b"ORTM", _("a model in ONNX Runtime's own ORT format")),
    (0, b"ptrt", _("a TensorRT engine")),
    (0, b"ftrt", _("a TensorRT engine")),
    (0, b"GGUF", _("a GGUF model")),
    (0, b"\x1f\x8b", _("a gzip archive")),
    (0, b"\x89PNG", _("a PNG image")),
    (0, b"\xff\xd8\xff", _("a JPEG image")),
    (0, b"%PDF", _("a PDF document")),
    (0, b"\x7fELF", _("a program or library")),
    (8, b'{"', _("a safetensors file")),
    (0, b"version https://git-lfs", _("a Git LFS pointer instead of the model itself")),
    (0, b"<", _("a web page or XML")),
    (0, b"{", _("JSON")),
)
HEAD_BYTES = 512


def guess(path: Path) -> str | Promise:
    """A noun phrase for what the file seems to be; empty when there is no telling."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    for offset, magic, kind in MAGIC:
        if head[offset:].startswith(magic):
            return kind
    return _("plain text") if _is_text(head) else ""


def _is_text(head: bytes) -> bool:
    try:
        # Incremental, since the last letter may be cut in the middle.
        words = codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return all(letter.isprintable() or letter in "\r\n\t" for letter in words)
