"""Members, and what the roster says about them: options, states, addresses here, tokens, trust.

Pure values and the table of options; `people/roster.py` folds the events into them. The format is
docs/formats/roster.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from solicomm_build.foundation import clock, i18n

UNCONFIRMED = "unconfirmed"
"""The state of a subscription that was brought from another list server and that its member has not
agreed to here: it may post, read and leave, and gets nothing but the question, when the operator
sends it."""

HUB = "*"
"""The conference of a role that holds in the whole hub."""

ROLES = ("reader", "member", "moderator", "host")
"""Roles, the weakest first. Hosts own the conference."""

MACHINE = "@hub"
"""The place of the one role that is about no conference: of who runs the hub. No id is so."""
RUNS_IT = "operator"
"""That role. It says nothing of what somebody may do in a conference."""

STATES = ("active", "disabled", "removed", UNCONFIRMED)
STANDINGS = ("trusted", "banned")

ANSWERS = "answers"
"""The value of the option `mail` that brings only what answers the member."""

OPTIONS: Mapping[str, tuple[str, ...]] = {
    "mail": ("on", "off", ANSWERS),
    "digest": ("none", "daily", "weekly"),
    "form": ("page", "mime", "plain", "summary"),
    "copy": ("on", "off"),
    "dup": ("on", "off"),
    "lang": (),
    "max": (),
    "paused": (),
    "topics": (),
    "zone": (),
}
"""The options of a subscription with their values, the default first; () is any text, default "".

`mail` off: no copies, the subscription stays (posting, pages); answers: only what answers the
member (people/wishes.py), by itself, whatever `digest` says. `digest`: its rhythm, then no single
copies; `form` is the digest's. `copy` off: none of one's own posts. `dup` off: none when To or Cc
names the member already. `lang`: of mails about this list. `max`: `10/day`, then a digest.
`paused`: since when nothing is sent, a UTC timestamp. `topics`: words, comma between. `zone`: the
time zone by which a digest comes at six, an IANA name.
"""


def option(options: Mapping[str, str], name: str) -> str:
    """The value of an option of a subscription, or its default."""
    allowed = OPTIONS.get(name, ())
    return options.get(name) or (allowed[0] if allowed else "")


def letter_language(
    options: Mapping[str, str],
    own: str,
    *,
    supposed: bool,
    wishes: Iterable[str] = (),
    heard: Callable[[], Iterable[str]] = tuple,
    others: Iterable[str] = (),
) -> str:
    """The language to write to somebody in, one that we speak: what was chosen for the list
    (`options`) or for everything (`own`, unless it is only `supposed`), else a wish, such as the
    language of a command, else what the person writes in (`heard`, asked only then), else what was
    joined in, else what the others say: the list's languages, the hub's. English when none."""
    chosen = "" if supposed else own
    asked = spoken_here([options.get("lang", ""), chosen, *wishes])
    return asked or spoken_here(heard()) or spoken_here([own, *others]) or "en"


def spoken_here(tags: Iterable[str]) -> str:
    """The first of some language tags whose language we speak, or ""."""
    primary = (tag.strip().replace("_", "-").partition("-")[0].lower() for tag in tags)
    return next((tag for tag in primary if tag in i18n.LANGUAGES), "")


@dataclass(frozen=True, slots=True)
class Status:
    """`state` is one of STATES; since when (the event's `at`, "" when it never changed) and why."""

    state: str = "active"
    since: str = ""
    reason: str = ""


LONGEST = timedelta(days=60)
"""No token holds for longer: one that would was given by a clock that was ahead."""


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """What a stored token allows: `action` such as `join` or `moderate`, in a conference ("" for
    the hub), to whoever reads the mail of `address`, until `expires` (UTC-aware). `data` is what
    the action needs besides, `used` whether it was done.
    """

    action: str
    conference: str
    address: str
    expires: datetime
    data: Mapping[str, Any] = field(default_factory=dict)
    used: bool = False

    def is_good(self, now: datetime) -> bool:
        """Whether it is neither used nor over, nor given by a clock that was far ahead."""
        return not self.used and clock.is_good(self.expires, LONGEST, now)


@dataclass(frozen=True, slots=True)
class Bounce:
    """A copy that came back: `kind` is a class of docs/mail-rules.md#bounces, `day` the day of the
    copy as `2026-11-24`, `at` when it was read, `diagnostic` one line of the report.
    """

    conference: str
    kind: str
    day: str
    at: str
    diagnostic: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """A person: `state` is active, disabled or removed. `lang` is `supposed` where nobody chose it:
    the letters were in it when the person joined."""

    number: int
    address: str
    name: str = ""
    lang: str = ""
    state: str = "active"
    supposed: bool = False


@dataclass(frozen=True, slots=True)
class MailboxRule:
    """What happens with mail to a member's address here: forwarded, kept in the member's own
    repository, or both. `domain` is a union's, or empty for the hub's.
    """

    local_part: str
    number: int = 0
    forward: str = ""
    keep: bool = False
    domain: str = ""

    @property
    def name(self) -> str:
        """What the roster calls it: the local part, with `@domain` where it is not the hub's."""
        return f"{self.local_part}@{self.domain}" if self.domain else self.local_part
