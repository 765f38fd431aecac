"""Notes: what a hub that follows a conference tells its home alone, signed, and sealed on the way.

    <kind>.<conference>.<rest>    a signed file `solicomm/note@1` (`hub`, `to`, `name`, `sha256`), a
                                  line `---`, and the content

What notes say is for features (hooks.py: `FOR_HOME`, `FROM_HUB`). Here it is looked at whose they
are: the hub's own, to us, about a conference that has its home here and that this hub has. A note
of another hub, or about another conference, is refused and named. Format: docs/formats/network.md.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from solicomm_build.features.network import hooks, standing
from solicomm_build.features.network.counting import settled
from solicomm_build.features.network.judging import offers
from solicomm_build.features.network.sealed import closed
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.features.network.trust import signed
from solicomm_build.features.network.trust.peers import Peer, Peers
from solicomm_build.foundation.errors import ContentError, SoliCommError, StoreError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.identity import Identity
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.types import Giver
from solicomm_build.foundation.yamlsafe import Node
from solicomm_build.git.repo import Repo

SCHEMA = "solicomm/note@1"
MOST = 2 << 20
"""Octets of one."""
MOST_WHY = 100
"""Characters of a reason that the other hub is told."""
MOST_AT_ONCE = 300
"""Notes of a kind and a conference that are brought at a time; the rest when these are settled."""

NAME = re.compile(r"([a-z]{2,12})\.([a-z0-9][a-z0-9-]{0,27})\.([a-z0-9.-]{1,70})")
_BREAK = b"\n---\n"


def files(config: Config, identity: Identity, known: Peers, hub: str) -> Mapping[str, bytes]:
    """What this hub has for another one, by name: about the conferences of which that is the
    home."""
    found = {}
    for name, content in _given(config, identity, known, hub):
        digest = hashlib.sha256(content).hexdigest()
        values: dict[str, Node] = {
            "schema": SCHEMA,
            "hub": identity.id,
            "to": hub,
            "name": name,
            "sha256": digest,
        }
        found[name] = signed.write(values, identity).rstrip(b"\n") + _BREAK + content
    return found


def _given(
    config: Config, identity: Identity, known: Peers, hub: str
) -> Iterator[tuple[str, bytes]]:
    for follow in known.follows.values():
        conference = follow.repo.partition("/")[2]
        if follow.home != hub or not config.conference_repo(conference).exists():
            continue
        for kind, give in hooks.for_home().items():
            for rest, content in islice(give(config, conference, identity.id), MOST_AT_ONCE):
                name = f"{kind}.{conference}.{rest}"
                if NAME.fullmatch(name) and len(content) < MOST:
                    yield name, content


def taken(
    config: Config, identity: Identity, known: Peers, some: Mapping[str, bytes], log: MailLog
) -> tuple[list[str], bool]:
    """Takes notes of other hubs; a sentence about each that is new, or is not taken and why, and
    whether any is new. What is not taken is named in `solicomm peer status`. Durable on return."""
    lines, is_new, fates = [], False, dict[str, dict[str, str]]()
    there = {*ready(config, some)}
    for name, blob in sorted(some.items()):  # an electorate before its report
        if name not in there:
            continue
        peer: Peer | None = None
        try:
            peer, content = _opened(identity, known, name, blob)
            if line := _take(config, identity, known, peer, name, content):
                log.event("peer-note", hub=peer.id, note=name)
                lines.append(line)
                is_new = True
            fates.setdefault(peer.id, {})[name] = ""
        except SoliCommError as error:
            lines.append(f"{name} is not taken: {error.public}")
            if peer is not None:
                _refused(config, peer, name, error, log)
                if error.permanent:
                    fates.setdefault(peer.id, {})[name] = error.public[:MOST_WHY]
    for hub, what in fates.items():
        settled.note(config, hub, what)
    return lines, is_new


def ready(config: Config, names: Iterable[str]) -> list[str]:
    """Those of these names that can be taken now; the others are about something that may come."""
    found, later = list[str](), dict[tuple[str, str], dict[str, str]]()
    for name in names:
        match = NAME.fullmatch(name)
        if match is None or match[1] not in hooks.ready():
            found.append(name)
        elif config.conference_repo(match[2]).exists():
            later.setdefault((match[1], match[2]), {})[match[3]] = name
    for (kind, conference), rests in later.items():
        there = hooks.ready()[kind](config, conference, rests.keys())
        found += [name for rest, name in rests.items() if rest in there]
    return found


def _opened(identity: Identity, known: Peers, name: str, blob: bytes) -> tuple[Peer, bytes]:
    """Whose a note is, and what it says. Raises SoliCommError."""
    head, _, content = blob.partition(_BREAK)
    top, key = signed.read(head + b"\n", file=name)
    top.schema(SCHEMA)
    hub, to, named = (top.text(one, required=True) for one in ("hub", "to", "name"))
    digest = top.text("sha256", required=True)
    top.close()
    top.raise_faults()
    peer = known.peers.get(hub)
    if peer is None or peer.key != key:
        raise _fault("no hub that is known here has signed it", name)
    if to != identity.id or named != name:
        raise _fault("it is for another hub, or was called otherwise", name)
    if hashlib.sha256(content).hexdigest() != digest:
        raise _fault("it was changed", name)
    return peer, content


def _take(
    config: Config, identity: Identity, known: Peers, peer: Peer, name: str, content: bytes
) -> str:
    match = NAME.fullmatch(name)
    take = hooks.from_hub().get(match[1]) if match else None
    if match is None or take is None:
        raise StoreError("nobody here knows what it is about")
    conference = match[2]
    path = config.conference_repo(conference)
    if f"conferences/{conference}" in known.follows or not path.exists():
        raise StoreError("it is about no conference of this hub")
    repo = Repo(path)
    has_part = repo.ref(offers.ref(peer.id)) is not None
    if not has_part and peer.id not in closed.sharedwith_at(repo, repo.ref()).hubs:
        raise StoreError("that hub has no part in this conference")
    giver = Giver(peer.id, peering.domain_of(config, known, peer))
    return take(config, conference, giver, match[3], content)


def _refused(config: Config, peer: Peer, name: str, error: SoliCommError, log: MailLog) -> None:
    stand = standing.read(config, peer.id)
    reason = stand.named(f"{name}: {error.public}"[:160])
    if reason not in stand.refused:  # a hub says it until it is taken, so it is counted once
        stand.refused[reason] = 1
        standing.write(config, peer.id, stand)
        log.event("peer-refused", hub=peer.id, reason=reason)


def _fault(what: str, name: str) -> ContentError:
    return ContentError(what, file=name, remedy="Have it brought anew by its own hub")
