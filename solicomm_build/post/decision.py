"""What moderators decide about held mail: files `decisions/<conference>/<mid>.json` in mail.git.

Pure; imports types and errors. A decision is a file of its own beside the held message, so that
mail, the command line and a `git push` decide in the same way. Who writes it first has decided:
a decision is never replaced. Ingest carries it out and takes the held message away; the decision
stays, unless it is taken back within `UNDO`: then `undone/<conference>/<mid>-<time>.json` says
what was decided, who took it back and why. A message that was kept out waits again and its decision
is gone; one that was let in is hidden and its decision stays. The format, one JSON object:

    {"decision": "accept", "by": "member:12", "at": "2026-11-24T14:05:00Z", "text": ""}

`by` is `member:<number>`, `operator`, `expiry` or `policy`; `text` goes to the author of a rejected
message. What was taken back has `undone`, the decision, beside `by`, `at` and `text`, the reason.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from solicomm_build.foundation.errors import ContentError
from solicomm_build.foundation.types import PostId

ACCEPT, REJECT, DISCARD = "accept", "reject", "discard"
TRUST, BAN = "accept+trust", "ban"
DECISIONS = (ACCEPT, REJECT, DISCARD, TRUST, BAN)
"""Let it in; send it back with a reason; throw it away; let it in and its author's next ones; throw
it away and its author's next ones."""

OPERATOR = "operator"
EXPIRY = "expiry"
POLICY = "policy"
UNDO = timedelta(days=7)
"""So long a decision can be taken back."""
_LONGEST_TEXT = 4000
_PATH = re.compile(r"decisions/([a-z0-9][a-z0-9-]{0,27})/([a-z2-7]{32})\.json")
_UNDONE = re.compile(r"undone/([a-z0-9][a-z0-9-]{0,27})/([a-z2-7]{32})-[0-9]{8}T[0-9]{6}Z\.json")
_BY = re.compile(r"member:[1-9][0-9]{0,9}|[a-z][a-z-]{0,30}")


@dataclass(frozen=True, slots=True)
class Decision:
    """One verdict of a person (or of time): `decision` is one of DECISIONS, `at` UTC-aware."""

    decision: str
    by: str
    at: datetime
    text: str = ""

    @property
    def lets_in(self) -> bool:
        """Whether the message becomes a post."""
        return self.decision in (ACCEPT, TRUST)

    @property
    def number(self) -> int | None:
        """The member number of who decided, None when it was no member."""
        kind, _, number = self.by.partition(":")
        return int(number) if kind == "member" else None


def path(conference: str, mid: PostId) -> str:
    """Where the decision on a held message lies."""
    return f"decisions/{conference}/{mid}.json"


def undone_path(conference: str, mid: PostId, made: Decision) -> str:
    """Where it lies that a decision was taken back."""
    return f"undone/{conference}/{mid}-{made.at.astimezone(UTC):%Y%m%dT%H%M%SZ}.json"


def parse_path(text: str) -> tuple[str, PostId] | None:
    """(conference, mid) of a decision's path; None for any other path."""
    match = _PATH.fullmatch(text)
    return (match[1], PostId(match[2])) if match else None


def parse_undone_path(text: str) -> tuple[str, PostId] | None:
    """(conference, mid) of the path of what was taken back; None for any other path."""
    match = _UNDONE.fullmatch(text)
    return (match[1], PostId(match[2])) if match else None


def member(number: int) -> str:
    """How a moderator is named in `by`."""
    return f"member:{number}"


def encode(decision: Decision) -> bytes:
    """The file of a decision."""
    return (json.dumps(_facts(decision), ensure_ascii=False) + "\n").encode("utf-8", "replace")


def encode_undone(made: Decision, by: str, at: datetime, why: str) -> bytes:
    """The file that says that a decision was taken back."""
    facts = {"undone": _facts(made), "by": by, "at": _moment(at), "text": why[:_LONGEST_TEXT]}
    return (json.dumps(facts, ensure_ascii=False) + "\n").encode("utf-8", "replace")


def _facts(decision: Decision) -> dict[str, str]:
    return {
        "decision": decision.decision,
        "by": decision.by,
        "at": _moment(decision.at),
        "text": decision.text[:_LONGEST_TEXT],
    }


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def decode(blob: bytes, file: str = "") -> Decision:
    """The decision in a file. Raises ContentError: a file that is none decides nothing."""
    try:
        facts: dict[str, Any] = json.loads(blob)
        found = Decision(
            facts["decision"],
            facts["by"],
            datetime.fromisoformat(facts["at"]),
            facts.get("text", ""),
        )
        good = found.decision in DECISIONS and _BY.fullmatch(found.by) and found.at.tzinfo
        if not good or type(found.text) is not str:
            raise ValueError("a value that means nothing")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        remedy = 'Write {"decision": "accept", "by": "operator", "at": "2026-11-24T14:05:00Z"}'
        raise ContentError("this is not a decision", file=file, remedy=remedy) from error
    return found
