"""Which languages somebody writes in: read from the last posts that are proved to be his, those
that wait for a moderator included.

Nothing is stored. Who wrote which post says the note of its verdict in mail.git
(ingest/judging.py); those of three months are read once, then what came since. A post is opened
when somebody is written to who never chose a language.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from datetime import timedelta

from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import MessageError
from solicomm_build.foundation.types import Oid, PostId
from solicomm_build.message.auth.levels import PROVEN
from solicomm_build.message.parse import parse
from solicomm_build.message.text import spoken
from solicomm_build.post.cells.hubmail import HubMail
from solicomm_build.post.store.mailstore import author_hash

POSTS = 5
"""So many of somebody's last posts are looked at."""
_RECENT = timedelta(days=90)
_LARGEST = 1_000_000  # octets; a larger mail is mostly files, and others say as much
_LINE = re.compile(
    r"(?:accept|hold) \S+ ([a-z0-9-]+)/([a-z2-7]{32}) author=([0-9a-f]+) level=(\S+) "
)

_Posts = deque[tuple[str, PostId]]


class SpokenLanguages:
    """Answers for one hub. Not for several threads."""

    def __init__(self, mail: HubMail) -> None:
        self._mail = mail
        self._tips: dict[int, Oid | None] = {}
        self._posts: dict[str, _Posts] = {}
        self._known: dict[str, tuple[tuple[tuple[str, PostId], ...], list[str]]] = {}

    def of(self, address: str) -> list[str]:
        """The languages of an address's last posts, the most frequent first, of equals the latest;
        empty when none can be told. Blocking."""
        who = author_hash(address)
        self._follow()
        posts = tuple(self._posts.get(who, ()))
        known = self._known.get(who)
        if known is None or known[0] != posts:
            known = self._known[who] = (posts, self._languages(posts))
        return known[1]

    def _follow(self) -> None:
        tips = self._mail.tips()
        if tips == self._tips:
            return
        found = self._mail.verdicts(clock.now() - _RECENT, after=self._tips)
        for _, line in reversed(list(found)):
            match = _LINE.match(line)
            if match is None or match[4] not in PROVEN:
                continue
            posts = self._posts.setdefault(match[3], deque(maxlen=POSTS))
            post = (match[1], PostId(match[2]))
            if post not in posts:
                posts.appendleft(post)
        self._tips = tips

    def _languages(self, posts: tuple[tuple[str, PostId], ...]) -> list[str]:
        found = Counter(filter(None, (self._language(*post) for post in posts)))
        return [tag for tag, _ in found.most_common()]  # of equals the one that was met first

    def _language(self, conference: str, mid: PostId) -> str:
        name = self._mail.find(mid, conference)
        raw = self._mail.raw(name, conference) if name else self._mail.held_raw(conference, mid)
        if raw is None or len(raw) > _LARGEST:
            return ""
        try:
            message = parse(raw)
        except MessageError:
            return ""
        return spoken.language(message.text, message.language or "").partition("-")[0]
