"""What a hub says to others of its own, one signed file a thing: cards of people that want to be
seen there (hooks.py, `SAYS` and `HEARS`).

    private/network/said/<what>/<id>.yaml          of this hub, as others get them
    private/network/heard/<hub>/<what>/<id>.yaml   of other hubs, as they signed them

    schema: solicomm/said@1, hub, what, id, seq, at, until, and `said` or `gone: true`

A file holds for thirty days and is signed anew after a week, while there is something to say. What
is taken back is said to be `gone` for thirty days, the notice of its erasure: who hears it takes it
away, and who does not takes it away when the last file he has ends. Nobody but their hub hands them
on. Format: docs/formats/network.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from solicomm_build.features.network import hooks
from solicomm_build.features.network.sharing import nights
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.features.network.trust import signed
from solicomm_build.features.network.trust.peers import Peers
from solicomm_build.foundation import clock, safeio
from solicomm_build.foundation.errors import ContentError, SoliCommError
from solicomm_build.foundation.hub import identity as identities
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.identity import ID, Identity
from solicomm_build.foundation.yamlsafe import Node

SCHEMA = "solicomm/said@1"
HOLDS = timedelta(days=30)
MOST = 2000
"""Things that are kept of one hub."""

_RENEWED, _LOOK = timedelta(days=7), timedelta(hours=1)
_AHEAD = timedelta(minutes=10)  # so much may the clock of a hub be fast
_NAME = re.compile(r"[a-z]{2,20}")
_THING = re.compile(r"[a-z0-9_]{1,40}")
_HIGHEST = 10**12


_seen: dict[Path, tuple[Mapping[str, Mapping[str, Node]], datetime | None]] = {}
"""What was said when the files of a folder were looked at last."""


@dataclass(frozen=True, slots=True)
class Saying:
    """One file. `said` is None for what is gone."""

    hub: str
    key: str
    what: str
    id: str
    seq: int
    at: datetime
    until: datetime
    said: Node | None


def read(blob: bytes, file: str = "") -> Saying:
    """What a file says. Whether `key` is that hub's is for the caller to look at. Raises
    ContentError."""
    top, key = signed.read(blob, file=file)
    top.schema(SCHEMA)
    hub = top.text("hub", required=True, example="water-3fk2q7ab", pattern=ID)
    what = top.text("what", required=True, example="people", pattern=_NAME)
    thing = top.text("id", required=True, example="c_7h2kq5m3xa", pattern=_THING)
    seq = top.integer("seq", required=True, high=_HIGHEST)
    at, until = top.moment("at", required=True), top.moment("until", required=True)
    is_gone, said = top.flag("gone"), top.value("said")
    top.close()
    top.raise_faults()
    remedy = "Get it anew from its hub"
    if at is None or until is None or until - at > HOLDS:
        raise ContentError("it holds for longer than thirty days", file=file, remedy=remedy)
    if is_gone == isinstance(said, dict):
        raise ContentError("it says nothing, or two things", file=file, remedy=remedy)
    return Saying(hub, key, what, thing, seq, at, until, None if is_gone else said)


# -- of this hub ------------------------------------------------------------------------------


def renew(config: Config, identity: Identity) -> bool:
    """Signs what is new, or is to be renewed, or was taken back; whether anything was. Durable on
    return. While nothing changes, the files are looked at once an hour."""
    changed = False
    for what, say in hooks.says().items():
        wanted, folder = say(config), _said(config) / what
        last, at = _seen.get(folder, ({}, None))
        is_fresh = at is not None and timedelta(0) <= clock.now() - at < _LOOK
        is_same = is_fresh and last == wanted
        if is_same or not (wanted or folder.is_dir()):
            continue
        _seen[folder] = wanted, clock.now()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        here = {path.stem for path in folder.glob("*.yaml")}
        for thing in sorted(here | wanted.keys()):
            changed = _renewed(folder, identity, what, thing, wanted.get(thing)) or changed
    return changed


def _renewed(
    folder: Path, identity: Identity, what: str, thing: str, wanted: Mapping[str, Node] | None
) -> bool:
    path, now = folder / f"{thing}.yaml", clock.now().replace(microsecond=0)
    before = _kept(path)
    said: Node | None = dict(wanted) if wanted is not None else None
    if said is None and (before is None or before.said is None):
        if before is None or before.until <= now:
            path.unlink(missing_ok=True)
        return False
    if before is not None and before.said == said and -_AHEAD <= now - before.at <= _RENEWED:
        return False
    values: dict[str, Node] = {
        "schema": SCHEMA,
        "hub": identity.id,
        "what": what,
        "id": thing,
        "seq": str(max((before.seq if before else 0) + 1, int(now.timestamp()))),
        "at": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "until": f"{now + HOLDS:%Y-%m-%dT%H:%M:%SZ}",
    }
    values |= {"gone": "true"} if said is None else {"said": said}
    safeio.write_atomic(path, signed.write(values, identity), mode=0o600)
    return True


def files(config: Config) -> dict[str, bytes]:
    """All that this hub says, by `<what>/<id>`."""
    found = sorted(_said(config).glob("*/*.yaml"))
    return {f"{path.parent.name}/{path.stem}": path.read_bytes() for path in found}


def listed(config: Config) -> dict[str, int]:
    """The numbers of the same, for other hubs to see what is new."""
    return {name: read(blob).seq for name, blob in files(config).items()}


# -- of others --------------------------------------------------------------------------------


def lacking(config: Config, hub: str, told: Mapping[str, int]) -> list[str]:
    """What of another hub's list is not here, or older."""
    here = {f"{one.what}/{one.id}": one.seq for one in _heard(config, hub)}
    names = [name for name in told if _is_name(name)]
    return [name for name in names[:MOST] if told[name] > here.get(name, 0)]


