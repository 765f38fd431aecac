"""What a hub has for this one alone, over HTTP: conferences for members, and what is erased there.

The other hub is asked with a signed question (asking.py); one that knows nothing of this has no
such address, and costs one request.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from solicomm_build.features.network import standing
from solicomm_build.features.network.carrying import messageids, stepping, turns
from solicomm_build.features.network.carrying.messageids import Told
from solicomm_build.features.network.carrying.stepping import Progress, Stones, Way
from solicomm_build.features.network.judging import agreed, floors, offers, quarantine
from solicomm_build.features.network.judging.taking import Report, Taking
from solicomm_build.features.network.sealed import asking, closed, padding
from solicomm_build.features.network.trust import card as cards
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.features.network.trust import sealing
from solicomm_build.features.network.trust.peers import Peer, Peers
from solicomm_build.foundation import fetching
from solicomm_build.foundation.errors import ContentError, SoliCommError
from solicomm_build.foundation.fetching import FetchError
from solicomm_build.foundation.hub import health
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.identity import ID, Identity
from solicomm_build.foundation.types import Oid
from solicomm_build.git.repo import Repo

_OID = re.compile(r"[0-9a-f]{40}")
_TOKEN = re.compile(r"[a-z2-7]{26}")
_NAME = re.compile(r"[a-z0-9.-]{1,120}")
_PATIENCE = 60.0  # seconds
_MOST = 500  # conferences of one table
_MOST_NAMES = 10_000  # of what is here for the most part, which only who reads the table knows


@dataclass(frozen=True, slots=True)
class Offered:
    """A conference for members that a hub has for us: its home, the token that opens it, and the
    tags of the offers that are there."""

    home: str
    token: str
    tags: Mapping[str, Oid] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """All that a hub has for us alone."""

    offers: Mapping[str, Offered] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def ask(identity: Identity, peer: Peer, want: str, seconds: float = _PATIENCE) -> bytes:
    """What a hub answers this one. Raises FetchError, or ContentError for what cannot be opened."""
    url, body = peer.url + asking.PATH, asking.write(identity, peer.id, want)
    with turns.away() as left:
        got = fetching.exchange(url, {}, body, inside=True, seconds=min(seconds, left))
    if got.status != 200:
        raise FetchError(f"{url}: the server answers {got.status}")
    return padding.opened(got.body, identity)


def table(identity: Identity, peer: Peer) -> Table:
    """What it has for us. Raises FetchError or ContentError."""
    try:
        found = json.loads(ask(identity, peer, asking.TABLE))
        pairs = [*found.get("offers", {}).items()][:_MOST]
        all_ = {repo: _offered(one, identity) for repo, one in pairs if cards.is_repo(repo)}
        return Table(all_, _names(found, "notices"), _names(found, "notes"))
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        remedy = "Is it a hub of SoliComm, and of a version that shares conferences for members?"
        raise ContentError("what the hub has for us cannot be read", remedy=remedy) from error


def _names(found: dict[str, Any], key: str) -> tuple[str, ...]:
    some = found.get(key, [])[:_MOST_NAMES]
    return tuple(one for one in some if isinstance(one, str) and _NAME.fullmatch(one))


def _offered(one: dict[str, Any], identity: Identity) -> Offered:
    tags = {
        hub: Oid(tag)
        for hub, tag in one["tags"].items()
        if ID.fullmatch(hub) and isinstance(tag, str) and _OID.fullmatch(tag)
    }
    return Offered(str(one["home"]), opened_token(str(one["token"]), identity), tags)


def opened_token(sealed: str, identity: Identity) -> str:
    """The token itself; empty for what is none, and then nothing can be fetched."""
    try:
        token = sealing.open_(base64.b64decode(sealed, validate=True), identity).decode()
    except (ContentError, ValueError):
        return ""
    return token if _TOKEN.fullmatch(token) else ""


class Looking:
    """Takes it. Not for several threads."""

    def __init__(
        self,
        config: Config,
        identity: Identity,
        known: Peers,
        taking: Taking,
        progress: Progress = stepping.silent,
    ) -> None:
        self._config, self._identity, self._known = config, identity, known
        self._taking, self._progress = taking, progress

    def take(self, peer: Peer, there: Table) -> Report:
        """The conferences of a table that are wanted here. What is offered and not followed is
        named, and remembered for `solicomm peer status`. Blocking."""
        report = Report()
        self._remember(peer, there)
        self._name_missing(peer, there, report)
        if health.disk(self._config):
            return report  # of what is public the same is said
        for repo, one in sorted(there.offers.items()):
            name = repo.partition("/")[2]
            if not self._is_wanted(peer, repo, one.home):
                if repo not in self._known.follows and one.home == peer.id:
                    report.lines.append(not_followed(repo, one.home))
                continue
            if line := only_shown(self._known, repo):
                report.lines.append(line)
                report.faults.append(line)
                continue
            try:
                report.add(self._conference(peer, name, one))
            except SoliCommError as error:
                report.lines.append(f"{name}: {error.public}")
                report.faults.append(f"{name}: {error.public}")
        return report

    def _conference(self, peer: Peer, name: str, one: Offered) -> Report:
        path = self._config.conference_repo(name)
        ours = Repo(path) if path.exists() else None
        here = offers.refs(ours) if ours else {}
        low = floors.of(self._config, name)
        here |= {hub: Oid(floor.tag) for hub, floor in low.items() if hub not in here}
        home, said = self._taking.home_of(name), agreed.of(self._config, name)
        heard = {hub: word.tag for hub, word in said.items() if word.home != home}
        news = ((hub, tag) for hub, tag in one.tags.items() if heard.get(hub) != tag)
        wanted = [hub for hub, tag in news if self._is_news(hub, tag, here)]
        if not wanted:
            return Report()
        with quarantine.quarantine(self._config, name) as place:
            source = f"{peer.url}/conferences/{name}.git"
            way = Way(
                source,
                self._stones(peer, name),
                offers.tips(ours),
                one.token,
                self._progress,
                health.spare(self._config) // 2,
            )
            quarantine.fetch_far(place, way, wanted)
            told = None
            if self._taking.wanted(place, name):
                before = offers.held(ours, peer.id, peer.keys) if ours else None
                held = before.tip if before else None
                since = messageids.since(self._config, peer.id, name, held)
                blob = ask(self._identity, peer, f"ids/{name}/{since or ''}")
                end = quarantine.end_of(place, peer.id)
                told = Told(messageids.table(blob), end or held)
            return self._taking.take(place, name, peer.id, told)

    def _stones(self, peer: Peer, name: str) -> stepping.Ask:
        """Who names commits on the way: nobody, where the hub is older."""

        def ask_(hub: str, since: str) -> Stones:
            try:
                blob = ask(self._identity, peer, f"steps/{name}/{hub}/{since}")
                return stepping.read(blob) if blob else Stones()
            except SoliCommError:
                return Stones()

        return ask_

    def _is_wanted(self, peer: Peer, repo: str, home: str) -> bool:
        """Whether a conference is one that is kept here, with that home, and this hub has part in
        it."""
        follow = self._known.follows.get(repo)
        homes = {self._identity.id, *([follow.home] if follow else [])}
        if home not in homes:  # who takes this hub for the home of what it follows, agrees to that
            return False
        mine = closed.for_hub(self._config, self._identity, self._known, peer.id)
        return peer.id == home or any(one.name == repo for one in mine)

    def _name_missing(self, peer: Peer, there: Table, report: Report) -> None:
        """What is followed and not offered to us any more, by its home."""
        card = peering.card_of(self._config, peer)
        for one in closed.closed(self._config, self._identity, self._known):
            repo = one.shared.name
            is_gone = one.shared.home == peer.id and repo not in there.offers
            if is_gone and not (card and repo in card.offers):
                line = f"{repo} is not offered to this hub any more. What is here stays"
                report.lines.append(line)
                report.faults.append(line)

    def _is_news(self, hub: str, tag: Oid, here: Mapping[str, Oid]) -> bool:
        return hub != self._identity.id and hub in self._known.peers and here.get(hub) != tag

    def _remember(self, peer: Peer, there: Table) -> None:
        stand = standing.read(self._config, peer.id)
        offered = {repo: int(one.home == peer.id) for repo, one in there.offers.items()}
        if stand.offered != offered:
            stand.offered = offered
            standing.write(self._config, peer.id, stand)


def only_shown(known: Peers, repo: str) -> str:
    """What is wrong with how a conference for members is followed; empty for nothing. What members
    here write cannot be passed on to its home, which does not know them."""
    follow = known.follows.get(repo)
    if follow is None or follow.mode == "full":
        return ""
    return (
        f"{repo} is for members: it is not taken with --mode mirror, since its home does not know "
        f"who is a member here. solicomm peer follow {follow.home} {repo} --mode full"
    )


def not_followed(repo: str, home: str) -> str:
    """A sentence about what is offered and not followed."""
    return (
        f"{repo} is offered to this hub, for members, and not followed. To keep it, too: solicomm "
        f"peer follow {home} {repo} --mode full"
    )
