"""Mail that nobody on a list could read, in all the forms that programs give it. Pure.

A post goes onto a page, so what was meant for a few must not: OpenPGP as a whole (RFC 3156 4, also
behind a list's footer, or as servers that do not know it take it apart), OpenPGP in the text
(RFC 9580 6.2), and S/MIME that is encrypted or signed so that the text lies inside (RFC 8551 3).
"""

from __future__ import annotations

import re

from solicomm_build.message.values import Attachment, Message

_WHOLE = re.compile(r"\s*multipart\s*/\s*encrypted\b", re.IGNORECASE)
_PGP = "application/pgp-encrypted"
_SMIME = frozenset(("application/pkcs7-mime", "application/x-pkcs7-mime"))
_SMIME_NAMES = (".p7m", ".p7z")
# Between the armour's first line and its octets: fields such as `Version:`, and blank lines. Words
# that only speak of it are not followed by a long line of base64.
_ARMOUR = re.compile(
    r"^[ \t]{0,3}-----BEGIN PGP MESSAGE(?:, PART \d{1,4}(?:/\d{1,4})?)?-----[ \t]{0,80}\n"
    r"(?:[ \t]{0,80}\n|[A-Za-z][A-Za-z0-9-]{0,40}: [^\n]{0,200}\n){0,12}"
    r"[ \t]{0,3}[A-Za-z0-9+/=]{20}",
    re.MULTILINE,
)
# The content's kind, an object identifier, stands in the first octets of CMS (RFC 5652 3, 6, 8).
_CMS = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07"
_CMS_HEAD = 64
_ENVELOPED = (_CMS + b"\x03", _CMS + b"\x06", b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17")


def is_unreadable(message: Message) -> bool:
    """Whether the mail's words are encrypted, or lie inside a signature that hides them.

    A signed file beside a text that can be read is an attachment like others, and so is a text
    that quotes what was encrypted.
    """
    if _WHOLE.match(message.field("Content-Type") or ""):
        return True
    if "BEGIN PGP MESSAGE" in message.text and _ARMOUR.search(message.text):
        return True
    return any(_is_sealed(one, message) for one in message.attachments)


def _is_sealed(attachment: Attachment, message: Message) -> bool:
    if attachment.type == _PGP:
        return True
    is_cms = attachment.type in _SMIME or (
        attachment.type == "application/octet-stream"
        and attachment.name.lower().endswith(_SMIME_NAMES)
    )
    if not is_cms:
        return False
    head = attachment.payload[:_CMS_HEAD]
    return not message.text.strip() or any(mark in head for mark in _ENVELOPED)
