"""Notices of other hubs: judged, done here, and confirmed.

    wire, stick, mail ─→ received ─→ private/network/erasures ─→ carry_out ─→ receipt, the same ways

A notice counts when it is the home's of the conference, or of the hub from whose log the post came.
More than `MOST_A_DAY` posts of one hub wait until the operator allows it, and so do posts that are
in another conference, too, of which that hub has no say: what is erased goes from all of them.
What never was here is nothing to decide about: who follows a conference that is years old hears of
all that was erased in it. It does not come (notices.py, `banned`), and that is all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

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
from solicomm_build.post.cells.hubmail import HubMail
from solicomm_build.post.store import erasing, pastfiles, postplaces

MOST_A_DAY = 20
"""Posts that one hub may have erased here in a day, unasked."""


def received(
    config: Config, identity: Identity, known: Peers, files: Mapping[str, bytes]
) -> list[str]:
    """Keeps notices and receipts of hubs that are known, to be handed on and carried out; what is
    wrong with others, as sentences. Durable on return."""
    lines = []
    for name, blob in sorted(files.items(), key=_first):
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
            if not _is_here(config, identity, known, one):
                continue
            notices.keep(config, blob)
            if one.hub == identity.id:
                _recall(config, one)
        elif notices.has(config, f"{one.eid}.yaml"):
            notices.keep(config, blob)
    return lines


def carry_out(config: Config, identity: Identity, known: Peers, log: MailLog) -> list[str]:
    """Does what notices say that are new or were allowed; a sentence about each. Not to be called
    by who holds the lock of the network's work. Blocking, safe to do again."""
    lines, here = [], _Here(config)
    for notice in notices.all_(config, ("new", "allowed")):
        fate = notices.fate(config, notice.eid)
        if notice.hub == identity.id and fate.state == "new":
            continue
        if fate.state == "new" and (why := _waits(config, identity, known, notice)):
            if here.has_any(notice):
                notices.decide(config, notice, "waiting", why)
            else:
                notices.keep(config, notices.receipt(identity, notice.eid))
                notices.decide(config, notice, "done", count=0)
        else:
            _do(config, identity, known, notice, log)
        lines.append(sentence(config, notice))
    return lines


def _first(pair: tuple[str, bytes]) -> tuple[int, str]:
    """A notice before its receipts."""
    return pair[0].count("."), pair[0]


def _recall(config: Config, notice: Notice) -> None:
    """A notice of this hub's own that it does not know: it came back from a backup of before. Who
    has its key says no more than that, so what is here again goes by the operator's word."""
    if _Here(config).has_any(notice):
        why = "this hub has done so, and came back from a backup of before"
        notices.decide(config, notice, "waiting", why)
    else:
        notices.decide(config, notice, "done", count=0)


class _Here:
    """What is at this hub, looked for when it is asked for, and once."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._posts: set[PostId] | None = None

    def has_any(self, notice: Notice) -> bool:
        """Whether one of these posts is in a conference, or in mail that was kept or is held."""
        if self._posts is None:
            every = ((repo, repo.ref()) for _, repo in pastfiles.conferences(self._config))
            found = (postplaces.mids(repo, tip) for repo, tip in every if tip is not None)
            self._posts = set[PostId]().union(*found)
        if not self._posts.isdisjoint(notice.mids):
            return True
        mail = HubMail(self._config)
        try:
            names = [name for name, _ in pastfiles.conferences(self._config)]
            if any(mail.held_raws(name, notice.mids) for name in names):
                return True
            stores = [store for _, store in mail.each()]
            return any(
                store.find(mid, notice.conference) for store in stores for mid in notice.mids
            )
        finally:
            mail.close()


def _waits(config: Config, identity: Identity, known: Peers, notice: Notice) -> str:
    """Why the operator has to allow a notice first; empty when it may be done."""
    if _today(config, notice.hub) + len(notice.mids) > MOST_A_DAY:
        return f"more than {MOST_A_DAY} posts in a day"
    wanted, _ = _allowed(config, identity, known, notice)
    others = ", ".join(_others(config, identity, known, notice, wanted))
    return f"some of which are in {others}, too" if others else ""


def _others(
    config: Config, identity: Identity, known: Peers, notice: Notice, mids: Sequence[PostId]
) -> Iterator[str]:
    """The other conferences from which a hub would have some of these posts erased, and may not."""
    mail = HubMail(config)
    try:
        for name, repo in pastfiles.conferences(config) if mids else ():
            is_its = _home_of(identity, known, f"conferences/{name}") == notice.hub
            if name == notice.conference or is_its:
                continue
            came = relayed.origins_of(repo, mids).values()
            is_foreign = any(one != (SOURCE, notice.hub) for one in came)
            if is_foreign or any(mail.held_raw(name, mid) is not None for mid in mids):
                yield f"conferences/{name}"
    finally:
        mail.close()


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
    if notice.hub != identity.id:
        notices.keep(config, notices.receipt(identity, notice.eid))
    notices.decide(config, notice, "done", why)
    log.event("peer-erased", hub=notice.hub, conference=notice.conference, posts=len(wanted))


def _allowed(
    config: Config, identity: Identity, known: Peers, notice: Notice
) -> tuple[list[PostId], list[PostId]]:
    """The posts that a hub may have erased here, and those that it may not. One that is not here
    is neither, unless the home speaks: it will not come."""
    if notice.hub in (identity.id, _home_of(identity, known, notice.repo)):
        return [*notice.mids], []
    path = config.conference_repo(notice.conference)
    came = relayed.origins_of(Repo(path), notice.mids) if path.exists() else {}
    wanted = [mid for mid in notice.mids if came.get(mid) == (SOURCE, notice.hub)]
    return wanted, [mid for mid in notice.mids if mid in came and mid not in wanted]


def _home_of(identity: Identity, known: Peers, repo: str) -> str:
    """The hub that decides about a conference."""
    follow = known.follows.get(repo)
    return follow.home if follow else identity.id
