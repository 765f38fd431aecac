"""Sticks, and what they are made of, when something is erased at the hub."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from solicomm_build.features.founding import founding
from solicomm_build.features.pocket.choice import Choice
from solicomm_build.features.pocket.stick import about, checking, sums, writing
from solicomm_build.features.privacy import erase, leftovers
from solicomm_build.features.privacy.erasures import Receipt
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import PostId
from solicomm_build.git.repo import open_repo
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, smallhub

WORDS = "It was Ana who let it leak"
WATER = "content/conferences/water.git"


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    root = tmp_path / "hub"
    made = founding.found_hub(root, name="Test", domain="hub.example", sample=False)
    smallhub.add_conference(made, Conference("water", {"en": "Water"}, posting="open"))
    hubs.add(made, "water", [hubs.post("pumps", subject="Pumps", body="They leak.\n")])
    hubs.add(made, "water", [hubs.post("who", subject="Who", body=f"{WORDS}.\n")])
    return made


def _written(hub: Config, folder: Path) -> Path:
    writing.write(hub, folder, Choice(), progress=lambda _what, _done, _of: None)
    return folder


def _erased(hub: Config) -> Receipt:
    return erase.erase_posts(hub, [PostId(hubs.mid("who"))], reason="law", by="t")


def _left(hub: Config, receipt: Receipt) -> list[str]:
    return [str(one) for one in leftovers.search(hub, receipt, [WORDS])]


def _clone(stick: Path, folder: Path) -> bytes:
    """All octets of a conference on a stick."""
    said = about.decode((stick / about.FILE).read_bytes()).repositories[WATER]
    subprocess.run(["git", "init", "-q", "--bare", folder], check=True)
    for name in said.files:
        subprocess.run(["git", "fetch", "-q", stick / name, "+main:main"], cwd=folder, check=True)
    words = ["cat-file", "--batch-all-objects", "--batch"]
    return subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True).stdout


def test_a_stick_is_brought_up_to_date_after_an_erasure(hub: Config, tmp_path: Path) -> None:
    """It failed for good, and went on to show what was erased."""
    stick = _written(hub, tmp_path / "stick")
    assert WORDS.encode() in _clone(stick, tmp_path / "before.git")
    _erased(hub)
    _written(hub, stick)
    assert checking.look(stick).is_sound
    assert WORDS.encode() not in _clone(stick, tmp_path / "after.git")
    assert all(WORDS.encode() not in (stick / one).read_bytes() for one in sums.read(stick))
    said = about.decode((stick / about.FILE).read_bytes())
    assert said.repositories[WATER].tip == open_repo(hub.conference_repo("water")).ref()


def test_what_a_stick_was_made_of_goes_with_an_erasure(hub: Config, tmp_path: Path) -> None:
    _written(hub, tmp_path / "stick")
    assert _left(hub, _erased(hub)) == []


def test_it_goes_as_well_where_a_stick_is_being_written(hub: Config, tmp_path: Path) -> None:
    receipts: list[Receipt] = []

    def progress(what: str, _done: int, _of: int) -> None:
        if what == "writing files" and not receipts:
            receipts.append(_erased(hub))

    writing.write(hub, tmp_path / "stick", Choice(), progress=progress)
    assert _left(hub, receipts[0]) == []
    assert [one.name for one in (hub.state / "pocket").glob("*-*")] == []
