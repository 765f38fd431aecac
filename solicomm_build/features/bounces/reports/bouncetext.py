"""Failures told in words: mail servers that send no report of RFC 3464, or a broken one.

Pure. Each server begins its list of recipients with a sentence of its own; what follows are
addresses, each with the lines of its diagnosis:

    Postfix, qmail, Courier    <ana@union.example>: host mx.union.example said: 550 5.1.1 …
    Exim, Gmail, Yahoo           ana@union.example
                                   SMTP error from remote mail server after RCPT TO: 550 …
    sendmail                   <ana@union.example>
                                 (reason: 550 5.1.1 …), then a transcript
    Exchange, Notes, GroupWise  ana@union.example on Tue, 24 Nov 2026 …, Ana<mailto:ana@…>

`read` acts on such a sentence only, `guess` on less, where the sender looks like a mail server.
Reading stops where the copy of the returned message begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice

from solicomm_build.foundation.language import wordtables

_LOCAL = r"[^\s<>()\[\],;:\"'@]{1,128}"
_BEGINS = r"(?<![^\s<>()\[\],;:\"'@])"
_AT_DOMAIN = r"@(?:[\w-]{1,63}\.){0,20}[\w-]{0,62}\w"
_ADDR = _LOCAL + _AT_DOMAIN
_MAX_LINE = 1000
_MAX_ENTRIES = 200

_COPY = re.compile(
    r"^\W*+(?:below (?:this line|is) (?:is )?(?:a copy|the original)"
    r"|this is a copy of (?:the|your) message"
    r"|original message (?:follows|headers|header)|(?:the )?headers? of the original message"
    r"|message headers? follows?|included is a copy|original message -|unsent message"
    r"|(?:the )?(?:original|returned) message (?:is |was )?(?:attached|below|follows)"
    r"|(?:content of )?(?:the )?message is returned"
    r"|(?:(?<=-)|(?<=- ))forwarded message"
    r"|copy of the message|message (?:text|header) follows|(?:the )?returned mail follows"
    r"|start of returned message|unsent message below|old message:|header of the source mail"
    r"|your message reads|(?<=--- )original message|here is a copy of"
    r"|the header and top \d{1,4} lines"
    r"|received: (?:from|by) .*)",
    re.IGNORECASE,
)
# These three and what `_openings` has are looked for in lower case (bounceclass.py says why).
_DELAYED = re.compile(
    r"warning message only|this is a warning|you do not need to resend|has not yet been delivered"
    r"|not been delivered yet|transient non-fatal|delivery is delayed|will (?:be )?retr(?:y|ied)"
    r"|temporary problem delivering|still being (?:tried|attempted)|delivery incomplete"
    r"|will continue to (?:try|be tried)|delayed \d+ (?:hours|days)"
    r"|delivery attempts will continue",
)
_FINAL = re.compile(
    r"permanent(?:ly)?\b|given up|giving up|could not be delivered|has failed|undeliverable",
)
_FAILURE = re.compile(
    r"undeliver|not (?:be |been )?(?:deliver|accept|sent)|unable to|could ?n[o']t|fail|reject|refus"
    r"|unknown|unavailable|invalid|does ?n[o']t exist|bounced|full|quota|return",
)
_SENDER = re.compile(rf"(?:from|by|of|contact|sender)[ :]+<?{_ADDR}", re.IGNORECASE)


@cache
def _openings() -> re.Pattern[str]:
    """What the list of recipients begins with, by who writes it."""
    return re.compile(
        "|".join(
            (
                r"the following addresses had [a-z -]*(?:errors|problems)",  # sendmail
                r"the following address(?:\(es\)|es)? failed",  # Exim
                r"message has not yet been delivered (?:is|are)",
                r"i'm afraid i wasn't able to deliver your message",  # qmail
                r"i tried to deliver a bounce message to this address",
                r"this is the (?:mail system|postfix program) at host",  # Postfix
                r"your message to the following recipients?",  # Courier
                r"did not reach the following recipient",  # Exchange
                r"delivery has failed to these recipients",
                r"delivery is delayed to these recipients",
                r"the following recipient(?:s|\(s\))? (?:could not|cannot) be reached",
                r"delivery to the following recipients? (?:failed|has been delayed|was delayed|"
                r"is being delayed)",  # Gmail, Exchange 2003
                r"unable to deliver (?:your )?message to the following",  # Yahoo
                r"was undeliverable to the following",  # GroupWise
                r"was not delivered to:?$",  # Notes
                r"(?:message|mail) (?:could not|cannot|can not|couldn't) be delivered to"
                r"(?: the following)?(?: (?:recipients?|address(?:es)?|persons?))*:?$",
                r"following (?:message )?recipients? (?:were|was|are|is) "
                r"(?:undeliverable|rejected)",
                r"failed to deliver to the following",
                r"delivery (?:to the following recipients )?failed:?$",
                r"message not delivered to the following",
                r"failed (?:addresses|recipients?)(?: follow)?",
                r"recipients? did not receive (?:this|your) message",
                r"not able to deliver (?:your|the) message to the following",
                r"(?:cannot|could not|can't|couldn't) be delivered to the following",
                r"not be delivered to all (?:of its )?recipients",
                *wordtables.every(wordtables.phrases(__file__, "openings")),
            )
        ),
        re.MULTILINE,
    )


# A sentence that has the address in it.
_INLINE = re.compile(
    "|".join(
        (
            rf"wasn't delivered to <?({_ADDR})",  # Gmail
            rf"problem delivering your message to <?({_ADDR})",
            rf"could ?n[o']t be delivered to <?({_ADDR})",
            rf"addressed to '?({_ADDR})'?,?\s{{1,4}}(?:failed|could not)",
            rf"\((?:generated|expanded) from:? <?({_ADDR})",  # Exim, where an alias hides the rest
            rf"(?:intended|original|failed) (?:recipient|address)(?: was)?: ?<?({_ADDR})",
            rf"{_BEGINS}({_LOCAL}+{_AT_DOMAIN}) ?-+ ?(?:no such user|user unknown|unknown user)",
            rf"message to <?({_ADDR})>? was automatically rejected",  # Dovecot
            rf"unable to deliver (?:your )?message to <?({_ADDR})",
            rf"unknown user: ?<?({_ADDR})",  # IMail
            rf"user mailbox exceeds allowed size: ?<?({_ADDR})",
            rf"delivery failed \d+ attempts: ?<?({_ADDR})",
            rf"undeliverable (?:mail |message )?(?:to|for):? <?({_ADDR})",
            rf"(?:mail|message|delivery) to:? <?({_ADDR})>?,? (?:failed|has failed|bounced"
            r"|was (?:not delivered|rejected)|could not be delivered)",
        )
    ),
    re.IGNORECASE,
)
_ENTRY = re.compile(
    rf"^(\s*)(?:[*•-]\s+|recipient:\s*|to:\s*)?(?:[<\[](?:smtp:)?({_ADDR})[>\]]|({_ADDR})"
    rf"|[^<>\n]{{0,80}}<mailto:({_ADDR})>)"
    r"(?=$|[\s:;.,(<])[\s:;.,]*(.*)$",
    re.IGNORECASE,
)
_ORIGINAL = re.compile(rf"\((?:generated|expanded) from:? <?({_ADDR})", re.IGNORECASE)
_SECTION = re.compile(
    r"^\s*-{2,}\s*(?:transcript of (?:the )?session|the following addresses)", re.I
)
_NAMED_DOMAIN = re.compile(_AT_DOMAIN)
_NAMED_LOCAL = re.compile(_LOCAL)
_REPLY_LINE = re.compile(r"(?<![\d.])[45]\d\d[ -](?:#?[45]\.\d{1,3}\.\d{1,3}|[A-Za-z<])")
_DAEMON = re.compile(
    r"mailer-?daemon|mail-?daemon|postmaster|mail delivery (?:sub)?system|mailerdaemon"
    r"|\bm?daemon@|mail administrator|\bbounces?@|\b(?:system attendant|e?mail system)\b"
    r"|mail delivery service|internet mail service",
    re.IGNORECASE,
)
_BOUNCE_SUBJECT = re.compile(
    r"undeliver|returned (?:mail|to sender)|delivery (?:status|fail|report|problem|notif)"
    r"|fail(?:ed|ure) (?:notice|delivery|to deliver)|mail delivery|non[- ]?remis|no entregad"
    r"|n[ãa]o entreg|unzustellbar|не доставлен|undelivered|could not be delivered|退信|配信"
    r"|mail failure|non[- ]?d[ée]livr|[ée]chec (?:de|d')|niet (?:bezorg|afgelever)|mancata consegna"
    r"|nie dostarcz|не удалось доставить|удален|error de entrega|falha (?:de|na) entrega"
    r"|message (?:status|delivery)|\bbounced?\b|nondeliverable|not delivered",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Told:
    """A recipient, if named, with the words about it on one line or several."""

    recipient: str | None
    diagnosis: str
    delayed: bool = False


def read(text: str, fields: Mapping[str, str]) -> list[Told] | None:
    """The failures that known wording tells of; None when there is no such wording.

    `fields` are the header's, names in lower case, decoded.
    """
    lines = _before_copy(text)
    whole = "\n".join(lines)
    delayed = is_delay(whole)
    failed = [*islice(_named(fields.get("x-failed-recipients", "")), _MAX_ENTRIES)]
    start = _first_line(lines, _openings())
    if start is not None:
        found = _listed(lines[start:], delayed)
        if found:
            return found
    if failed:  # Exim and Gmail name them in the header
        return [Told(one, _about(lines, one), delayed) for one in dict.fromkeys(failed)]
    if inline := _in_sentences(whole, delayed):
        return inline
    if start is not None and looks_like_a_bounce(fields):
        return [Told(_only_address(lines[start:]), "\n".join(lines[start:]), delayed)]
    return None


def _in_sentences(whole: str, delayed: bool) -> list[Told]:
    """The addresses in sentences of `_INLINE`, each with what stands before the next."""
    found = list(_INLINE.finditer(whole))[:_MAX_ENTRIES]
    ends = [match.start() for match in found[1:]] + [len(whole)][: len(found)]
    return [
        Told(next(filter(None, match.groups())).rstrip("."), whole[match.start() : end], delayed)
        for match, end in zip(found, ends, strict=True)
    ]


def guess(text: str, fields: Mapping[str, str]) -> list[Told] | None:
    """The failure that a mail server's words of no known form tell of; None when it is no mail
    server's, or holds no SMTP reply and no single address beside a word of failure."""
    if not looks_like_a_bounce(fields):
        return None
    lines = _before_copy(text)
    whole = "\n".join(lines)
    delayed = is_delay(whole)
    for number, line in enumerate(lines):
        if _REPLY_LINE.search(line):
            nearby = lines[max(0, number - 3) : number + 4]
            named = next(_named(line), None) or next(_named("\n".join(nearby)), None)
            return [Told(named, "\n".join(lines[number:][:6]), delayed)]
    address = _only_address(lines) if _FAILURE.search(whole.lower()) else None
    return [Told(address, whole, delayed)] if address else None


