"""Taking what is kept here as a copy: the home's signed log, by fast-forward, and nothing else.

    wire (looking.py), stick and mail (packing.py) ─→ a place aside ─→ judged here ─→ main

There is one writer, the home. A log that does not go on from what is here is refused and named; so
is one with a file that has no place there, a link, or more octets than anybody may push: what the
gate refuses of people it refuses of hubs (gate/history.py). What the words in cards and pages say
is looked at where they are shown, as ever.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from solicomm_build.features.network import hooks
from solicomm_build.features.network.judging import offers, quarantine
from solicomm_build.features.network.judging.offers import Offer
from solicomm_build.features.network.judging.taking import Report
from solicomm_build.features.network.sharing import nights, table
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.features.network.trust.copies import Copy
from solicomm_build.features.network.trust.peers import Peer, Peers
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import ContentError, SoliCommError, StoreError
from solicomm_build.foundation.faults import point
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.keychain import Keys
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.safeio import fsync_dir, locked
from solicomm_build.foundation.types import Oid
from solicomm_build.gate import hooks as gate
from solicomm_build.gate.history import History
from solicomm_build.git import exchange, receiving
from solicomm_build.git import log as history
from solicomm_build.git import repo as repos
from solicomm_build.git.quarantine import QuarantinedRepo, Walk
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo

_CHANGES, _SECONDS = 500_000, 300.0
"""Paths that the new part of a log may change, and how long they are looked at."""


@contextlib.contextmanager
def aside(config: Config, copy: Copy) -> Iterator[Repo]:
    """Where a copy's log lies until it is judged, held for oneself. Blocking."""
    folder = config.mirrors / "peers"
    path = folder / copy.file.replace(".bundle", ".git")
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / f".{copy.file}.lock"):
        if not (path / "HEAD").exists():
            shutil.rmtree(path, ignore_errors=True)
            repos.create(path, description="What another hub offers, to be judged")
        quarantine.borrow(place(config, copy), path)
        yield Repo(path)


def place(config: Config, copy: Copy) -> Path:
    """Where a copy lies. Raises SoliCommError for a kind that nobody knows."""
    return hooks.copied_of(copy.kind).copy(config, copy.name)


def listed(config: Config) -> dict[str, str]:
    """Where git reads the copies that are kept here, below the hub's address, by
    `<repo>@<home>`. Raises SoliCommError."""
    found = {}
    for copy in peering.read(config).copies.values():
        path = place(config, copy)
        if path.exists() and Repo(path).ref(offers.ref(copy.home)) is not None:
            found[copy.key] = f"/{copy.kind}/{path.stem}.git"
    return found


def held(config: Config, copy: Copy, keys: Keys) -> Offer | None:
    """The offer of the home that was taken last."""
    path = place(config, copy)
    return offers.held(Repo(path), copy.home, keys) if path.exists() else None


def take(config: Config, known: Peers, copy: Copy, theirs: Repo, log: MailLog) -> Report:
    """Judges and takes what was fetched of a copy's home. Raises StoreError when our own
    repository cannot be written. Safe to do again."""
    peer, tag = known.peers.get(copy.home), quarantine.brought(theirs).get(copy.home)
    if peer is None or tag is None:
        return Report([f"{copy.key}: nothing of its home came"])
    try:
        offer = _judged(config, copy, peer, theirs, tag)
        if offer is None:
            table.note(config, known, copy)
            return Report([f"{copy.key}: nothing new"])
        count = _taken(config, copy, offer, theirs)
    except SoliCommError as error:
        shutil.rmtree(theirs.path, ignore_errors=True)
        line = f"{copy.key}: {error.public}"
        nights.refused(config, copy.home, line)
        log.event("peer-refused", repo=copy.key, hub=copy.home, reason=error.public)
        return Report([line], faults=[line])
    table.note(config, known, copy, at=clock.now().isoformat(timespec="seconds"))
    log.event("peer-taken", repo=copy.key, hub=copy.home, commits=count)
    return Report([f"{copy.key}: {count} new commits of {peer.id}"], changed=True)


