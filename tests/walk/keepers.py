"""Hiding, erasing and telling, as privacy.md says; and votes and events of moderators."""

from __future__ import annotations

import re

from tests.walk.step import HUB, Also, Do, Skip, Step, Walk

_HUB = "hub.example.org"
_WHO = "erased@home.example"
_MSGID = "walk-erased@home.example"
_GIT = f"sudo -u solicomm -H git --git-dir={HUB}/content/conferences/organising.git"


def posts(walk: Walk) -> None:
    """Somebody writes two posts that will be hidden and erased."""
    for subject, msgid in (("Hide me", ""), ("Erase me", _MSGID)):
        walk.world.send(_WHO, f"organising@{_HUB}", subject, f"{subject} please.", msgid)
        walk.until(f"{_GIT} grep -q '{subject}' main -- topics", subject)
    walk.must(
        f"{_GIT} grep -l 'Hide me' main -- topics |\n"
        "sed -n 's|.*/\\(.*\\)[.]md$|\\1|p' | head -1 > ~/mid; test -s ~/mid",
        "its id",
    )


def copied(walk: Walk) -> None:
    """Somebody has a clone, as everybody may."""
    place = f"{HUB}/content/conferences/organising.git"
    walk.must(
        "cd $(sudo -u solicomm mktemp -d)\n"
        f"sudo -u solicomm -H git clone -q {place} .\n"
        "git config --global --add safe.directory '*'",
        "a clone",
    )


def nothing_left(walk: Walk) -> None:
    """The words are nowhere in the conference, and the page of the other post is empty of it."""
    walk.must(f"! {_GIT} log --all -p | grep -q 'Erase me please'", "what was erased")
    walk.must("! git log --all -p | grep -q 'Erase me please'; cd", "the clone afterwards")


def vote(walk: Walk) -> None:
    """A moderator's question, its preview answered, a vote by mail, and its page."""
    chair = "chair@home.example"
    walk.must(
        f"solicomm member add organising {chair}\n"
        f"solicomm member role organising {chair} moderator",
        "a chair",
    )
    text = "Shall we join the day of action?\n1. Yes\n2. No\ncloses: 2099-12-01 18:00"
    walk.world.send(chair, f"organising-poll@{_HUB}", "vote", text)
    preview = walk.world.got(chair, "day of action")
    reply = re.search(r"^Reply-To:[^<]*<([^>]+)>", preview, re.MULTILINE)
    walk.expect(reply is not None, f"nowhere to answer to:\n{preview}")
    if reply is not None:
        walk.world.send(chair, reply[1], "Re: vote", "yes")
    page = f"https://{_HUB}/conferences/organising/polls/"
    walk.until(f"python3 ~/get.py {page} | grep -q 'day of action'", "the vote's page", 90)


def waits(walk: Walk) -> None:
    """In an emergency all waits; the moderator's one word decides, as the page says."""
    chair = "chair@home.example"
    walk.world.send(chair, f"organising-request@{_HUB}", "", "emergency on")
    walk.world.got(chair, "emergency off")
    walk.world.send("new@home.example", f"organising@{_HUB}", "It waits", "Held until accepted.")
    notice = walk.world.got(chair, "It waits")
    reply = re.search(r"^Reply-To:[^<]*<([^>]+)>", notice, re.MULTILINE)
    walk.expect(reply is not None, f"nowhere to answer to:\n{notice}")
    if reply is not None:
        walk.world.send(chair, reply[1], "Re: It waits", "accept")
    walk.until(f"{_GIT} grep -q 'Held until accepted' main -- topics", "accepted")
    walk.world.send(chair, f"organising-request@{_HUB}", "", "emergency off")


PRIVACY: list[Step] = [
    Also("two posts", posts),
    Do("solicomm redact water", {"water wkq3x7": "organising $(cat ~/mid)"}),
    Also("a clone", copied),
    Do(
        'solicomm erase "<1234@mail.example>"',
        {"1234@mail.example": _MSGID, "ana@union.example": _WHO},
    ),
    Skip("followers at n1", "said where a hub is on several machines"),
    Do("solicomm erase --status"),
    Do("solicomm erase --verify\n"),
    Do("  git fetch origin"),
    Also("nothing is left", nothing_left),
    Do("solicomm member data ana@union.example", {"ana@union.example": "ana@home.example"}),
]

MODERATOR: list[Step] = [
    Also("have people vote", vote),
    Also("what waits for you", waits),
]

POLLS: list[Step] = [
    Skip("Shall we join", "sent with fewer lines by the moderator's steps"),
]