def is_from_a_server(fields: Mapping[str, str]) -> bool:
    """Whether From names a mail server, which goes on no holiday."""
    return bool(_DAEMON.search(fields.get("from", "")))


def looks_like_a_bounce(fields: Mapping[str, str]) -> bool:
    """Whether the header is that of a mail server's notice."""
    return (
        fields.get("return-path", "").strip() == "<>"
        or is_from_a_server(fields)
        or bool(_BOUNCE_SUBJECT.search(fields.get("subject", "")))
    )


def before_copy(text: str) -> str:
    """A notice's own words: what stands before the copy of the returned message."""
    return "\n".join(_before_copy(text))


def _before_copy(text: str) -> list[str]:
    lines = [line[:_MAX_LINE] for line in text.split("\n")]
    for number, line in enumerate(lines):
        if _COPY.match(line.strip()[:200]):
            return lines[:number]
    return lines


def is_delay(text: str) -> bool:
    """A delay, unless giving up is told as well, before it."""
    low = text.lower()
    delay, final = _DELAYED.search(low), _FINAL.search(low)
    return delay is not None and (final is None or delay.start() < final.start())


def _first_line(lines: list[str], pattern: re.Pattern[str]) -> int | None:
    low = [line.lower() for line in lines]
    for number, line in enumerate(low):
        joined = f"{line} {low[number + 1].strip()}" if number + 1 < len(low) else line
        if pattern.search(line) or pattern.search(joined):  # a sentence broken over two lines
            return number
    return None


