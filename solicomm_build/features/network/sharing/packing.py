"""What a packet has beside conferences.

    copies/<home>.<kind>.<id>.bundle   the signed log of a library or a site, for who keeps a copy
    large/<sha256>                     files of copies that lie outside of git (large.py)
    said/<n>.yaml                      what the hub says of its own (sayings.py)
    wants/copies.json                  what copies the hub that wrote it keeps, and how far; and
                                       conferences that it follows and has not
    <name>/…                           what features give (hooks.py)

A hub is brought the copies that it said it keeps, in a packet of its own, and what `--only` names.
What it has is kept in `state/network/has/<hub>`.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from solicomm_build.features.network import hooks, standing
from solicomm_build.features.network.judging import offers, quarantine
from solicomm_build.features.network.judging.taking import Report
from solicomm_build.features.network.sharing import copying, large, nights, offered, sayings
from solicomm_build.features.network.sharing.large import Brings
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.features.network.trust import signed
from solicomm_build.features.network.trust.copies import Copy
from solicomm_build.features.network.trust.peers import Peer, Peers
from solicomm_build.foundation import clock, safeio
from solicomm_build.foundation.errors import SoliCommError, UsageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.identity import Identity
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.git import exchange
from solicomm_build.git.repo import Repo

_WANTS = "copies.json"
_WANTS_OCTETS = 1 << 20
_MOST = 5000
_AHEAD = timedelta(minutes=10)  # so much may the clock of a hub be fast
_TIP = re.compile(r"|[0-9a-f]{40}")


def put(
    config: Config,
    identity: Identity,
    known: Peers,
    peer: Peer,
    aside: Path,
    *,
    only: Collection[str],
    wishes: Collection[str],
) -> list[str]:
    """Puts all of it into the folder that becomes a packet for a hub; the names. Raises UsageError
    for what nobody gives."""
    copies = _put_copies(config, identity, known, peer, aside, only)
    sayings.renew(config, identity)
    for number, blob in enumerate(sayings.files(config).values()):
        (aside / "said").mkdir(exist_ok=True)
        (aside / "said" / f"{number}.yaml").write_bytes(blob)
    return [*copies, *_put_given(config, aside, wishes)]


def _put_copies(
    config: Config,
    identity: Identity,
    known: Peers,
    peer: Peer,
    aside: Path,
    only: Collection[str],
) -> list[str]:
    found = []
    for copy, repo, there in _wanted(config, identity, known, peer, only):
        if repo.ref() in (None, there):
            continue
        is_there = repo.has_commit(there)
        target = aside / "copies" / copy.file
        target.parent.mkdir(exist_ok=True)
        exchange.bundle(repo, target, [offers.ref(copy.home)], [there] if is_there else [])
        found.append(copy.repo)
    kept = _kept(config, known) | dict.fromkeys(_awaited(config, known), "")
    if kept:
        wants = aside / "wants" / _WANTS
        wants.parent.mkdir(exist_ok=True)
        wants.write_text(json.dumps(kept, sort_keys=True))
        large.say(config, known, aside)
    return found


def _wanted(
    config: Config, identity: Identity, known: Peers, peer: Peer, only: Collection[str]
) -> Iterator[tuple[Copy, Repo, str]]:
    """The copies that a hub may be brought, where they lie here, and the commit that it has."""
    has, lost = _has(config, peer.id), _lost(config, known, peer)
    for copy, repo in _mine(config, identity, known):
        is_wanted = (
            copy.key in has or copy.home in lost or not {copy.repo, copy.key}.isdisjoint(only)
        )
        is_signed = repo.ref(offers.ref(copy.home)) is not None
        if is_wanted and is_signed and copy.home != peer.id:
            yield copy, repo, has.get(copy.key, "")


def brings(
    config: Config, identity: Identity, known: Peers, peer: Peer, only: Collection[str]
) -> Iterator[Brings]:
    """The copies of which a hub may be brought files that lie outside of git."""
    lost = _lost(config, known, peer)
    for copy, repo, there in _wanted(config, identity, known, peer, only):
        yield Brings(copy, repo, there, copy.home in lost)


def _lost(config: Config, known: Peers, peer: Peer) -> set[str]:
    """Hubs that had the mail domain of one: it may be theirs that came back with another key, and
    is brought what is kept here of theirs."""
    cards = {one.id: peering.card_of(config, one) for one in known.peers.values()}
    own = cards.get(peer.id)
    all_ = ((hub, card) for hub, card in cards.items() if hub != peer.id)
    return {hub for hub, card in all_ if own and card and card.domain == own.domain}


def _mine(config: Config, identity: Identity, known: Peers) -> Iterator[tuple[Copy, Repo]]:
    """What may be brought: our own, and copies that we keep, with the home's signature."""
    for one in offered.own(config, identity):
        yield Copy(one.name, identity.id, one.id), one.repo
    for copy in known.copies.values():
        path = copying.place(config, copy)
        if path.exists():
            yield copy, Repo(path)


def _kept(config: Config, known: Peers) -> dict[str, str]:
    found = {}
    for copy in known.copies.values():
        path = copying.place(config, copy)
        found[copy.key] = (Repo(path).ref() or "") if path.exists() else ""
    return found


