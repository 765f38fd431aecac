"""What a conference asks of posts beyond its posting mode: the section `policy` of conference.yaml.

Pure. What is not written follows from the mode: an `open` conference takes everyone's posts without
limits, the others know their members and hold what is out of the ordinary
(docs/mail-rules.md#posting).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields

from solicomm_build.foundation import schema
from solicomm_build.foundation.yamlsafe import Node

NONMEMBERS = ("hold", "accept", "discard", "reject")
SPAM = ("hold", "discard")
CLOSED = ("accept", "hold")

_SIBLING = re.compile(r"[a-z0-9][a-z0-9._-]{0,200}\.[a-z0-9-]{1,63}")


@dataclass(frozen=True, slots=True)
class PostingRules:
    """`first_posts` of somebody who joined by mail or web are held; `per_member` and `per_list` are
    posts a day, 0 for no limit; `addressed` says that To or Cc must name the list; `emergency`
    holds everything. `spam` is what becomes of what the mail server marks. `siblings` are List-Ids
    of lists that feed this one. `closed` is what becomes of posts to topics that a moderator
    closed: they are shown as late, or held. With `release`, posts that a day's limit held go out
    the next day.
    """

    nonmembers: str = "hold"
    first_posts: int = 2
    per_member: int = 20
    per_list: int = 200
    addressed: bool = True
    emergency: bool = False
    spam: str = "hold"
    siblings: tuple[str, ...] = ()
    release: bool = False
    closed: str = "accept"


_OPEN = PostingRules("accept", first_posts=0, per_member=0, per_list=0, addressed=False)


def defaults(posting: str) -> PostingRules:
    """The rules of a posting mode when the file says nothing."""
    return _OPEN if posting == "open" else PostingRules()


def read(section: schema.Section, posting: str) -> PostingRules:
    """The rules in a section, its faults noted there."""
    usual = defaults(posting)
    rules = PostingRules(
        section.choice("nonmembers", NONMEMBERS, usual.nonmembers),
        section.integer("first_posts", usual.first_posts, high=100),
        section.integer("per_member", usual.per_member, high=100_000),
        section.integer("per_list", usual.per_list, high=1_000_000),
        section.flag("addressed", usual.addressed),
        section.flag("emergency", usual.emergency),
        section.choice("spam", SPAM, usual.spam),
        section.words("siblings", pattern=_SIBLING, example="[news.lists.example.org]"),
        section.flag("release", usual.release),
        section.choice("closed", CLOSED, usual.closed),
    )
    section.close()
    return rules


def encode(rules: PostingRules | None, posting: str) -> Node:
    """The section without what is usual; `read` reads it back."""
    usual, values = defaults(posting), dict[str, Node]()
    for name in (item.name for item in fields(PostingRules)):
        value = getattr(rules or usual, name)
        if value != getattr(usual, name):
            values[name] = _written(value)
    return values


def _written(value: object) -> Node:
    if isinstance(value, tuple):
        return [str(item) for item in value]
    return str(value).lower() if isinstance(value, bool) else str(value)
