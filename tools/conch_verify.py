"""Check what Conch exported, without Conch: audit exports, evidence packs and checkpoints.

    python conch_verify.py export.json
    python conch_verify.py pack.zip --key 3f6a… --against old-checkpoints/

Needs Python 3.9 and nothing else. Signatures are checked where the package `cryptography` is installed;
without it this says that they were not. Exit status: 0 all is as signed, 1 something was changed, 2 a
file cannot be read.
"""

import argparse
import hashlib
import io
import json
import sys
import zipfile
from pathlib import Path

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    Ed25519PublicKey = None

GENESIS = "0" * 64
CHECKPOINT, EXPORT, PACK = "conch-checkpoint-1", "conch-audit-export-1", "conch-evidence-pack-1"
FIRST_SIGNED = (
    "actor_id", "actor_name", "door", "auth", "address", "request_id", "verb", "object_type", "object_id",
    "object_label", "model_name", "before", "after", "reason", "previous_hash", "at",
)  # fmt: skip
SIGNED = (
    "actor_id", "actor_name", "delegated_for", "door", "auth", "request_id", "verb", "object_type",
    "object_id", "object_label", "model_name", "details_hash", "at",
)  # fmt: skip
DETAILS = ("address", "before", "after", "reason", "salt")


class Tampered(Exception):
    """Something is not what was signed; the words name it."""


class Unreadable(Exception):
    """This is no file of Conch's."""


class Findings:
    """What was checked, for the summary."""

    def __init__(self, keys):
        self.trusted, self.unchecked, self.seen = set(keys), 0, set()

    def signature(self, message, *, signature, public, what):
        """Check one signature, as far as this Python can."""
        if self.trusted and public not in self.trusted and key_id(public) not in self.trusted:
            raise Tampered(f"{what} is signed by the key {key_id(public)}, which is not one you named")
        self.seen.add(key_id(public))
        if Ed25519PublicKey is None:
            self.unchecked += 1
            return
        try:
            key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
            key.verify(bytes.fromhex(signature), message)
        except (InvalidSignature, ValueError):
            raise Tampered(f"{what} is not signed by the key {key_id(public)} that it names") from None


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def key_id(public):
    try:
        return sha256(bytes.fromhex(public))[:16]
    except ValueError:
        raise Tampered(f"“{public[:20]}” is no key") from None