def take(config: Config, known: Peers, blobs: Iterable[bytes]) -> list[str]:
    """Keeps what known hubs say; what is wrong with others, as sentences. Durable on return."""
    faults = []
    for blob in blobs:
        try:
            _take(config, known, blob)
        except SoliCommError as error:
            faults.append(f"what a hub says is not taken: {error.public}")
    return faults


def _take(config: Config, known: Peers, blob: bytes) -> None:
    one, now = read(blob), clock.now()
    peer = known.peers.get(one.hub)
    is_its = (
        peer.keys.had(one.key, one.at.timestamp()) if peer else identities.fits(one.hub, one.key)
    )
    if not is_its:
        raise ContentError(
            "another hub has signed it than it says", remedy="Get it anew from its hub"
        )
    if peer is None or one.what not in hooks.hears():
        return  # of somebody whom nobody compared, or nothing that we know
    folder = _folder(config, one.hub) / one.what
    path = folder / f"{one.id}.yaml"
    before = _kept(path)
    if before is not None and before.seq >= one.seq:
        return
    if one.until <= now or one.at > now + _AHEAD:
        raise ContentError(
            f"{one.hub} signed it on {one.at:%Y-%m-%d}: it is over, or its clock is wrong",
            remedy="Get it anew from its hub",
        )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if before is None and sum(1 for _ in folder.iterdir()) >= MOST:
        raise ContentError(f"{one.hub} says more than {MOST:,} things", remedy="Ask its operator")
    safeio.write_atomic(path, blob, mode=0o600)


def apply(config: Config, known: Peers) -> None:
    """Has features show what holds now, and no more of what is over or gone. Safe to call again."""
    for hub in known.peers:
        held = [one for one in _heard(config, hub) if _holds(config, one)]
        card = peering.card_of(config, known.peers[hub])
        name, url = (card.name, card.url.rstrip("/")) if card else (hub, "")
        for what, hear in hooks.hears().items():
            said = {one.id: one.said for one in held if one.what == what and one.said is not None}
            try:
                hear(config, hub, name, url, said)
            except SoliCommError as error:
                nights.refused(config, hub, f"{what}: {error.public}")


def forget(config: Config, hub: str) -> None:
    """A hub is known no more: what it said goes."""
    for path in (_folder(config, hub)).glob("*/*.yaml"):
        path.unlink(missing_ok=True)
    for hear in hooks.hears().values():
        hear(config, hub, "", "", {})


def _holds(config: Config, one: Saying) -> bool:
    """Whether it is not over; what is over goes."""
    if one.until <= clock.now():
        (_folder(config, one.hub) / one.what / f"{one.id}.yaml").unlink(missing_ok=True)
    return one.until > clock.now()


def _heard(config: Config, hub: str) -> Iterator[Saying]:
    for path in sorted(_folder(config, hub).glob("*/*.yaml")):
        one = _kept(path)
        if one is not None:
            yield one


def _kept(path: Path) -> Saying | None:
    try:
        return read(path.read_bytes(), str(path))
    except (OSError, SoliCommError):
        return None


def _is_name(name: str) -> bool:
    what, slash, thing = name.partition("/")
    return bool(slash and _NAME.fullmatch(what) and _THING.fullmatch(thing))


def _said(config: Config) -> Path:
    return peering.folder(config) / "said"


def _folder(config: Config, hub: str) -> Path:
    if not ID.fullmatch(hub):
        raise ValueError(f"not the id of a hub: {hub!r}")
    return peering.folder(config) / "heard" / hub
