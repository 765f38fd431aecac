"""The gate's judgement of one push: everything that is wrong with it, or that it may pass."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import ContentError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.gate import branches, history, hooks
from solicomm_build.gate.findings import Enough, Found
from solicomm_build.gate.history import History
from solicomm_build.gate.hooks import Kind
from solicomm_build.gate.push import Place, Pusher, Update
from solicomm_build.git import elsewhere
from solicomm_build.git.pushes import recent_pushes
from solicomm_build.git.quarantine import QuarantinedRepo, Walk
from solicomm_build.git.reader import Reader


def judge(repo: QuarantinedRepo, place: Place, pusher: Pusher, updates: Sequence[Update]) -> Found:
    """What was found, at most `findings.MOST` faults; none, and the push may pass. Blocking.

    The steps go from what is cheap and dangerous to what is dear: names and types of what every
    commit brings, then the contents as they will be. Each needs the one before to be in order.
    """
    found = Found()
    if home := elsewhere.of(place.config, place.kind, place.id):
        remedy = f"Push to its home, {home.name}: {home.url}"
        found.faults.append(ContentError("this is a copy, which nobody pushes to", remedy=remedy))
        return found
    try:
        found.add(branches.check(repo, place, updates))
        found.add(_history_quota(repo, place.config))
        found.add(_rate(place, pusher))
        if not found.faults:
            with Reader(repo) as reader:
                _look(repo, reader, place, pusher, updates, found)
    except Enough:
        pass
    except ContentError as error:  # a limit of the whole push
        found.faults.append(error)
    return found


def _look(
    repo: QuarantinedRepo,
    reader: Reader,
    place: Place,
    pusher: Pusher,
    updates: Sequence[Update],
    found: Found,
) -> None:
    tips = list(dict.fromkeys(update.new for update in updates if update.new))
    for tip in tips:
        if reader.oid_at(tip) is None or not _is_commit(repo, tip):
            remedy = "Push a branch: git push origin HEAD:main"
            raise ContentError("a branch must name a commit", remedy=remedy)
    kind = hooks.kind_of(place.kind)
    past = History(repo, reader, kind.rules(place.config), Walk(reader))
    found.add(past.faults(tips))
    _addresses(past, reader, kind, pusher, tips, found)
    if found.faults:
        return
    for update in updates:
        kind.check(reader, place, pusher, update, past, found)


def _addresses(
    past: History, reader: Reader, kind: Kind, pusher: Pusher, tips: Sequence[Oid], found: Found
) -> None:
    """Addresses in commits refuse a push, and only warn the operator, who may have to bring in a
    history as it is."""
    allowed = ""
    for tip in tips:
        allowed = kind.own_address(reader, tip) or allowed
    faults = list(history.check_addresses(past, allowed))
    if pusher.is_operator:
        found.add([], faults[:3])
    else:
        found.add(faults)


def _is_commit(repo: QuarantinedRepo, tip: Oid) -> bool:
    return repo.git("cat-file", "-t", "--end-of-options", tip).strip() == b"commit"


def _rate(place: Place, pusher: Pusher) -> list[ContentError]:
    """A fault when the repository was pushed to too often; the operator may always."""
    most = place.config.limits.pushes_an_hour
    if pusher.is_operator:
        return []
    count = recent_pushes(place.config, place.name, clock.now() - timedelta(hours=1))
    if count < most:
        return []
    remedy = f"At most {most:,} are taken. Wait a while, and push several commits at once"
    return [ContentError(f"there were {count:,} pushes in the last hour", remedy=remedy)]


def _history_quota(repo: QuarantinedRepo, config: Config) -> list[ContentError]:
    """A fault when the repository with all its history is larger than it may be."""
    whole, most = 0, config.limits.history_bytes
    folders = [repo.path / "objects" / "pack"]
    new = dict(repo.objects).get("GIT_OBJECT_DIRECTORY")
    folders += [Path(new) / "pack"] if new else []
    for folder in folders:
        if os.path.isdir(folder):
            with os.scandir(folder) as entries:
                whole += sum(entry.stat().st_size for entry in entries)
    if whole <= most:
        return []
    remedy = f"At most {most:,}; ask the hub's operator"
    return [ContentError(f"the repository has {whole:,} bytes", remedy=remedy)]
