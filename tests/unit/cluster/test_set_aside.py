"""What a machine sets aside, since the hub has it no more, goes with time, and with erasures."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from solicomm_build.cli.serving import standing
from solicomm_build.foundation import clock, formernames
from solicomm_build.foundation.formernames import Renaming
from solicomm_build.foundation.hub import removed
from solicomm_build.foundation.hub.cluster import lease
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.removed import Removed
from solicomm_build.git.replica import machine, setaside
from solicomm_build.post.store import erasing
from tests.unit.cluster.conftest import Machine

from . import test_erasing as erased
from .test_erasing import BAR, holding, hub

__all__ = ["hub"]  # a fixture

LEFT = f"private/left-behind/{BAR}"
Three = tuple[Machine, Machine, Machine]
LAW = "content/libraries/law.git"


def renamed_while_away(hub: tuple[Config, list[Path]], top: Path) -> tuple[Config, Machine]:
    """n2, which had the hub before, has `bar` set aside, which is `pub` now; n1 has the hub."""
    config, _ = hub
    second = erased.has_it_meanwhile(config, top)
    erased.goes_back(second.config, config)
    (config.root / BAR).rename(config.conferences / "pub.git")
    erased.carry(config)
    lease.end(config)
    second.takes_over(4)
    assert LEFT in holding(second.config.root)
    lease.end(second.config)
    lease.write(config, lease.Lease("n1", 5, lease.now() + 600, lease.boot()))
    machine.take_over(config)
    return config, second


def test_an_erasure_reaches_what_a_machine_set_aside(
    hub: tuple[Config, list[Path]], tmp_path: Path
) -> None:
    config, second = renamed_while_away(hub, tmp_path)
    erased.erase_it(config)
    assert standing.let_go(second.config) == 0
    assert not [one for one in holding(second.config.root) if "left-behind" in one]


def test_an_erasure_where_it_is_typed_reaches_what_was_set_aside(
    hub: tuple[Config, list[Path]], tmp_path: Path
) -> None:
    config, _ = renamed_while_away(hub, tmp_path)
    setaside.put(config, "content/conferences/pub.git")
    receipt = erased.erase_it(config)
    assert receipt.removed["private/left-behind"] == 1
    assert "content/conferences/pub.git" not in "".join(holding(config.root))


def test_what_was_set_aside_after_the_erasure_goes_too(
    hub: tuple[Config, list[Path]], tmp_path: Path
) -> None:
    """n2 was away: it hears of the erasure and of the new name at once."""
    config, _ = hub
    second = erased.has_it_meanwhile(config, tmp_path)
    erased.goes_back(second.config, config)
    erased.erase_it(config)
    (config.root / BAR).rename(config.conferences / "pub.git")
    erased.carry(config)
    assert BAR in holding(second.config.root)
    assert standing.let_go(second.config) == 0
    found = holding(second.config.root)
    assert not [one for one in found if "left-behind" in one or "bar" in one], found


@pytest.mark.parametrize("by", ["desk", "standing"])
def test_it_goes_after_thirty_days_and_no_sooner(three: Three, by: str) -> None:
    one = three[0]
    one.found()
    one.found(LAW)
    os.utime(one.config.root / LAW, (0, 0))
    setaside.put(one.config, "content/conferences/water.git")
    setaside.put(one.config, LAW)
    left = one.config.private / "left-behind"

    def look(days: int) -> list[str]:
        now = datetime.now(UTC) + timedelta(days=days)
        with clock.fixed(now):
            erasing.over(one.config) if by == "desk" else standing.let_go(one.config)
        return sorted(path.stem for path in left.glob("content/*/*"))

    assert look(29) == ["law", "water"]
    assert look(31) == []


def test_what_a_kill_left_of_it_goes_at_the_next_look(three: Three) -> None:
    one = three[0]
    one.found()
    setaside.put(one.config, "content/conferences/water.git")
    (path,) = setaside.repositories(one.config)
    path.rename(path.with_name("water.git.half-gone"))
    setaside.sweep(one.config)
    assert not [*path.parent.iterdir()]


def test_large_files_stay_where_their_library_can_come_back_or_has_another_name(
    three: Three,
) -> None:
    """No other machine has them."""
    one = three[0]
    for name, octets in (("law", b"one"), ("wages", b"two"), ("old", b"three")):
        one.found(f"content/libraries/{name}.git")
        file = one.config.libraries / f"{name}.files" / "ab" / name
        file.parent.mkdir(parents=True)
        file.write_bytes(octets)
    now = datetime.now(UTC)
    formernames.note(one.config.private, Renaming("libraries", "law", "rights", now, True))
    removed.note(one.config, Removed("libraries", "wages", now))
    (one.config.private / formernames.FILE).rename(kept := one.config.private / "kept.json")
    (one.config.private / formernames.FILE).write_text("damaged")
    one.found("content/libraries/new.git")
    (one.config.libraries / "new.files").mkdir()
    setaside.put(one.config, "content/libraries/new.git")
    assert (one.config.libraries / "new.files").is_dir(), "a take-over does not fail by it"
    kept.rename(one.config.private / formernames.FILE)
    for name in ("law", "wages", "old"):
        setaside.put(one.config, f"content/libraries/{name}.git")
    assert (one.config.libraries / "rights.files/ab/law").read_bytes() == b"one"
    assert (one.config.libraries / "wages.files/ab/wages").read_bytes() == b"two"
    assert not (one.config.libraries / "old.files").exists()
    (repo,) = [path for path in setaside.repositories(one.config) if path.stem == "old"]
    setaside.take_away(repo)
    assert not [*repo.parent.glob("old*")]


def test_large_files_that_stayed_go_when_their_library_cannot_come_back(three: Three) -> None:
    """It ended where the hub was then, and other machines kept what stands in no git for good."""
    one, now = three[0], datetime.now(UTC)
    one.found("content/libraries/here.git")
    for name in ("here", "gone", "back"):
        (one.config.libraries / f"{name}.files/ab").mkdir(parents=True)
    removed.note(one.config, Removed("libraries", "back", now))
    left = one.config.private / "left-behind/content/libraries/gone.files"

    def look(days: int) -> list[str]:
        with clock.fixed(now + timedelta(days=days)):
            erasing.over(one.config)
        return sorted(path.stem for path in one.config.libraries.glob("*.files"))

    assert look(9) == ["back", "gone", "here"], "they may have been brought before their library"
    one.holds(1)
    assert look(0) == ["back", "gone", "here"]
    assert look(2) == ["back", "here"]
    assert left.is_dir()
    assert look(32) == ["back", "here"]
    assert not left.exists()
