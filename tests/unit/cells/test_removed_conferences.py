"""A hub that is cut anew while a conference of it is removed, and may come back with its mail."""

from __future__ import annotations

import dataclasses
from contextlib import closing
from pathlib import Path

import pytest

from solicomm_build.features.removing import ending, places
from solicomm_build.features.removing.places import Place
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.hub import removed
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import PostId, post_id
from solicomm_build.ingest.run import ingest_all
from solicomm_build.post.cells import dividing
from solicomm_build.post.cells.hubmail import HubMail
from solicomm_build.post.conference import Conference
from solicomm_build.post.store import fsck
from solicomm_build.testing import smallhub
from solicomm_build.testing.killing import killed

NAMES = ("bar", "pay", "water", "rail")
GONE = NAMES[:3]


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    """One cell: a post of its own in each of four conferences, and one that is in all."""
    config = smallhub.make(
        tmp_path, *(Conference(name, {"en": name}, posting="open") for name in NAMES)
    )
    raws = [(smallhub.mail("all", msgid="<all@union.example>"), NAMES)]
    raws += [(smallhub.mail(one, msgid=f"<{one}@union.example>"), (one,)) for one in NAMES]
    items = [smallhub.item(raw, *(f"{one}@hub.example" for one in to)) for raw, to in raws]
    Spool(config.spool_in).put(items)
    ingest_all(config, log=maillog.to_nobody())
    return config


def _cut(config: Config, count: int) -> Config:
    found = dataclasses.replace(config, cells=count)
    dividing.settle(found)
    return found


def _remove(hub: Config, *names: str) -> None:
    for name in names:
        places.remove(hub, Place("list", name))


def _bring_back(hub: Config, *names: str) -> None:
    for name in names:
        places.restore(hub, Place("list", name))


def _kept(config: Config) -> dict[tuple[str, str], bytes | None]:
    """The mail behind each post, as it came."""
    with closing(HubMail(config)) as mail:
        return {
            (name, word): mail.raw(found, name) if (found := mail.find(mid, name)) else None
            for name in NAMES
            for word in ("all", name)
            if (mid := PostId(post_id(f"{word}@union.example")))
        }


@pytest.mark.parametrize(("before", "after"), [(1, 4), (4, 1), (4, 8), (3, 2)])
def test_what_was_removed_comes_back_with_its_mail(hub: Config, before: int, after: int) -> None:
    hub = _cut(hub, before)
    was = _kept(hub)
    assert all(was.values())
    _remove(hub, *GONE)
    hub = _cut(hub, after)
    _bring_back(hub, *GONE)
    assert _kept(hub) == was
    assert fsck.check(hub) == []


def test_what_is_removed_while_it_is_on_its_way_holds_up_no_hub(hub: Config) -> None:
    was, wanted = _kept(hub), dataclasses.replace(hub, cells=4)
    assert killed(lambda: dividing.settle(wanted), "cells.after-named")
    _remove(wanted, *GONE)
    dividing.settle(wanted)
    assert not dividing.is_needed(wanted)
    _bring_back(wanted, *GONE)
    assert _kept(wanted) == was


def test_what_goes_to_another_cell_takes_no_message_of_what_was_removed(hub: Config) -> None:
    hub = _cut(hub, 2)
    for name in NAMES:
        dividing.move(hub, "conferences", name, 0)
    was = _kept(hub)
    _remove(hub, "pay")
    for name in ("bar", "water", "rail"):
        dividing.move(hub, "conferences", name, 1)
    _bring_back(hub, "pay")
    assert _kept(hub) == was


def test_what_ends_takes_no_message_of_what_was_removed_later(hub: Config) -> None:
    was = _kept(hub)
    _remove(hub, *NAMES)
    noted = removed.find(hub, "conferences", "bar")
    assert noted is not None
    removed.note(hub, dataclasses.replace(noted, at=clock.now() - removed.KEPT))
    assert [one.name for one in ending.end(hub)] == ["bar"]
    rest = NAMES[1:]
    _bring_back(hub, *rest)
    assert _kept(hub) == {
        (name, word): None if (name, word) == ("bar", "bar") else raw
        for (name, word), raw in was.items()
    }
