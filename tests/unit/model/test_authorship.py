"""Who wrote a message: one author, or nobody who can be named."""

from __future__ import annotations

from solicomm_build.message.parse import parse
from solicomm_build.model.authorship import author


def test_author() -> None:
    assert author(parse(b"From: Ana <ana@union.example>\n\n")) == "ana@union.example"
    assert author(parse(b"\n")) is None
