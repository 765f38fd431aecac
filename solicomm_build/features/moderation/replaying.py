"""Judges kept messages again and says what would differ; changes nothing.

A verdict in mail.git names what it rested on: how far the author was proved, what had been posted,
the members and the settings as they were. These are given again to the rules of the program as it
is today, with the settings of today or of another commit. Messages that were discarded are not kept
and cannot be judged again; what a person decided is no verdict of the rules.

The rules: docs/formats/store.md#verdicts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import cast, get_args

from solicomm_build.foundation.errors import HubError, SoliCommError, UsageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Envelope, PostId
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.message.auth.levels import Level
from solicomm_build.message.parse import parse
from solicomm_build.people.roster import Roster
from solicomm_build.people.rosterstore import RosterStore, roster_at
from solicomm_build.post import conference as settings
from solicomm_build.post.cells.hubmail import HubMail
from solicomm_build.post.conference import Conference
from solicomm_build.post.policy import judge
from solicomm_build.post.postingcase import Case, Counts, Verdict

_LINE = re.compile(r"(\S+) (\S+) ([a-z0-9-]+)/([a-z2-7]{32}) (.*)")
_PERSON = "decided"  # the rule of what people decided
_SOMEBODY = "somebody@sender.invalid"  # the envelope's sender is not kept with accepted mail


@dataclass(frozen=True, slots=True)
class Judged:
    """One message: its verdict as noted, and the one of today. `now` is None when it could not be
    judged again, and `why` says why."""

    at: datetime
    conference: str
    mid: PostId
    was: Verdict
    now: Verdict | None
    why: str = ""

    @property
    def differs(self) -> bool:
        """Whether another action or another rule would come of it."""
        if self.now is None:
            return False
        return (self.now.action, self.now.rule) != (self.was.action, self.was.rule)


def replay(
    config: Config,
    *,
    mid: PostId | None = None,
    since: datetime | None = None,
    conference: str = "",
    commit: str = "",
    members_now: bool = False,
) -> Iterator[Judged]:
    """The messages with a verdict, newest first, judged again. With `commit` by the settings of
    that commit of the conference's repository; with `members_now` for the members of today. Reads
    only. Raises HubError, UsageError."""
    repo = config.conference_repo(conference) if conference else None
    if repo is not None and not repo.is_dir():
        raise HubError(f"There is no conference {conference} here")
    wanted = repo.stem if repo else ""
    again = _Again(config, commit, members_now=members_now)
    store = HubMail(config)
    seen: set[tuple[str, str]] = set()
    try:
        for at, line in store.verdicts(since, about=mid or ""):
            match = _LINE.fullmatch(line)
            if match is None or match[2] == _PERSON or (mid and match[4] != mid):
                continue
            name = config.conference_repo(match[3]).stem  # it may have another one since
            place = (name, match[4])
            if place in seen or (wanted and name != wanted):
                continue
            seen.add(place)
            inputs = dict(word.partition("=")[::2] for word in match[5].split())
            was = Verdict(match[1], match[2])  # type: ignore[arg-type]
            inputs["conference"] = match[3]
            yield again.judged(store, at, name, PostId(match[4]), was, inputs)
    finally:
        store.close()
        again.close()


class _Again:
    """Gathers what a verdict rests on. Not for several threads."""

    def __init__(self, config: Config, commit: str, *, members_now: bool) -> None:
        self._config, self._commit, self._members_now = config, commit, members_now
        self._roster = RosterStore.of(config)
        self._settings = lru_cache(64)(self._read_settings)
        self._roster_of = lru_cache(4)(self._read_roster)

    def close(self) -> None:
        """Ends the reading process."""
        self._roster.close()

    def judged(
        self,
        store: HubMail,
        at: datetime,
        name: str,
        mid: PostId,
        was: Verdict,
        inputs: dict[str, str],
    ) -> Judged:
        """One message judged again."""
        kept = store.find(mid, name)
        raw = store.raw(kept, name) if kept else store.held_raw(name, mid)
        if raw is None:
            return Judged(at, name, mid, was, None, "its octets are not kept")
        try:
            found = replace(self._settings(name), id=name)
            case = self._case(raw, found, at, inputs)
            return Judged(at, name, mid, was, judge(case))
        except UsageError:
            raise
        except SoliCommError as error:
            return Judged(at, name, mid, was, None, error.public)

    def _case(
        self, raw: bytes, conference: Conference, at: datetime, inputs: dict[str, str]
    ) -> Case:
        today = [int(number) for number in inputs.get("today", "0/0").split("/")]
        also = inputs.get("also", "").split(",")
        level = inputs.get("level", "claimed")
        members = "" if self._members_now else inputs.get("roster", "")
        if members:  # as it was then, where it has the name of then
            conference = replace(conference, id=inputs["conference"])
        address = f"{conference.id}@{self._config.domain}"
        sender = None if "null-sender" in also else _SOMEBODY
        return Case(
            message=parse(raw),
            envelope=Envelope(
                sender, (address,), at, ours="ours" in also, carried="carried" in also
            ),
            conference=conference,
            list_id=f"{conference.id}.{self._config.domain}",
            list_address=address,
            roster=self._roster_of(members),
            level=cast(Level, level) if level in get_args(Level) else "claimed",
            counts=Counts(
                member_today=today[0],
                list_today=today[-1],
                member_ever=int(inputs.get("ever", 0)),
                automatic=int(inputs.get("lately", 0)),
            ),
            certain="dns-silent" not in also,
            topic_closed="topic-closed" in also,
            to_topic="to-topic" in also,
            fed="fed" in also,
            silent="as it was then" if "silent" in also else "",
        )

    def _read_settings(self, name: str) -> Conference:
        path = self._config.conference_repo(name)
        if not path.is_dir():
            raise HubError(f"the conference {name} is not here any more")
        repo = open_repo(path)
        if self._commit and not repo.succeeds(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{self._commit}^{{commit}}"
        ):
            raise UsageError(
                f"{name} has no commit {self._commit}. Name one of its repository, and the "
                "conference with --conference"
            )
        with Reader(repo) as reader:
            blob = reader.at(self._commit or MAIN, settings.FILE)
        if blob is None:
            raise HubError(f"{name} has no {settings.FILE} there")
        return settings.decode(blob)

    def _read_roster(self, commit: str) -> Roster:
        """The members at a commit; of today without one."""
        if not commit:
            return self._roster.roster()
        return roster_at(open_repo(self._config.roster_repo), commit)
