"""A clock that is far ahead for a moment throws no mail away that waits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from solicomm_build.testing import smallhub
from solicomm_build.testing.deskhub import DeskHub
from tests.unit import timekeeper
from tests.unit.desk.test_moderation_mail import decided, held, letters, staffed, work

__all__ = ["staffed"]


def test_a_clock_that_is_far_ahead_throws_nothing_away(
    staffed: DeskHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = timekeeper.made(monkeypatch)
    held(staffed, 1)
    start = staffed.now
    letters(staffed)
    staffed.now = timekeeper.FAR
    for _ in range(2):
        letters(staffed)
        work(staffed)
    assert decided(staffed) == {}
    staffed.now = start + timedelta(days=3)
    machine.up += 3 * 86_400
    assert [one.to[0].addr_spec for one in letters(staffed)]
    assert smallhub.files(staffed.config.mail_repo, "held") != {}
