"""Whom and what a message that came back is about; and a refusal as such a message."""

from __future__ import annotations

import re

from solicomm_build.features.bounces import bounce as rules
from solicomm_build.features.bounces.bounceclass import classify
from solicomm_build.features.bounces.reports import dsnwrite
from solicomm_build.features.bounces.reports.dsn import Failure
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Item
from solicomm_build.foundation.types import SLUG, Envelope, post_id
from solicomm_build.message.address import key
from solicomm_build.people import address, token
from solicomm_build.people.address import SITE, Purpose
from solicomm_build.people.membership import Member
from solicomm_build.people.moved import along
from solicomm_build.people.roster import Roster


def refusal(
    config: Config, key: bytes, list_id: str, number: int, recipient: str, reply: str
) -> Item:
    """A reply of 5xx to a member's copy as if the next server had sent it back
    (docs/mail-rules.md#handing-over): goes into spool/bounces, and is read like every other."""
    now = clock.now()
    tag = token.verp_tag(key, number, rules.epoch_day(now))
    back = f"{list_id}-bounces+{tag}@{config.domain}"
    envelope = Envelope(None, (back,), now)
    return Item(envelope, dsnwrite.write(back, config.domain, recipient, reply, now))


def about(report: tuple[Failure, ...], member: Member) -> Failure:
    """The failure that is the member's: by address, else the only one, else the mildest, since
    the tag says that it is one of them."""
    wanted = address.fold(member.address)
    for failure in report:
        if wanted in (address.fold(failure.recipient or ""), address.fold(failure.final or "")):
            return failure
    return min(report, key=lambda one: rules.WEIGHTS[classify(one)])


_UNDER_WAY = 7
"""Days for which a copy may be tried, and come back from an address that it was for."""


def is_of_before(roster: Roster, member: Member, day: int, report: object) -> bool:
    """Whether a report is about a copy that went to an address which the member has no more: as
    the `day` of the copy says, or, for some days, whom the report names. Who says so may be
    somebody else."""
    moved = along.day_of(roster, member.number)
    if not moved <= day <= moved + _UNDER_WAY:
        return day < moved
    failures = report if isinstance(report, tuple) else ()
    named = {key(one) for failure in failures for one in (failure.recipient, failure.final) if one}
    is_todays = key(member.address) in named
    return not is_todays and any(along.had(roster, member.number, one) for one in named)


_MESSAGE_ID = re.compile(rb"^Message-ID:\s*<([^<>\s]{1,900})>", re.MULTILINE | re.IGNORECASE)


def about_post(raw: bytes) -> str | None:
    """Which post came back, by the Message-ID of the returned message in a report; for the log."""
    found = _MESSAGE_ID.search(raw, raw.find(b"\r\n\r\n") + 1)
    return post_id(found[1].decode("utf-8", "surrogateescape")) if found else None


def gets_mail(folded: Roster, name: str, member: Member) -> bool:
    """Whether a list sends anything to a member."""
    subscribed = member.number in folded.subscriptions[name]
    active = member.state == "active" and folded.state(member.number, name).state == "active"
    return subscribed and active


def place_of(config: Config, rcpt_to: str) -> tuple[str, str]:
    """(conference, tag) of `<conference>-bounces+<tag>@…`, the hub's own being SITE's; a
    conference that is not here is none."""
    local = address.fold(rcpt_to.rpartition("@")[0])
    for mark in ("-bounces", "+bounces"):
        base, found, rest = local.rpartition(mark)
        if not found or rest[:1] not in ("", "+") or not SLUG.fullmatch(base):
            continue
        split = address.split(local, {base})
        is_here = base == SITE or config.conference_repo(base).is_dir()
        if is_here and split is not None and split.purpose is Purpose.BOUNCES:
            return base, split.tag
    return "", ""
