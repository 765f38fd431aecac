"""What an operator does about polls: open one, end it, remind, say who casts a union's votes.

A poll is a file in the conference, the rest are events in the roster; the desk does what follows.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace

from solicomm_build.features.polls import pollstore as store
from solicomm_build.features.polls.pollwork import PollWork
from solicomm_build.features.polls.values import poll as polls
from solicomm_build.features.polls.values.poll import Poll
from solicomm_build.features.polls.values.pollfiles import PollFiles
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import ContentError, ContentErrors, HubError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.commitmessage import compose
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.people import rosterevents
from solicomm_build.people.memberstore import OPERATOR, changing, there
from solicomm_build.people.rosterstore import RosterStore


def open_poll(config: Config, conference: str, poll: Poll) -> None:
    """Adds a poll to a conference; the desk asks the voters then. Raises HubError or ContentErrors
    when it cannot be opened, or one runs that asks the same."""
    conference = there(config, conference)
    path = f"{polls.folder(poll.id)}poll.yaml"
    if poll.closes <= clock.now():
        fault = f"`closes: {polls.stamp(poll.closes)}` is over"
        remedy = "Write a later moment"
        raise ContentErrors([ContentError(fault, file="poll.yaml", remedy=remedy)])
    _check_voters(config, conference, poll)
    repo = open_repo(config.conference_repo(conference))
    with Reader(repo) as reader:
        if reader.oid_at(MAIN, path) is not None:
            raise HubError(f"There is a poll {poll.id} in {conference} already. Take another id")
        if twin := _twin(reader, poll):
            raise HubError(
                f"{twin} in {conference} asks the same until the same moment, and has not ended. "
                "Nothing was opened"
            )
    message = compose(f"Ask {poll.id}", Source="cli")
    write_once(repo, [Change(path, polls.encode(poll))], message=message, when=clock.now())


def _twin(reader: Reader, poll: Poll) -> str:
    """The id of a poll that has not ended and is the same but for its id, such as that of a command
    that was killed before it could say so; "" for none."""
    for one in store.identifiers(reader):
        at = polls.folder(one)
        if reader.oid_at(MAIN, f"{at}close.yaml") is not None:
            continue
        with contextlib.suppress(ContentErrors):
            other = polls.decode(reader.at(MAIN, f"{at}poll.yaml") or b"")
            if polls.encode(replace(other, id=poll.id)) == polls.encode(poll):
                return one
    return ""


def _check_voters(config: Config, conference: str, poll: Poll) -> None:
    store_ = RosterStore.of(config)
    try:
        roster = store_.roster()
        people = [member for member, _ in roster.subscribers(conference)]
        own = roster.ledger(PollWork).unions(conference)
    finally:
        store_.close()
    if poll.unions:
        people = [member for member in people if own.get(member.number) in poll.unions]
        remedy = f"Say who casts their votes: solicomm poll delegate {conference} ADDRESS UNION"
    else:
        remedy = f"Subscribe people first: solicomm member import {conference} FILE"
    if not people:
        raise HubError(f"Nobody may vote in it. {remedy}")
    if len(people) > polls.MOST_VOTERS:
        raise HubError(f"{len(people):,} people may vote; one poll holds {polls.MOST_VOTERS:,}")


def wish(config: Config, conference: str, poll: str, what: str) -> bool:
    """Has the desk `close` a poll that runs, or `remind` its voters; False where that is to be done
    already, as after a command that was killed before it could say so. Raises HubError."""
    files = found(config, conference, poll)
    if files.opening is None or files.closing is not None:
        state = "has ended" if files.closing else "is not open yet"
        raise HubError(f"The poll {poll} of {conference} {state}")
    event = rosterevents.about_poll(
        "poll-wish", at=clock.now(), conference=conference, poll=poll, wish=what, by=OPERATOR
    )
    store_ = RosterStore.of(config)
    with changing(config):
        try:
            if _is_wished(store_.roster().ledger(PollWork), (conference, poll), what):
                return False
            store_.append([event], at=clock.now(), subject=f"{what.capitalize()} {poll}")
        finally:
            store_.close()
    return True


def _is_wished(work: PollWork, key: tuple[str, str], what: str) -> bool:
    """Whether it is to be ended, or a round of reminders has not begun."""
    if what == "close":
        return key in work.ends
    last = work.reminders.get(key, 0)
    return last > 0 and not work.asked(*key, last)


def delegate(config: Config, conference: str, address: str, union: str) -> None:
    """A subscriber casts a union's votes in a conference from now on; of none with an empty union.
    Polls that are open already keep their voters. Raises HubError."""
    conference = there(config, conference)
    store_ = RosterStore.of(config)
    with changing(config):
        try:
            member = store_.roster().member(address)
            if member is None or not store_.roster().is_listed(conference, address):
                raise HubError(f"{address} is not on {conference}. Subscribe the person first")
            event = rosterevents.about_poll(
                "delegate",
                at=clock.now(),
                conference=conference,
                number=member.number,
                union=union,
                by=OPERATOR,
            )
            store_.append([event], at=clock.now(), subject=f"Name a delegate in {conference}")
        finally:
            store_.close()


def found(config: Config, conference: str, poll: str) -> PollFiles:
    """One poll. Raises HubError when there is none of this id."""
    there(config, conference)
    with Reader(open_repo(config.conference_repo(conference))) as reader:
        if poll not in store.identifiers(reader):
            raise HubError(f"There is no poll {poll} in {conference}. Ask: solicomm poll list")
        return store.load(reader, poll)
