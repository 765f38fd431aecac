"""Digests: what a list's log has since a group's last one, as one mail for all of the group.

A group is the members who share rhythm, form and language (features/digests/digest.py); its cursor
in the list's repository is `refs/solicomm/cursors/digest-…`. A group that appears begins where the
fan-out (fanout.py) was at the look before, so that no post falls between single copies and digests;
one without members forgets its cursor. Who muted a topic gets an edition without it (editions.py).
An edition is one spool file like a post; after all of them the number of the issue goes into the
roster, then the cursor moves. Killed in between, it is found in the spool at the next start: that
holds because the first look comes before anything leaves the spool (run.py).

Posts that were erased or hidden meanwhile are left out; a digest of none is not sent. A digest that
was withdrawn from the spool because of such a post is made anew without it
(features/digests/withdrawn.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from solicomm_build.courier import beginning, hooks
from solicomm_build.courier.composed import PEER, SOURCES
from solicomm_build.courier.fanout import addressed, keywords_of
from solicomm_build.courier.hooks import Sent
from solicomm_build.courier.traces import without_traces
from solicomm_build.features.digests import digest as rules
from solicomm_build.features.digests import issue as digestissue
from solicomm_build.features.digests import octets as digestmail
from solicomm_build.features.digests import withdrawn
from solicomm_build.features.digests.digest import Group, Pending
from solicomm_build.features.digests.editions import Edition, Waiting, editions, waiting
from solicomm_build.features.digests.entries import entries_of
from solicomm_build.features.digests.former import takeover
from solicomm_build.features.digests.issue import Issue, Issues, next_issue
from solicomm_build.features.digests.series import Series, keep, kept
from solicomm_build.features.digests.values import Entry
from solicomm_build.features.digests.withdrawn import Note
from solicomm_build.features.digests.words import composed
from solicomm_build.foundation import clock, faults
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import Failing, MailLog
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope, Oid, PostId
from solicomm_build.foundation.watch import SECONDS, Watch
from solicomm_build.git import log as store_log
from solicomm_build.git.cursor import COURIER, Cursor, consumers
from solicomm_build.git.history import following
from solicomm_build.git.kept import KeptReader
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo, open_repo
from solicomm_build.git.tips import Tips, names
from solicomm_build.people import wishes
from solicomm_build.people.membership import Member
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post import conference as conference_file
from solicomm_build.post import post as post_file
from solicomm_build.post.cells.hubmail import HubMail
from solicomm_build.post.conference import Conference
from solicomm_build.post.listfacts import list_facts
from solicomm_build.post.reading import postcount

_SOURCES = (*SOURCES, "web")
_COMPOSED = 4096  # octets that count for a post without its mail
_EVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class _Known:
    """A list as it was seen last."""

    state: tuple[Oid | None, Oid | None] = (None, None)  # tips of its repository and of the roster
    settings: Conference | None = None
    groups: dict[Group, list[Member]] = field(default_factory=dict)
    series: dict[Group, Series] = field(default_factory=dict)


class Digests:
    """Queues the digests that are due. Not for several threads. Close it."""

    def __init__(
        self, config: Config, spool: Spool, log: MailLog, watch: Watch | None = None
    ) -> None:
        self._watch = watch or Watch.idle()
        self._config, self._spool, self._log = config, spool, log
        self._mail, self._roster = HubMail(config), RosterStore.of(config)
        self._roster_repo = open_repo(config.roster_repo)
        self._kept = KeptReader()
        self._lists: dict[str, _Known] = {}
        self._fanned: dict[str, Oid] = {}  # where the fan-out was at the look before
        self._failing, self._tips = Failing(log, "digest-failed"), Tips(config.conferences)
        self._queued: Waiting | None = None
        self._chosen: tuple[Oid | None, frozenset[str]] | None = None  # by the roster's commit
        self._since = _EVER

    def run(self) -> int:
        """One look at every list; returns how many digests were queued. Blocking. The first has to
        come before the first fan-out. A list that cannot be read is logged and stops no other."""
        if self._queued is None:
            self._queued = waiting(self._spool)
            self._since = beginning.since(self._config, self._log)
        count = self._made_anew()
        tips, roster = self._tips.now(), self._roster_repo.ref()
        for name in sorted(names(self._config.conferences)):
            tip, known = tips.get(f"{name}.git"), self._lists.get(name)
            if known and not known.series and self._is_still(known, name, tip, roster):
                continue  # nobody asks for digests, and nothing went on
            with self._failing.of(name):
                repo = open_repo(self._config.conferences / f"{name}.git")
                with following(repo):
                    count += self._look(repo)
        self._queued.clear()  # from here on the cursors say it all
        self._kept.rest()
        return count

    def _is_still(self, known: _Known, name: str, tip: Oid | None, roster: Oid | None) -> bool:
        """Whether a list is where it was, and nobody can have asked for a digest there since."""
        if (known.state[0], self._fanned.get(name)) != (tip, tip):
            return False
        if known.state[1] != roster:
            if not self._chosen or self._chosen[0] != roster:
                self._chosen = roster, self._roster.roster().subscriptions.chosen()
            if known.groups or name in self._chosen[1]:
                return False
            known.state = tip, roster
        return True

    def close(self) -> None:
        """Ends the reading processes."""
        self._kept.close()
        self._mail.close()
        self._roster.close()

    def _made_anew(self) -> int:
        """Queues what was withdrawn again, without the posts that had to go."""
        count = 0
        for path in withdrawn.left(self._spool.folder):
            original = self._spool.folder / f"{path.stem.rpartition('-')[0]}.mail"
            if original.exists():  # not withdrawn yet, or its withdrawal was killed
                continue
            with self._failing.of(path.name):
                note = withdrawn.read(path)
                if self._queued is None or note.key not in self._queued.keys:
                    count += self._make_anew(note)
                withdrawn.done(path)
        return count

    def _make_anew(self, note: Note) -> bool:
        """One digest again, to those who have not had it; False when nothing is left to tell."""
        path = self._config.conference_repo(note.list_id)
        if not path.exists():
            return False
        repo = open_repo(path)
        with following(repo), Reader(repo) as reader:
            blob = reader.at(MAIN, conference_file.FILE)
            settings = conference_file.decode(blob) if blob else None
            at = datetime.fromisoformat(note.at)
            chunk = list(self._named(reader, note, at)) if settings else []
            facts = list_facts(self._config, settings) if settings else None
            entries = self._entries(repo, settings, chunk) if settings else []
        if settings is None or facts is None or not entries:
            return False
        _, _, form, lang, *_ = note.key.split("/")[1].split("-")
        issue = Issue(*note.issue, at.year, "")
        digest = composed(facts, settings, note.key, lang, issue, at, entries)
        raw = without_traces(digestmail.compose_digest(digest, form), settings)
        put = self._spool.put([Item(note.envelope(facts.bounces), raw)])
        mids = ",".join(entry.mid for _, entry in entries)
        said = {"id": put.stem, "key": note.key, "conference": note.list_id}
        self._log.event("digest", **said, again=True, rcpts=len(note.rcpt_tos), posts=mids)
        faults.point("digest.before-note-gone")
        return True

    def _named(self, reader: Reader, note: Note, at: datetime) -> Iterator[Pending]:
        """The posts that a note names, as far as they are there, in its order."""
        topics = {
            found[1]: found[0]
            for entry in reader.tree(MAIN, "topics", recursive=True)
            if (found := post_file.parse_path(f"topics/{entry.path}")) is not None
        }
        for mid in map(PostId, note.posts):
            name = self._mail.find(mid, note.list_id)
            if name is not None or mid in topics:
                yield Pending(Oid(""), at, mid, topics.get(mid), name or "", 0)

    def _look(self, repo: Repo) -> int:
        name = repo.path.stem
        known = self._lists.setdefault(name, _Known())
        state = (repo.ref(), self._roster_repo.ref())
        if has_moved := state != known.state:
            self._follow(repo, name, known, state[0])
            known.state = state
        fanned = Cursor(repo, COURIER).read()
        if fanned is not None:
            self._fanned[name] = fanned
        settings, count = known.settings, 0
        has_moved |= any([one.redate(self._config) for one in known.series.values()])
        if settings is not None:
            count = sum(self._send(repo, settings, group, known) for group in sorted(known.series))
        if has_moved or count:
            keep(self._config, name, known.series)
        return count

    # -- following ----------------------------------------------------------------------------

    def _follow(self, repo: Repo, name: str, known: _Known, tip: Oid | None) -> None:
        """Brings groups and what they have not had up to date."""
        if known.settings is None or known.state[0] != tip:
            blob = self._kept.of(repo).at(MAIN, conference_file.FILE) if tip is not None else None
            known.settings = conference_file.decode(blob) if blob else None
        wanted: dict[Group, list[Member]] = {}
        if known.settings is not None:
            closed, language = known.settings.is_closed, known.settings.languages[0]
            wanted = rules.groups(self._roster.roster(), name, language, closed=closed)
        takeover(repo, wanted, self._log)
        if wanted or known.groups or known.state[0] is None:
            self._forget(repo, known, {group.name for group in wanted})
        known.groups = wanted
        known.series = {group: one for group, one in known.series.items() if group in wanted}
        if tip is None:
            return
        news: dict[Oid, list[Pending]] = {}
        before = kept(self._config, name) if known.state[0] is None and wanted else {}
        for group in wanted:
            series = known.series.get(group) or before.get(group.name)
            if series is None or not self._goes_on(repo, group, series, tip):
                series = self._begin(repo, name, group, tip)  # new, or its history was erased from
            if series.seen != tip:
                if series.seen not in news:
                    news[series.seen] = list(self._posts(repo, name, series.seen, tip))
                series.pending += self._wanted(repo, group, news[series.seen])
                series.seen = tip
            known.series[group] = series

    def _goes_on(self, repo: Repo, group: Group, series: Series, tip: Oid) -> bool:
        reader = self._kept.of(repo)
        return series.cursor == Cursor(repo, group.name).read() and (
            series.seen == tip or store_log.goes_on(repo, series.seen, tip, reader=reader)
        )

    def _wanted(self, repo: Repo, group: Group, posts: list[Pending]) -> list[Pending]:
        """The posts that a group wants: the rest of a day, and its topics."""
        found = [post for post in posts if post.nth > group.beyond]
        if not (group.topics and found):
            return found
        with Reader(repo) as reader:
            return [post for post in found if self._is_about(reader, group, post)]

    def _is_about(self, reader: Reader, group: Group, post: Pending) -> bool:
        name = reader.repo.path.stem
        raw, mark = self._raw(name, post), f"post:{name}/{post.mid}"
        if self._watch.is_aside(mark):
            return False
        with self._watch.item(mark, len(raw)):
            keywords = keywords_of(raw)
        about = postcount.about(reader, post.nth, post.tid, post.mid, keywords)
        return wishes.is_wanted(group.topics, about)

    def _begin(self, repo: Repo, name: str, group: Group, tip: Oid) -> Series:
        """The series of a group, from its cursor or, if it is new, from where the fan-out was."""
        cursor = Cursor(repo, group.name)
        at = cursor.read()
        if at is None:
            at = self._fanned.get(name) or Cursor(repo, COURIER).read() or tip
            cursor.advance(None, at)
            self._log.event("digest-begins", conference=name, group=group.name)
        return Series(at, at)

    def _forget(self, repo: Repo, known: _Known, wanted: set[str]) -> None:
        """Takes away the cursors of groups that have no members: who comes later begins anew."""
        for consumer in sorted(set(consumers(repo, "digest-")) - wanted):
            Cursor(repo, consumer).forget()

    def _mailed_from(self, name: str) -> datetime:
        """Since when the posts of a list or conference go out to members."""
        settings = self._lists[name].settings
        return _EVER if settings is None or settings.is_list else self._since

    def _posts(self, repo: Repo, name: str, since: Oid, until: Oid) -> Iterator[Pending]:
        """The posts that came between two commits and went out to members."""
        day, nth, begun = None, 0, self._mailed_from(name)
        for commit in store_log.commits(repo, since, until):
            if commit.trailer("Source") not in _SOURCES or commit.committed < begun:
                continue
            if day != commit.committed.date():
                day = commit.committed.date()
                nth = postcount.number_in_day(repo, commit.oid, commit.committed)
            elif commit.trailer("Source") in SOURCES:
                nth += 1
            for change in commit.changes:
                place = rules.place(change.path) if change.status == "A" else None
                if place is None:
                    continue
                tid, mid = place
                found = commit.trailer("Raw") or self._mail.find(mid, name)
                raw = self._mail.raw(found, name) if found else None
                if found and raw is not None:
                    yield Pending(commit.oid, commit.committed, mid, tid, found, len(raw), nth)
                elif commit.trailer("Source") == PEER:
                    yield Pending(commit.oid, commit.committed, mid, tid, "", _COMPOSED, nth)

    def _entries(
        self, repo: Repo, settings: Conference, chunk: Sequence[Pending]
    ) -> list[tuple[datetime, Entry]]:
        with Reader(repo) as reader:
            about = (self._config, settings, reader, self._mail, chunk, self._log, self._watch)
            return list(entries_of(*about))

    # -- sending ------------------------------------------------------------------------------

    def _send(self, repo: Repo, settings: Conference, group: Group, known: _Known) -> int:
        """Every digest of a group that is due."""
        series, count = known.series[group], 0
        zone = rules.zone_of(group.zone or self._config.timezone)
        while chunk := self._again(settings.id, group, series.pending) or (
            rules.take(series.pending)
            if rules.due(group.rhythm, series.pending, clock.now(), zone)
            else ()
        ):
            count += self._issue(repo, settings, group, known.groups[group], series, chunk)
            series.pending = series.pending[len(chunk) :]
        return count

    def _again(self, name: str, group: Group, pending: Sequence[Pending]) -> Sequence[Pending]:
        """The posts of a digest that waits in the spool already, after a kill."""
        queued = self._queued.readers if self._queued else {}
        keys = [rules.key(name, group, post.commit) for post in pending] if queued else []
        last = max((place for place, key in enumerate(keys) if key in queued), default=-1)
        return pending[: last + 1]

    def _issue(
        self,
        repo: Repo,
        settings: Conference,
        group: Group,
        members: list[Member],
        series: Series,
        chunk: Sequence[Pending],
    ) -> int:
        """One digest: into the spool, its number into the roster, then the cursor. How many mails
        were put into the spool."""
        now, until = clock.now(), chunk[-1].commit
        key = rules.key(settings.id, group, until)
        entries = self._entries(repo, settings, chunk)
        numbers = self._roster.roster().ledger(Issues).last
        last = numbers.get((settings.id, group.name)) or numbers.get((settings.id, group.former))
        issue, fresh = next_issue(last, now, until), 0
        had = self._queued.readers.get(key, set()) if self._queued else set()
        unwanted = self._unwanted(settings, chunk) if entries else {}
        for edition in editions(
            [one for one in members if one.number not in had], entries, unwanted
        ):
            fresh += self._put(settings, group, issue, edition, edition.key(key), now)
        faults.point("digest.before-number")
        if entries and issue != last:
            made = digestissue.event(settings.id, group.name, issue, len(entries), at=now)
            self._roster.append([made], at=now, subject=f"Digest of {settings.id}")
        faults.point("digest.before-cursor")
        Cursor(repo, group.name).advance(series.cursor, until)
        series.cursor = until
        return fresh

    def _unwanted(
        self, settings: Conference, chunk: Sequence[Pending]
    ) -> dict[str, frozenset[str]]:
        """Who wants nothing of which post: addresses, folded, by the post's id."""
        raw = partial(self._raw, settings.id)
        posts = [Sent(one.tid, one.mid, partial(raw, one)) for one in chunk if one.tid]
        return hooks.unwanted(self._config, settings, posts, self._log)

    def _raw(self, conference: str, post: Pending) -> bytes:
        """The message as it came; empty for one that came without it."""
        return (self._mail.raw(post.name, conference) if post.name else None) or b""

    def _put(
        self,
        settings: Conference,
        group: Group,
        issue: Issue,
        edition: Edition,
        key: str,
        now: datetime,
    ) -> bool:
        """Puts one edition into the spool, durable on return, unless it held the courier."""
        entries, facts = edition.entries, list_facts(self._config, settings)
        if self._watch.is_aside(mark := f"digest:{key}"):
            return False
        digest = composed(facts, settings, key, group.lang, issue, now, entries)
        envelope = Envelope(facts.bounces, (), now, list_id=settings.id)
        octets = sum(len(entry.message.raw) for _, entry in entries)
        with self._watch.item(mark, octets, seconds=SECONDS + len(entries) / 50):
            faults.hold("digest", key.encode())
            raw = without_traces(digestmail.compose_digest(digest, group.form), settings)
        put = self._spool.put([Item(addressed(envelope, [*edition.members]), raw)])
        said = {"id": put.stem, "key": key, "conference": settings.id}
        mids = ",".join(entry.mid for _, entry in entries)
        self._log.event("digest", **said, rcpts=len(edition.members), posts=mids)
        faults.point("digest.put")
        return True
