"""The class of a delivery failure: what its enhanced status and its words say (mail.md E8.2).

Pure; imports message.dsn. The words are those of real mail servers. They are looked at even where
there is a status, since some servers write 5.1.1 for a spam block and x.0.0 for everything.
"""

from __future__ import annotations

import re
from enum import StrEnum

from solicomm_build.message.dsn import Failure


class Kind(StrEnum):
    """The class of a failure."""

    GONE = "gone"
    FULL = "full"
    SIZE = "size"
    POLICY = "policy"
    SOFT = "soft"


_GONE_STATUS = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.4"})
_FULL_STATUS = frozenset({"5.2.2", "4.2.2"})
_SIZE_STATUS = frozenset({"5.2.3", "5.3.4", "4.2.3", "4.3.4"})
_SENDER_STATUS = frozenset({"5.1.7", "5.1.8"})  # they mean us
# Where words may say that somebody is gone; in others, such as 5.4.7 (expired), they may not.
_OPEN_STATUS = re.compile(r"(?:5\.(?:0\.\d+|1\.\d+|2\.0|3\.0|4\.1|5\.\d+))?")

_URL = re.compile(r"https?://\S+|[\w.+-]+@[\w.-]+")
_FULL = re.compile(
    r"quota|(?:mail|in) ?(?:box|folder)(?: \S+)? (?:is |has been )?(?:full|exceed)|full mailbox"
    r"|mailbox (?:storage |size )?limit|out of (?:storage|disk)"
    r"|insufficient (?:disk|storage|system"
    r" storage)|(?:not enough|no) (?:storage |disk )?space|storage (?:space |limit )?(?:is )?exceed"
    r"|exceed\w* (?:the |its |his )?(?:maximum )?storage|not accepting (?:any )?messages.{0,20}"
    r"full",
    re.IGNORECASE,
)
_SIZE = re.compile(
    r"message (?:size|length|is|file)?\s*(?:size )?(?:exceeds|exceeded|too (?:large|big|long))"
    r"|too large|too big|larger than|(?:size|message) limit|maximum (?:message )?size",
    re.IGNORECASE,
)
_POLICY = re.compile(
    r"spam|\bblock(?:ed|ing|list)|(?:black|deny|block)[ -]?list|\b(?:dns|r|u)bl\b|\bspf\b|\bdkim\b"
    r"|\bdmarc\b|reputation|rate[ -]?limit|\brate\b|too (?:many(?! hops)|quickly|fast"
    r"|frequent)|policy"
    r"|unsolicited|\bbulk\b|virus|malware|phish|suspicious|(?:content|message|mail) (?:was )?"
    r"(?:rejected|refused|filtered)|throttl|relay(?:ing)? (?:is )?(?:denied|not permitted"
    r"|not allowed|prohibited)|unable to relay|authenticat|not authori[sz]ed|prohibited|\bbanned\b"
    r"|\bpoor\b"
    r"|sender (?:address )?(?:rejected|denied|verif)|reverse (?:dns|lookup)|\bptr\b|\bhelo\b"
    r"|complain|(?:client|your) (?:host|ip|server)|ip address|(?<!not )listed (?:at|in|by|on)"
    r"|restrict"
    r"|access denied|not allowed to send|permission",
    re.IGNORECASE,
)
_PATIENCE = re.compile(r"gr[ea]y-?list", re.IGNORECASE)
_GONE = re.compile(
    r"(?:user|recipient|mailbox|account|address|local part|member|person)(?: name)?(?: \S+)?"
    r"(?: is| was| has| are)?(?: been| currently)?[ -]*(?:unknown|not[ -]?"
    r"(?:found|known|exist|valid)|invalid|disabled|inactive|deactivated|deleted|closed"
    r"|discontinued|no longer)"
    r"|(?:unknown|no such|nonexistent|non-existent|invalid) (?:local )?(?:user|recipient|mailbox"
    r"|account|address|person|local[- ]part|name)|unknown (?:or illegal|to address)"
    r"|(?:does|do|did)(?: not|n't) (?:exist|have an? \S+ account|like recipient)"
    r"|no (?:mailbox|account|user|recipient)s? (?:here|by|with|of|found|exists?|named)"
    r"|not (?:a (?:valid|known|local)|our|listed in|find) |no longer (?:exist|valid|active|in use"
    r"|available|accept|work|employ|on server)|unrout(?:e)?able|(?:host|domain)(?: or domain)?"
    r"(?: name)? (?:not found|unknown|does)|(?:couldn't|could not|wasn't|can't|cannot)"
    r" (?:be )?(?:found|find)|rec\w+notfound|recipient address rejected: access denied"
    r"|there is no one|undeliverable address|mailbox unavailable|no mailbox"
    r"|account that you tried to reach",
    re.IGNORECASE,
)
_RECIPIENT_DENIED = re.compile(r"recipient address rejected: access denied", re.IGNORECASE)
_FOR_NOW = re.compile(
    r"temporar|try (?:again )?later|found, try again|for now|currently unavailable", re.IGNORECASE
)


def classify(failure: Failure) -> Kind:
    """The class of a failure by its enhanced status and its words (mail.md E8.2).

    In doubt it is `soft`: `gone` needs a permanent failure and evidence, and never comes from a
    second opinion.
    """
    status = failure.status
    words = _URL.sub(" ", failure.diagnostic)
    if status in _FULL_STATUS or _FULL.search(words):
        return Kind.FULL
    if status in _SIZE_STATUS or _SIZE.search(words):
        return Kind.SIZE
    if status.startswith(("5.7.", "5.6.")) or status in _SENDER_STATUS:
        return Kind.POLICY
    named = bool(_GONE.search(words))
    ours = bool(_POLICY.search(words)) and not _RECIPIENT_DENIED.search(words)
    if failure.action == "delayed" or status.startswith("4"):
        return Kind.POLICY if ours and not named and not _PATIENCE.search(words) else Kind.SOFT
    if status in _GONE_STATUS and (named or not ours):
        return Kind.SOFT if _FOR_NOW.search(words) else Kind.GONE
    if ours:
        return Kind.POLICY
    evident = named and _OPEN_STATUS.fullmatch(status) and failure.source != "second"
    return Kind.GONE if evident and not _FOR_NOW.search(words) else Kind.SOFT
