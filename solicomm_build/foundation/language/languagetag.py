"""Language tags as files, mails and pages carry them (BCP 47, RFC 5646 2.1).

A tag is a language of two or three letters, and up to four more parts of one to eight letters and
digits, so `pt-BR`, `zh-Hant-TW` and a private `en-x-kenya` are tags. The language is written in
lower case; whoever writes it otherwise is understood (`of`).
"""

from __future__ import annotations

import re

TAG = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}")
"""A tag as our files have it (use with fullmatch)."""
WRITTEN = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}")
"""A tag as others write it."""


def of(text: str) -> str:
    """The tag that a text is, its language in lower case; empty when it is none."""
    language, hyphen, rest = text.strip().partition("-")
    tag = language.lower() + hyphen + rest
    return tag if TAG.fullmatch(tag) else ""
