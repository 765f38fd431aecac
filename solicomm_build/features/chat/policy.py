"""Rules of posting: read receipts and reactions of chat programs are no posts."""

from __future__ import annotations

from solicomm_build.features.chat import nowords
from solicomm_build.post.postingcase import Case, Verdict

_WHY = {
    "receipt": "a read receipt, not a post (RFC 8098)",
    "reaction": "a reaction, not a post (RFC 9078)",
}


def _no_words(case: Case) -> Verdict | None:
    """Nobody is told: a program sent it, and its owner wrote nothing."""
    kind = nowords.kind(case.message)
    return Verdict("discard", kind, _WHY[kind]) if kind else None


RULES = {"automatic": _no_words}
