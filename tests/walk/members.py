"""What members and moderators do by mail, as their how-tos say; SPF vouches for them."""

from __future__ import annotations

import re

from tests.walk.step import Also, Step, Walk

MARIA = "maria@home.example"
_HUB = "hub.example.org"
_REPLY = re.compile(r"^Reply-To:[^<]*<([^>]+)>", re.MULTILINE)


def joins(walk: Walk) -> None:
    """An empty mail, an answer to the question that comes, and the posts come."""
    walk.world.publish('home.example. 60 IN TXT "v=spf1 a -all"')
    walk.world.send(MARIA, f"organising-join@{_HUB}", "join", "")
    question = walk.world.got(MARIA, "Subject: Please confirm")
    reply = _REPLY.search(question)
    walk.expect(reply is not None, f"nowhere to answer to:\n{question}")
    if reply is not None:
        walk.world.send(MARIA, reply[1], "Re: Please confirm", "")
        walk.world.got(MARIA, "Subject: Welcome")
        walk.until(f"solicomm member list organising | grep -q {MARIA}", "she is on it")


def reads(walk: Walk) -> None:
    """A post of somebody else comes, and commands are answered."""
    walk.world.send("ines@home.example", f"organising@{_HUB}", "Night shift", "Who is in?")
    walk.world.got(MARIA, "Night shift")
    walk.world.send(MARIA, f"organising-request@{_HUB}", "", "which")
    walk.world.got(MARIA, "Organising")
    walk.world.send(MARIA, f"organising-request@{_HUB}", "", "mydata")
    walk.world.got(MARIA, "Subject: Your data")


def moderates(walk: Walk) -> None:
    """Made a moderator, she pins a topic by its own address."""
    walk.must(f"solicomm member role organising {MARIA} moderator", "a moderator")
    page = re.search(r"^Archived-At: <(.*)#", walk.world.got(MARIA, "Night shift"), re.MULTILINE)
    said = walk.must(f"python3 ~/get.py {page[1]}", "the topic") if page else "no page"
    topic = re.search(r"organising(?:\+|%2B)(t-[a-z2-7]+)", said)
    walk.expect(topic is not None, f"the page does not name the address of its topic: {page}")
    if topic is not None:
        walk.world.send(MARIA, f"organising+{topic[1]}@{_HUB}", "Re: Night shift", "pin")
        walk.world.got(MARIA, "unpin")


def leaves(walk: Walk) -> None:
    """One empty mail, and a goodbye."""
    walk.world.send(MARIA, f"organising-leave@{_HUB}", "", "")
    walk.until(f"! solicomm member list organising | grep -q '^{MARIA}$'", "she has left")


STEPS: list[Step] = [
    Also("join by mail", joins),
    Also("posts and answers", reads),
    Also("a moderator", moderates),
    Also("leave", leaves),
]
