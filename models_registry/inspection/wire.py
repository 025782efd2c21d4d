"""Walk protobuf's wire format over a mapped file: sizes and places are known before anything is allocated."""

from collections.abc import Iterator
from typing import NamedTuple

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
_SIZE = {FIXED64: 8, FIXED32: 4}


class Broken(Exception):
    """Not protobuf."""


class CutOff(Exception):
    """Protobuf that ends in the middle of a field."""


class Field(NamedTuple):
    """One field; `begin` is where its tag stands, `start` to `end` its content."""

    number: int
    kind: int
    begin: int
    start: int
    end: int


def fields(data: memoryview, start: int, end: int) -> Iterator[Field]:
    """The fields between two places, in order; nested ones are not looked into."""
    place = start
    while place < end:
        begin = place
        tag, place = varint(data, place, end)
        number, kind = tag >> 3, tag & 7
        if number == 0 or kind not in (VARINT, FIXED64, BYTES, FIXED32):
            raise Broken
        content = place
        if kind == VARINT:
            _, place = varint(data, place, end)
        elif kind == BYTES:
            size, content = varint(data, place, end)
            place = content + size
        else:
            place += _SIZE[kind]
        if place > end:
            raise CutOff
        yield Field(number, kind, begin, content, place)


def varint(data: memoryview, place: int, end: int) -> tuple[int, int]:
    """The number at a place, and the place after it."""
    value = shift = 0
    while place < end:
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
        shift += 7
        if shift > 63:
            raise Broken
    raise CutOff


def message(number: int, content: bytes) -> bytes:
    """A field that holds `content`, encoded."""
    return encoded(number << 3 | BYTES) + encoded(len(content)) + content


def encoded(value: int) -> bytes:
    parts = bytearray()
    while value >= 0x80:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    parts.append(value)
    return bytes(parts)
