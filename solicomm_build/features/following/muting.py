"""Whom a muted topic does not come to, in digests as in copies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from solicomm_build.courier.hooks import Sent
from solicomm_build.features.following import rules
from solicomm_build.features.following.follows import MUTED, Follows
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people.address import fold
from solicomm_build.people.roster import Roster
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post.conference import Conference
from solicomm_build.post.store import answered


def muters(follows: Follows, conference: str, home: str, roster: Roster) -> frozenset[str]:
    """Who muted a topic: addresses as `fold` writes them."""
    wishes = follows.of_topic(conference, follows.threads(conference, home))
    muted = (rules.address_of(one.person, roster) for one in wishes if one.state == MUTED)
    return frozenset(fold(address) for address in muted if address)


def unwanted(
    config: Config, conference: Conference, posts: Sequence[Sent]
) -> Mapping[str, frozenset[str]]:
    """Who muted the topics of some posts, by the posts' ids. Where nobody muted anything of the
    conference it costs one look."""
    follows, store = Follows(config), RosterStore.of(config)
    try:
        if not follows.is_muted(conference.id):
            return {}
        roster, known = store.roster(), dict[str, frozenset[str]]()
        found = dict[str, frozenset[str]]()
        for post in posts:
            chain = [*answered.ancestors(post.raw(), config), post.mid]
            home = follows.home(conference.id, post.tid, chain)
            if home not in known:
                known[home] = muters(follows, conference.id, home, roster)
            found[post.mid] = known[home]
        return found
    finally:
        store.close()
        follows.close()
