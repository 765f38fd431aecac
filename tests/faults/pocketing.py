"""Sticks as they are broken here: written, read, and brought up to date by a file."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from solicomm_build.builder.apart import children
from solicomm_build.builder.carrying import folder as bringing
from solicomm_build.features.pocket import carried
from solicomm_build.features.pocket.choice import Choice
from solicomm_build.features.pocket.letters import taking
from solicomm_build.features.pocket.stick import about, checking, sums, writing
from solicomm_build.features.pocket.updating import between, making
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import create
from solicomm_build.git.writer import Change
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, smallhub
from solicomm_build.testing.deskhub import DeskHub
from tests.faults import stages
from tests.faults.picture import Picture

ALL = Choice()
OLD, NEW, FILE = "old", "new", "week.zip"


class Stick(stages.Common):
    """A stick of a hub where a card went, a post came, and another stays: files to write, to take
    away and to leave, a bundle beside an old one, and the signed list. Its pages are made before:
    how these are written is `build`."""

    name = "stick"

    def config(self, root: Path) -> Config:
        return replace(super().config(root), languages=("en",))  # five more write no other way

    def found(self, root: Path) -> None:
        self._begin(root)
        with clock.fixed(stages.NOW):
            self._change(self.config(root))

    def _begin(self, root: Path) -> None:
        smallhub.make(root, Conference("bar", {"en": "Bar"}, posting="open"))
        config = self.config(root)
        library = create(config.library_repo("books"))
        card = stages.card("2026-7qk3xa2m")
        hubs.commit(library.path, Change("library.yaml", hubs.LIBRARY), card)
        hubs.add(config, "bar", [hubs.post("a"), hubs.post("b", minutes=5)])
        with clock.fixed(stages.NOW - timedelta(days=7)):
            put(config, root / OLD)

    def _change(self, config: Config) -> None:
        hubs.add(config, "bar", [hubs.post("c", minutes=9)])
        library = config.library_repo("books")
        hubs.commit(
            library,
            Change("entries/2026-7qk3xa2m/entry.md", None),
            stages.card("2026-7qk3xa2n"),
        )
        carried.build(config, ALL, "hub")

    def work(self, root: Path) -> None:
        with clock.fixed(stages.NOW):
            put(self.config(root), root / OLD)

    def picture(self, root: Path) -> Picture:
        """When it was written is what the clock said then; `faults` proves that the list has it."""
        said = replace(about.decode((root / OLD / about.FILE).read_bytes()), at=stages.NOW)
        listed = {**sums.read(root / OLD), about.FILE: repr(said)}
        return super().picture(root) | {"stick": listed}

    def faults(self, root: Path) -> list[str]:
        found = checking.look(root / OLD)
        wrong = [*found.faults, *found.changed, *found.missing, *found.foreign]
        return super().faults(root) + [f"the stick: {one}" for one in wrong]


class Spread(Stick):
    """The same stick, its files made and put there by two children, as those of large hubs are."""

    name = "stick-children"

    def work(self, root: Path) -> None:
        with (
            patch.object(children, "COUNT", 2),
            patch.object(bringing, "_FEW", 0),
            patch.object(bringing, "_RUN", 2),
        ):
            super().work(root)


class Updating(Stick):
    """The file that brings that stick up to date is written; the newer stick is there."""

    name = "stick-update"

    def found(self, root: Path) -> None:
        super().found(root)
        with clock.fixed(stages.NOW):
            put(self.config(root), root / NEW)

    def work(self, root: Path) -> None:
        state = making.state_of((root / OLD / sums.SUMS).read_bytes())
        making.write(root / NEW, state, root / FILE)

    def faults(self, root: Path) -> list[str]:
        other = root / "other"
        shutil.copytree(root / OLD, other)
        try:
            between.take(other, (root / FILE,))
            same = sums.read(other) == sums.read(root / NEW)
        finally:
            shutil.rmtree(other)
        left = sorted(path.name for path in root.glob("*.zip*") if path.name != FILE)
        wrong = ["the file does not lead to the newer stick"] * (not same)
        return super().faults(root) + wrong + [f"left behind: {name}" for name in left]


class Applying(Updating):
    """That file is applied to the older stick."""

    name = "stick-apply"

    def found(self, root: Path) -> None:
        super().found(root)
        Updating.work(self, root)

    def work(self, root: Path) -> None:
        between.take(root / OLD, (root / FILE,))

    def faults(self, root: Path) -> list[str]:
        same = sums.read(root / OLD) == sums.read(root / NEW)
        return Stick.faults(self, root) + ["the stick is not the newer one"] * (not same)


class Reading(stages.Common):
    """Letters in the outbox of a stick: one of a member, one of nobody, one that is none."""

    name = "stick-read"

    def config(self, root: Path) -> Config:
        return stages.Desk().config(root)

    def found(self, root: Path) -> None:
        hub = DeskHub(root)
        smallhub.add_conference(hub.config, Conference("open", {"en": "Open"}, posting="open"))
        hub.member(1, stages.BEN, "water")
        outbox = root / OLD / "outbox"
        outbox.mkdir(parents=True)
        for number, (sender, to) in enumerate(
            [(stages.BEN, "open"), ("zoe@union.example", "open"), (stages.BEN, "nowhere")]
        ):
            raw = smallhub.mail(f"Letter {number}.", msgid=f"<{number}@x.example>", sender=sender)
            (outbox / f"{number}.eml").write_bytes(raw.replace(b"bar@", to.encode() + b"@"))

    def work(self, root: Path) -> None:
        with clock.fixed(stages.NOW):
            taking.read(self.config(root), (root / OLD,))

    def picture(self, root: Path) -> Picture:
        outbox = root / OLD / "outbox"
        lies = sorted(p.relative_to(outbox).as_posix() for p in outbox.rglob("*") if p.is_file())
        return super().picture(root) | {"outbox": lies}


STAGES = (Stick(), Spread(), Updating(), Applying(), Reading())
LONG = (Updating.name, Applying.name)
"""Not of the short form: tests/unit/pocket/test_updates.py breaks these off at some writes."""


def put(config: Config, folder: Path) -> None:
    """Writes a stick of all of the hub."""
    writing.write(config, folder, ALL, progress=lambda what, done, of: None)
