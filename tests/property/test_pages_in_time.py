"""Whatever happens to a builder meanwhile, pages are those of a build from nothing in the end.

Random histories as in test_incremental_is_full.py, and besides: hours and days pass, a builder is
killed when it has written its pages and not noted them, or sites and not the hub; and documents are
named by posts, by titles of topics and by each other.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from solicomm_build.builder import publish
from solicomm_build.builder.run import Builder
from solicomm_build.foundation import clock, data
from solicomm_build.testing import hubs, manifest
from solicomm_build.testing.budget import examples
from tests.property import test_incremental_is_full as before
from tests.property.test_incremental_is_full import BUILD, CONFERENCES, Build, File, History

small_pages = before.small_pages
_KEYS = ("2026-aaaaaaaa", "2026-bbbbbbbb", "2026-cccccccc")
_TITLES = (*before.SUBJECTS, "[lib:2026-aaaaaaaa] Water", "[lib:2026-bbbbbbbb] Heat")


@dataclass(frozen=True)
class Clock:
    """Time passes."""

    hours: int


@dataclass(frozen=True)
class Kill:
    """A builder is killed when it makes durable what it wrote, for the first time or a later one;
    another takes its place."""

    time: int


class _Killed(BaseException):
    pass


Step: TypeAlias = before.Step | Clock | Kill


@st.composite
def _cards(draw: st.DrawFn) -> File:
    """A card comes, is another, or goes; it may name another one, or the next."""
    key, text = draw(st.sampled_from(_KEYS)), draw(st.sampled_from(("One.", "See [b](lib:{}).")))
    card = hubs.CARD.format(
        id=key,
        title=draw(st.sampled_from("AB")),
        text=text.format(draw(st.sampled_from(_KEYS))),
    )
    about = card.replace("free:water", draw(st.sampled_from(("free:water", "free:fire"))))
    gone = draw(st.sampled_from((False, False, True)))
    return File("library", f"entries/{key}/entry.md", None if gone else about)


_discussed = st.sampled_from(("conference: bar\n", "conference: ice\n", "")).map(
    lambda line: File("library", "library.yaml", hubs.LIBRARY.decode() + line)
)
_writes = st.builds(
    before.Write,
    before.conference_ids,
    before.names,
    st.lists(before.names, max_size=2, unique=True).map(tuple),
    st.sampled_from(_TITLES),
    st.sampled_from(("Ana", "Bea")),
    st.sampled_from((0, 1, 2, 3, 24, 26, 24 * 20)),
    st.sampled_from((0, 5, 60 * 24 * 9, -30)),
    cites=st.booleans(),
)
_steps = st.one_of(
    before.steps,
    _writes,
    _writes,
    _cards(),
    _discussed,
    st.sampled_from((1, 1, 2, 24, 24 * 3)).map(Clock),
    st.integers(1, 3).map(Kill),
    st.just(BUILD),
)


@given(st.lists(_steps, min_size=8, max_size=40))
@settings(max_examples=examples(6), phases=(Phase.explicit, Phase.reuse, Phase.generate))
def test_pages_are_right_whatever_happened(history: list[Step]) -> None:
    assert wrong_pages(history) == []


@pytest.mark.parametrize("time", [1, 2, 3])
def test_a_killed_build_and_its_cause_taken_back(time: int) -> None:
    card = hubs.CARD.format(id=_KEYS[0], title="A", text="One.")
    path = f"entries/{_KEYS[0]}/entry.md"
    topic = before.answer("m0", cites=True)
    again = before.answer("m1", "m0", hours=1)
    assert (
        wrong_pages(
            [
                *(topic, File("library", path, card), BUILD),
                *(again, File("library", path, None), before.Settings("bar", "Foo", "public")),
                *(Kill(time), Clock(1)),
                *(before.Delete("bar", "m1"), File("library", path, card)),
                before.Settings("bar", "Bar", "public"),
            ]
        )
        == []
    )


def wrong_pages(history: list[Step]) -> list[str]:
    """The files that differ between what the history left and a build from nothing."""
    now = hubs.after(0)
    with tempfile.TemporaryDirectory() as folder:
        hub = before.begin(Path(folder) / "hub", CONFERENCES)
        builder = Builder(hub.config, data.theme())
        for step in (*history, BUILD):
            if isinstance(step, Clock):
                now += timedelta(hours=step.hours)
            elif isinstance(step, Kill):
                builder.close()
                _killed(hub, step.time, now)
                builder = Builder(hub.config, data.theme())
            elif isinstance(step, Build):
                hub.done()
                with clock.fixed(now):
                    builder.build()
            else:
                with clock.fixed(now):
                    hub.take(step)
        builder.close()
        shown = hubs.trees(hub.config)
        with clock.fixed(now):
            anew = hubs.built_anew(hub.config)
    return manifest.differences(shown, anew)


def _killed(hub: History, time: int, now: datetime) -> None:
    """A builder that ends there, if it comes so far."""
    hub.done()
    left, really = [time], publish.sync

    def sync(root: Path) -> None:
        left[0] -= 1
        if not left[0]:
            raise _Killed
        really(root)

    builder = Builder(hub.config, data.theme())
    try:
        with pytest.MonkeyPatch.context() as patch, clock.fixed(now):
            patch.setattr(publish, "sync", sync)
            builder.build()
    except _Killed:
        pass
    finally:
        builder.close()
