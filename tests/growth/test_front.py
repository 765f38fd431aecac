"""The front page reads whole what it shows, and no more than lines of the rest.

3 conferences, 9 conferences → the front page, made by a child → topics read for it
"""

from __future__ import annotations

import mmap
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.builder.conferences.lookup import Lookup
from solicomm_build.builder.front import home, talk
from solicomm_build.builder.front.offered import Around
from solicomm_build.builder.front.talk import TALKED, WAITING, Talk
from solicomm_build.foundation import clock
from solicomm_build.post.conference import Conference
from solicomm_build.post.pages import TopicFacts
from solicomm_build.testing import hubs, smallhub


@pytest.mark.parametrize("places", [3, 9])
def test_the_front_page_reads_whole_what_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, places: int
) -> None:
    names = [f"bar{number}" for number in range(places)]
    lists = (Conference(name, {"en": name}, posting="open") for name in names)
    config = smallhub.make(tmp_path / "hub", *lists)
    for at, name in enumerate(names):
        topics = [
            hubs.post(f"{name}x{one}", subject=f"{name} {one}", minutes=10 * at + one)
            for one in range(8)
        ]
        hubs.add(config, name, topics)
    told, real = mmap.mmap(-1, 64), Lookup.topic  # shared with the child

    def noted(around: Around, env: str) -> Talk:
        read: list[str] = []

        def topic(rows: Lookup, tid: str) -> TopicFacts | None:
            read.append(tid)
            return real(rows, tid)

        with monkeypatch.context() as patch:
            patch.setattr(Lookup, "topic", topic)
            found = talk.talk_of(around, env)
        counts = len(read), len(found.talked), len(found.waiting), found.posts
        told.seek(0)
        told.write(" ".join(map(str, counts)).encode())
        return found

    monkeypatch.setattr(home, "talk_of", noted)
    with clock.fixed(hubs.START + timedelta(hours=3)):
        assert hubs.build(config).failures == []
    wanted = f"{TALKED + WAITING} {TALKED} {WAITING} {8 * places}".encode()
    assert told[:].rstrip(b"\0") == wanted
