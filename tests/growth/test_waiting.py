"""Polls that run and meetings that are ahead cost nothing while nothing happens, however many are
asked, invited or have answered.

2 members, 6 members → a poll, a meeting, the desk looks a minute later → files opened, people asked
"""

from __future__ import annotations

import itertools
import sys
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from solicomm_build.desk import chores
from solicomm_build.desk.run import Desk
from solicomm_build.features.meetings import meetingbook
from solicomm_build.features.polls.held.running import Running
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.spool import Spool
from solicomm_build.git import tips
from solicomm_build.people.roster import Roster
from solicomm_build.testing.deskhub import DeskHub

MOD = "mo@union.example"
POLL = "Do we strike?\ncloses: 2026-12-20 18:00\n"
MEETING = """Title: General assembly
When: 2026-12-20 18:00
Until: 20:00
Where: Union house
Zone: UTC
"""
_opened: list[str] | None = None


def _note(event: str, facts: tuple[object, ...]) -> None:
    if event == "open" and _opened is not None:
        _opened.append(str(facts[0]))


sys.addaudithook(_note)


def _hub(root: Path, members: int) -> DeskHub:
    """A poll is open, a meeting set, and everybody has answered both."""
    hub = DeskHub(root)
    hub.member(1, MOD, "water", name="Mo", role="moderator")
    people = [f"m{number}@union.example" for number in range(2, members + 2)]
    for number, address in enumerate(people, 2):
        hub.member(number, address, "water")
    for to, text, mark in (("water-poll", POLL, "vote+q-"), ("water-meeting", MEETING, "rsvp")):
        (preview,) = hub.ask(to, text, sender=MOD)
        told = hub.reply(preview, sender=MOD)
        asked = {
            mail.to[0].addr_spec: mail for mail in told if mark in (mail.field("Reply-To") or "")
        }
        for address in people:
            hub.reply(asked[address], "yes", sender=address)
    hub.now += timedelta(hours=2)
    hub.work()
    return hub


def test_while_nothing_happens_nobody_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    global _opened  # noqa: PLW0603 - an audit hook stays as long as the process
    for module in (meetingbook, tips):
        monkeypatch.setattr(module, "_FRESH", 0)  # what is new is not looked at again
    hours = itertools.count(step=3600.0)  # every chore looks each time
    monkeypatch.setattr(chores, "time", SimpleNamespace(monotonic=lambda: next(hours)))
    asked = itertools.count()
    subscribers, steps = Roster.subscribers, Running.steps
    monkeypatch.setattr(
        Roster, "subscribers", lambda *args, **how: [next(asked), subscribers(*args, **how)][1]
    )
    looks = itertools.count()
    monkeypatch.setattr(Running, "steps", lambda poll: [next(looks), steps(poll)][1])
    for members in (2, 6):
        hub = _hub(tmp_path / str(members), members)
        desk = Desk(hub.config, Spool(hub.config.spool_desk), maillog.to_nobody())
        with clock.fixed(hub.now):
            desk.begin()
            while desk.take():
                pass
        lists, polls = next(asked), next(looks)
        _opened = []
        for second in range(5):
            with clock.fixed(hub.now + timedelta(seconds=second)):
                desk.take()
        with clock.fixed(hub.now + timedelta(seconds=90)):
            desk.take()
        found, _opened = _opened, None
        desk.close()
        assert (next(asked) - lists, next(looks) - polls) == (1, 2)
        assert [one for one in found if "/answers/" in one or "/told/" in one] == []
