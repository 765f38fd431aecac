"""Who may do what in a conference, and since when: a fold over signed facts. Pure.

Topic events (post/event.py) are checked against the roles in force when they were made. Those
roles stand in the hub's own repository, one small YAML file each, `roles/<ts>-<eid>.yaml`, signed
with the hub's key, so that whoever has the repositories can check them, and nobody but the hub can
write one that counts:

    schema: solicomm/grant@1
    person: p_7h2kqm3x9d
    conference: water
    role: moderator
    at: 2026-03-04T06:12:00.123456Z
    by: operator
    key: 4q2d7xk3n5p6s7t2
    signature: "3f0a…"

`person` is a person id or, for who has a token and is no member, `t_` and the token's name; never
an address. `conference` is `*` for the whole hub, and `@hub` for the one role that is about no
conference, `operator`. A role of `reader` takes the one before away.
Format: docs/formats/grant.md.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from solicomm_build.foundation import frontmatter
from solicomm_build.foundation.errors import ContentError
from solicomm_build.foundation.frontmatter import Word
from solicomm_build.foundation.types import SLUG
from solicomm_build.message.auth import signature
from solicomm_build.people.membership import MACHINE, RUNS_IT
from solicomm_build.people.roster import HUB, ROLES

SCHEMA = "solicomm/grant@1"
FOLDER = "roles"
PUBLIC_KEY = f"{FOLDER}/hub.pub"
"""Where the hub's public key lies: 64 hexadecimal digits and a line end."""

HOSTS = frozenset({"operator", "policy", "hub"})
"""Names in `by` that are no person's: whoever runs the hub, its rules, and the hub itself."""

_PATH = re.compile(r"roles/([0-9]{8}T[0-9]{6}\.[0-9]{6}Z)-([a-z2-7]{16})\.yaml")
_PERSON = re.compile(r"[A-Za-z0-9_-]{1,40}")
_BY = re.compile(r"[A-Za-z0-9_:-]{1,60}")
_VIA = re.compile(r"[tk]-[a-z2-7]{8}")
_KEY = re.compile(r"[a-z2-7]{16}")
_SIGNATURE = re.compile(r"[0-9a-f]{128}")
_UNGIVEN = "It does not count. Give the role with `solicomm member role`"
_ODD = re.compile(r"[^A-Za-z0-9_-]")


@dataclass(frozen=True, slots=True)
class Grant:
    """One fact: from `at` on (UTC), and until `until` where it is set, `person` has `role` there.

    `via` names the token that the role comes with, empty for one that the roster gives; what one
    gives the other does not take away. `key` is the fingerprint of what it is signed with.
    """

    person: str
    conference: str
    role: str
    at: datetime
    by: str
    via: str = ""
    until: datetime | None = None
    key: str = ""
    signature: str = ""

    @property
    def eid(self) -> str:
        """What makes the file's name unique: a digest of all but the signature."""
        digest = hashlib.sha256(statement(self)).digest()
        return base64.b32encode(digest).decode("ascii").lower()[:16]


class Grants:
    """The roles of everybody at every moment, after these facts. Values do not change.

    `refused` are files that did not count, as faults that name them.
    """

    def __init__(self, grants: Iterable[Grant] = (), refused: Iterable[ContentError] = ()) -> None:
        self.refused = tuple(refused)
        facts = sorted(grants, key=lambda one: (one.at, one.eid))
        self._facts: dict[tuple[str, str], dict[str, list[Grant]]] = {}
        for one in facts:
            self._facts.setdefault((one.person, one.conference), {}).setdefault(one.via, []).append(
                one
            )
        digest = hashlib.sha256("".join(one.eid for one in facts).encode("ascii"))
        self.key = digest.hexdigest()
        """A digest of the facts: equal keys give equal answers to every question."""

    def role(self, person: str, conference: str, at: datetime) -> str:
        """What somebody was in a conference at a moment, one of ROLES; `reader` for a stranger."""
        if person in HOSTS:
            return ROLES[-1]
        held = ROLES[0]
        for place in (conference, HUB):
            for facts in self._facts.get((person, place), {}).values():
                held = max(held, _in_force(facts, at), key=ROLES.index)
        return held

    def runs_hub(self, person: str, at: datetime) -> bool:
        """Whether a signed fact made somebody an operator of the hub at a moment."""
        held = self._facts.get((person, MACHINE), {}).values()
        return any(_in_force(facts, at) == RUNS_IT for facts in held)

    def persons(self, conference: str) -> set[str]:
        """Everybody of whom a fact is known that counts in a conference."""
        return {person for person, place in self._facts if place in (conference, HUB)}

    def moments(self, person: str, conference: str) -> list[datetime]:
        """When somebody's role in a conference may have changed, in order, in whole seconds."""
        facts = [
            one
            for place in (conference, HUB)
            for some in self._facts.get((person, place), {}).values()
            for one in some
        ]
        ends = {one.until for one in facts if one.until is not None}
        return sorted({one.at.replace(microsecond=0) for one in facts} | ends)

    def may(self, person: str, conference: str, at: datetime, *, needed: str = "moderator") -> bool:
        """Whether somebody's role at a moment was `needed` or a stronger one."""
        return ROLES.index(self.role(person, conference, at)) >= ROLES.index(needed)