def _listed(lines: list[str], delayed: bool) -> list[Told]:
    """The addresses after an opening, each with the lines up to the next."""
    entries: dict[str, tuple[str, list[str]]] = {}
    rest: list[str] = []
    into: list[str] = rest
    indent: int | None = None
    for line in lines:
        match = _ENTRY.match(line)
        if match and indent in (None, len(match[1])) and len(entries) < _MAX_ENTRIES:
            indent = len(match[1])
            address = match[2] or match[3] or match[4]
            _, into = entries.setdefault(address.lower(), (address, []))
            into.append(match[5])
        elif _SECTION.match(line):
            into = rest
        else:
            into.append(line)
    by_name, general = _attributed(rest, list(entries))
    found = []
    for key, (name, own) in entries.items():
        words = "\n".join(own)
        if not _REPLY_LINE.search(words):
            words = "\n".join([words, *(by_name.get(key) or general)])
        if len(entries) == 1 and not words.strip():
            words = "\n".join(lines)
        found.append(Told(name, words, delayed))
    return found


def original(told: Told) -> str | None:
    """Whom we wrote to, where the notice names an address behind an alias (Exim, sendmail)."""
    found = _ORIGINAL.search(told.diagnosis)
    return found[1] if found else None


def _attributed(rest: list[str], names: list[str]) -> tuple[dict[str, list[str]], list[str]]:
    """A transcript's lines with replies: by the address that they or the lines before them name,
    and those for everybody, if none is somebody's own."""
    by_name: dict[str, list[str]] = {}
    general: list[str] = []
    current = ""
    known = set(names)
    for line in rest:
        named = [one.lower() for one in _named(line)]
        current = next((one for one in named if one in known), current)
        if _REPLY_LINE.search(line):
            (by_name.setdefault(current, []) if current else general).append(line)
    return by_name, [] if by_name else general


def _about(lines: list[str], address: str) -> str:
    """The lines from the first that names an address on, else all."""
    for number, line in enumerate(lines):
        if address.lower() in line.lower():
            return "\n".join(lines[number:])
    return "\n".join(lines)


def _only_address(lines: list[str]) -> str | None:
    """The address, where exactly one is named."""
    named = dict.fromkeys(_addresses(lines))
    return next(iter(named)) if len(named) == 1 else None


def _addresses(lines: list[str]) -> Iterator[str]:
    for line in lines:
        named = _named(_SENDER.sub(" ", line))
        yield from (one.rstrip(".").lower() for one in named)


def _named(text: str) -> Iterator[str]:
    """The addresses in a text: what `_ADDR` finds, looked for from the @, since what may stand
    before one may stand anywhere."""
    end = 0
    for domain in _NAMED_DOMAIN.finditer(text):
        before = text[max(end, domain.start() - 128) : domain.start()][::-1]
        if local := _NAMED_LOCAL.match(before):
            end = domain.end()
            yield local[0][::-1] + domain[0]
