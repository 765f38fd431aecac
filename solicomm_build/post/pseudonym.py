"""Whether a message shows who wrote it, in a conference that wants pseudonyms only. Pure.

`pseudonyms: required` (conference.yaml) has no names made for people: they write under the name
that their mail program puts before the address, and that must not be their own. A message that
gives away whom the roster knows goes back to its author, also by the name of a file. What files say
of themselves is taken out of them (cleaning/). What remains to see is told to members: how somebody
writes, and when.
"""

from __future__ import annotations

import re
import unicodedata

from solicomm_build.message.values import Message
from solicomm_build.people.membership import Member

_WORD = re.compile(r"[^\W\d_]{3,}")
_SIGNATURE = re.compile(r"^-- ?$", re.MULTILINE)


def shows(message: Message, member: Member | None) -> str:
    """What gives the author away, as words for a log; empty when nothing does that we can see."""
    sender = message.from_[0] if message.from_ else None
    if sender is None:
        return ""
    shown = _words(sender.name)
    if not shown:
        return "there is no name before the address, so that part of the address would be shown"
    known = _words(member.name if member else "") | _words(sender.addr_spec.rpartition("@")[0])
    if shown & known:
        return "the name before the address is the author's own"
    text = f"{message.subject}\n{message.text}"
    if sender.addr_spec.lower() in text.lower():
        return "the address stands in the text"
    own = _words(member.name if member else "")
    if len(own) > 1 and own <= _words(text):
        return "the author's name stands in the text"
    if own and (signed := _SIGNATURE.search(message.text)) and own & _words(text[signed.end() :]):
        return "the author's name stands in the signature"
    local = _words(sender.addr_spec.rpartition("@")[0])
    files = _words(" ".join(one.name for one in message.attachments))
    if (own and own <= files) or (len(local) > 1 and local <= files):
        return "the author's name stands in the name of a file"
    return ""


def _words(text: str) -> set[str]:
    split = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in split if unicodedata.category(c) != "Mn")
    return set(_WORD.findall(plain))