def _awaited(config: Config, known: Peers) -> Iterator[str]:
    """Conferences that are followed and not here yet, as `<repo>@<home>`; of those alone that their
    homes offer to everybody, for anybody may read it."""
    for follow in known.follows.values():
        home = known.peers.get(follow.home)
        card = peering.card_of(config, home) if home else None
        is_here = config.conference_repo(follow.repo.partition("/")[2]).exists()
        if not is_here and card is not None and card.offers.get(follow.repo) == follow.home:
            yield f"{follow.repo}@{follow.home}"


def followed(config: Config, hub: str) -> frozenset[str]:
    """The conferences that a hub said it follows and has not, as `<repo>@<home>`."""
    return frozenset(key for key in _has(config, hub) if key.startswith("conferences/"))


def _has(config: Config, hub: str) -> dict[str, str]:
    """The copies that a hub said it keeps, and the commit that each is at."""
    try:
        found = json.loads((standing.folder(config) / "has" / hub).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    pairs = found.items() if isinstance(found, dict) else ()
    return {
        key: tip for key, tip in list(pairs)[:_MOST] if isinstance(tip, str) and _TIP.fullmatch(tip)
    }


def _put_given(config: Config, aside: Path, wishes: Collection[str]) -> list[str]:
    found, may = dict(hooks.given()), hooks.on_wish()
    for name in wishes:
        if name not in may:
            raise UsageError(f"{name}: there is no such thing. Write one of: {', '.join(may)}")
        found[name] = may[name]
    for name, give in found.items():
        folder = aside / name
        folder.mkdir()
        give(config, folder)
        if not any(folder.iterdir()):
            folder.rmdir()
    return [name for name in found if (aside / name).is_dir()]


def take(
    config: Config,
    known: Peers,
    hub: str,
    files: Mapping[str, Path],
    log: MailLog,
    *,
    at: datetime | None = None,
) -> Report:
    """Takes all of it from a packet, made at `at`. Copies prove themselves, whoever made it; the
    rest counts when a known hub did, and not after what it made later."""
    report = Report()
    by_name = {f"copies/{copy.file}": copy for copy in known.copies.values()}
    for name, path in files.items():
        if (copy := by_name.get(name)) is None:
            continue
        try:
            with copying.aside(config, copy) as place:
                quarantine.fetch(place, str(path), hubs=[copy.home])
                report.add(copying.take(config, known, copy, place, log))
        except SoliCommError as error:
            report.faults.append(f"{copy.key}: {error.public}")
            report.lines.append(report.faults[-1])
            nights.refused(config, copy.home, report.faults[-1])
    told = [path for name, path in files.items() if name.startswith("said/")]
    blobs = [path.read_bytes() for path in told if path.stat().st_size <= signed.MOST]
    report.lines += sayings.take(config, known, blobs)
    if blobs:
        sayings.apply(config, known)
    wants = files.get(f"wants/{_WANTS}")
    if hub in known.peers and wants is not None and wants.stat().st_size <= _WANTS_OCTETS:
        folder = standing.folder(config) / "has"
        folder.mkdir(parents=True, exist_ok=True)
        safeio.write_atomic(folder / hub, wants.read_bytes(), durable=False)
        large.hear(config, hub, files)
    lines, faults = large.take(config, known, files)
    report.add(Report([*lines, *faults], bool(lines), faults=faults))
    lines, faults = _take_given(config, known, hub, files, at)
    report.add(Report(lines, faults=faults))
    return report


def _is_older(config: Config, hub: str, what: str, at: datetime | None) -> bool:
    """Whether something of a hub's packet was made before what was taken last; else that is
    remembered. A moment that lies ahead is of a clock that was wrong, and says nothing."""
    path, latest = standing.folder(config) / "made" / hub, (clock.now() + _AHEAD).timestamp()
    made = at.timestamp() if at is not None else float("inf")
    try:
        before = json.loads(path.read_bytes())
    except (OSError, ValueError):
        before = {}
    last = before.get(what, 0.0) if isinstance(before, dict) else 0.0
    if isinstance(last, float) and made < last <= latest:
        return True
    if made <= latest:
        path.parent.mkdir(parents=True, exist_ok=True)
        data = json.dumps({**before, what: made}).encode()
        safeio.write_atomic(path, data, durable=False)
    return False


def _take_given(
    config: Config, known: Peers, hub: str, files: Mapping[str, Path], at: datetime | None
) -> tuple[list[str], list[str]]:
    """Has features take what is theirs in a packet that a known hub made itself: sentences, and
    those of them that are faults."""
    peer = known.peers.get(hub)
    lines: list[str] = []
    faults: list[str] = []
    if peer is None:
        return lines, faults
    by_folder: dict[str, dict[str, Path]] = defaultdict(dict)
    for name, path in files.items():
        folder, _, file = name.partition("/")
        by_folder[folder][file] = path
    for folder, taking in hooks.brought().items():
        if folder not in by_folder:
            continue
        if _is_older(config, peer.id, folder, at):
            lines.append(f"{folder}: what {peer.id} made later is here, and stays")
            continue
        try:
            lines.append(taking(config, peer.id, peer.url, by_folder[folder]))
        except SoliCommError as error:
            faults.append(f"{folder}: {error.public}")
            nights.refused(config, peer.id, faults[-1])
    return [line for line in (*lines, *faults) if line], faults
