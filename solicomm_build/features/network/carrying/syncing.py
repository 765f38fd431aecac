"""One look at one hub over HTTP: its card, what is new at it, and taking that.

Also what this hub signs: an offer of each shared conference whose log has grown.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Collection, Sequence

from solicomm_build.features.network import standing
from solicomm_build.features.network.carrying import knocking, messageids, stepping, turns, wire
from solicomm_build.features.network.carrying.messageids import Told
from solicomm_build.features.network.carrying.stepping import Progress, Way
from solicomm_build.features.network.counting import notes, settled
from solicomm_build.features.network.directory import book
from solicomm_build.features.network.erasures import heeding, notices
from solicomm_build.features.network.judging import floors, homeroles, offers, quarantine
from solicomm_build.features.network.judging.offers import Offer
from solicomm_build.features.network.judging.shared import Shared
from solicomm_build.features.network.judging.taking import Report, Taking
from solicomm_build.features.network.sealed import asking, closed, tokens
from solicomm_build.features.network.sealed import looking as alone
from solicomm_build.features.network.sharing import looking, sayings
from solicomm_build.features.network.sharing import offered as offered_
from solicomm_build.features.network.trust import card as cards
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.features.network.trust.card import Card
from solicomm_build.features.network.trust.peers import Peer, Peers
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.fetching import FetchError, StatusError
from solicomm_build.foundation.hub import health
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.identity import Identity
from solicomm_build.foundation.hub.keychain import StrayedError
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.types import Oid, PostId
from solicomm_build.git.repo import Repo

_MOST_NOTICES = 200  # that are fetched at one look
_HOUR = 3600.0  # seconds


def sign(config: Config, identity: Identity, known: Peers, *, wholly: bool = False) -> list[str]:
    """Signs anew what has grown since the last offer; the names. Nothing while nobody is known.
    What is written on a stick is signed `wholly`, when only what was taken of others has grown,
    too, so that they do not bring it again. Durable on return."""
    if not known.peers:
        return []
    signed = []
    public = [*offered_.all_(config, identity, known)]
    all_ = [*closed.closed(config, identity, known)]
    offered = offered_.said(public, identity)
    for one in (*public, *(each.shared for each in all_)):
        is_ours = one.home == identity.id and cards.is_repo(one.name)
        says = homeroles.say(config, one) if is_ours else one
        floor = floors.of(config, one.id).get(identity.id) if cards.is_repo(one.name) else None
        if _sign(says, identity, known, floor.seq if floor else 0, wholly=wholly):
            signed.append(one.name)
            knocking.owe(config, one.name)
    tokens.keep(config, known, all_)
    sayings.renew(config, identity)
    cards.own(config, identity, offered, known.vouched)
    return signed


def _sign(one: Shared, identity: Identity, known: Peers, floor: int, *, wholly: bool) -> bool:
    before = offers.held(one.repo, identity.id, identity.keys)
    said = (one.tip, one.home, identity.public)
    is_known = before is not None and (before.tip, before.home, before.by) == said
    if is_known and not wholly:
        return False
    now, has = clock.now(), {}
    for hub in offers.refs(one.repo):
        peer = known.peers.get(hub)
        taken = offers.held(one.repo, hub, peer.keys) if peer else None
        if taken is not None:
            has[hub] = taken.tip
    if is_known and before is not None and before.has == has:
        return False
    seq = max((before.seq if before else floor) + 1, int(now.timestamp()))
    at = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    offer = Offer(identity.id, one.name, one.home, one.tip, seq, at, has)
    offers.sign(one.repo, offer, identity, now)
    return True


_MOST_CARDS = 50  # of other hubs in one look; the rest comes with the next


class Syncing:
    """Looks at other hubs. Not for several threads."""

    def __init__(
        self,
        config: Config,
        identity: Identity,
        known: Peers,
        log: MailLog,
        progress: Progress = stepping.silent,
    ) -> None:
        self._config, self._identity, self._log = config, identity, log
        self._progress = progress
        self._know(known)

    def _know(self, known: Peers) -> None:
        self._known = known
        self._taking = Taking(self._config, self._identity, known, self._log)

    def look(self, peer: Peer) -> Report:
        """One look at one hub; what went wrong is in the report and in its standing. Blocking."""
        report = Report()
        if not peer.url:
            report.lines.append(f"{peer.id} has no address here: it is met by stick or mail")
            return report
        fault, was_met = "", False
        try:
            before = peering.card_of(self._config, peer)
            card, was_met = peering.keep_card(self._config, peer, wire.card(peer.url)), True
            report.changed = self._heard_of(peer)
            self._know(peering.read(self._config))  # a card may bring a hub's next key
            peer = self._known.peers.get(peer.id, peer)
            for name in card.offers.keys() - (before.offers.keys() if before else ()):
                if self._ours(name):  # it may have missed what came meanwhile
                    knocking.owe(self._config, name)
                    report.has_begun = True
            report.add(self._taken(peer, card))
            report.add(self._for_us_alone(peer))
            fault = report.faults[0] if report.faults else ""
        except turns.Changed:
            report.is_stale = True
            report.lines.append(f"{peer.id}: what is known of hubs changed meanwhile. Look again")
            return report
        except SoliCommError as error:
            fault = error.public
            report.is_unreached = not isinstance(error, StrayedError)
            report.lines.append(f"{peer.id}: {fault}")
        report.is_late = was_met and turns.is_late()
        self._remember(peer, fault, is_unreached=report.is_unreached)
        return report

    def _heard_of(self, peer: Peer) -> bool:
        """The cards of other hubs that this one hands on; whether our directory is another now. A
        hub that has no directory costs nothing more."""
        brought = []
        try:
            told = wire.hubs(peer.url)
            told.pop(self._identity.id, None)
            for hub in book.newer(book.of(self._config), told, _MOST_CARDS):
                brought.append(wire.card_of(peer.url, hub))
                if hub in self._known.peers:
                    peering.keep_card(self._config, self._known.peers[hub], brought[-1])
        except SoliCommError as error:
            self._log.event("peer-no-hubs", hub=peer.id, reason=error.public)
        return book.refresh(self._config, self._identity, self._known, brought)

    def _taken(self, peer: Peer, card: Card) -> Report:
        report, there = Report(), wire.offers(peer.url)
        report.lines += self._notices(peer)
        report.lines += looking.hear(self._config, self._known, peer, self._log)
        if full := health.disk(self._config):  # else it would refuse mail
            line = f"{full}: what {peer.id} has is fetched when there is room"
            report.add(Report([line], faults=[line]))
            return report
        report.add(looking.look(self._config, self._known, peer, there, self._log, self._progress))
        for name, home in card.offers.items():
            if not (cards.is_repo(name) and self._is_wanted(name, home)):
                continue
            ours = self._ours(name)
            here = offers.refs(ours) if ours else {}
            tags = there.get(name, {})
            low = floors.of(self._config, name.partition("/")[2])
            here |= {hub: Oid(floor.tag) for hub, floor in low.items() if hub not in here}
            news = [hub for hub, tag in tags.items() if self._is_news(hub, tag, here)]
            if news:
                report.add(self._conference(peer, name.partition("/")[2], ours, news))
        return report

    def _for_us_alone(self, peer: Peer) -> Report:
        """What the hub has for this one and tells nobody else."""
        report = Report()
        try:
            there = alone.table(self._identity, peer)
        except SoliCommError as error:  # what is public came all the same
            self._log.event("peer-no-table", hub=peer.id, reason=error.public)
            return report
        names = [one for one in there.notices if not notices.has(self._config, one)]
        found = {
            name: alone.ask(self._identity, peer, f"notice/{name}")
            for name in names[:_MOST_NOTICES]
        }
        report.lines += heeding.received(self._config, self._identity, self._known, found)
        report.add(
            alone.Looking(
                self._config, self._identity, self._known, self._taking, self._progress
            ).take(peer, there)
        )
        wanted = notes.ready(self._config, settled.new(self._config, peer.id, there.notes))
        said = {name: alone.ask(self._identity, peer, f"note/{name}") for name in wanted}
        lines, is_new = notes.taken(self._config, self._identity, self._known, said, self._log)
        if notes.files(self._config, self._identity, self._known, peer.id):
            lines += self._settled(peer)
        report.lines += lines
        report.changed = report.changed or is_new
        return report

    def _settled(self, peer: Peer) -> list[str]:
        """What the hub has become of notes that are for it; one that does not know of this says
        nothing."""
        try:
            blob = alone.ask(self._identity, peer, asking.SETTLED)
            if not blob:
                return []
            return settled.heard(self._config, self._identity, self._known, peer, blob)
        except SoliCommError as error:
            self._log.event("peer-no-settled", hub=peer.id, reason=error.public)
            return []

    def _notices(self, peer: Peer) -> list[str]:
        """Takes up what the hub knows of erasures that is not known here."""
        try:
            names = [one for one in wire.notices(peer.url) if not notices.has(self._config, one)]
            found = {name: wire.notice(peer.url, name) for name in names[:_MOST_NOTICES]}
        except SoliCommError as error:  # posts come all the same
            self._log.event("peer-no-notices", hub=peer.id, reason=error.public)
            return []
        return heeding.received(self._config, self._identity, self._known, found)

    def _conference(self, peer: Peer, name: str, ours: Repo | None, hubs: list[str]) -> Report:
        with quarantine.quarantine(self._config, name) as place:
            source = f"{peer.url}/conferences/{name}.git"
            way = Way(
                source,
                wire.stones(source),
                offers.tips(ours),
                progress=self._progress,
                most=health.spare(self._config) // 2,
            )
            quarantine.fetch_far(place, way, hubs)
            told = None
            if self._taking.wanted(place, name):
                before = offers.held(ours, peer.id, peer.keys) if ours else None
                end = quarantine.end_of(place, peer.id)
                told = self._told(peer, name, before.tip if before else None, end)
            return self._taking.take(place, name, peer.id, told)

    def _told(self, peer: Peer, name: str, held: Oid | None, end: Oid | None) -> Told:
        """What the posts are called that come from a hub, of which an offer up to `held` lies here
        and one up to `end` is just taken. Raises FetchError where it gives no answer: it is asked
        for an hour before posts come without, and copies are named as the pages name posts."""
        since, ids = messageids.since(self._config, peer.id, name, held), dict[PostId, str]()
        try:
            ids = wire.message_ids(peer.url, self._identity, name, since)
            self._is_silent(peer, None)
        except SoliCommError as error:
            if self._is_silent(peer, error):
                raise
            self._log.event("peer-no-ids", conference=name, hub=peer.id, reason=error.public)
        return Told(ids, end or held)

    def _is_silent(self, peer: Peer, error: SoliCommError | None) -> bool:
        """Whether a hub gave no answer just now and is to be asked again."""
        stand, now = standing.read(self._config, peer.id), clock.timestamp()
        said = error.status < 500 if isinstance(error, StatusError) else False
        since = (stand.untold or now) if isinstance(error, FetchError) and not said else 0.0
        if stand.untold != since:
            stand.untold = since
            standing.write(self._config, peer.id, stand)
        return since > 0.0 and abs(now - since) < _HOUR  # also where a clock was ahead

    def _is_wanted(self, name: str, home: str) -> bool:
        """Whether a conference is one that is kept here, with the same home."""
        follow = self._known.follows.get(name)
        if follow is not None:
            return follow.home == home
        return home == self._identity.id and self._ours(name) is not None

    def _is_news(self, hub: str, tag: Oid, here: dict[str, Oid]) -> bool:
        return hub != self._identity.id and hub in self._known.peers and here.get(hub) != tag

    def _ours(self, name: str) -> Repo | None:
        path = self._config.conference_repo(name.partition("/")[2])
        return Repo(path) if path.exists() else None

    def _remember(self, peer: Peer, fault: str, *, is_unreached: bool) -> None:
        stand, now = standing.read(self._config, peer.id), clock.now()
        stand.tried = now.isoformat(timespec="seconds")
        if not fault:
            stand.met = stand.tried
        if fault and fault != stand.fault:
            self._log.event("peer-failed", hub=peer.id, reason=fault)
        stand.fault, stand.is_unreached = fault, is_unreached
        standing.write(self._config, peer.id, stand)


def knock(
    config: Config,
    identity: Identity,
    known: Peers,
    *,
    but: Collection[str] = (),
    late: Collection[str] = (),
) -> None:
    """Tells the homes of conferences that were signed anew, and the hubs that have them, too, that
    there is something new; who does not hear it, and those in `but`, find it at their next look.
    Those in `late` did not answer last: they are told beside the rest, and one that hears it is
    looked at again."""
    names = knocking.owed(config)
    homes = {known.follows[name].home for name in names if name in known.follows}
    homes |= closed.of_names(config, identity, known, names)
    waiting = []
    for peer in known.peers.values() if names else ():
        if not peer.url or peer.id in but:
            continue
        card = peering.card_of(config, peer)
        if peer.id in homes or (card is not None and not names.isdisjoint(card.offers)):
            if peer.id in late:
                waiting.append(peer)
                continue
            with contextlib.suppress(SoliCommError):
                wire.knock(peer.url, identity.id)
    if waiting:
        _Late(config, identity, waiting).start()


class _Late(threading.Thread):
    """Knocks at hubs that may keep one waiting, so that nobody else waits for them."""

    def __init__(self, config: Config, identity: Identity, peers: Sequence[Peer]) -> None:
        super().__init__(daemon=True)
        self._config, self._own, self._peers = config, identity.id, peers

    def run(self) -> None:
        for peer in self._peers:
            with contextlib.suppress(SoliCommError, OSError):
                wire.knock(peer.url, self._own)
                knocking.note(self._config, peer.id)
                knocking.bell_of(self._config).ring()
