"""Offers: a hub says, signed, how far its log of a repository goes.

An offer is an annotated tag on that commit under `refs/peers/<hub>`, in the form that
`git verify-tag` checks, with a JSON object as its message (docs/formats/network.md):

    {"schema": "solicomm/offer@1", "hub": …, "repo": "conferences/water", "home": …, "tip": …,
     "seq": 12, "at": "2026-11-27T10:00:00Z", "has": {"<hub>": "<tip taken from it>"}}

Offers of other hubs lie there as they came, and are handed on so: proof needs no trust in who
carried them. The offer of a hub that lies in a repository of ours is the last one that was taken.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from solicomm_build.foundation.errors import ContentError, StoreError
from solicomm_build.foundation.hub import sshsig
from solicomm_build.foundation.hub.identity import ID, Identity
from solicomm_build.foundation.hub.keychain import Keys
from solicomm_build.foundation.types import Oid
from solicomm_build.git import refs as git_refs
from solicomm_build.git.repo import Repo

PREFIX = "refs/peers/"
SCHEMA = "solicomm/offer@1"
NAMESPACE = "git"

_MOST = 64 * 1024  # octets of a tag
_OID = re.compile(r"[0-9a-f]{40}")
_HEAD = re.compile(rb"object ([0-9a-f]{40})\ntype commit\n")
_HIGHEST = 10**12


@dataclass(frozen=True, slots=True)
class Offer:
    """What a hub signed: `tip` is the commit its log goes to, `seq` rises with every offer, `has`
    says which offers' tips of others it has taken. `tag` is the object that holds it, `by` the key
    that signed it."""

    hub: str
    repo: str
    home: str
    tip: Oid
    seq: int
    at: str
    has: Mapping[str, Oid] = field(default_factory=dict)
    tag: Oid | None = None
    by: str = ""


def ref(hub: str) -> str:
    """Where the offer of a hub lies. Raises ValueError for what is no id."""
    if not ID.fullmatch(hub):
        raise ValueError(f"not the id of a hub: {hub!r}")
    return PREFIX + hub


def tips(repo: Repo | None) -> dict[str, Oid]:
    """The last commit of each hub's log that is kept in a repository of ours, where there is
    one."""
    if repo is None:
        return {}
    peeled = {hub: repo.git("rev-parse", f"{tag}^{{}}") for hub, tag in refs(repo).items()}
    return {hub: Oid(oid.decode("ascii").strip()) for hub, oid in peeled.items()}


def sign(repo: Repo, offer: Offer, identity: Identity, now: datetime) -> Oid:
    """Writes the tag of an offer of this hub and moves its ref; durable on return."""
    said = {
        "schema": SCHEMA,
        "hub": offer.hub,
        "repo": offer.repo,
        "home": offer.home,
        "tip": offer.tip,
        "seq": offer.seq,
        "at": offer.at,
        "has": dict(sorted(offer.has.items())),
    }
    body = (
        f"object {offer.tip}\ntype commit\ntag {offer.hub}\n"
        f"tagger {offer.hub} <hub@users.hub.invalid> {int(now.timestamp())} +0000\n\n"
        f"{json.dumps(said)}\n"
    ).encode()
    tag = body + identity.sign(body, NAMESPACE).encode("ascii")
    with repo.lock():  # or an erasure takes the tag away before something leads to it
        oid = Oid(repo.git("hash-object", "-t", "tag", "-w", "--stdin", input=tag).decode().strip())
        repo.set_ref(ref(offer.hub), oid, repo.ref(ref(offer.hub)))
    return oid


def read(tag: bytes, keys: Keys | str, *, oid: Oid | None = None) -> Offer:
    """The offer in a tag, signed by the hub that has these keys: by one that it gave up, when the
    number is of before. Raises ContentError: not signed by it, or not what such a tag says."""
    body, mark, rest = tag.partition(sshsig.BEGIN.encode())
    head = _HEAD.match(body)
    if len(tag) > _MOST or not mark or head is None:
        raise _fault("it is no signed offer")
    signer = sshsig.verify(body, (mark + rest).decode("ascii", "replace"), NAMESPACE)
    offer = replace(_said(body.partition(b"\n\n")[2], oid), by=signer)
    keys = Keys(keys) if isinstance(keys, str) else keys
    if not keys.had(signer, offer.seq):
        raise _fault("another hub's key signed it")
    if offer.tip != head[1].decode():
        raise _fault("it is about another commit than the one it stands on")
    return offer


def held(repo: Repo, hub: str, keys: Keys | str) -> Offer | None:
    """The offer of a hub that lies here, if it still holds."""
    oid = repo.ref(ref(hub))
    if oid is None:
        return None
    all_ = keys if isinstance(keys, str) else keys.ever
    try:
        return read(repo.git("cat-file", "tag", oid), all_, oid=oid)
    except (ContentError, StoreError):
        return None


def refs(repo: Repo, prefix: str = PREFIX) -> dict[str, Oid]:
    """The tags of all offers below a prefix, by the ids of their hubs. Reads files only."""
    found = git_refs.below(repo.path, prefix)
    return {hub: oid for hub, oid in found.items() if ID.fullmatch(hub)}


def _said(text: bytes, oid: Oid | None) -> Offer:
    try:
        said = json.loads(text)
        has = {hub: Oid(tip) for hub, tip in said.get("has", {}).items()}
        offer = Offer(
            said["hub"],
            said["repo"],
            said["home"],
            Oid(said["tip"]),
            said["seq"],
            said["at"],
            has,
            oid,
        )
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise _fault("what it says cannot be read") from error
    texts = (offer.hub, offer.repo, offer.home, offer.tip, offer.at, *has, *has.values())
    if said.get("schema") != SCHEMA or not all(isinstance(one, str) for one in texts):
        raise _fault("it is of another kind")
    fits = ID.fullmatch(offer.hub) and ID.fullmatch(offer.home) and all(map(ID.fullmatch, has))
    oids = all(_OID.fullmatch(one) for one in (offer.tip, *has.values()))
    if not (fits and oids and type(offer.seq) is int and 0 < offer.seq < _HIGHEST):
        raise _fault("what it says does not fit")
    return offer


def _fault(what: str) -> ContentError:
    return ContentError(f"the offer is not taken: {what}", remedy="Get it anew from its hub")
