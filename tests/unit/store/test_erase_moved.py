"""What waited for a moderator where a list comes from is told, and goes, with its author."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from solicomm_build.features.migration import heldfile
from solicomm_build.features.privacy import erase, personal
from solicomm_build.foundation import maillog
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people.roster import Roster
from solicomm_build.post.store import hooks
from solicomm_build.testing import smallhub
from solicomm_build.testing.smallhub import mail

CY, DI = "cy@works.example", "di@works.example"


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    made = smallhub.make(tmp_path / "hub")
    texts = (f"From here on\n\nFrom {CY} alone: wages", "Others")
    held = [
        mail(text, msgid=f"<{number}@works.example>", sender=f"X <{who}>")
        for number, (text, who) in enumerate(zip(texts, (CY.upper(), DI), strict=True))
    ]
    assert heldfile.add(made, "bar", held) == 2
    return made


def _erased(hub: Config, what: str) -> dict[str, int]:
    return erase.erase(hub, what, reason="asked", by="op", log=maillog.to_nobody())[1].removed


def test_it_goes_with_its_author_and_others_stay(hub: Config) -> None:
    file = hub.private / "migration/bar-held.mbox"
    assert b"\n>From here on\n" in file.read_bytes()
    assert _erased(hub, CY) == {"private/migration": 1}
    assert b"wages" not in file.read_bytes()
    ((name, left),) = heldfile.every(hub)
    assert name == "bar"
    assert b"X <di@works.example>" in left
    with pytest.raises(HubError):
        _erased(hub, CY)
    assert _erased(hub, "<1@works.example>")["private/migration"] == 1
    assert not file.exists()


def test_what_was_erased_or_decided_does_not_come_back_with_a_newer_copy(hub: Config) -> None:
    before = [raw for _, raw in heldfile.every(hub)]
    new = mail("New", msgid="<2@works.example>", sender=f"X <{DI}>")
    _erased(hub, CY)
    assert heldfile.add(hub, "bar", [*before, new]) == 1
    assert [b"wages" in raw for _, raw in heldfile.every(hub)] == [False, False]
    (hub.private / (heldfile.PLACE % "bar")).unlink()
    assert heldfile.add(hub, "bar", [*before, new, new]) == 0
    assert not list(heldfile.every(hub))


def test_a_file_of_before_there_were_marks_counts_as_seen(hub: Config) -> None:
    (hub.private / (heldfile.SEEN % "bar")).unlink()
    before = [raw for _, raw in heldfile.every(hub)]
    assert heldfile.add(hub, "bar", before) == 0
    assert [raw for _, raw in heldfile.every(hub)] == before


def test_its_author_is_told_of_it(hub: Config) -> None:
    facts = personal.about(hub, CY, Roster()).facts
    (one,) = facts["held_before_moving"]
    assert one["list"] == "bar"
    assert "From here on" in one["message"]
    assert DI not in json.dumps(facts)


def test_it_follows_its_list_and_goes_with_it() -> None:
    assert {heldfile.PLACE, heldfile.SEEN} <= set(hooks.private_places("conferences"))
