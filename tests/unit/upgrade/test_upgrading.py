"""A hub of an older version: what changes is said first, made once, and written down."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from solicomm_build import __version__
from solicomm_build.cli import upgrading
from solicomm_build.cli.main import main
from solicomm_build.features.renaming import places
from solicomm_build.features.upgrade import saying
from solicomm_build.foundation.hub import liveness
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.people import rosterevents
from solicomm_build.people.rosterevents import Consent
from solicomm_build.post.conference import Conference
from solicomm_build.testing import smallhub
from solicomm_build.testing.smallhub import BEGUN

HUB = "schema: solicomm/hub@1\nname: Test\ndomain: hub.example\nurl: https://hub.example\n"


def _run(hub: Config, *words: str) -> Result:
    return CliRunner().invoke(main, ["upgrade", *words, "--hub", str(hub.root)])


@pytest.fixture
def old(tmp_path: Path) -> Config:
    """A hub as 0.1 left it: events in a folder a year."""
    hub = smallhub.make(tmp_path / "hub")
    (hub.root / "hub.yaml").write_text(HUB)
    at = BEGUN + timedelta(minutes=1)
    who = rosterevents.member(1, "m@union.example", at=at, consent=Consent("owner", "test"))
    blob = rosterevents.encode_events([who])
    name = rosterevents.name_of(rosterevents.event_path(at, blob))
    change = Change(f"events/{name[:4]}/{name}", blob)
    write_once(open_repo(hub.roster_repo), [change], message="Add", when=at)
    return hub


def test_what_would_change_is_said_and_nothing_is_done(old: Config) -> None:
    told = _run(old, "--check")
    assert told.exit_code == 1
    assert f"this program: {__version__}, " in told.output
    assert "the hub: of a version before 0.2.0, or back from a backup" in told.output
    assert "will change: events-by-day: " in told.output
    assert _run(old, "--check").output == told.output
    assert upgrading.last(old) is None


def test_it_is_made_once_and_written_down(old: Config) -> None:
    assert "Doing events-by-day" in _run(old).output
    noted = upgrading.last(old)
    assert noted is not None
    assert (noted.version, noted.before) == (__version__, "")
    assert [name for name, _at in noted.done] == ["events-by-day"]
    told = _run(old, "--check")
    assert (told.exit_code, "nothing in the hub has to change" in told.output) == (0, True)
    assert f": {noted.done[0][0]}\n" in told.output
    assert _run(old).exit_code == 0
    assert upgrading.last(old) == noted


def test_the_version_before_is_kept_and_going_back_too_far_is_said(old: Config) -> None:
    note = old.state / "version.json"
    note.parent.mkdir(exist_ok=True)
    was = {"before": "98.0.0", "python": "3.14.0", "since": "2027-01-01T00:00:00+00:00"}
    note.write_text(json.dumps({"version": "99.1.0", **was, "done": []}))
    said = "\n".join(saying.about(old))
    assert "the hub: 99.1.0 since 2027-01-01, before that 98.0.0, with Python 3.14.0" in said
    assert "this program is older than 99.1.0" in said
    list(upgrading.carry_out(old))
    noted = upgrading.last(old)
    assert noted is not None
    assert (noted.version, noted.before) == (__version__, "99.1.0")


def test_a_damaged_note_is_none_and_is_written_anew(old: Config) -> None:
    list(upgrading.carry_out(old))
    for text in ("", "[]", "{}", '{"done": 1}', '{"done": [], "other": 1}'):
        (old.state / "version.json").write_text(text)
        assert upgrading.last(old) is None
    list(upgrading.carry_out(old))
    assert upgrading.last(old) is not None


def test_renamings_are_taken_back_before_the_version_before_comes(old: Config) -> None:
    """It would look for members and mail by the name of now, under which there are none."""
    smallhub.add_conference(old, Conference("water", {"en": "Water"}))
    _run(old)
    places.rename(old, "water", "rivers")
    places.rename(old, "rivers", "streams")
    refused = _run(old, "--undo")
    assert refused.exit_code == 66
    assert "streams was called water" in refused.output
    assert "solicomm rename conference streams water" in refused.output
    assert not upgrading.needed(old), "nothing was undone"
    places.rename(old, "streams", "water")
    undone = _run(old, "--undo")
    assert undone.exit_code == 0, undone.output
    assert "water: who joined or left while it had another name" in undone.output


def test_a_hub_that_runs_is_left_alone(old: Config) -> None:
    runs = liveness.Pulse(old.state, liveness.stages()[0])
    told, undone = _run(old), _run(old, "--undo")
    runs.end()
    assert (told.exit_code, undone.exit_code) == (75, 75)
    assert "Restart it" in told.output
    assert "Stop it first" in undone.output
    assert "exclude each other" in _run(old, "--undo", "--check").output
    assert upgrading.last(old) is None


def test_nothing_is_taken_back_while_it_is_made(old: Config) -> None:
    """As at the first start of a large hub, which takes long, and no stage runs yet."""
    made = upgrading.carry_out(old)
    assert next(made).name == "events-by-day"
    undone = _run(old, "--undo")
    assert undone.exit_code == 75
    assert "is being made ready for this version" in undone.output
    assert list(made) == []
    assert _run(old, "--undo").exit_code == 0


def test_versions_are_compared_as_numbers() -> None:
    assert saying.newer("0.10.0", "0.9.9")
    assert not saying.newer("0.2.0", "0.2.0")
