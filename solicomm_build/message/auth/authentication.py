"""How far an author's address is proved: the identity level that posting policy decides by.

Pure. What the mail server in front of us found counts when it is one of ours by name: the topmost
Authentication-Results field (RFC 8601) with a trusted authserv-id, and no other, since anybody can
write such fields below it. What it did not look at we verify ourselves, when the DNS may be asked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from solicomm_build.foundation.errors import MessageError
from solicomm_build.foundation.types import Mailbox, TxtAnswer
from solicomm_build.message import address
from solicomm_build.message.auth import canonical, dkim, dmarc
from solicomm_build.message.auth.dkim import KeyLookup
from solicomm_build.message.auth.dmarc import Policy, TxtLookup
from solicomm_build.message.auth.levels import PROVEN, Level
from solicomm_build.message.split import Field, split

_METHOD = re.compile(r"\s*([a-z][a-z0-9-]*)(?:\s*+/\s*+\d++)?\s*+=\s*([a-z]+)", re.IGNORECASE)
# `ptype.property=value`, `reason=value` or `action=value`. A value may be an address whose local
# part is in quotes (RFC 8601 2.2), and its domain stands behind them.
_PROPERTY = re.compile(
    r"\s++([a-z][a-z0-9_-]*+)(?:\s*+\.\s*+([a-z0-9_-]++))?\s*+=\s*+"
    r"((?:\"(?:[^\"\\]++|\\.)*+\"|[^\s;\"\\]++)++)",
    re.IGNORECASE | re.DOTALL,
)
_QUOTED = re.compile(r"\"((?:[^\"\\]++|\\.)*+)\"", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_ID = re.compile(r"\s*(?:\"([^\"]*)\"|([^\s;\"]+))")
_OWN_ID = re.compile(r"[ \t\r\n]*+(?:\"([!-~]*?)\"|([^\s;\"()]++))(?=[ \t\r\n;(]|\Z)", re.ASCII)
_POLICY = re.compile(r"\b(?:p|policy)\s*+=\s*+(none|quarantine|reject)\b", re.IGNORECASE)
_TO_WHOM = ("to", "cc")
_MOST = 64  # results read from one field
_METHODS = ("spf", "dkim", "dmarc")
LONGEST = 4096
"""Characters of a field that is read. A front that looks at ten signatures writes some 1,500."""
_LONGEST_ID = 260  # characters: a domain name has 253 at most (RFC 1035 2.3.4)


@dataclass(frozen=True, slots=True)
class Authentication:
    """A level and, for the log and for moderators, what it rests on, in one line of ASCII.

    `certain` is False for a `failed` that rests on a DNS that did not answer; `enforced` says of a
    `failed` that the author's domain asks not to believe such mail. `is_vouched` says that
    something that speaks for the author's domain passed, were it only a signature that leaves
    Content-Type out: no proof, but whoever is answered did have a hand in it.
    """

    level: Level
    reason: str
    certain: bool = True
    enforced: bool = False
    is_vouched: bool = False

    @property
    def is_proof(self) -> bool:
        """Whether the author is proved."""
        return self.level in PROVEN


CARRIED = Authentication("claimed", "brought by hand, so its author is asked")
"""What is found of mail that came on no line: no server looked at it, and a signature in it says
that it was mailed once, perhaps to somebody else, and not who brings it."""


class MethodResult(NamedTuple):
    """One result of an Authentication-Results field; names and the domain properties in lower case.

    `comments` is what stood in brackets.
    """

    method: str
    result: str
    properties: dict[str, str]
    comments: str


def assess(
    raw: bytes,
    *,
    trusted: Collection[str] = (),
    txt: TxtLookup | None = None,
    keys: KeyLookup | None = None,
    fields: Collection[Field] | None = None,
    names: Callable[[Sequence[Mailbox]], bool] = lambda _: False,
) -> Authentication:
    """The level of a message's author. `trusted` are authserv-ids; without `txt` and `keys` nothing
    is looked up. `fields` are the message's, where they were read. `names` says whether mailboxes
    of To and Cc name whom it came to. Never raises for anything in the message."""
    try:
        fields = split(raw).fields if fields is None else fields
    except MessageError as error:
        return Authentication("claimed", f"unreadable header: {error.public}")
    person = _author(fields)
    if not person:
        return Authentication("claimed", "From does not name one author")
    author, found = dmarc.domain_of(person), results(fields, trusted)
    if any(_logged_in(one, person) for one in found):
        return Authentication("aligned", "auth=pass, logged in as the author", is_vouched=True)
    said = _of_results(found, author, txt)
    if said is None and keys is not None and txt is not None:
        said = _verified(raw, author, txt, keys)
    if said is None:
        return Authentication(
            "claimed", "nothing vouches for the author, and nothing was looked up"
        )
    is_direct = any(one.method == "spf" and _is_own(author, _speaks_for(one)) for one in found)
    if said.is_proof and not is_direct and _was_readdressed(fields, author, names):
        return Authentication("claimed", f"{said.reason}, but not to whom", is_vouched=True)
    return said


def results(fields: Collection[Field], trusted: Collection[str]) -> tuple[MethodResult, ...]:
    """The results in the topmost Authentication-Results of a trusted authserv-id.

    Whose field it is decides before anything else of it is read. What is longer than `LONGEST` says
    nothing: a sender with a hundred signatures could have pushed out of it what counts against him.
    """
    names = {name.lower() for name in trusted}
    for field in fields:
        if field.name.lower() == "authentication-results" and _id_of(field.value) in names:
            return read_results(field.value)[1] if len(field.value) <= LONGEST else ()
    return ()


def vouched(
    raw: bytes,
    is_meant: Callable[[str], bool],
    *,
    trusted: Collection[str] = (),
    keys: KeyLookup | None = None,
) -> bool:
    """Whether something passed that speaks for a domain which `is_meant`: SPF of the envelope
    sender or a DKIM signature, as `trusted` say, or a signature that holds by `keys`. Says nothing
    of the author. Never raises for anything in the message."""
    try:
        found = results(split(raw).fields, trusted)
    except MessageError:
        return False
    if any(domain and is_meant(domain) for domain in map(_speaks_for, found)):
        return True
    if keys is None:
        return False
    return any(one.result == "pass" for one in dkim.verify(raw, keys, wanted=is_meant))


def was_checked(fields: Collection[Field], trusted: Collection[str]) -> bool:
    """Whether one of `trusted` says what it found of SPF, DKIM or DMARC."""
    return any(one.method in _METHODS for one in results(fields, trusted))


def _id_of(value: str) -> str:
    """The authserv-id of a field, in lower case, from its first characters alone: empty where it
    stands behind a comment or beside anything else, as no server of ours writes it, since who takes
    strangers' fields away (mtamaps.py) has to know all forms that count here."""
    head = _OWN_ID.match(value[:_LONGEST_ID])
    return (head[1] or head[2] or "").lower() if head else ""


