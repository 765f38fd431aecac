"""Decisions on held mail: what is written is read, and nothing else decides."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from solicomm_build.foundation.errors import ContentError
from solicomm_build.foundation.types import PostId, post_id
from solicomm_build.post import decision
from solicomm_build.post.decision import DECISIONS, Decision

AT = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)
MID = PostId(post_id("1@union.example"))


@pytest.mark.parametrize("what", DECISIONS)
def test_what_is_written_is_read(what: str) -> None:
    made = Decision(what, decision.member(12), AT, "Not here,\nplease. Señal سلام")
    assert decision.decode(decision.encode(made)) == made
    assert made.number == 12
    assert made.lets_in == (what in ("accept", "accept+trust"))


def test_those_who_are_no_members() -> None:
    for by in (decision.OPERATOR, decision.EXPIRY):
        assert decision.decode(decision.encode(Decision("discard", by, AT))).number is None


def test_paths() -> None:
    path = decision.path("water-2", MID)
    assert decision.parse_path(path) == ("water-2", MID)
    for other in (
        "held/water/x.json",
        path + "x",
        path.replace("decisions", "held"),
        "decisions/../x.json",
    ):
        assert decision.parse_path(other) is None


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        b'{"decision": "maybe", "by": "operator", "at": "2026-11-24T14:05:00Z"}',
        b'{"decision": "accept", "by": "operator", "at": "yesterday"}',
        b'{"decision": "accept", "by": "operator", "at": "2026-11-24T14:05:00"}',
        b'{"decision": "accept", "by": "member:0", "at": "2026-11-24T14:05:00Z"}',
        b'{"decision": ["accept"], "by": "operator", "at": "2026-11-24T14:05:00Z"}',
        b'{"decision": "accept", "by": "operator", "at": "2026-11-24T14:05:00Z", "text": 3}',
    ],
)
def test_anything_else_decides_nothing(blob: bytes) -> None:
    with pytest.raises(ContentError, match="not a decision"):
        decision.decode(blob, "decisions/x.json")
