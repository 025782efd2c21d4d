"""Merkle trees over a growing list, as in RFC 6962: roots, inclusion proofs, consistency proofs. Pure."""

import hashlib
from collections.abc import Iterable, Sequence

EMPTY = hashlib.sha256(b"").digest()
WIDTH = 32


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """Every complete subtree of a list that only grows: 64 bytes an entry, O(log n) for any proof."""

    def __init__(self, entries: Iterable[bytes] = ()) -> None:
        self._levels: list[bytearray] = [bytearray()]
        for entry in entries:
            self.append(entry)

    def __len__(self) -> int:
        return len(self._levels[0]) // WIDTH

    def append(self, entry: bytes) -> None:
        node, level = leaf_hash(entry), 0
        while True:
            if level == len(self._levels):
                self._levels.append(bytearray())
            row = self._levels[level]
            row += node
            if (len(row) // WIDTH) % 2:
                return
            node, level = node_hash(bytes(row[-2 * WIDTH : -WIDTH]), node), level + 1

    def leaf(self, index: int) -> bytes:
        return self._node(0, index)

    def root(self, size: int) -> bytes:
        """The root of the first `size` entries."""
        self._require(size)
        return self._span(0, size) if size else EMPTY

    def inclusion(self, *, index: int, size: int) -> list[bytes]:
        """The audit path of entry `index` (from 0) in the tree of the first `size` entries."""
        self._require(size)
        if not 0 <= index < size:
            raise ValueError(f"entry {index} is not among the first {size}")
        return self._path(index, 0, size)

    def consistency(self, *, old_size: int, size: int) -> list[bytes]:
        """Proof that the first `old_size` entries of the tree of `size` are the older tree."""
        self._require(size)
        if not 0 <= old_size <= size:
            raise ValueError(f"{old_size} entries are not among the first {size}")
        return self._subproof(old_size, 0, size, whole=True) if 0 < old_size < size else []

    def _require(self, size: int) -> None:
        if not 0 <= size <= len(self):
            raise ValueError(f"the tree has {len(self)} entries, not {size}")

    def _node(self, level: int, index: int) -> bytes:
        return bytes(self._levels[level][index * WIDTH : (index + 1) * WIDTH])

    def _span(self, start: int, end: int) -> bytes:
        count = end - start
        if count & (count - 1) == 0:  # a power of two, and by construction aligned
            level = count.bit_length() - 1
            return self._node(level, start >> level)
        middle = start + split(count)
        return node_hash(self._span(start, middle), self._span(middle, end))

    def _path(self, index: int, start: int, end: int) -> list[bytes]:
        if end - start == 1:
            return []
        middle = start + split(end - start)
        if index < middle:
            return [*self._path(index, start, middle), self._span(middle, end)]
        return [*self._path(index, middle, end), self._span(start, middle)]

    def _subproof(self, old_size: int, start: int, end: int, *, whole: bool) -> list[bytes]:
        if old_size == end - start:
            return [] if whole else [self._span(start, end)]
        half = split(end - start)
        middle = start + half
        if old_size <= half:
            return [*self._subproof(old_size, start, middle, whole=whole), self._span(middle, end)]
        return [*self._subproof(old_size - half, middle, end, whole=False), self._span(start, middle)]


class Frontier:
    """The roots of a list's complete parts, largest first: enough to go on and for the root of the whole."""

    def __init__(self, *, size: int = 0, parts: Iterable[bytes] = ()) -> None:
        self.size, self.parts = size, list(parts)
        if len(self.parts) != size.bit_count():
            raise ValueError(f"{size} entries have {size.bit_count()} complete parts, not {len(self.parts)}")

    def append(self, entry: bytes) -> None:
        node, left = leaf_hash(entry), self.size
        while left & 1:
            node, left = node_hash(self.parts.pop(), node), left >> 1
        self.parts.append(node)
        self.size += 1

    def root(self) -> bytes:
        if not self.parts:
            return EMPTY
        root = self.parts[-1]
        for part in reversed(self.parts[:-1]):
            root = node_hash(part, root)
        return root


def split(count: int) -> int:
    """The largest power of two below `count`, which is 2 or more."""
    return 1 << (count - 1).bit_length() - 1


def is_included(*, entry: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether `entry` stands at `index` of the list of `size` entries with this root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    first, second, found = index, size - 1, leaf_hash(entry)
    for node in proof:
        if second == 0:
            return False
        if first & 1 or first == second:
            found = node_hash(node, found)
            while first and not first & 1:
                first, second = first >> 1, second >> 1
        else:
            found = node_hash(found, node)
        first, second = first >> 1, second >> 1
    return second == 0 and found == root


def is_consistent(*, old_size: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the longer list starts with the shorter one (RFC 9162, 2.1.4.2)."""
    if old_size == size:
        return not proof and old_root == root
    if not 0 < old_size < size:
        return old_size == 0 and not proof
    path = [old_root, *proof] if old_size & (old_size - 1) == 0 else list(proof)
    if not path:
        return False
    first, second = old_size - 1, size - 1
    while first & 1:
        first, second = first >> 1, second >> 1
    old = new = path[0]
    for node in path[1:]:
        if second == 0:
            return False
        if first & 1 or first == second:
            old, new = node_hash(node, old), node_hash(node, new)
            while first and not first & 1:
                first, second = first >> 1, second >> 1
        else:
            new = node_hash(new, node)
        first, second = first >> 1, second >> 1
    return second == 0 and old == old_root and new == root