def node_hash(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def leaf_hash(entry):
    return hashlib.sha256(b"\x00" + entry).digest()


def included_root(entry, *, index, size, proof):
    """The root that an audit path leads to, None if it has the wrong length."""
    if not 0 <= index < size:
        return None
    return _climb(leaf_hash(entry), index, size, list(proof))


def _climb(node, index, size, proof):
    """Fold a path over the shape of the tree itself, from the top down."""
    if size == 1:
        return node if not proof else None
    if not proof:
        return None
    half, sibling = 1 << ((size - 1).bit_length() - 1), proof[-1]
    if index < half:
        below = _climb(node, index, half, proof[:-1])
        return None if below is None else node_hash(below, sibling)
    below = _climb(node, index - half, size - half, proof[:-1])
    return None if below is None else node_hash(sibling, below)


def is_consistent(*, old_size, old_root, size, root, proof):
    """Whether the tree of `size` starts with the tree of `old_size`."""
    if old_size == size:
        return not proof and old_root == root
    if not 0 < old_size < size:
        return False
    found = _unfold(old_size, size, list(proof), old_root, whole=True)
    return found is not None and found == (old_root, root)


def _unfold(old_size, size, proof, old_root, *, whole):
    """(old root, new root) of a part of the tree, from the part of the proof that is about it."""
    if old_size == size:
        if whole:
            return (old_root, old_root) if not proof else None
        return (proof[0], proof[0]) if len(proof) == 1 else None
    if not proof:
        return None
    half, sibling = 1 << ((size - 1).bit_length() - 1), proof[-1]
    if old_size <= half:
        below = _unfold(old_size, half, proof[:-1], old_root, whole=whole)
        return None if below is None else (below[0], node_hash(below[1], sibling))
    below = _unfold(old_size - half, size - half, proof[:-1], old_root, whole=False)
    return None if below is None else (node_hash(sibling, below[0]), node_hash(sibling, below[1]))


def check_checkpoint(raw, findings):
    """A checkpoint's own signature; returns (size, root)."""
    if raw.get("format") != CHECKPOINT:
        raise Unreadable("not a checkpoint of Conch")
    body = {name: raw[name] for name in ("format", "size", "root", "previous", "signed_at")}
    what = f"the checkpoint over {raw['size']} events"
    if key_id(raw["public_key"]) != raw["key_id"]:
        raise Tampered(f"{what} names a key that it does not hold")
    findings.signature(canonical(body), signature=raw["signature"], public=raw["public_key"], what=what)
    return raw["size"], raw["root"]


def check_export(raw, findings, against=()):
    """Every event of an export, back to its checkpoint; returns a sentence."""
    size, root = check_checkpoint(raw["checkpoint"], findings)
    events = raw["events"]
    if raw["count"] != len(events):
        raise Tampered(f"the export says {raw['count']} events and holds {len(events)}")
    for place, event in enumerate(events):
        check_event(event)
        follower = events[place + 1] if place + 1 < len(events) else None
        check_place(event, follower, size=size, root=root)
    proofs = {item["checkpoint"]["size"]: item["proof"] for item in raw["earlier"]}
    for item in raw["earlier"]:
        if "root" in item["checkpoint"]:
            old_size, old_root = check_checkpoint(item["checkpoint"], findings)
            check_older(old_size, old_root, proofs, size=size, root=root, what="an earlier checkpoint")
    for name, old in against:
        old_size, old_root = check_checkpoint(old, findings)
        check_older(old_size, old_root, proofs, size=size, root=root, what=name)
    more = f", {len(against)} of your checkpoints agree" if against else ""
    if erased := sum(event["redacted"] for event in events):
        more += f", the details of {erased} were erased"
    return f"{len(events)} of {size} events, signed at {raw['checkpoint']['signed_at']}{more}"


def check_event(event):
    """An event's digests are those of its content."""
    where = name_of(event)
    if event["shape"] == 1:
        if sha256(canonical({name: event[name] for name in FIRST_SIGNED})) != event["hash"]:
            raise Tampered(f"{where}: its content was changed")
        return
    if event["shape"] != 2:
        raise Unreadable(f"{where} has a shape that this script does not know")
    details = {name: event[name] for name in DETAILS}
    if event["redacted"]:
        if any(details.values()):
            raise Tampered(f"{where}: its details are called erased and are there")
    elif sha256(canonical(details)) != event["details_hash"]:
        raise Tampered(f"{where}: its details were changed")
    if sha256(canonical({name: event[name] for name in SIGNED})) != event["content_hash"]:
        raise Tampered(f"{where}: its content was changed")
    if sha256((event["previous_hash"] + event["content_hash"]).encode()) != event["hash"]:
        raise Tampered(f"{where}: its hash is not that of its content")


def check_place(event, follower, *, size, root):
    """The event is in the tree: by a proof of its own, or because the next one's hash holds it."""
    where, position = name_of(event), event["position"]
    if position == 1 and event["previous_hash"] != GENESIS:
        raise Tampered(f"{where}: the first event follows another")
    if follower is not None and follower["position"] <= position:
        raise Tampered(f"{name_of(follower)}: events are out of order")
    if "proof" not in event:
        if follower is None or follower["position"] != position + 1:
            raise Tampered(f"{where}: the event after it is missing from the export")
        if follower["previous_hash"] != event["hash"]:
            raise Tampered(f"{name_of(follower)}: it does not follow the event before it")
        return
    found = included_root(
        bytes.fromhex(event["hash"]), index=position - 1, size=size, proof=map(bytes.fromhex, event["proof"])
    )
    if found is None or found.hex() != root:
        raise Tampered(f"{where}: it is not in the signed trail at position {position}")


def check_older(old_size, old_root, proofs, *, size, root, what):
    if old_size > size:
        raise Tampered(f"{what} knows {old_size} events and the export's {size}: events are gone")
    if old_size == size:
        if old_root != root:
            raise Tampered(f"{what} over {old_size} events is of another trail")
        return
    if old_size not in proofs:
        raise Unreadable(f"the export proves nothing about {what}; export again with --from-size {old_size}")
    proof = [bytes.fromhex(node) for node in proofs[old_size]]
    roots = {"old_root": bytes.fromhex(old_root), "root": bytes.fromhex(root)}
    if not is_consistent(old_size=old_size, size=size, proof=proof, **roots):
        raise Tampered(f"{what} over {old_size} events is of another trail: history was rewritten")


def check_pack(data, findings, against=()):
    """Every member of an evidence pack against its signed manifest, then the trail in it."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        members = {name: archive.read(name) for name in names}
    for needed in ("manifest.json", "manifest.sig"):
        if needed not in members:
            raise Unreadable(f"not an evidence pack of Conch: it has no {needed}")
    manifest, seal = json.loads(members["manifest.json"]), json.loads(members["manifest.sig"])
    if manifest.get("format") != PACK:
        raise Unreadable("not an evidence pack of Conch")
    findings.signature(
        members["manifest.json"], signature=seal["signature"], public=seal["public_key"], what="the manifest"
    )
    listed = set(manifest["members"]) | {"manifest.json", "manifest.sig"}
    if len(names) != len(set(names)) or set(names) != listed:
        odd = sorted(set(names) ^ listed) or ["a name twice"]
        raise Tampered(f"the pack does not hold what its manifest lists: {', '.join(odd)}")
    for name, digest in sorted(manifest["members"].items()):
        if sha256(members[name]) != digest:
            raise Tampered(f"{name} was changed")
    said = check_export(json.loads(members["audit.json"]), findings, against)
    return f"{manifest['subject']}: {len(listed)} files; its trail: {said}"


def name_of(event):
    return f"event {event['id']} ({event['verb']} {event['object_label']}, position {event['position']})"


def check(path, findings, against):
    data = path.read_bytes()
    try:
        if zipfile.is_zipfile(io.BytesIO(data)):
            return check_pack(data, findings, against)
        raw = json.loads(data)
        if not isinstance(raw, dict):
            raise Unreadable("not a file of Conch's")
        if raw.get("format") == EXPORT:
            return check_export(raw, findings, against)
        return "a checkpoint over {} events, root {}".format(*check_checkpoint(raw, findings))
    except (json.JSONDecodeError, UnicodeDecodeError, zipfile.BadZipFile) as error:
        raise Unreadable(f"it is cut off or damaged: {error}") from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Tampered(f"a field is missing or of the wrong kind: {error!r}") from None


def kept(paths):
    """(name, checkpoint) of each checkpoint in these files and folders."""
    for path in paths:
        files = sorted(path.glob("checkpoint-*.json")) if path.is_dir() else [path]
        for file in files:
            yield f"the checkpoint {file.name}", json.loads(file.read_text())


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="conch_verify", description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="an export, pack or checkpoint")
    parser.add_argument("--key", action="append", default=[], help="trust only this public key, or its id")
    parser.add_argument(
        "--against", action="append", default=[], type=Path, help="a checkpoint you kept, or a folder of them"
    )
    given = parser.parse_args(arguments)
    findings, status = Findings(given.key), 0
    for path in given.files:
        try:
            said = check(path, findings, list(kept(given.against)))
            print(f"{path.name}: whole. {said}")
        except Tampered as error:
            print(f"{path.name}: TAMPERED. {error}", file=sys.stderr)
            status = 1
        except (Unreadable, OSError, json.JSONDecodeError) as error:
            print(f"{path.name}: cannot be checked. {error}", file=sys.stderr)
            status = status or 2
    if findings.unchecked:
        print(f"{findings.unchecked} signatures were NOT checked: the package “cryptography” is missing.")
    elif findings.seen:
        trust = "as you named" if given.key else "compare with the key you were given"
        print(f"Signed by the key {', '.join(sorted(findings.seen))} ({trust}).")
    return status


if __name__ == "__main__":
    sys.exit(main())
