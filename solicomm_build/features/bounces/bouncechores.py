"""What time brings about bounces: notices, ends of subscriptions, summaries.

A member whose mail stopped is told on day 7, 14 and 28; a week later the subscription ends. A
list's owners (hosts, else moderators) get a summary once a week, if there is something to say. What
a clock has dated that was far ahead begins once the time is right: nobody waits for its day. So do
the five weeks of who was not told in them, since the hub was off.

The rules: docs/mail-rules.md#bounces.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from solicomm_build.desk import words
from solicomm_build.features.bounces import bounce as rules
from solicomm_build.features.bounces import bounceevents, bouncemail, bouncewaiting
from solicomm_build.features.bounces.bounceledger import Returns
from solicomm_build.features.bounces.bouncemail import Frame
from solicomm_build.features.bounces.bouncewaiting import BY
from solicomm_build.foundation import clock, timekeeping
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.spool import Item
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.people import rosterevents, token
from solicomm_build.people.membership import Member, letter_language
from solicomm_build.people.roster import Roster
from solicomm_build.people.rosterevents import Event
from solicomm_build.post import conference as conference_file
from solicomm_build.post.cells.hubmail import HubMail
from solicomm_build.post.conference import Conference
from solicomm_build.post.store.spokenlanguages import SpokenLanguages

_WEEK = timedelta(days=7)
_NEVER = "9999"  # after all moments, as texts sort


@dataclass
class Work:
    """What is to be done: mails first, then events, then the files that were told go."""

    events: list[Event] = field(default_factory=list)
    mails: list[Item] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)


class Frames:
    """Makes the frames of mails about bounces. Close it."""

    def __init__(self, config: Config, key: bytes, log: MailLog) -> None:
        self._config, self._key = config, key
        self._say = words.own(config, log)
        self._mail = HubMail(config)
        self._heard = SpokenLanguages(self._mail)

    def close(self) -> None:
        """Ends the reading process."""
        self._mail.close()

    def of_member(self, folded: Roster, name: str, member: Member, day: int) -> Frame:
        """A mail to a member about a list; `day` is that of its tag."""
        settings = self._settings(name)
        options = folded.subscriptions[name].get(member.number, {})
        lang = letter_language(
            options,
            member.lang,
            supposed=member.supposed,
            heard=lambda: self._heard.of(member.address),
            others=settings.languages,
        )
        tag = token.verp_tag(self._key, member.number, day)
        back = f"{name}-bounces+{tag}@{self._config.domain}"
        title = settings.title_in(lang)
        return Frame(
            self._config.domain, name, title, member.address, lang, back, clock.now(), self._say
        )

    def of_operator(self, operator: str) -> Frame:
        """A mail to the operator."""
        config, lang = self._config, self._config.languages[0]
        return Frame(config.domain, "", config.name, operator, lang, None, clock.now(), self._say)

    def _settings(self, name: str) -> Conference:
        """The settings of a list; while they are faulty, its name will do."""
        try:
            with Reader(open_repo(self._config.conference_repo(name))) as reader:
                blob = reader.at(MAIN, conference_file.FILE)
            return conference_file.decode(blob or b"")
        except SoliCommError:
            return Conference(name, {})


class Chores:
    """Looks what is due."""

    def __init__(self, config: Config, frames: Frames, log: MailLog) -> None:
        self._config, self._frames, self._log = config, frames, log

    def due(self, folded: Roster) -> Work:
        """Everything that is due now in all lists."""
        work = Work()
        for name in sorted(folded.subscriptions):
            if self._config.conference_repo(name).is_dir():
                self._notices(work, folded, name)
                self._summary(work, folded, name)
        return work

    def _notices(self, work: Work, folded: Roster, name: str) -> None:
        for member, status in folded.subscriptions[name].idle():
            if status.state == "disabled" and status.reason == BY:
                since = datetime.fromisoformat(status.since)
                self._notice(work, folded, name, member, since)

    def _notice(
        self, work: Work, folded: Roster, name: str, member: Member, since: datetime
    ) -> None:
        """The next notice to a member whose mail stopped, or the end after the last one."""
        now, number = clock.now(), member.number
        days = (now - since).days
        sent = folded.ledger(Returns).notices.get((name, number), 0)
        due = sum(days >= day for day in rules.NOTICE_DAYS)
        is_untold = days >= rules.REMOVE_AFTER and sent < len(rules.NOTICE_DAYS)
        if since > now + clock.FAST or is_untold:
            if timekeeping.is_right(self._config.state):
                work.events += _stopped_now(name, number, now)
        elif days >= rules.REMOVE_AFTER:
            work.events.append(rosterevents.unsubscribe(name, number, at=now, by=BY))
            bouncewaiting.remember(self._config, name, "ended", member.address)
            self._log.event("bounce-removed", conference=name, member=number)
        elif due > sent:
            frame = self._frames.of_member(folded, name, member, rules.epoch_day(now))
            ends = since + timedelta(days=rules.REMOVE_AFTER)
            work.mails.append(bouncemail.notice(frame, since.date(), ends.date()))
            work.events.append(bounceevents.notice(name, number, due, at=now))

    def _summary(self, work: Work, folded: Roster, name: str) -> None:
        """The owners' weekly mail. The first week begins with the first look."""
        now, last = clock.now(), folded.ledger(Returns).summaries.get(name)
        if last is not None and abs(now - datetime.fromisoformat(last)) < _WEEK:
            return
        span = last or _NEVER, rules.time_text(now + clock.FAST)
        if last is not None and last > span[1]:
            if not timekeeping.is_right(self._config.state):
                return
            span = rules.time_text(now - _WEEK), _NEVER
        week, files = bouncewaiting.week(self._config, folded, name, span)
        owners = folded.with_role(name, "host") or folded.with_role(name, "moderator")
        if last is not None and week and not owners:  # it stays until somebody can be told
            self._log.event("bounce-nobody-to-tell", conference=name)
            return
        work.events.append(bounceevents.summary(name, at=now))
        if last is not None and week:
            day = rules.epoch_day(now)
            frames = (self._frames.of_member(folded, name, owner, day) for owner in owners)
            work.mails += [bouncemail.summary(frame, week) for frame in frames]
            work.files += files


def _stopped_now(name: str, number: int, now: datetime) -> list[Event]:
    """Has mail from a list to a member count as stopped now: only what was active can stop, and a
    probe came back all the same."""
    return [
        rosterevents.state(number, "active", at=now, by=BY, conference=name),
        bounceevents.probe_gone(name, number, at=now),
        rosterevents.state(number, "disabled", at=now, by=BY, conference=name, reason=BY),
    ]
