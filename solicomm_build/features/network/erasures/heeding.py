"""Notices of other hubs: judged, done here, and confirmed.

    wire, stick, mail ─→ received ─→ private/network/erasures ─→ carry_out ─→ receipt, the same ways

A notice counts when it is the home's of the conference, or of the hub from whose log the post came.
More than `MOST_A_DAY` posts of one hub wait until the operator allows it.
"""

from __future__ import annotations

from collections.abc import Mapping

from solicomm_build.features.network.erasures import notices, relayed
from solicomm_build.features.network.erasures.notices import Notice
from solicomm_build.features.network.judging.union import SOURCE
from solicomm_build.features.network.sealed import privatenotices
from solicomm_build.features.network.trust.peers import Peers
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import SoliCommError, UsageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.identity import Identity
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.types import PostId
from solicomm_build.git.repo import Repo
from solicomm_build.people.operators.second import Wanted
from solicomm_build.post.store import erasing

MOST_A_DAY = 20
"""Posts that one hub may have erased here in a day, unasked."""


def received(
    config: Config, identity: Identity, known: Peers, files: Mapping[str, bytes]
) -> list[str]:
    """Keeps notices and receipts of hubs that are known, to be handed on and carried out; what is
    wrong with others, as sentences. Durable on return."""
    lines = []
    for name, blob in sorted(files.items()):  # a notice before its receipts
        if notices.has(config, name):
            continue
        try:
            one = notices.read(blob, name)
        except SoliCommError as error:
            lines.append(f"an erasure notice is not taken: {error.public}")
            continue
        peer = known.peers.get(one.hub)
        keys = identity.keys if one.hub == identity.id else peer.keys if peer else None
        if keys is None or not keys.had(one.key, one.at.timestamp()):
            continue  # of somebody whom nobody compared
        if isinstance(one, Notice):
            if one.hub != identity.id and _is_here(config, identity, known, one):
                notices.keep(config, blob)
        elif notices.has(config, f"{one.eid}.yaml"):
            notices.keep(config, blob)
    return lines


def carry_out(config: Config, identity: Identity, known: Peers, log: MailLog) -> list[str]:
    """Does what notices say that are new or were allowed; a sentence about each. Not to be called
    by who holds the lock of the network's work. Blocking, safe to do again."""
    lines = []
    for notice in notices.all_(config, ("new", "allowed")):
        fate = notices.fate(config, notice.eid)
        if notice.hub == identity.id:
            continue
        before = _today(config, notice.hub)
        if fate.state == "new" and before + len(notice.mids) > MOST_A_DAY:
            notices.decide(config, notice, "waiting", f"more than {MOST_A_DAY} posts in a day")
        else:
            _do(config, identity, known, notice, log)
        lines.append(sentence(config, notice))
    return lines


def allow(config: Config, start: str) -> Notice:
    """The operator lets a notice be done that waits. Raises UsageError."""
    found = _one(config, start)
    notices.decide(config, found, "allowed")
    return found


def wanted(config: Config, start: str) -> Wanted:
    """What that would do, as a second operator is shown it. Raises UsageError."""
    done = [one for one in notices.all_(config, ("allowed", "done")) if one.eid == start]
    found = done[0] if done else _one(config, start)
    return Wanted(
        "erase-shared",
        found.repo,
        ("peer", "allow", found.eid),
        ("peer", "allow", found.eid, found.repo),
        names={"hub": found.hub},
        counts={"messages": len(found.mids)},
        holds={"notice": found.eid},
        is_done=lambda since: bool(done),
    )


def _one(config: Config, start: str) -> Notice:
    """The notice that waits whose id begins so. Raises UsageError."""
    waiting = notices.all_(config, ("waiting",))
    found = [one for one in waiting if start and one.eid.startswith(start)]
    if len(found) != 1:
        which = "no erasure of this id waits" if not found else "several erasures begin so"
        raise UsageError(f"{start}: {which}. `solicomm peer status` shows all")
    return found[0]


def sentence(config: Config, notice: Notice) -> str:
    """What became of a notice here."""
    fate = notices.fate(config, notice.eid)
    about = f"{notice.repo}: {notice.hub} has erased {len(notice.mids)} posts"
    if fate.state == "waiting":
        return f"{about}, {fate.why}. To do the same: solicomm peer allow {notice.eid[:8]}"
    why = f" ({fate.why})" if fate.why else ""
    return f"{about}: {fate.state}{why}"


def _is_here(config: Config, identity: Identity, known: Peers, notice: Notice) -> bool:
    """Whether it is about something that is here, or may come, and that hub has a part in: a hub
    that guesses the name of a closed conference shall have no receipt."""
    if config.conference_repo(notice.conference).exists():
        return privatenotices.may_say(config, identity, known, notice)
    return notice.repo in known.follows


def _today(config: Config, hub: str) -> int:
    """How many posts a hub has had erased here today."""
    day = f"{clock.now():%Y-%m-%d}"
    fates = (notices.fate(config, one.eid) for one in notices.all_(config) if one.hub == hub)
    return sum(one.count for one in fates if one.state == "done" and one.at.startswith(day))


def _do(config: Config, identity: Identity, known: Peers, notice: Notice, log: MailLog) -> None:
    wanted, foreign = _allowed(config, identity, known, notice)
    why = f"{len(foreign)} posts are another hub's: {', '.join(foreign)[:300]}" if foreign else ""
    if foreign and not wanted:
        notices.decide(config, notice, "refused", why)
        log.event("peer-erase-refused", hub=notice.hub, conference=notice.conference, reason=why)
        return
    if wanted:
        reason = f"{notice.hub} has erased it ({notice.reason})"
        erasing.erase_posts(config, wanted, reason=reason, by=notice.hub, log=log)
    notices.keep(config, notices.receipt(identity, notice.eid))
    notices.decide(config, notice, "done", why)
    log.event("peer-erased", hub=notice.hub, conference=notice.conference, posts=len(wanted))


def _allowed(
    config: Config, identity: Identity, known: Peers, notice: Notice
) -> tuple[list[PostId], list[PostId]]:
    """The posts that a hub may have erased here, and those that it may not. One that is not here
    is neither, unless the home speaks: it will not come."""
    follow = known.follows.get(notice.repo)
    if notice.hub == (follow.home if follow else identity.id):
        return [*notice.mids], []
    path = config.conference_repo(notice.conference)
    repo = Repo(path) if path.exists() else None
    tip = repo.ref() if repo else None
    if repo is None or tip is None:
        return [], []
    wanted: list[PostId] = []
    foreign: list[PostId] = []
    for mid in notice.mids:
        came = relayed.origin_of(repo, tip, mid)
        if came is not None:
            (wanted if came == (SOURCE, notice.hub) else foreign).append(mid)
    return wanted, foreign