def read_results(value: str) -> tuple[str, tuple[MethodResult, ...]]:
    """(authserv-id, results) of a field's value (RFC 8601 2.2), of its first `LONGEST` characters.

    A server writes the sender's address and HELO into it, in which a stranger may have put what
    looks like results. So a pass counts only when all of its words are properties, each there once,
    and none does where quotes or brackets do not close. Never raises.
    """
    segments, is_whole = [], True
    try:
        for segment in _segments(value[:LONGEST]):
            segments.append(segment)
    except MessageError:
        is_whole = False
    head = _ID.match(segments[0][0])
    if head is None:
        return "", ()
    found = []
    for text, comments in segments[1 : _MOST + 1]:
        match = _METHOD.match(text)
        if match is None:
            continue
        result, properties = match[2].lower(), _properties(text, match.end())
        if result != "pass" or (is_whole and properties is not None):
            found.append(MethodResult(match[1].lower(), result, properties or {}, comments))
    return head[1] or head[2], tuple(found)


def _properties(text: str, at: int) -> dict[str, str] | None:
    """What a result says from `at` on; None when there are other words, or one property twice."""
    found: dict[str, str] = {}
    while match := _PROPERTY.match(text, at):
        at = match.end()
        name = f"{match[1]}.{match[2]}".lower() if match[2] else match[1].lower()
        if name in found:
            return None
        quoted = _QUOTED.fullmatch(match[3])
        found[name] = _ESCAPED.sub(r"\1", quoted[1]) if quoted else match[3]
    return None if text[at:].strip() else found


def _segments(value: str) -> Iterator[tuple[str, str]]:
    """(text, comments) between semicolons; brackets and quotes hide semicolons (RFC 5322 3.2), and
    quotes in brackets hide brackets, as servers write addresses there. A comment is a space.

    Raises MessageError at the end of what leaves one open, or has a backslash outside of both.
    """
    text: list[str] = []
    comments: list[str] = []
    depth, quoted, escaped, is_odd = 0, False, False, False
    for character in value:
        target = comments if depth else text
        target.append(character)
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = bool(depth or quoted)
            is_odd = is_odd or not escaped
        elif character == '"':
            quoted = not quoted
        elif quoted:
            continue
        elif character == "(" or (character == ")" and depth):
            target[-1] = " "
            depth += 1 if character == "(" else -1
        elif character == ";" and not depth:
            text.pop()
            yield "".join(text), "".join(comments)
            text, comments = [], []
    yield "".join(text), "".join(comments)
    if depth or quoted or is_odd:
        raise MessageError("results that do not close")


def _author(fields: Collection[Field]) -> str:
    """The address of the one author (docs/mail-rules.md#posting); empty when From names none or
    several."""
    froms = [field for field in fields if field.name.lower() == "from"]
    boxes = address.parse_list(froms[0].value) if len(froms) == 1 else ()
    if len(boxes) != 1 or not address.is_valid(boxes[0].addr_spec):
        return ""
    return boxes[0].addr_spec


