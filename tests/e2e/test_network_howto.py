"""`docs/howto/network.md` between two operators without a line: its commands as they stand there,
and a stick, which is an image of a FAT32 file system (mkfs.vfat and mtools, else a folder).

water: follows, and its members write        metal: where the conference was founded
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

from solicomm_build.features.founding import founding
from solicomm_build.foundation import maillog
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.spool import Spool
from solicomm_build.git.repo import open_repo
from solicomm_build.ingest import run as ingest
from solicomm_build.post.store import postplaces
from solicomm_build.testing import hubs, smallhub
from tests.walk.howto import blocks

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "network.md"
IN_PAGE = "metal-u5wq2b7c"
"""What the page calls the other hub, seen from `water`."""


@dataclass
class Operator:
    """Somebody at a keyboard who types what the page says, in a folder of his own."""

    name: str
    folder: Path
    other: Operator | None = None

    @property
    def root(self) -> Path:
        """The hub."""
        return self.folder / "hub"

    @cached_property
    def says(self) -> str:
        """What `peer init` says."""
        return self.type("solicomm peer init")

    def id(self) -> str:
        """The hub's id."""
        found = re.search(rf"{self.name}-[a-z2-7]{{8}}", self.says)
        assert found is not None
        return found[0]

    def type(self, text: str, *, there: bool = False) -> str:
        """One block of the page; the output. The page is written as water sees it, and what is done
        `there` as metal does: for the other one the names are the other way round."""
        assert self.other is not None
        if (self.name == "metal") is not there:
            text = re.sub(r"\b(water|metal)\b", lambda name: _turned(name[1]), text)
            text = text.replace(_turned(IN_PAGE[:5]) + IN_PAGE[5:], IN_PAGE)
        if IN_PAGE in text:
            text = text.replace(IN_PAGE, self.other.id())
        text = text.replace("/media/stick", str(self.folder / "stick"))
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-ec", text],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PATH": path, "SOLICOMM_HUB": str(self.root)},
        )
        assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def mids(self) -> set[str]:
        """The posts here."""
        path = self.root / "content" / "conferences" / "net.git"
        return set(postplaces.mids(open_repo(path), "main"))

    def gets(self, name: str, *above: str) -> None:
        """A mail for the conference."""
        config = hubyaml.load(self.root)
        fields = [f"References: <{one}@union.example>" for one in above]
        raw = smallhub.mail("Words", *fields, msgid=f"<{name}@union.example>")
        Spool(config.spool_in).put([smallhub.item(raw, f"net@{self.name}.example")])
        ingest.ingest(config, once=True, log=maillog.to_nobody())


def _turned(name: str) -> str:
    return {"water": "metal", "metal": "water"}[name]


def _said(heading: str, words: str) -> str:
    """The block of the page below a heading that has these words."""
    found = [one.text for one in blocks(PAGE) if one.heading == heading and words in one.text]
    assert len(found) == 1, f"{heading}: {found}"
    return found[0]


def _lines(block: str, words: str) -> str:
    return "\n".join(line for line in block.splitlines() if words in line)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Operator, Operator]:
    folder = tmp_path_factory.mktemp("howto")
    water, metal = (Operator(name, folder / name) for name in ("water", "metal"))
    water.other, metal.other = metal, water
    for one in (water, metal):
        (one.folder / "stick").mkdir(parents=True)
        domain = f"{one.name}.example"
        founding.found_hub(one.root, name=one.name, domain=domain, sample=False)
    founding.new_conference(
        hubyaml.load(metal.root), "net", kind="conference", title="Net", posting="open",
        lang="en", visibility="public",
    )  # fmt: skip
    return water, metal


def _carried(giver: Operator, taker: Operator, image: Path) -> None:
    """The stick, from one hub to the other."""
    files = sorted((giver.folder / "stick").iterdir())
    assert files
    if shutil.which("mkfs.vfat") and shutil.which("mcopy"):
        image.write_bytes(b"")
        os.truncate(image, 40 << 20)
        for words in (
            ["mkfs.vfat", "-F", "32", str(image)],
            ["mcopy", "-i", str(image), *map(str, files), "::/"],
            ["mcopy", "-n", "-o", "-i", str(image), "::/*", str(taker.folder / "stick")],
        ):
            subprocess.run(words, check=True, capture_output=True)
    else:
        for file in files:
            shutil.copy(file, taker.folder / "stick")
    for file in files:
        file.unlink()


def _two_new_operators_come_to_one_conference(
    both: tuple[Operator, Operator], tmp_path: Path
) -> None:
    water, metal = both
    metal.gets("first")
    cards = _said("Get to know each other", ".card")
    words = {one.name: _words(one) for one in both}
    for one in both:
        one.type(_lines(cards, "peer card"))
    for one in both:
        other = one.other
        assert other is not None
        shutil.copy(other.folder / f"{other.name}.card", one.folder)
        heard = f' --key "{words[other.name]}"'  # nobody is asked who sits at no terminal
        assert words[other.name] in one.type(_lines(cards, "peer add") + heard)
        assert other.id() in one.type("solicomm peer list")

    water.type(_said("Follow a conference", "peer follow"))
    bundle, read = _said("By stick", "peer bundle"), _said("By stick", "peer read")
    metal.type(bundle)
    _carried(metal, water, tmp_path / "stick.img")
    water.type(read, there=True)
    assert water.mids() == {hubs.mid("first")}

    water.gets("answer", "first")
    metal.gets("second")
    for giver, taker in ((water, metal), (metal, water)):
        giver.type(bundle)
        _carried(giver, taker, tmp_path / "stick.img")
        taker.type(read, there=True)
    assert water.mids() == metal.mids() == {hubs.mid(one) for one in ("first", "answer", "second")}
    status = _said("How it stands", "peer status")
    for one in both:
        assert "refused" not in one.type(status)


def _words(one: Operator) -> str:
    found = re.search(r"\b(?:[a-z]{5} ){5}[a-z]{5}\b", one.says)
    assert found is not None
    return found[0]


def _a_stick_that_was_pulled_out_is_refused_and_the_next_one_taken(
    both: tuple[Operator, Operator],
) -> None:
    water, metal = both
    water.gets("late", "first")
    water.type(_said("By stick", "peer bundle"))
    file = water.folder / "stick" / "for-metal.zip"
    whole, there = file.read_bytes(), metal.folder / "stick" / file.name
    there.write_bytes(whole[: len(whole) // 2])
    read = _said("By stick", "peer read")
    with pytest.raises(AssertionError, match="Have it written again"):
        metal.type(read, there=True)
    assert hubs.mid("late") not in metal.mids()
    there.write_bytes(whole)
    metal.type(read, there=True)
    assert hubs.mid("late") in metal.mids()


def test_the_page_leads_to_one_conference_and_past_a_stick_that_was_pulled_out(
    both: tuple[Operator, Operator], tmp_path: Path
) -> None:
    """One after the other: the second begins where the first ends."""
    _two_new_operators_come_to_one_conference(both, tmp_path)
    _a_stick_that_was_pulled_out_is_refused_and_the_next_one_taken(both)
