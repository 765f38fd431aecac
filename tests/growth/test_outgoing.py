"""Each file that waits in spool/out costs a round the same, however many others wait.

10 files, 40 files → one round → steps of the courier; another, in which nothing is due
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path, PurePath
from types import FrameType

import pytest

from solicomm_build.courier import run
from solicomm_build.courier.queue import Consignment
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.spool import Spool
from solicomm_build.testing import smallhub


def _steps(work: Callable[[], object]) -> int:
    """How many functions of the courier's loop are called in this thread."""
    called: Counter[str] = Counter()

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_filename == run.__file__:
            called[frame.f_code.co_name] += 1

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return called.total()


def test_a_round_goes_once_through_what_is_due(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[int] = []
    for count in (10, 40):
        config = smallhub.make(tmp_path / str(count))
        spool, log = Spool(config.spool_out), maillog.to_nobody()
        for _ in range(count):
            spool.put([smallhub.item(smallhub.mail(), "x@dead.example")])
        courier = run.Courier(config, spool, run.delivery_of(config, log), log)
        offered: list[str] = []

        async def send(one: Consignment, _: asyncio.Event) -> bool:
            offered.append(one.path.name)  # noqa: B023 - called within this turn
            courier._not_due[one.path.name] = clock.now() + timedelta(minutes=30)  # noqa: B023
            return True

        monkeypatch.setattr(courier, "_send", send)
        found.append(_steps(lambda: asyncio.run(courier._round(asyncio.Event()))))  # noqa: B023
        assert offered == sorted(offered)
        assert len(offered) == count
        with monkeypatch.context() as patch:
            patch.setattr(PurePath, "__truediv__", None)  # no path is made of what waits
            asyncio.run(courier._round(asyncio.Event()))
        assert len(offered) == count
        asyncio.run(courier.close())
        spool.close()
    assert found[1] - found[0] <= 4 * 30, found
