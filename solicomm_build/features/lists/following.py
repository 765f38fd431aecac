"""Who left by one click on the web is told goodbye by mail: a cursor on the roster's log (E5.2)."""

from __future__ import annotations

from collections.abc import Iterator

from solicomm_build.desk.chores import Step
from solicomm_build.desk.ledger import Ledger, Move
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import NOTHING, Plan
from solicomm_build.features.lists import membership
from solicomm_build.features.lists.leaving import ONE_CLICK
from solicomm_build.git import log
from solicomm_build.git.reader import Reader
from solicomm_build.people import eventfiles, rosterevents
from solicomm_build.people.rosterevents import Event


def steps(office: Office, ledger: Ledger) -> Iterator[Step]:
    """A goodbye for each; what the desk did itself was told when it was done."""
    repo, done = ledger.repo("roster"), ledger.cursor("roster").read()
    tip = repo.ref()
    if tip is None or tip == done:
        return
    if done is None:
        yield Step("begin-roster", NOTHING, Move("roster", None, tip))
        return
    reached = done
    with Reader(repo) as reader:
        for commit in log.commits(repo, done, tip, reader=reader):
            if commit.trailer("Source") != "desk":
                new = eventfiles.read(reader, eventfiles.added(commit.changes))
                plan = _goodbyes(office, [e for _, b in new for e in rosterevents.decode_events(b)])
                if plan:
                    yield Step(f"left-{commit.oid}", plan, Move("roster", done, commit.oid))
                    done = commit.oid
            reached = commit.oid
    if reached != done:
        yield Step("read-roster", NOTHING, Move("roster", done, reached))


def _goodbyes(office: Office, events: list[Event]) -> Plan:
    plan = NOTHING
    for event in events:
        if event.type != "unsubscribe" or event.data.get("by") != ONE_CLICK:
            continue
        conference, number = str(event.data.get("conference", "")), event.data.get("number", 0)
        member = office.roster().members.get(number)
        if member is None or member.state == "removed" or office.conference(conference) is None:
            continue
        if office.roster().is_listed(conference, member.address):
            continue  # on it again already
        before = event.data.get("options")
        options = {str(k): str(v) for k, v in before.items()} if isinstance(before, dict) else {}
        plan += membership.goodbye(office, conference, number, member.address, options)
    return plan
