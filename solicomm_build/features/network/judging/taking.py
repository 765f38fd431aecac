"""Judging what came: whose offer is it, is it newer, and then the union. Read this first.

    wire (syncing.py), stick and mail (packets.py) ─→ quarantine ─→ judged here ─→ union ─→ main
                                                                       └─→ refs/peers, handed on

Each offer is judged by the key of the hub that signed it, whoever carried it. One that fails stops
no other; what was refused and why stands in `solicomm peer status` and in the log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from solicomm_build.features.network import standing
from solicomm_build.features.network.carrying import messageids
from solicomm_build.features.network.carrying.messageids import Told
from solicomm_build.features.network.erasures import notices
from solicomm_build.features.network.judging import (
    agreed,
    floors,
    founding,
    homeroles,
    offers,
    quarantine,
    stumps,
)
from solicomm_build.features.network.judging.offers import Offer
from solicomm_build.features.network.judging.union import ERASED, OF_OTHERS, Source, Taken, Union
from solicomm_build.features.network.sealed import closed
from solicomm_build.features.network.trust.peers import Peer, Peers
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import SoliCommError, StoreError
from solicomm_build.foundation.faults import point
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.identity import Identity
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.types import Oid, PostId
from solicomm_build.git import log as history
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo
from solicomm_build.post import post as post_file
from solicomm_build.post.cells import hubmail
from solicomm_build.post.store import postplaces


@dataclass(slots=True)
class Report:
    """What one look brought: lines for a person, whether anything here has changed, whether the
    other hub could not be asked, whether something failed that may go well another time, whether
    the other hub may have missed what there was to tell, whether its line was too slow for all of
    it, and whether the operator changed meanwhile what is known of hubs."""

    lines: list[str] = field(default_factory=list)
    changed: bool = False
    is_unreached: bool = False
    faults: list[str] = field(default_factory=list)
    is_unfinished: bool = False
    has_begun: bool = False
    is_late: bool = False
    is_stale: bool = False

    def add(self, other: Report) -> None:
        """Takes up another."""
        self.lines += other.lines
        self.faults += other.faults
        self.changed = self.changed or other.changed
        self.is_unreached = self.is_unreached or other.is_unreached
        self.is_unfinished = self.is_unfinished or other.is_unfinished
        self.has_begun = self.has_begun or other.has_begun


@dataclass(slots=True)
class _Whole:
    """Whose offers were taken to their ends, how far those go that are not kept, and whether
    nothing that came was refused."""

    hubs: list[str] = field(default_factory=list)
    tips: dict[str, Oid] = field(default_factory=dict)
    is_whole: bool = True
    is_tainted: bool = False

    def holds_erased(self) -> None:
        """Something that came has in its history what was erased here."""
        self.is_whole, self.is_tainted = False, True

    def leaves(self, gone: frozenset[PostId]) -> None:
        """Something that came is not looked into; so it may hold what was erased, if there is
        any."""
        self.is_whole, self.is_tainted = False, self.is_tainted or bool(gone)


class Taking:
    """Takes offers into the conferences of one hub. Not for several threads."""

    def __init__(self, config: Config, identity: Identity, known: Peers, log: MailLog) -> None:
        self._config, self._identity, self._known, self._log = config, identity, known, log

    def take(self, place: Repo, name: str, via: str, told: Told | None = None) -> Report:
        """Judges and takes all that a `quarantine.fetch` brought for the conference `name`. `via`
        is the hub that carried it, `told` the Message-IDs that it knows, kept before the posts can
        be sent. Raises StoreError when our own repository cannot be written."""
        report, good, taken, gone = Report(), [], _Whole(), self._erased()
        if gone and quarantine.has_rest(place):
            taken.leaves(gone)
        for hub, tag in sorted(quarantine.brought(place).items(), key=self._home_first(name)):
            if hub == self._identity.id:
                continue
            peer = self._known.peers.get(hub)
            if peer is None:
                taken.leaves(gone)
                report.lines.append(
                    f"{name}: an offer of {hub}, whom this hub does not know, is left"
                )
                continue
            try:
                offer = self._judged(place, name, peer, tag)
                if offer is not None:
                    good.append((peer, offer))
                    continue
                if self._kept(name, hub) != tag:
                    taken.leaves(gone)
                if via == hub:
                    report.lines.append(f"{name}: nothing newer from {hub} than what is here")
            except SoliCommError as error:
                taken.leaves(gone)
                self._refused(report, name, peer, error)
        if told is not None:
            there = self._posts_of(place, name, via) - gone if told.ids else frozenset[PostId]()
            kept = {mid: one for mid, one in told.ids.items() if mid in there}
            messageids.keep(self._config, kept)
            if told.until is not None:
                messageids.reach(self._config, via, name, told.until)
        messageids.stay(self._config, name, {peer.id: self._end(name, peer) for peer, _ in good})
        for peer, offer in good:
            try:
                report.add(self._union(place, name, peer, offer, via, taken))
            except SoliCommError as error:
                taken.is_whole = False
                report.is_unfinished = report.is_unfinished or not error.permanent
                self._refused(report, name, peer, error)
        point("network.before-taken")
        ours = self._ours(name)
        if ours is not None and taken.hubs:
            is_whole = taken.is_whole and not quarantine.holds_more(place)
            quarantine.hand_on(place, ours, taken.hubs, is_whole=is_whole)
        cut = quarantine.tips(place)
        left = {hub: tip for hub, tip in (cut | taken.tips).items() if hub not in taken.hubs}
        if ours is not None and (taken.is_tainted or left.keys() != cut.keys()):
            stumps.keep(place, ours, left, gone)
        elif taken.is_tainted:
            quarantine.empty(place)
        return report

    def wanted(self, place: Repo, name: str) -> set[PostId]:
        """The posts in what was fetched that this hub has not yet, as far as it would take them."""
        ours = self._ours(name)
        found: set[PostId] = set()
        for hub, tag in quarantine.brought(place).items():
            peer = self._known.peers.get(hub)
            if peer is None:
                continue
            try:
                offer = self._judged(place, name, peer, tag)
            except SoliCommError:
                continue
            if offer is not None:
                found.update(_added(place, self._since(place, ours, peer, offer), offer.tip))
        return found

    def home_of(self, name: str) -> str:
        """The hub that decides about a conference."""
        follow = self._known.follows.get(f"conferences/{name}")
        return follow.home if follow else self._identity.id

    def _home_first(self, name: str) -> Callable[[tuple[str, Oid]], tuple[bool, str]]:
        home = self.home_of(name)
        return lambda one: (one[0] != home, one[0])

    def _judged(self, place: Repo, name: str, peer: Peer, tag: Oid) -> Offer | None:
        """An offer that counts and is new; None for one that is known, or older than one that is:
        who carries news of others often has older ones. Raises SoliCommError."""
        offer = offers.read(place.git("cat-file", "tag", tag), peer.keys, oid=tag)
        if (offer.hub, offer.repo) != (peer.id, f"conferences/{name}"):
            raise StoreError("the offer is about something else")
        if f"conferences/{name}" in self._known.follows:
            agreed.note(self._config, name, offer, self.home_of(name))
        if offer.home != self.home_of(name):
            return None  # another conference of that name
        ours = self._ours(name)
        before = offers.held(ours, peer.id, peer.keys) if ours else None
        if before is None:
            low = floors.of(self._config, name).get(peer.id)
            return None if low and offer.seq <= low.seq else offer
        if before.seq < offer.seq:
            return offer
        if before.seq == offer.seq and before.tip != offer.tip:
            raise StoreError("two offers have one number: two hubs may use one key")
        return None

    def _union(
        self, place: Repo, name: str, peer: Peer, offer: Offer, via: str, whole: _Whole
    ) -> Report:
        """One offer into our log. What it brought is durable before the offer counts as taken."""
        home, now = self.home_of(name), clock.now()
        ours, is_new = self._ours(name), False
        if ours is None:
            if peer.id != home:
                return Report([f"{name}: waits for an offer of its home, {home}"])
            ours, is_new = founding.begin(self._config, place, name, offer.tip, home), True
        closed.check_taken(place, offer.tip, ours, self._identity, peer.id, home)
        stand = standing.read(self._config, peer.id)
        allowed = None if peer.id == home else stand.left(name, peer.quota, now)
        since = self._since(place, ours, peer, offer)
        gone = self._erased() | notices.banned(self._config, f"conferences/{name}", [home, peer.id])
        with Union(ours, place, name, gone.__contains__) as union:
            taken = union.take(Source(peer.id, via, peer.id == home, allowed), since, offer.tip)
        whole.is_whole = whole.is_whole and not (taken.refused or taken.waiting)
        if peer.id == home:
            homeroles.keep(self._config, ours, name)
        is_cut = since is not None and since == quarantine.tips(place).get(peer.id)
        ever = _ever(place, since, offer.tip) if gone else ()
        if is_cut or taken.refused[ERASED] or not gone.isdisjoint(ever):
            floors.note(self._config, name, {peer.id: offer})
            whole.holds_erased()
            if not taken.waiting:  # else all of it is looked at again
                whole.tips[peer.id] = offer.tip
        elif not taken.waiting:
            whole.hubs.append(peer.id)
        if is_new:
            founding.finish(self._config, ours, name)
        self._remember(name, peer, taken)
        return _told(name, peer, taken)

    def _since(self, place: Repo, ours: Repo | None, peer: Peer, offer: Offer) -> Oid | None:
        before = offers.held(ours, peer.id, peer.keys) if ours else None
        last = before.tip if before else quarantine.tips(place).get(peer.id)
        if last is None or not history.goes_on(place, last, offer.tip):
            return None
        return last

    def _erased(self) -> frozenset[PostId]:
        """The posts that are never taken again."""
        with Reader(hubmail.repos(self._config)[0]) as reader:
            found = reader.tree(MAIN, "erased", recursive=True)
            return frozenset(PostId(one.path.rpartition("/")[2]) for one in found)

    def _end(self, name: str, peer: Peer) -> Oid | None:
        """Where the offer of a hub ends that lies here."""
        ours = self._ours(name)
        offer = offers.held(ours, peer.id, peer.keys) if ours else None
        return offer.tip if offer else None

    def _posts_of(self, place: Repo, name: str, via: str) -> set[PostId]:
        """The posts that a hub has by its log, of which alone it may say what they are called; of
        one whose log is not here those of all that it brought."""
        peer = self._known.peers.get(via)
        own = quarantine.end_of(place, via) or (self._end(name, peer) if peer else None)
        ends = (
            [own] if own else [quarantine.end_of(place, hub) for hub in quarantine.brought(place)]
        )
        return set[PostId]().union(*(postplaces.mids(place, end) for end in ends if end))

    def _kept(self, name: str, hub: str) -> Oid | None:
        """The tag of the offer of a hub that lies here."""
        ours = self._ours(name)
        return ours.ref(offers.ref(hub)) if ours else None

    def _ours(self, name: str) -> Repo | None:
        path = self._config.conference_repo(name)
        return Repo(path) if path.exists() else None

    def _remember(self, name: str, peer: Peer, taken: Taken) -> None:
        stand, now = standing.read(self._config, peer.id), clock.now()
        stand.met, stand.fault = now.isoformat(timespec="seconds"), ""
        stand.came(name, taken.posts, now)
        stand.waiting.pop(name, None)
        if taken.waiting:
            stand.waiting[name] = taken.waiting
        for told, count in taken.refused.items():
            reason = stand.named(told)
            stand.refused[reason] = stand.refused.get(reason, 0) + count
            self._log.event(
                "peer-refused", conference=name, hub=peer.id, reason=reason, count=count
            )
        standing.write(self._config, peer.id, stand)
        facts = {kind.replace(" ", "-"): count for kind, count in taken.new.items() if count}
        if facts:
            self._log.event("peer-taken", conference=name, hub=peer.id, **facts)

    def _refused(self, report: Report, name: str, peer: Peer, error: SoliCommError) -> None:
        line = f"{name}: the offer of {peer.id} is refused: {error.public}"
        report.lines.append(line)
        report.faults.append(line)
        stand = standing.read(self._config, peer.id)
        stand.fault, stand.is_unreached = f"{name}: {error.public}", False
        standing.write(self._config, peer.id, stand)
        self._log.event("peer-refused", conference=name, hub=peer.id, reason=error.public)


def _ever(place: Repo, since: Oid | None, until: Oid) -> Iterator[PostId]:
    """Every post that a part of a log brought, whoever wrote it."""
    for commit in history.commits(place, since, until):
        for change in commit.changes:
            if ids := post_file.parse_path(change.path):
                yield ids[1]


def _added(theirs: Repo, since: Oid | None, until: Oid) -> Iterator[PostId]:
    """The posts that a hub wrote itself in this part of its log."""
    for commit in history.commits(theirs, since, until):
        if commit.trailer("Source") in OF_OTHERS:
            continue
        for change in commit.changes:
            if change.status == "A" and (ids := post_file.parse_path(change.path)):
                yield ids[1]


def _told(name: str, peer: Peer, taken: Taken) -> Report:
    new = ", ".join(f"{count} {_plural(kind, count)}" for kind, count in sorted(taken.new.items()))
    lines = [f"{name}: {new or 'nothing new'} from {peer.id}"]
    lines += [
        f"{name}: {count} times not taken from {peer.id}: {reason}"
        for reason, count in sorted(taken.refused.items())
    ]
    if taken.waiting:
        lines.append(
            f"{name}: {taken.waiting} posts of {peer.id} are over its quota and wait for tomorrow."
            f" To let more in: solicomm peer quota {peer.id} NUMBER"
        )
    return Report(lines, changed=bool(new))


def _plural(kind: str, count: int) -> str:
    words = {
        "another version": "other versions",
        "file of the home": "files of the home",
        "settings": "settings",
    }
    return kind if count == 1 else words.get(kind, f"{kind}s")
