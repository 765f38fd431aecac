"""Whether a mail may be answered (RFC 3834): the never-answer rules of docs/mail-rules.md.

Pure; imports message. The desk asks before it answers, and posting before it leaves a mail to the
desk, so that none is lost where no answer may go.
"""

from __future__ import annotations

import ipaddress
import re

from solicomm_build.foundation import characters
from solicomm_build.foundation.types import Envelope
from solicomm_build.message.address import is_valid
from solicomm_build.message.auth.authentication import Authentication
from solicomm_build.message.values import Message

# RFC 3834 2: senders that no person writes from.
_NOBODY = re.compile(
    r"owner-.*|.*-owner|.*-request|.*-bounces?|mailer-daemon|postmaster|noreply|no-reply|"
    r"do-?not-?reply|bounces?|daemon|listserv|majordomo",
    re.IGNORECASE,
)
AUTOMATIC_FIELDS = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-auto-reply",
    "x-autoreply-from",
    "x-vacation",
    "x-ms-exchange-inbox-rules-loop",
)
"""What programs that answer wrote into a header before RFC 3834, and some write still."""
AUTOMATIC_SUBJECT = re.compile(
    r"out[ -]of[ -](?:the[ -])?office|auto(?:matic|mated)?[ -]?(?:reply|response)|\bvacation\b"
    r"|away from (?:my|the)|r[ée]ponse automatique|\babsen[ct]|fuera de (?:la )?oficina"
    r"|(?:respuesta|resposta) autom[aá]tica|fora do escrit[oó]rio|automatische antwort|abwesen"
    r"|message d.absence|ausente?\b|aus[êe]ncia ?:|estoy de vacaciones|estou (?:de|em) férias"
    r"|автоответ|автоматическ\w+ ответ|вне офиса|нет на месте|я отсутствую|(?:я )?в отпуске"
    r"|رد (?:تلقائي|آلي)|الرد (?:التلقائي|الآلي)|خارج المكتب|(?:أنا )?في إجازة",
    re.IGNORECASE,
)
"""How they begin the subject of an answer, in languages of ours and German."""
FORGED, UNVOUCHED = "forged", "nothing vouches for the sender"
"""Why nobody knows who wrote, which a token tells all the same."""
_AUTO_REPLY = ("auto_reply", "auto-reply")
_SUPPRESS = frozenset({"dr", "autoreply", "all"})


def automatic(message: Message, envelope: Envelope) -> str:
    """Why this is a program's mail, by which nothing is ever done; empty when it looks like a
    person's."""
    if envelope.mail_from is None:
        return "null sender"
    submitted = _first_word(message.field("Auto-Submitted"))
    if submitted not in ("", "no"):
        return "Auto-Submitted"
    if _first_word(message.field("Precedence")) in ("bulk", "list", "junk", *_AUTO_REPLY):
        return "Precedence"
    if any(message.field(name) is not None for name in AUTOMATIC_FIELDS):
        return "a program that answers"
    is_answer = bool(message.in_reply_to or message.references)
    begins = characters.UNSEEN.sub("", message.subject).lstrip("[(* ")
    if is_answer and AUTOMATIC_SUBJECT.match(begins):
        return "the subject of a program that answers"
    if any(field.name.lower().startswith("list-") for field in message.fields):
        return "List-*"
    if message.field("X-Loop") is not None:
        return "X-Loop"
    return ""


def mute(
    message: Message,
    envelope: Envelope,
    *,
    is_addressed: bool,
    proof: Authentication,
    was_checked: bool,
    is_foreign: bool = False,
) -> str:
    """Why this mail gets no answer although a person may have written it; else empty.

    Only what speaks for the author's own domain counts: that somebody's server may send for
    somebody's domain says nothing of a From that names another. `was_checked`: our mail server said
    what it found; `is_foreign`: a machine on the internet handed it to us itself, so that only we
    could check it.
    """
    sender = envelope.mail_from or ""
    if not is_valid(sender):
        return "no sender to answer"
    if _NOBODY.fullmatch(sender.rpartition("@")[0]):
        return "sender is nobody"
    suppressed = re.split(r"[,;\s]+", (message.field("X-Auto-Response-Suppress") or "").lower())
    if _SUPPRESS & set(suppressed):
        return "X-Auto-Response-Suppress"
    if not is_addressed:
        return "not addressed to us"
    if _is_spam(message):
        return "spam"
    if proof.level == "failed":
        return FORGED
    if (was_checked or is_foreign) and not (proof.is_proof or proof.is_vouched):
        return UNVOUCHED
    return ""


def is_foreign(peer: str) -> bool:
    """Whether an IP address is one of the internet; ours are private, loopback, or none."""
    try:
        return ipaddress.ip_address(peer).is_global
    except ValueError:
        return False


def _is_spam(message: Message) -> bool:
    marks = (message.field(name) for name in ("X-Spam", "X-Spam-Flag", "X-Spam-Status"))
    return any(_first_word(mark).rstrip(",") == "yes" for mark in marks)


def _first_word(value: str | None) -> str:
    return re.split(r"[;(\s]", (value or "").strip().lower())[0]
