"""DMARC (RFC 9989): what a domain asks of receivers, and whether two domains are one's own.

Pure: the DNS is handed in as a function. The organizational domain is found by walking up the DNS
(4.10), at most eight queries, never by a list of public suffixes. A DNS that does not answer counts
as a domain that enforces: then a copy is munged once too often, not bounced at hundreds of members.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from solicomm_build.foundation.errors import NameLookupError
from solicomm_build.foundation.types import TxtAnswer
from solicomm_build.message.auth import canonical

TxtLookup = Callable[[str], TxtAnswer]
"""The TXT records of a name; may raise NameLookupError."""

POLICIES = ("none", "quarantine", "reject")
_JUMP = 7  # labels left after the first step up from eight or more (RFC 9989 4.10)
_MARK = re.compile(rb"v\s*=\s*DMARC1\s*(?:;|$)")
_URI = re.compile(r"[a-z][a-z0-9+.-]*:[^\s,]+", re.IGNORECASE)
_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_][a-z0-9_-]{0,62})*")


@dataclass(frozen=True, slots=True)
class Policy:
    """What applies to mail From a domain. `p` is the policy in force: sp, np and t are worked in.

    `domain` is where the record stands, empty when there is none. `certain` is False when the DNS
    did not answer.
    """

    p: str = "none"
    domain: str = ""
    strict_dkim: bool = False
    strict_spf: bool = False
    testing: bool = False
    certain: bool = True

    @property
    def enforces(self) -> bool:
        """Whether receivers are asked to turn away what fails."""
        return self.p != "none"


NONE = Policy()
UNKNOWN = Policy(p="reject", certain=False)


def domain_of(addr_spec: str) -> str:
    """The domain of an address as the DNS has it, A-labels in lower case; empty if none."""
    domain = addr_spec.rpartition("@")[2].strip().rstrip(".")
    if not domain.isascii() and len(domain) < 256:
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError:
            return ""
    domain = domain.lower()
    return domain if _NAME.fullmatch(domain) else ""


def policy(domain: str, lookup: TxtLookup) -> Policy:
    """The policy for mail From a domain (RFC 9989 4.10.1). Never raises.

    The domain's own record, else that of its organizational domain, else that of a public suffix
    above it.
    """
    domain = domain_of(domain)
    if not domain:
        return NONE
    try:
        walked = list(_walk(domain, lookup))
        if not walked:
            return NONE
        own = walked[0] if walked[0][0] == domain else None
        where, record = own or _organizational_record(domain, walked)
        exists = own is not None or "np" not in record or lookup(domain).exists
    except NameLookupError:
        return UNKNOWN
    return _in_force(record, where, below=own is None, exists=exists)


def organizational(domain: str, lookup: TxtLookup) -> str:
    """The organizational domain of a domain (RFC 9989 4.10.2). Raises NameLookupError."""
    domain = domain_of(domain)
    walked = list(_walk(domain, lookup, whole=True)) if domain else []
    return _chosen(domain, walked)[0] if walked else domain


def aligned(author: str, other: str, lookup: TxtLookup, *, strict: bool = False) -> bool:
    """Whether a domain that authenticated speaks for the author's (RFC 9989 4.4).

    Strict: the same name. Relaxed: the same organizational domain. The DNS is asked only when the
    names could belong together; when it does not answer, they do not. Never raises.
    """
    author, other = domain_of(author), domain_of(other)
    if not author or not other or strict or author == other:
        return bool(author) and author == other
    if author.rpartition(".")[2] != other.rpartition(".")[2]:
        return False  # an organizational domain of both would be a suffix of both
    try:
        mine = organizational(author, lookup)
        if other != mine and not other.endswith(f".{mine}"):
            return False
        return organizational(other, lookup) == mine
    except NameLookupError:
        return False


# -- the walk -----------------------------------------------------------------------------------

Record = dict[str, str]


def _walk(domain: str, lookup: TxtLookup, *, whole: bool = False) -> Iterator[tuple[str, Record]]:
    """(name, record) from the domain upwards, at most eight queries (RFC 9989 4.10).

    Without `whole` the domain's own record is enough, because it is the policy.
    """
    labels = domain.split(".")
    first = True
    while labels:
        name = ".".join(labels)
        record = _record(lookup(f"_dmarc.{name}"))
        if record is not None:
            yield name, record
            if record.get("psd", "u") in ("y", "n") or (first and not whole):
                return
        labels = labels[-_JUMP:] if len(labels) > _JUMP else labels[1:]
        first = False


def _record(answer: TxtAnswer) -> Record | None:
    """The one DMARC record among TXT records; several are none (RFC 9989 4.10)."""
    marked = [text for text in answer.records if _MARK.match(text)]
    if len(marked) != 1:
        return None
    found = _lenient(marked[0].decode("ascii", "replace"))
    return {name: text.lower() if name != "rua" else text for name, text in found.items()}


def _lenient(text: str) -> Record:
    """The tags that can be read; the first of a name counts. Others are ignored, as 4.7 asks."""
    found: Record = {}
    for part in text.split(";"):
        for name, value in (canonical.tags(part) or {}).items():
            found.setdefault(name.lower(), value)
    return found


def _chosen(domain: str, walked: list[tuple[str, Record]]) -> tuple[str, Record | None]:
    """(organizational domain, its record) by the three rules of RFC 9989 4.10.2."""
    for name, record in walked:
        if record.get("psd") == "n":
            return name, record
        if record.get("psd") == "y" and name != domain:
            below = domain.removesuffix(f".{name}").rpartition(".")[2]
            found = f"{below}.{name}"
            return found, dict(walked).get(found)
    return min(walked, key=lambda one: one[0].count("."))


def _organizational_record(domain: str, walked: list[tuple[str, Record]]) -> tuple[str, Record]:
    name, record = _chosen(domain, walked)
    return (name, record) if record is not None else walked[-1]  # the public suffix's


def _in_force(record: Record, where: str, *, below: bool, exists: bool) -> Policy:
    """p, or sp and np for names below the record's; lowered one step by t=y (RFC 9989 4.7)."""
    wanted = [record.get("p"), record.get("sp"), record.get("np")]
    given = [one for one in wanted if one is not None]
    if record.get("p") is None or any(one not in POLICIES for one in given):
        # 4.7: it is as if p=none had been said where somebody asks for reports, else no record
        return Policy(domain=where if _URI.match(record.get("rua", "")) else "")
    p, sp, np = (one or "" for one in wanted)
    if below:
        p = (np or sp or p) if not exists else (sp or p)
    testing = record.get("t") == "y"
    if testing:
        p = POLICIES[max(0, POLICIES.index(p) - 1)]
    strict_dkim, strict_spf = record.get("adkim") == "s", record.get("aspf") == "s"
    return Policy(p, where, strict_dkim, strict_spf, testing)
