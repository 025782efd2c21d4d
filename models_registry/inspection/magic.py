"""Guess by its first bytes what a file is that nothing here serves, so that the refusal can say so."""

import codecs
from pathlib import Path

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# What such a file is, as a noun phrase that stands in a sentence.
KINDS: dict[str, str | Promise] = {
    "zip": _("a ZIP archive, as TorchScript, Keras and NumPy write"),
    "pickle": _("a Python pickle, as PyTorch and scikit-learn write"),
    "hdf5": _("an HDF5 file, as Keras writes"),
    "tflite": _("a TensorFlow Lite model"),
    "ort": _("a model in ONNX Runtime's own ORT format"),
    "tensorrt": _("a TensorRT engine"),
    "gguf": _("a GGUF model"),
    "gzip": _("a gzip archive"),
    "png": _("a PNG image"),
    "jpeg": _("a JPEG image"),
    "pdf": _("a PDF document"),
    "elf": _("a program or library"),
    "safetensors": _("a safetensors file"),
    "lfs": _("a Git LFS pointer instead of the model itself"),
    "markup": _("a web page or XML"),
    "json": _("JSON"),
    "text": _("plain text"),
}
MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"PK\x03\x04", "zip"),
    (0, b"\x80\x02", "pickle"),
    (0, b"\x80\x03", "pickle"),
    (0, b"\x80\x04", "pickle"),
    (0, b"\x80\x05", "pickle"),
    (0, b"\x89HDF", "hdf5"),
    (4, b"TFL3", "tflite"),
    (4, b"ORTM", "ort"),
    (0, b"ptrt", "tensorrt"),
    (0, b"ftrt", "tensorrt"),
    (0, b"GGUF", "gguf"),
    (0, b"\x1f\x8b", "gzip"),
    (0, b"\x89PNG", "png"),
    (0, b"\xff\xd8\xff", "jpeg"),
    (0, b"%PDF", "pdf"),
    (0, b"\x7fELF", "elf"),
    (8, b'{"', "safetensors"),
    (0, b"version https://git-lfs", "lfs"),
    (0, b"<", "markup"),
    (0, b"{", "json"),
)
HEAD_BYTES = 512


def kind(path: Path) -> str:
    """A key of KINDS for what the file seems to be; empty when there is no telling."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    for offset, magic, found in MAGIC:
        if head[offset:].startswith(magic):
            return found
    return "text" if head and _is_text(head) else ""


def _is_text(head: bytes) -> bool:
    try:
        # Incremental, since the last letter may be cut in the middle.
        words = codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return all(letter.isprintable() or letter in "\r\n\t" for letter in words)
