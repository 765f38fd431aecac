"""What a reading process answers, tried in this one: the real ones are ended while they wait."""

from __future__ import annotations

import gc
import io
import os
import pickle
import signal
from collections.abc import Iterator

import pytest

from solicomm_build.ingest import readers
from solicomm_build.ingest.reading import Reading
from solicomm_build.post.conference import AttachmentRules

RAW = b"From: Ana <ana@union.example>\nMessage-ID: <a@union.example>\nSubject: Water\n\nWords.\n"


@pytest.fixture(autouse=True)
def as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A reading process changes itself; this one is to be as it was."""
    monkeypatch.setattr(os, "nice", lambda _: 0)
    before = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGALRM)]
    often = gc.get_threshold()
    yield
    gc.set_threshold(*often)
    gc.unfreeze()
    for one, how in zip((signal.SIGINT, signal.SIGALRM), before, strict=True):
        signal.signal(one, how)


def _answers(*chunks: list[bytes]) -> list[list[Reading | str]]:
    source, sink = io.BytesIO(), io.BytesIO()
    for value in (AttachmentRules(), *chunks):
        pickle.dump(value, source)
    source.seek(0)
    readers._serve(source, sink)
    sink.seek(0)
    return [pickle.load(sink) for _ in chunks]


def test_every_chunk_is_answered_in_order() -> None:
    first, second = _answers([RAW, RAW.replace(b"Water", b"Fire")], [RAW])
    assert [one.subject for one in (*first, *second) if isinstance(one, Reading)] == [
        "Water",
        "Fire",
        "Water",
    ]


def test_what_takes_too_long_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:

    def endless(*_: object) -> Reading:
        signal.raise_signal(signal.SIGALRM)
        raise AssertionError("the alarm ends it")

    monkeypatch.setattr(readers, "read", endless)
    assert _answers([RAW]) == [[f"reading the message takes longer than {readers.SECONDS} s"]]


def test_readers_that_are_closed_take_nothing() -> None:
    closed = readers.Readers(AttachmentRules(), processes=1)
    closed.start()
    closed.close()
    closed.close()
    closed.start = lambda: None  # type: ignore[method-assign]
    with pytest.raises(ValueError, match="closed"):
        closed._submit([RAW])
