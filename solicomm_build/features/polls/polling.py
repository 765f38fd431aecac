"""Polls from their opening to their end: what the desk does by itself, and at which time.

    poll.yaml, pushed, by mail or by command ─→ voters.yaml, open.yaml   the list is settled
      → letters to the voters, some hundred at a time                    poll-asked in the roster
      → now and then how many have voted                                 turnout/<ts>.yaml
      → at the deadline, or when a moderator says so                     ballots/…, close.yaml
      → a post with the result, through spool/in as any mail
      → of a poll of a network, another one when no hub can report any more and some did

Each is a plan of its own (ledger.py): a kill anywhere asks nobody twice and closes nothing twice.
The end waits for mail that came before it and is still in a spool.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from solicomm_build.desk.chores import Looked, Step
from solicomm_build.desk.office import Office
from solicomm_build.features.polls import pollbook
from solicomm_build.features.polls import pollstore as store
from solicomm_build.features.polls.held.network import Collecting, Counted
from solicomm_build.features.polls.held.running import Running, Seen
from solicomm_build.features.polls.networked import collected
from solicomm_build.features.polls.values import poll as polls
from solicomm_build.features.polls.values.pollfiles import PollFiles
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.types import Oid
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import open_repo

_REST = 2.0  # seconds between two looks at all conferences
_AGAIN = timedelta(minutes=1)  # when a poll is looked at again for which nothing was to be done


def steps(office: Office, looked: Looked[Seen]) -> Iterator[Step]:
    """What is to be done now, in the order of conferences; costs a `stat` a conference, every two
    seconds, and more where one changed. A poll that runs is looked at once a minute, at its end,
    and when the roster, which has what is wished of it, is another."""
    if looked.rests(_REST):
        return
    roster, now = open_repo(office.config.roster_repo).ref(), clock.now()
    tips = office.tips()
    seen_of = {name: looked.seen.setdefault(name, Seen()) for name in tips}
    moved = [name for name, seen in seen_of.items() if seen.running or seen.tip != tips[name]]
    for name in office.watch.each("polls", moved):
        seen = seen_of[name]
        kind = _kind(office, name)
        for identifier, files in _running(office, seen, name).items():
            held = Counted if kind is Running and files.closing is not None else kind
            if held is Running and _rests(seen, identifier, files, roster, now):
                continue
            seen.done.pop(identifier, None)
            was_due = False
            for step in held(office, seen, name, identifier, files).steps():
                was_due = True
                looked.at_once()
                yield step
            if not was_due:
                seen.done[identifier] = (roster, now)


def _rests(
    seen: Seen, identifier: str, files: PollFiles, roster: Oid | None, now: datetime
) -> bool:
    """Whether nothing can be due for a poll of this hub that has not ended."""
    before = seen.done.get(identifier)
    if before is None or before[0] != roster or now >= files.poll.closes:
        return False
    return clock.is_early(before[1] + _AGAIN, _AGAIN)


def _kind(office: Office, name: str) -> type[Running]:
    """How polls of a conference are held: of one that has its home at another hub, as its home
    says."""
    settings = office.conference(name)
    return Collecting if settings is not None and settings.home else Running


def _running(office: Office, seen: Seen, name: str) -> dict[str, PollFiles]:
    """The polls of a conference that have not ended, without their ballots."""
    repo = office.repo(name)
    tip = repo.ref()
    if tip is None or seen.tip == tip:
        return seen.running
    found: dict[str, PollFiles] = {}
    with Reader(repo) as reader:
        for identifier in store.identifiers(reader, tip):
            at = f"{polls.folder(identifier)}close.yaml"
            is_over = reader.oid_at(tip, at) is not None
            if is_over and not collected.is_running(office.config, name, identifier):
                _tidy(office, name, identifier, reader, tip)
                if reader.oid_at(tip, f"{polls.folder(identifier)}reports") is None:
                    continue
            try:
                found[identifier] = store.load(reader, identifier, tip, ballots=False)
            except SoliCommError:
                continue  # the page and `solicomm fsck` say what is wrong with it
    seen.tip, seen.running, seen.done = tip, found, {}
    return found


def _tidy(office: Office, name: str, identifier: str, reader: Reader, tip: Oid) -> None:
    """What tied codes to members is destroyed when the votes of a pseudonymous poll are out."""
    book = pollbook.book(office.config, name, identifier)
    if not book.folder.exists():
        return
    try:
        poll = store.load(reader, identifier, tip, ballots=False).poll
    except SoliCommError:
        return
    if poll.ballot == "pseudonymous":
        book.forget()
