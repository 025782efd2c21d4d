"""Trees as RFC 6962 defines them: against its own words, against known values, and against forgeries."""

import hashlib
from random import Random

import pytest

from core.merkle import EMPTY, Frontier, Tree, is_consistent, is_included

MOST = 40
# The tree of the certificate-transparency test vectors.
KNOWN = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
KNOWN_ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def entries(count: int, *, seed: int = 1) -> list[bytes]:
    random = Random(seed)
    return [random.randbytes(32) for _ in range(count)]


def by_definition(items: list[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, word for word."""
    if not items:
        return hashlib.sha256(b"").digest()
    if len(items) == 1:
        return hashlib.sha256(b"\x00" + items[0]).digest()
    k = 1
    while k * 2 < len(items):
        k *= 2
    return hashlib.sha256(b"\x01" + by_definition(items[:k]) + by_definition(items[k:])).digest()


def test_known_roots():
    tree = Tree(bytes.fromhex(entry) for entry in KNOWN)

    assert {size: tree.root(size).hex() for size in KNOWN_ROOTS} == KNOWN_ROOTS
    assert tree.root(0) == EMPTY


def test_the_root_of_every_size_is_the_definition():
    items = entries(MOST)
    tree = Tree(items)

    assert [tree.root(size) for size in range(MOST + 1)] == [
        by_definition(items[:n]) for n in range(MOST + 1)
    ]


def test_the_frontier_goes_on_from_any_size_to_the_same_roots():
    items = entries(MOST)
    tree, walked = Tree(items), Frontier()

    for size, entry in enumerate(items, start=1):
        walked = Frontier(size=walked.size, parts=walked.parts)
        walked.append(entry)
        assert (walked.size, walked.root()) == (size, tree.root(size))
    with pytest.raises(ValueError, match="5 entries have 2 complete parts, not 1"):
        Frontier(size=5, parts=[EMPTY])


@pytest.mark.parametrize("size", range(1, MOST + 1))
def test_every_entry_is_proved_in_every_tree_and_nowhere_else(size):
    items = entries(MOST)
    tree = Tree(items)
    root = tree.root(size)

    for index in range(size):
        proof = tree.inclusion(index=index, size=size)
        assert is_included(entry=items[index], index=index, size=size, proof=proof, root=root)
        assert len(proof) <= (size - 1).bit_length()
        for wrong in range(size):
            same = wrong == index
            assert is_included(entry=items[index], index=wrong, size=size, proof=proof, root=root) is same
            assert is_included(entry=items[wrong], index=index, size=size, proof=proof, root=root) is same


@pytest.mark.parametrize("size", range(1, MOST + 1))
def test_every_older_tree_is_proved_to_be_the_start(size):
    tree, other = Tree(entries(MOST)), Tree(entries(MOST, seed=2))
    root = tree.root(size)

    for old_size in range(1, size + 1):
        proof = tree.consistency(old_size=old_size, size=size)
        sizes = {"old_size": old_size, "size": size}
        assert is_consistent(**sizes, old_root=tree.root(old_size), root=root, proof=proof)
        assert not is_consistent(**sizes, old_root=other.root(old_size), root=root, proof=proof)
        assert not is_consistent(**sizes, old_root=tree.root(old_size), root=other.root(size), proof=proof)


@pytest.mark.parametrize("seed", range(20))
def test_a_proof_with_a_changed_a_lost_or_an_added_node_proves_nothing(seed):
    random, items = Random(seed), entries(MOST, seed=seed)
    tree = Tree(items)
    size = random.randint(3, MOST)
    index, old_size = random.randrange(size), random.randint(1, size - 1)
    path, steps = tree.inclusion(index=index, size=size), tree.consistency(old_size=old_size, size=size)

    for wrong in _spoilt(path, random):
        given = {"entry": items[index], "index": index, "size": size, "root": tree.root(size)}
        assert not is_included(**given, proof=wrong)
    for wrong in _spoilt(steps, random):
        roots = {"old_root": tree.root(old_size), "root": tree.root(size)}
        assert not is_consistent(old_size=old_size, size=size, **roots, proof=wrong)


def test_what_is_not_there_is_not_proved():
    tree = Tree(entries(3))

    with pytest.raises(ValueError, match="entry 3 is not among the first 3"):
        tree.inclusion(index=3, size=3)
    with pytest.raises(ValueError, match="the tree has 3 entries, not 4"):
        tree.root(4)


def _spoilt(proof: list[bytes], random: Random) -> list[list[bytes]]:
    if not proof:
        return [[random.randbytes(32)]]
    place = random.randrange(len(proof))
    changed = list(proof)
    changed[place] = random.randbytes(32)
    return [changed, proof[:place] + proof[place + 1 :], [*proof, random.randbytes(32)]]