def _judged(config: Config, copy: Copy, peer: Peer, theirs: Repo, tag: Oid) -> Offer | None:
    offer = offers.read(theirs.git("cat-file", "tag", tag), peer.keys, oid=tag)
    if (offer.hub, offer.repo, offer.home) != (copy.home, copy.repo, copy.home):
        raise StoreError("the offer is about something else")
    before = held(config, copy, peer.keys)
    if before is not None and before.seq >= offer.seq:
        if before.seq == offer.seq and before.tip != offer.tip:
            raise StoreError("two offers have one number: two hubs may use one key")
        return None
    path = place(config, copy)
    here = Repo(path).ref() if path.exists() else None
    if here is not None and not history.goes_on(theirs, here, offer.tip):
        raise ContentError(
            "its log does not go on from what is here: the home was brought back from a backup, or"
            " somebody else has its key",
            remedy=f"If its operator says that it is right: solicomm peer unfollow {copy.repo}, and"
            " follow it again",
        )
    return offer


def _taken(config: Config, copy: Copy, offer: Offer, theirs: Repo) -> int:
    """Checks every new commit, then moves main; how many there were. Durable on return."""
    path, copied = place(config, copy), hooks.copied_of(copy.kind)
    is_new = not path.exists()
    ours = Repo(path)
    if is_new:
        made = config.mirrors / "peers" / f"{copy.file}.made"
        shutil.rmtree(made, ignore_errors=True)
        ours = repos.create(made, description=f"A copy of {copy.repo} of {copy.home}")
    before = ours.ref()
    check(config, copy, ours, theirs, offer.tip)
    most = config.limits.history_bytes
    wanted = [f"+{quarantine.PREFIX}{copy.home}:refs/solicomm/taken"]
    exchange.copy(ours, theirs, wanted, most=most)
    ours.set_ref(MAIN, offer.tip, before)
    point("network.copy-moved")
    ours.set_ref(offers.ref(copy.home), offer.tag, ours.ref(offers.ref(copy.home)))
    ours.set_ref("refs/solicomm/taken", None, offer.tag)
    if is_new:
        if copied.is_named:
            ours.git("config", "core.hooksPath", receiving.hooks_path(config, path))
        named(ours, path)
    span = f"{before}..{offer.tip}" if before else offer.tip
    return int(Repo(path).git("rev-list", "--count", "--end-of-options", span))


def check(config: Config, copy: Copy, ours: Repo, theirs: Repo, tip: Oid) -> None:
    """Raises ContentError with the first thing in new commits that has no place there, or when not
    everybody may read it."""
    places = (
        ("GIT_OBJECT_DIRECTORY", str(theirs.path / "objects")),
        ("GIT_ALTERNATE_OBJECT_DIRECTORIES", str(ours.path / "objects")),
    )
    tried = QuarantinedRepo(ours.path, places)
    with Reader(tried) as reader:
        walk = Walk(reader, most=_CHANGES, seconds=_SECONDS)
        past = History(tried, reader, gate.kind_of(copy.kind).rules(config), walk)
        for fault in past.faults([tip]):
            raise fault
    copied = hooks.copied_of(copy.kind)
    with Reader(theirs) as reader:
        blob = reader.at(tip, copied.file)
    if blob is None or not copied.is_public(blob):
        raise ContentError(
            f"{copied.file} does not say that everybody may read it",
            remedy=f"To end it: solicomm peer unfollow {copy.repo}",
        )


def named(made: Repo, path: Path) -> None:
    """Gives a repository its name, when all of it is there; durable on return."""
    path.parent.mkdir(parents=True, exist_ok=True)
    point("network.before-copy")
    os.rename(made.path, path)
    fsync_dir(path.parent)


def remove(config: Config, known: Peers, copy: Copy) -> None:
    """Takes a copy away, with all that was fetched for it. Safe to do again."""
    path = place(config, copy)
    shutil.rmtree(path, ignore_errors=True)
    shutil.rmtree(path.with_suffix(".files"), ignore_errors=True)
    aside_of = config.mirrors / "peers" / copy.file.replace(".bundle", ".git")
    shutil.rmtree(aside_of, ignore_errors=True)
    table.write(config, known)
