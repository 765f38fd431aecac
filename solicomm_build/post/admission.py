"""Which attachments a conference keeps and serves. Pure.

Kept is what the conference's settings admit by size and extension, and never what a browser would
run: HTML, SVG, XML and scripts are refused by name, by declared type and by their first octets
(docs/adr/0003-faithful-text.md). The verbatim message in mail.git has them all the same.
"""

from __future__ import annotations

import re

from solicomm_build.message.values import Attachment
from solicomm_build.post import sounds
from solicomm_build.post.conference import AttachmentRules

_ACTIVE_NAMES = re.compile(
    r"css|hta|htc|s?html?|jse?|mjs|mht|mhtml|svgz?|swf|vbs|wsf|xht|xhtml|xml|xslt?"
)
_ACTIVE_TYPES = re.compile(
    r"(?:text|application)/(?:.*\+)?(?:xml|xhtml|html|css|ecmascript|javascript|x-javascript|jscript)"
    r"|image/svg.*|multipart/.*|application/x-shockwave-flash",
)
_ACTIVE_START = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<!--.*?-->\s*)*<(?:!doctype|\?xml|html|head|body|svg|script|iframe)\b",
    re.IGNORECASE | re.DOTALL,
)
_LOOK_AT = 1024


def admitted(attachment: Attachment, rules: AttachmentRules) -> bool:
    """True when the conference keeps the octets of this attachment."""
    return len(attachment.payload) <= most(attachment, rules) and _is_taken(attachment, rules)


def is_too_large(attachment: Attachment, rules: AttachmentRules) -> bool:
    """True when the conference would keep it if it had fewer octets."""
    return len(attachment.payload) > most(attachment, rules) and _is_taken(attachment, rules)


def most(attachment: Attachment, rules: AttachmentRules) -> int:
    """How many octets it may have: a recording has a bound of its own."""
    is_sound = sounds.is_sound(attachment.name, attachment.type)
    return rules.sound_bytes if is_sound else rules.max_bytes


def _is_taken(attachment: Attachment, rules: AttachmentRules) -> bool:
    extension = attachment.name.rpartition(".")[2].lower() if "." in attachment.name else ""
    if not attachment.payload:
        return False
    if rules.types and extension not in rules.types:
        return False
    if rules.sound == "none" and sounds.is_sound(attachment.name, attachment.type):
        return False
    return not (
        _ACTIVE_NAMES.fullmatch(extension)
        or _ACTIVE_TYPES.fullmatch(attachment.type)
        or _ACTIVE_START.match(attachment.payload[:_LOOK_AT])
    )
