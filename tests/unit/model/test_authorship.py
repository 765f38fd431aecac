"""Who wrote a message: one author, or nobody who can be named."""

from __future__ import annotations

from solicomm_build.message.auth.authorship import author
from solicomm_build.message.parse import parse


def test_author() -> None:
    assert author(parse(b"From: Ana <ana@union.example>\n\n")) == "ana@union.example"
    assert author(parse(b"\n")) is None
