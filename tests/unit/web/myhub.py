"""A hub with a desk and a web server at work, and browsers of its members: for tests of My hub."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from solicomm_build.desk.run import desk
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.git.repo import open_repo
from solicomm_build.message.parse import parse
from solicomm_build.people.roster import Roster
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.people.sessions import Sessions
from solicomm_build.testing import deskhub, webserver
from solicomm_build.testing.member import Browser, Seen
from solicomm_build.testing.webserver import Address


@dataclass
class Hub:
    config: Config
    address: Address

    def signed_in(self, address: str) -> Browser:
        """A browser of a member."""
        sessions, browser = Sessions(self.config), Browser(self.address)
        member_ = self.roster().member(address)
        assert member_ is not None
        browser.send(f"/login/{sessions.link(member_.number, '', clock.now())}")
        sessions.close()
        return browser

    def roster(self) -> Roster:
        store = RosterStore(open_repo(self.config.roster_repo))
        try:
            return store.roster()
        finally:
            store.close()

    def options(self, conference: str, number: int = 1) -> dict[str, str] | None:
        found = self.roster().subscriptions.get(conference, {}).get(number)
        return None if found is None else dict(found)

    def mails(self) -> list[str]:
        """Whom mail goes to, of what waits to go out."""
        spool, found = Spool(self.config.spool_out), []
        for path in spool.pending():
            found += [parse(item.raw).to[0].addr_spec for item in spool.read(path)]
        return found


@contextlib.contextmanager
def living(config: Config) -> Iterator[Hub]:
    """The hub, with both at work."""
    ended = threading.Event()
    work = threading.Thread(
        target=lambda: desk(config, stop=ended.is_set, log=maillog.to_nobody()), daemon=True
    )
    work.start()
    try:
        with webserver.running(config) as address:
            yield Hub(config, address)
    finally:
        ended.set()
        deskhub.woken(config, work)


def press(browser: Browser, path: str, **fields: str) -> Seen:
    """Sends a form of a page of My hub, with the mark that all forms of one session have."""
    found = re.search(r'name="mark" value="([0-9a-f]+)"', browser.get("/members/browsers/").text)
    assert found
    return browser.send(path, {"mark": found[1], **fields})