class HubsWord(Grants):
    """For copies without the facts of roles: whatever the hub let in counts, since it looked."""

    def may(self, person: str, conference: str, at: datetime, *, needed: str = "moderator") -> bool:
        """Always."""
        return True


def _in_force(facts: Iterable[Grant], at: datetime) -> str:
    """The last of facts that began by then. A role holds from the second on in which it was given,
    since events name no parts of seconds."""
    role = ROLES[0]
    for one in facts:
        if one.at.replace(microsecond=0) > at:
            break
        role = ROLES[0] if one.until is not None and one.until <= at else one.role
    return role


def token_name(person: str) -> str:
    """What somebody who has a token and is no member is called in `by`: never like a person id,
    nor like one of HOSTS."""
    return "t_" + _ODD.sub("-", person)[:38]


# -- keys -------------------------------------------------------------------------------------


def fingerprint(public_key: bytes) -> str:
    """The short name of a public key."""
    digest = hashlib.sha256(public_key).digest()
    return base64.b32encode(digest).decode("ascii").lower()[:16]


def signed(grant: Grant, pem: bytes) -> Grant:
    """The fact with the hub's signature; the same fact gets the same one."""
    named = replace(grant, key=fingerprint(signature.public(pem)), signature="")
    return replace(named, signature=signature.sign(pem, statement(named)).hex())


def check(grant: Grant, public_key: bytes, file: str = "") -> None:
    """Raises ContentError when a fact is not signed with this key."""
    if grant.key != fingerprint(public_key):
        remedy = "It does not count. Give the role with `solicomm member role`"
        raise ContentError(
            "the role is signed with a key that is not the hub's", file=file, remedy=remedy
        )
    if not signature.holds(public_key, statement(grant), bytes.fromhex(grant.signature)):
        remedy = "It does not count. Somebody altered it: look at the history of the file"
        raise ContentError("the signature of the role does not fit", file=file, remedy=remedy)


# -- files ------------------------------------------------------------------------------------


def path(grant: Grant) -> str:
    """The store-relative path of a fact."""
    moment = grant.at.strftime("%Y%m%dT%H%M%S.%f")
    return f"{FOLDER}/{moment}Z-{grant.eid}.yaml"


def is_path(text: str) -> bool:
    """Whether a fact may lie there."""
    return _PATH.fullmatch(text) is not None


def may_be(conference: str, role: str) -> bool:
    """Whether there is such a role in such a place."""
    return role in ((ROLES[0], RUNS_IT) if conference == MACHINE else ROLES)


def statement(grant: Grant) -> bytes:
    """What is signed: the file without its signature."""
    values: dict[str, frontmatter.Value] = {
        "schema": Word(SCHEMA),
        "person": Word(grant.person),
        "conference": grant.conference,
        "role": Word(grant.role),
        "at": Word(_moment(grant.at)),
        "by": grant.by,
    }
    if grant.via:
        values["via"] = Word(grant.via)
    if grant.until is not None:
        values["until"] = Word(_moment(grant.until))
    values["key"] = Word(grant.key)
    return frontmatter.write_head(values).encode("utf-8")


def encode(grant: Grant) -> bytes:
    """The file of a signed fact; `decode` reads it back."""
    values: dict[str, frontmatter.Value] = {"signature": grant.signature}
    return statement(grant) + frontmatter.write_head(values).encode("utf-8")


def decode(blob: bytes, file: str = "") -> Grant:
    """The fact in a file. Raises ContentError. Whether it counts, `check` says."""
    read = frontmatter.record(blob, SCHEMA, file=file, remedy=_UNGIVEN)
    conference = read.text("conference")
    if conference not in (HUB, MACHINE) and not SLUG.fullmatch(conference):
        raise read.fault("conference")
    role = read.text("role")
    if not may_be(conference, role):
        raise read.fault("role")
    return Grant(
        person=read.word("person", _PERSON),
        conference=conference,
        role=role,
        at=read.moment("at"),
        by=read.word("by", _BY),
        via=read.word("via", _VIA) if "via" in read.values else "",
        until=read.moment("until") if "until" in read.values else None,
        key=read.word("key", _KEY),
        signature=read.word("signature", _SIGNATURE),
    )


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
