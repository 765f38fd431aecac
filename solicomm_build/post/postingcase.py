"""One message that was sent to a conference with all that a verdict on it depends on; verdicts.

Pure; imports message, conference and roster. How far the author's address is proved and how much
was posted lately comes from outside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from solicomm_build.foundation import hooks
from solicomm_build.foundation.types import Envelope, Mailbox, Proven
from solicomm_build.message.auth.authorship import author
from solicomm_build.message.auth.levels import Level
from solicomm_build.message.values import Message
from solicomm_build.people import proof
from solicomm_build.people.address import Purpose, fold, split
from solicomm_build.people.roster import Roster
from solicomm_build.post.conference import Conference
from solicomm_build.post.postingrules import PostingRules

MODERATORS = ("moderator", "host")

Action = Literal["accept", "hold", "discard", "answer", "reject"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do, by which rule, and the reason in words for moderators. `answer` is neither post
    nor hold: the author wanted something of the list server and gets help, or, when it is
    `about_topic`, of its moderators' desk. `reject` sends it back to its author with the reason,
    and is only said of authors who are proved.

    `archive` is off when the author asked that the post be delivered but not kept.
    """

    action: Action
    rule: str
    reason: str = ""
    archive: bool = True
    about_topic: bool = False


@dataclass(frozen=True, slots=True)
class Counts:
    """Posts accepted in this conference: of the author today, of everybody today, and of the author
    ever. `automatic` are those of the last ten minutes, taken or not, when a program writes."""

    member_today: int = 0
    list_today: int = 0
    member_ever: int = 0
    automatic: int = 0


@dataclass(frozen=True, slots=True)
class Case:
    """All that a verdict depends on. Who the author is in the roster is asked of a proved one only;
    any other is a stranger. `list_id` is `<id>.<domain>` (RFC 2919), `list_address` the
    address people post to, `level` how far the author's address is proved (E4.1), `certain` whether
    the DNS answered where that rests on it, `enforced` whether the domain of an author who `failed`
    asks not to believe such mail. `topic_closed` says that a moderator ended the topic
    that the message would go to, `to_topic` that it goes to one that it does not begin. `fed` says
    that a server of the domain of a list that may feed this one is proved to have sent it. `silent`
    says why the desk would answer nothing to it (message/auth/answerable.py), if so.
    `author` is the address of the one author; empty when the message does not say clearly.
    """

    message: Message
    envelope: Envelope
    conference: Conference
    list_id: str
    list_address: str
    roster: Roster
    level: Level = "claimed"
    counts: Counts = Counts()
    certain: bool = True
    enforced: bool = True
    topic_closed: bool = False
    to_topic: bool = False
    fed: bool = False
    silent: str = ""
    author: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "author", author(self.message) or "")

    @property
    def rules(self) -> PostingRules:
        """What the conference asks of posts."""
        return self.conference.rules

    @property
    def proven(self) -> Proven | None:
        """The author, when it is proved who that is."""
        return proof.of_mail(self.author, self.level)

    @property
    def takes_everybody(self) -> bool:
        """Whether a stranger's post is taken here: then a claim wins nothing."""
        if self.conference.posting in ("moderated", "announce"):
            return False
        return self.rules.nonmembers == "accept" or self.is_fed

    @property
    def is_moderator(self) -> bool:
        """Whether the author, who is proved, moderates here."""
        who = self.proven
        return who is not None and self.roster.role(self.conference.id, who) in MODERATORS

    @property
    def is_fed(self) -> bool:
        """Whether a list that may feed this one passed the message on: by its List-Id, and proved
        to come from a server of its domain. A List-Id alone is a claim."""
        return self.fed and bool(feeders(self.message, self.rules))

    @property
    def is_trusted(self) -> bool:
        """Whether a moderator said that the author, who is proved, may write freely, or the author
        is one."""
        who = self.proven
        if who is None:
            return False
        return self.is_moderator or self.roster.standing(self.conference.id, who) == "trusted"

    @property
    def is_banned(self) -> bool:
        """Whether a moderator wants nothing of the author any more."""
        return bool(self.author) and self.roster.is_banned(self.conference.id, self.author)

    @property
    def is_member(self) -> bool:
        """Whether the author, who is proved, is subscribed."""
        who = self.proven
        return who is not None and self.roster.is_subscribed(self.conference.id, who)

    @property
    def is_addressed(self) -> bool:
        """Whether To or Cc names the list."""
        boxes, domain = (*self.message.to, *self.message.cc), self.list_address.rpartition("@")[2]
        return names_list(boxes, self.conference.id, domain, self.roster)


def names_list(boxes: Iterable[Mailbox], conference: str, domain: str, roster: Roster) -> bool:
    """Whether one of these mailboxes is the list's, by its address or an earlier one."""
    own = {fold(conference), *roster.names.of(conference)}
    for box in boxes:
        name, _, at = fold(box.addr_spec).rpartition("@")
        found = split(name, own) if at == fold(domain) else None
        if found is not None and found.purpose in (Purpose.POST, Purpose.TOPIC):
            return True
    return False


Rule = Callable[[Case], Verdict | None]
"""One rule of posting: its verdict, or None when it has none."""


def names(values: Iterable[str], wanted: str) -> bool:
    """Whether one of the values is `wanted`, bare or within angle brackets or a mailto URI."""
    key = fold(wanted)
    for value in values:
        bare = fold(value).rpartition("<")[2].partition(">")[0].strip().removeprefix("mailto:")
        if bare == key:
            return True
    return False


def feeders(message: Message, rules: PostingRules) -> list[str]:
    """The List-Ids of a message that may feed a list with these rules."""
    return [one for one in rules.siblings if names(message.all("List-Id"), one)]


def is_of(list_id: str, domain: str) -> bool:
    """Whether a server's domain belongs to a List-Id, which is one of its names (RFC 2919 2)."""
    return "." in domain and f".{fold(list_id)}".endswith(f".{fold(domain)}")


# -- what features add -------------------------------------------------------------------------


class PolicyHook(Protocol):
    """`policy.py` of a feature: what it says of who may post what (post/policy.py). Pure."""

    RULES: Mapping[str, Rule]
    """Rules of posting, each by the name of the core's rule before which it is asked. Of several
    features' before the same one, those of the feature that comes first in the alphabet."""

    ORDERS: Iterable[Callable[[Case], bool]]
    """Whether a message says what only a moderator may have done, so that its author is asked for
    proof first, whatever the conference takes from everybody."""

    ALSO: Mapping[str, Callable[[Case], bool]]
    """What a verdict rests on that is seldom so, by the word by which the verdict's line notes it
    (ingest/judging.py)."""


@hooks.derived
def rules() -> Mapping[str, tuple[Rule, ...]]:
    """The rules of posting that features add, by the core's rule before which they stand."""
    found: dict[str, tuple[Rule, ...]] = {}
    for some in hooks.each("policy", "RULES"):
        for name, rule in some.items():
            found[name] = (*found.get(name, ()), rule)
    return found


@hooks.derived
def orders() -> tuple[Callable[[Case], bool], ...]:
    """What tells that a message says what only a moderator may have done."""
    return tuple(one for some in hooks.each("policy", "ORDERS") for one in some)


def also() -> Mapping[str, Callable[[Case], bool]]:
    """What features note of the cases they decide."""
    return hooks.table("policy", "ALSO")
