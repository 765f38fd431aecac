"""Open votes, in My hub: each leads to the voter's own page (votepage.py); who looks after a list
asks for new ones (asking.py)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape

from solicomm_build.features.polls import seat, voteaddress
from solicomm_build.features.polls.onpage.asking import NAME, Asking
from solicomm_build.features.polls.pollstore import Frames
from solicomm_build.features.polls.seat import Seat
from solicomm_build.foundation import i18n, keys, timekeeping
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.people import token as tokens
from solicomm_build.post.store.readers import Readers
from solicomm_build.web.mine.forms import link, text
from solicomm_build.web.mine.section import Change, Section, Visit
from solicomm_build.web.signedin import MemberSessions


@dataclass(frozen=True, slots=True)
class _Vote:
    """A vote that a member may cast now."""

    url: str
    question: str
    conference: str
    end: datetime
    has_voted: bool


class OpenVotes(Section):
    """What a member can vote about now."""

    name, rank = NAME, 15
    most_fields = 40  # a question in six languages

    def __init__(self, config: Config, readers: Readers, sessions: MemberSessions) -> None:
        super().__init__(config, readers, sessions)
        self._frames = Frames()
        self._over: set[tuple[str, str]] = set()
        self._asking = Asking(config, readers, self._frames)

    def title(self, visit: Visit) -> str:
        """What it is called."""
        return gettext(visit.lang, "Open votes")

    def short(self, visit: Visit) -> str:
        """Each with its end."""
        found = self._found(visit)
        return (self._list(visit, found) if found else "") + self._asking.way(visit)

    def whole(self, visit: Visit, rest: str) -> tuple[str, str] | None:
        """The same, and what moderators do."""
        first, _, name = rest.partition("/")
        if first == "new":
            return self._asking.page(visit, name.rstrip("/"))
        if rest:
            return None
        found = self._found(visit)
        nothing = text(gettext(visit.lang, "There is no vote open to you now."))
        shown = self._list(visit, found) if found else nothing
        return self.title(visit), shown + self._asking.way(visit) + self._asking.running(visit)

    def change(self, visit: Visit, rest: str, sent: Mapping[str, str]) -> Change | None:
        """Asks for a vote, or says what is to be done about one that runs."""
        first, _, name = rest.partition("/")
        if first == "new":
            return self._asking.change(visit, name.rstrip("/"), sent)
        return None if rest else self._asking.ordered(visit, sent)

    def _list(self, visit: Visit, found: list[_Vote]) -> str:
        rows = []
        for one in found:
            end = i18n.format_datetime(visit.lang, one.end)
            until = gettext(visit.lang, "until %(end)s", end=end)
            done = gettext(visit.lang, "you have voted")
            said = f"{until}; {done}" if one.has_voted else until
            place = visit.settings.get(one.conference)
            where = f"<bdi>{escape(place.title_in(visit.lang))}</bdi> · " if place else ""
            about = f"<small>{where}{escape(said)}</small>"
            rows.append(f"<li>{link(one.url, one.question)}<br>{about}</li>")
        return f"<ul>{''.join(rows)}</ul>"

    def _found(self, visit: Visit) -> list[_Vote]:
        """The votes of the member's lists that are open, the first to end first."""
        key, now = keys.token_key(self.config.keys), timekeeping.believed(self.config.state)
        found = []
        for name in visit.own.lists:
            folder = self.config.private / "polls" / name
            if not folder.is_dir():
                continue
            for place in folder.iterdir():
                poll = place.name
                if (name, poll) in self._over or not voteaddress.POLL_ID.fullmatch(poll):
                    continue
                made = tokens.vote_token(key, name, poll, visit.number)
                one = self._seat(key, name, voteaddress.local_part(poll, made), poll)
                if one is not None and one.is_open(now):
                    url, question = (
                        voteaddress.page(poll, made),
                        one.files.poll.asked(visit.lang)[0],
                    )
                    found.append(_Vote(url, question, name, one.end, bool(one.before)))
        return sorted(found, key=lambda one: (one.end, one.url))

    def _seat(self, key: bytes, name: str, local: str, poll: str) -> Seat | None:
        address = voteaddress.split(local)
        if address is None:
            return None
        with self.readers.looking() as roster:
            one = seat.found(self.config, key, roster, [name], address, self._frames)
        if one is not None and one.files.closing is not None:
            self._over.add((name, poll))  # what is over stays so
        return one