def _logged_in(one: MethodResult, author: str) -> bool:
    """Whether a result says that the mail was handed in by somebody who had logged in with the
    author's whole address (RFC 8601 2.7.4). Another login, or a name without a domain, says nothing
    of the author."""
    login = one.properties.get("smtp.auth", "")
    if (one.method, one.result) != ("auth", "pass") or not address.is_valid(login):
        return False
    return address.key(login) == address.key(author)


def _of_results(
    found: tuple[MethodResult, ...], author: str, txt: TxtLookup | None
) -> Authentication | None:
    """What the trusted results say; None when they do not settle it."""
    for one in found:
        if one.method != "dmarc":
            continue
        claimed = one.properties.get("header.from", "").rpartition("@")[2].lower()
        if claimed and author != claimed and not author.endswith(f".{claimed}"):
            continue
        if one.result == "pass":
            reason = f"dmarc=pass header.from={claimed or author}"
            return Authentication("aligned", reason, is_vouched=True)
        if one.result == "fail":
            enforced = _is_enforced(one, author, txt)
            how = "enforces" if enforced else "does not enforce"
            reason = f"dmarc=fail, and the domain {how} it"
            return Authentication("failed", reason, enforced=enforced)
    for one in found:
        domain = _speaks_for(one)
        if domain and dmarc.aligned(author, domain, txt or _nothing):
            return Authentication("aligned", f"{one.method}=pass for {domain}", is_vouched=True)
    for one in found:
        if one.method in _METHODS and one.result == "fail":
            return Authentication("failed", f"{one.method}=fail, and nothing else vouches")
    return None


def _is_own(author: str, domain: str) -> bool:
    """Whether the names of two domains say that one lies in the other."""
    mine, its = f".{author}", f".{domain}"
    return bool(domain) and (mine.endswith(its) or its.endswith(mine))


def _was_readdressed(
    fields: Collection[Field], author: str, names: Callable[[Sequence[Mailbox]], bool]
) -> bool:
    """Whether somebody may have written To or Cc into what the author had sent to others: his
    domain signed To, there are more of both than it signed, and what it signed does not name whom
    it came to. Of a domain that signs neither, as some large ones do, it cannot be known. A
    signature added later changes nothing of it."""
    there = {name: [one.value for one in fields if one.name.lower() == name] for name in _TO_WHOM}
    for field in fields:
        if field.name.lower() != "dkim-signature":
            continue
        tags = canonical.tags(field.value) or {}
        taken = Counter(name.lower() for name in tags.get("h", "").split(":"))
        is_asked = taken["to"] and _is_own(author, dmarc.domain_of(tags.get("d", "")))
        if is_asked and any(len(there[name]) > taken[name] for name in _TO_WHOM):
            # a signature takes the fields of a name from the lowest up (RFC 6376 5.4.2)
            signed = [value for name in _TO_WHOM for value in there[name][::-1][: taken[name]]]
            return not names([box for value in signed for box in address.parse_list(value)])
    return False


def _speaks_for(one: MethodResult) -> str:
    """The domain a passing dkim or spf result authenticates."""
    if one.result != "pass":
        return ""
    if one.method == "dkim":
        domain = one.properties.get("header.d") or one.properties.get("header.i", "")
    elif one.method == "spf":
        domain = one.properties.get("smtp.mailfrom", "")
    else:
        return ""
    return dmarc.domain_of(domain)


def _is_enforced(one: MethodResult, author: str, txt: TxtLookup | None) -> bool:
    """Whether the author's domain enforces: as the field or the DNS says; if unknown, it does."""
    said = one.properties.get("policy.dmarc") or one.properties.get(
        "policy.published-domain-policy"
    )
    match = _POLICY.search(one.comments)
    if said or match:
        return (said or (match[1] if match else "")).lower() != "none"
    return dmarc.policy(author, txt).enforces if txt is not None else True


def _verified(raw: bytes, author: str, txt: TxtLookup, keys: KeyLookup) -> Authentication:
    """Our own verification: an aligned DKIM signature, or else what the domain's policy asks."""
    policy = dmarc.policy(author, txt)
    found = dkim.verify(raw, keys, wanted=lambda d: _may_speak(author, d, policy, txt))
    passed = [one.domain for one in found if one.result == "pass"]
    if passed:
        return Authentication("aligned", f"dkim=pass for {passed[0]}", is_vouched=True)
    partly = [one for one in found if one.matches]
    if partly:
        reason = f"dkim=policy for {partly[0].domain}: {partly[0].reason}"
        return Authentication("claimed", reason, is_vouched=True)
    if policy.enforces:
        why = f"asks for {policy.p}" if policy.certain else "could not be asked"
        certain = policy.certain and all(one.result != "temperror" for one in found)
        reason = f"no valid signature of {author}, whose DMARC policy {why}"
        return Authentication("failed", reason, certain, enforced=True)
    return Authentication("claimed", f"no valid signature of {author}")


def _may_speak(author: str, domain: str, policy: Policy, txt: TxtLookup) -> bool:
    return dmarc.aligned(author, domain, txt, strict=policy.strict_dkim)


def _nothing(name: str) -> TxtAnswer:
    """A DNS without records: then only equal names are one's own."""
    return TxtAnswer()
