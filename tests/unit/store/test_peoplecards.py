"""Cards on the disk: what is withdrawn is in no commit, no object and no pack any more."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from solicomm_build.features.people import peoplecards, personcard
from solicomm_build.features.people.personcard import Card
from solicomm_build.foundation import faults
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.cursor import Cursor
from solicomm_build.git.repo import open_repo
from solicomm_build.post.store import fsck
from solicomm_build.testing import smallhub

NOW = datetime(2026, 11, 24, tzinfo=UTC)
ANA, BEN = "c_abcdefghij", "c_bcdefghijk"


def card(identifier: str, name: str) -> bytes:
    return personcard.encode(Card(identifier, name, consented="2026-11-24"))


@pytest.fixture
def config(tmp_path: Path) -> Config:
    made = smallhub.make(tmp_path / "hub")
    peoplecards.put(made, ANA, card(ANA, "Amina of the waterworks"), b"RIFF amina", NOW)
    peoplecards.put(made, BEN, card(BEN, "Ben"), b"RIFF ben", NOW)
    peoplecards.put(made, ANA, card(ANA, "Amina of the harbour"), b"", NOW)
    return made


def octets(config: Config) -> bytes:
    """Everything that git still has."""
    repo = open_repo(config.people_repo)
    told = repo.git("cat-file", "--batch-check=%(objectname)", "--batch-all-objects").split()
    return b"".join(repo.git("cat-file", "-p", oid.decode()) for oid in told) + repo.git(
        "log", "--all", "-p", "--format=%an %ae %B"
    )


def test_the_newest_card_is_shown_and_the_same_again_is_no_commit(config: Config) -> None:
    tip = open_repo(config.people_repo).ref()
    peoplecards.put(config, BEN, card(BEN, "Ben"), b"RIFF ben", NOW)
    assert open_repo(config.people_repo).ref() == tip
    found = peoplecards.one(config, ANA)
    assert found is not None
    assert (found[0].name, found[1]) == ("Amina of the harbour", b"")
    assert smallhub.files(config.people_repo)[f"photos/{BEN}.webp"] == b"RIFF ben"
    assert not [fault for fault in fsck.check(config) if "people" in fault.where]


def test_a_withdrawn_card_is_nowhere(config: Config) -> None:
    cursor = Cursor(open_repo(config.people_repo), "pages")
    tip = open_repo(config.people_repo).ref()
    assert tip is not None
    cursor.advance(None, tip)
    assert b"Amina of the waterworks" in octets(config)
    assert peoplecards.withdraw(config, [ANA]) == 3
    left = octets(config)
    assert b"Amina" not in left
    assert b"amina" not in left
    assert ANA.encode() not in left
    assert b"RIFF ben" in left
    assert cursor.read() == open_repo(config.people_repo).ref() != tip
    assert peoplecards.withdraw(config, [ANA]) == 0
    assert peoplecards.one(config, ANA) is None


def test_the_last_card_can_be_withdrawn(config: Config) -> None:
    peoplecards.withdraw(config, [ANA, BEN])
    assert smallhub.files(config.people_repo) == {}
    assert b"Ben" not in octets(config)
    peoplecards.put(config, BEN, card(BEN, "Ben again"), b"", NOW)
    assert peoplecards.one(config, BEN) is not None


def test_a_kill_between_history_and_objects_leaves_nothing(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(name: str) -> None:
        if name == "people.after-rewrite":
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(faults, "point", die)
        with pytest.raises(KeyboardInterrupt):
            peoplecards.withdraw(config, [ANA])
    peoplecards.withdraw(config, [ANA])
    assert b"Amina" not in octets(config)


def test_a_card_that_is_none_is_named(config: Config) -> None:
    from solicomm_build.git.reader import Reader
    from solicomm_build.git.writer import Change, write_once

    repo = open_repo(config.people_repo)
    write_once(repo, [Change(personcard.path(BEN), b"name: [")], message="Break\n", when=NOW)
    with Reader(repo) as reader:
        found = list(peoplecards.read(reader))
    assert [one for one in found if not isinstance(one, peoplecards.Kept)]
    assert [fault for fault in fsck.check(config) if "people" in fault.where]
