"""A topic that somebody muted does not stand in that reader's digest; all others share one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.features.digests.octets import KEY_FIELD
from solicomm_build.features.digests.values import Digest
from solicomm_build.features.following.words import MUTE
from solicomm_build.foundation.spool import Item
from solicomm_build.message.parse import parse
from solicomm_build.testing.bar import Bar, said

DAY = timedelta(days=1).total_seconds()
READERS = [f"r{number}@x.example" for number in range(6)]


@pytest.fixture
def bar(tmp_path: Path) -> Iterator[Bar]:
    made = Bar(tmp_path)
    yield made
    made.close()


def _digests(items: list[Item]) -> list[Item]:
    return [item for item in items if KEY_FIELD.encode() in item.raw]


def test_members_with_the_same_mutes_share_an_edition(bar: Bar) -> None:
    bar.hub.members(READERS, to="bar", digest="daily")
    one, two = bar.post(1, "yu@fourth.example"), bar.post(11, "yu@fourth.example")
    for who in READERS[:2]:
        bar.wish(who, MUTE, one)
    bar.wish(READERS[2], MUTE, one)
    bar.wish(READERS[2], MUTE, two)
    bar.post(2, "grace@other.example", answers=1)
    bar.look()
    found = _digests(bar.look(DAY))
    assert len(found) == 2
    assert said(found) == [
        (READERS[0], [11]),
        (READERS[1], [11]),
        *((who, [1, 2, 11]) for who in READERS[3:]),
    ]  # and nothing for who muted all of it
    subjects = {parse(item.raw).subject for item in found}
    assert len(subjects) == 2  # each says how many posts are in it
    assert len({parse(item.raw).msgid for item in found}) == 2


def test_an_edition_that_waits_loses_a_post_that_must_go(bar: Bar) -> None:
    from solicomm_build.features.digests import withdrawn

    bar.hub.members(READERS[:2], to="bar", digest="daily")
    one, two = bar.post(1, "yu@fourth.example"), bar.post(11, "yu@fourth.example")
    bar.post(21, "yu@fourth.example")
    bar.wish(READERS[0], MUTE, one)
    bar.look()
    item = next(item for item in _digests(bar.look(DAY)) if READERS[0] in item.envelope.rcpt_tos)
    note = withdrawn.note_of(item)
    assert note is not None
    assert len(note.posts) == 2
    withdrawn.leave(bar.config.spool_out, "gone-0", _left(note, two))
    (again,) = _digests(bar.look(1))
    assert said([again]) == [(READERS[0], [21])]


def _left(note, gone: str):  # type: ignore[no-untyped-def]
    from dataclasses import replace

    return replace(note, posts=tuple(mid for mid in note.posts if mid != gone))


def test_killed_between_two_editions_each_reader_gets_one(
    bar: Bar, monkeypatch: pytest.MonkeyPatch
) -> None:
    from solicomm_build.foundation import faults

    bar.hub.members(READERS[:4], to="bar", digest="daily")
    one, two = bar.post(1, "yu@fourth.example"), bar.post(11, "yu@fourth.example")
    bar.wish(READERS[0], MUTE, one)
    bar.look()

    class Killed(BaseException):
        pass

    def kill(name: str) -> None:
        if name == "digest.put":
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(faults, "point", kill)
        with pytest.raises(Killed):
            bar.look(DAY)
    bar.wish(READERS[1], MUTE, two)  # who is in the first edition already gets no second
    bar.stop()
    assert said(_digests(bar.look(1))) == [
        (READERS[0], [11]),
        *((who, [1, 11]) for who in READERS[1:4]),
    ]
    assert _digests(bar.look(1)) == []


def test_a_damaged_file_of_followers_holds_no_digest(bar: Bar) -> None:
    bar.hub.members(READERS[:1], to="bar", digest="daily")
    bar.post(1, "yu@fourth.example")
    bar.look()
    bar.stop()
    path = bar.config.private / "following.sqlite"
    for more in ("-wal", "-shm"):
        path.with_name(path.name + more).unlink(missing_ok=True)
    path.write_bytes(b"none" * 400)
    assert said(_digests(bar.look(DAY))) == [(READERS[0], [1])]


def test_editions_cost_one_rendering_each(bar: Bar, monkeypatch: pytest.MonkeyPatch) -> None:
    from solicomm_build.features.digests import octets

    made: list[str] = []
    known = octets.compose_digest

    def counted(digest: Digest, form: str) -> bytes:
        made.append(digest.key)
        return known(digest, form)

    monkeypatch.setattr(octets, "compose_digest", counted)
    bar.hub.members([f"m{number}@x.example" for number in range(60)], to="bar", digest="daily")
    tids = [bar.post(number, "yu@fourth.example") for number in (1, 11, 21)]
    for number in range(30):
        bar.wish(f"m{number}@x.example", MUTE, tids[number % 2])
    bar.look()
    assert len(_digests(bar.look(DAY))) == len(made) == 3
