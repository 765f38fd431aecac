"""Rules of posting: an answer to a digest waits."""

from __future__ import annotations

import re

from solicomm_build.features.digests import digest
from solicomm_build.post.postingcase import Case, Verdict

_SUBJECT = re.compile(r"[^\[\]]+:\s*\[[^\]]*\].*\b\d{4}-\d\d-\d\d \([^()]*\)\s*")


def _reply(case: Case) -> Verdict | None:
    """An answer to a digest says nothing about which message it answers."""
    message = case.message
    domain = case.list_address.rpartition("@")[2]
    replied_to = message.in_reply_to or message.references
    if digest.is_answer(replied_to, domain) or (
        not replied_to and _SUBJECT.fullmatch(message.subject)
    ):
        return Verdict("hold", "digest-reply", "it answers a digest, not one message")
    return None


RULES = {"topic-closed": _reply}
