"""Leaving by token: one click ends a subscription, with a commit in the roster (RFC 8058).

For a process that stays and is asked now and then, such as the web server: the roster is read when
it is first needed, and brought up to date after that. The goodbye is the desk's, which follows the
roster's log.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from solicomm_build.foundation import clock, formernames, keys
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.people import rosterevents
from solicomm_build.people import token as tokens
from solicomm_build.people.membership import option
from solicomm_build.people.memberstore import changing
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post import conference as settings

ONE_CLICK = "one-click"
"""How such an end is recorded: `by` of the `unsubscribe` event."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a leave token stands for. `lang` is the member's language, or the list's; `title` is in
    that language. `active` says whether there was something to end.
    """

    conference: str
    number: int
    title: str
    lang: str
    active: bool


class Leaving:
    """Reads leave tokens and ends what they stand for. Blocking; safe for several threads."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._store: RosterStore | None = None

    def read(self, token: str) -> Subscription | None:
        """What a token stands for; None when it is none of ours. Changes nothing."""
        with self._lock:
            return self._read(token)

    def leave(self, token: str, *, by: str = ONE_CLICK) -> Subscription | None:
        """Ends the subscription, durable on return; safe to call twice. What `read` said before."""
        with self._lock:
            found = self._read(token)
            if found is None or not found.active:
                return found
            with changing(self._config):
                found = self._read(token)
                if found is not None and found.active:
                    self._end(found, by)
            return found

    def close(self) -> None:
        """Ends the reading process."""
        with self._lock:
            if self._store is not None:
                self._store.close()
                self._store = None

    def _end(self, found: Subscription, by: str) -> None:
        now = clock.now()
        event = rosterevents.unsubscribe(found.conference, found.number, at=now, by=by)
        self._roster_store().append(
            [event], at=now, subject=f"Unsubscribe one from {found.conference}"
        )

    def _read(self, text: str) -> Subscription | None:
        token = tokens.normalise(text)
        if token is None:
            return None
        former = formernames.now(self._config.private, "conferences")
        names = (*(path.stem for path in self._config.conferences.glob("*.git")), *former)
        known = tokens.read_leave_token(keys.token_key(self._config.keys), token, names)
        if known is None:
            return None
        name, number = known
        return self._subscription(former.get(name, name), number)

    def _subscription(self, conference: str, number: int) -> Subscription | None:
        roster = self._roster_store().roster()
        member = roster.members.get(number)
        if member is None:
            return None
        options = roster.subscriptions[conference].get(number)
        wanted = option(options or {}, "lang") or member.lang
        title, lang = self._words(conference, wanted)
        return Subscription(conference, number, title, lang, options is not None)

    def _words(self, conference: str, lang: str) -> tuple[str, str]:
        """The list's title, and the language to speak; the id when its settings are faulty."""
        try:
            with Reader(open_repo(self._config.conference_repo(conference))) as reader:
                found = settings.decode(reader.at(MAIN, settings.FILE) or b"")
        except SoliCommError:
            return conference, lang
        lang = lang or found.languages[0]
        return found.title_in(lang), lang

    def _roster_store(self) -> RosterStore:
        if self._store is None:
            self._store = RosterStore.of(self._config)
        return self._store
