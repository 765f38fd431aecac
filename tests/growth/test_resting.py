"""A hub at rest looks into nothing: however many lists and sites there are, the stages that look
again and again open the same files, and no list for its own sake.

3 lists and sites, 12 lists and sites → desk, fan-out, digests, files, mirrors, looking once more
                                       → files opened
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from solicomm_build.courier.fanout import Fanout
from solicomm_build.desk import chores
from solicomm_build.desk.run import Desk
from solicomm_build.features.digests.sending import Digests
from solicomm_build.features.files.run import Files
from solicomm_build.features.founding import founding
from solicomm_build.features.mirror.run import Mirrors
from solicomm_build.foundation import maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.git import tips
from solicomm_build.post.conference import Conference
from solicomm_build.testing import smallhub

_FEW, _MORE = 3, 12
_opened: list[str] | None = None


def _note(event: str, facts: tuple[object, ...]) -> None:
    if event == "open" and _opened is not None:
        _opened.append(str(facts[0]))


sys.addaudithook(_note)


def _hub(root: Path, places: int) -> Config:
    config = founding.found_hub(root, name="Test", domain="hub.example", sample=False)
    for number in range(places):
        smallhub.add_conference(config, Conference(f"list{number}", {"en": "L"}, kind="list"))
        founding.new_union(config, f"union{number}", title="U", lang="en")
    return config


def _counted(root: Path, look: Callable[[], object]) -> list[str]:
    """The files below the hub that one more look opens, when there was time to see everything."""
    global _opened  # noqa: PLW0603 - an audit hook stays as long as the process
    for _ in range(4):
        look()
    _opened = []
    try:
        look()
        return [one for one in _opened if one.startswith(f"{root}/")]
    finally:
        _opened = None


def _desk(config: Config) -> Iterator[Callable[[], object]]:
    desk = Desk(config, Spool(config.spool_desk), maillog.to_nobody())
    desk.begin()
    yield desk.take
    desk.close()


def test_a_round_of_the_desk_looks_once_where_all_lists_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hours = itertools.count(step=3600.0)
    monkeypatch.setattr(chores, "time", SimpleNamespace(monotonic=lambda: next(hours)))
    looked: list[str] = []
    real = tips.Tips.now

    def now(self: tips.Tips) -> object:
        looked.append(self._folder.name)
        return real(self)

    monkeypatch.setattr(tips.Tips, "now", now)
    for look in _desk(_hub(tmp_path / "hub", _FEW)):
        for _ in range(3):
            look()
        looked.clear()
        look()
    assert looked.count("conferences") == 1


def _fanout(config: Config) -> Iterator[Callable[[], object]]:
    fanout = Fanout(config, Spool(config.spool_out), maillog.to_nobody())
    yield fanout.run
    fanout.close()


def _digests(config: Config) -> Iterator[Callable[[], object]]:
    Fanout(config, Spool(config.spool_out), maillog.to_nobody()).run()
    digests = Digests(config, Spool(config.spool_out), maillog.to_nobody())
    yield digests.run
    digests.close()


def _files(config: Config) -> Iterator[Callable[[], object]]:
    work = Files(config, maillog.to_nobody())
    yield work.run
    work.close()


def _mirrors(config: Config) -> Iterator[Callable[[], object]]:
    work = Mirrors(config, maillog.to_nobody())
    yield work.run
    work.close()


@pytest.mark.parametrize("stage", [_desk, _fanout, _digests, _files, _mirrors])
def test_what_rests_is_not_opened(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    stage: Callable[[Config], Iterator[Callable[[], object]]],
) -> None:
    monkeypatch.setattr(tips, "_FRESH", 0)  # what is new is not looked at again
    hours = itertools.count(step=3600.0)  # every chore looks each time
    monkeypatch.setattr(chores, "time", SimpleNamespace(monotonic=lambda: next(hours)))
    found: list[list[str]] = []
    for places in (_FEW, _MORE):
        root = tmp_path / str(places)
        for look in stage(_hub(root, places)):
            found.append([one.removeprefix(str(root)) for one in _counted(root, look)])
    assert found[0] == found[1]
    assert [one for one in found[1] if "list1" in one or "union1" in one] == []
