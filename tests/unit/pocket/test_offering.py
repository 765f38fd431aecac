"""Where hub.yaml says `take`, the hub is there as files for everybody, and as it is now."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import zipfile
from collections import namedtuple
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from solicomm_build.cli import commands
from solicomm_build.features.founding import founding
from solicomm_build.features.library.cards import cardchange
from solicomm_build.features.library.cards.cardstore import CardStore
from solicomm_build.features.library.cards.entry import Entry, Rights
from solicomm_build.features.library.cards.shelving import Incoming
from solicomm_build.features.pocket import privacy
from solicomm_build.features.pocket.offering import leaving, offered, record, watching
from solicomm_build.features.pocket.stick import checking, writing
from solicomm_build.features.removing import places
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import ConfigError
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git import log
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change
from solicomm_build.post import conference as settings
from solicomm_build.post import event
from solicomm_build.post.conference import Conference
from solicomm_build.post.store import redact
from solicomm_build.testing import hubs, smallhub


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """With one conference, and a stick that was made of it."""
    root = tmp_path_factory.mktemp("offering") / "hub"
    made = founding.found_hub(root, name="Test", domain="hub.example", sample=False)
    smallhub.add_conference(made, Conference("water", {"en": "Water"}, posting="open"))
    hubs.add(made, "water", [hubs.post("pumps", subject="Pumps", body="They leak.\n")])
    founding.new_library(made, "papers", title="Papers", lang="en")
    _added(made, "Boots")
    with (root / "hub.yaml").open("a", encoding="utf-8") as file:
        file.write("take: [stick]\n")
    made = hubyaml.load(root)
    offered.write(made)
    return made


def _added(config: Config, title: str, **facts: object) -> None:
    card = Entry(id="", type="poster", title={"en": title}, languages=("en",))
    file = Incoming(f"{title.lower()}.txt", f"{title}, a pair a year.\n".encode())
    CardStore(config, "papers").add(replace(card, **facts), [file], when=hubs.START)  # type: ignore[arg-type]


@pytest.fixture
def own(hub: Config, tmp_path: Path) -> Config:
    """A hub of the test's own."""
    return replace(hub, root=shutil.copytree(hub.root, tmp_path / "hub"))


def stick(hub: Config) -> Path:
    return hub.public / "take/hub-stick.zip"


def test_the_zip_is_a_sound_stick_of_the_hub(hub: Config, tmp_path: Path) -> None:
    assert record.read(hub).fault == ""
    assert [path.name for path in record.folder(hub).iterdir()] == ["hub-stick.zip"]
    with zipfile.ZipFile(stick(hub)) as archive:
        archive.extractall(tmp_path)
    found = checking.look(tmp_path / "hub.example")
    assert found.is_sound
    assert (tmp_path / "hub.example/outbox").is_dir()
    assert "Pumps" in (tmp_path / "hub.example/conferences/water/index.html").read_text("utf-8")
    assert not (hub.state / "pocket/offered").exists(), "the folder it was made of is gone"


def test_a_week_later_it_is_made_only_when_something_changed(own: Config) -> None:
    before = stick(own).stat().st_ino
    assert not record.is_due(own)
    with clock.fixed(clock.now() + timedelta(days=7)):
        assert record.is_due(own)
        offered.write(own)
        assert not record.is_due(own)
        assert stick(own).stat().st_ino == before
    hubs.add(own, "water", [hubs.post("more", "pumps", subject="Re: Pumps")])
    offered.write(own)
    assert stick(own).stat().st_ino != before


def test_what_goes_wrong_is_told_and_tried_again_in_a_day(
    own: Config, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    wanted = replace(own, take=("stick", "zim"))
    assert record.is_due(wanted), "the ZIM is not there"
    monkeypatch.setattr("solicomm_build.features.pocket.zim.PROGRAM", "no-such-program")
    offered.write(wanted)
    (said,) = watching.look(wanted)
    assert said.level == "warning"
    assert "no-such-program is not installed" in said.what
    assert stick(wanted).is_file()
    assert not record.is_due(wanted)
    with clock.fixed(clock.now() + timedelta(days=1)):
        assert record.is_due(wanted)


def test_a_disk_that_mail_needs_is_left_alone(own: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**12, 0, 5 * 10**10 + 1000))
    before = stick(own).stat().st_ino
    hubs.add(own, "water", [hubs.post("more", "pumps", subject="Re: Pumps")])
    offered.write(own)
    (said,) = watching.look(own)
    assert "are free on the disk above what mail needs" in said.what
    assert stick(own).stat().st_ino == before


def test_an_erasure_takes_the_files_and_what_is_being_made(
    own: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    (record.folder(own) / "poster.pdf").write_bytes(b"the operator's own")
    write = writing.write

    def disturbed(*given: object, **more: object) -> object:
        privacy.SETTLE(own, None)
        return write(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(writing, "write", disturbed)
    hubs.add(own, "water", [hubs.post("more", "pumps", subject="Re: Pumps")])
    offered.write(own)
    assert [path.name for path in record.folder(own).iterdir()] == ["poster.pdf"]
    assert record.is_due(own)


def _hides(own: Config) -> None:
    redact.redact(own, "water", hubs.mid("pumps"), reason="An insult", by="p_7h2kqm3x9d")


def _moves(own: Config) -> None:
    made = event.make("move", at=hubs.START, by="p_7h2kqm3x9d", data={"to": "board"})
    path = event.path(hubs.tid_of(hubs.post("pumps")), made)
    hubs.commit(own.conference_repo("water"), Change(path, event.encode(made)))


def _deletes(own: Config) -> None:
    hubs.remove(own, "water", hubs.post("pumps"))


def _shows(own: Config, visibility: str) -> None:
    conference = Conference("water", {"en": "Water"}, posting="open", visibility=visibility)
    change = Change(settings.FILE, settings.encode(conference))
    hubs.commit(own.conference_repo("water"), change)


def _removes(own: Config) -> None:
    places.remove(own, places.Place("conference", "water"))


def _withdraws(own: Config) -> None:
    _changes(own, partial(cardchange.withdrawn, reason="It was wrong."))


def _closes(own: Config) -> None:
    _changes(own, lambda entry: replace(entry, rights=Rights(access="members")))


def _changes(own: Config, make: Callable[[Entry], Entry]) -> None:
    """As a curator changes a card."""
    repo = open_repo(own.library_repo("papers"))
    key = next(iter(smallhub.files(repo.path, "entries"))).partition("/")[0]
    seen = cardchange.seen(repo, key)
    assert seen is not None
    more = {"when": hubs.START, "source": "web", "by": "member:1"}
    assert cardchange.change(repo, key, seen.blob, make, "Change", **more)  # type: ignore[arg-type]


def _forgets_of_what(own: Config) -> None:
    """As an older version noted it."""
    path = own.state / "pocket/offered.json"
    found = json.loads(path.read_bytes())
    found["made"] = [row[:2] for row in found["made"]]
    path.write_text(json.dumps(found))


GOING: dict[str, Callable[[Config], object]] = {
    "hidden": _hides,
    "moved": _moves,
    "deleted": _deletes,
    "a document withdrawn": _withdraws,
    "a document closed": _closes,
    "for members": lambda own: _shows(own, "members"),
    "unlisted": lambda own: _shows(own, "unlisted"),
    "removed": _removes,
    "of an older version": _forgets_of_what,
    "without a record": lambda own: (own.state / "pocket/offered.json").unlink(),
}


@pytest.mark.parametrize("how", GOING)
def test_what_is_public_no_more_goes_before_anything_is_made_anew(
    own: Config, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    GOING[how](own)

    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    with pytest.raises(FileNotFoundError):
        watching.Offering(own).run()
    assert not stick(own).exists()
    assert record.is_due(own)


def test_what_only_came_to_it_leaves_the_file_and_is_compared_once(
    own: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    hubs.add(own, "water", [hubs.post("more", "pumps", subject="Re: Pumps")])
    _changes(own, lambda entry: replace(entry, title={"en": "Shoes"}))
    _added(own, "Gloves", rights=Rights(access="members"))
    leaving.withdraw(own)
    assert stick(own).is_file()
    monkeypatch.setattr(log, "diff", None)  # nothing is compared again
    leaving.withdraw(own)
    assert stick(own).is_file()


def test_it_goes_while_making_fails(own: Config) -> None:
    desk = watching.Offering(own)
    record.end(own, record.begin(own).run, "the disk is full")
    assert not desk.run(), "it is tried again in a day"
    _hides(own)
    desk._looked.at_once()
    assert not desk.run()
    assert not stick(own).exists()


def test_a_command_that_takes_away_takes_the_file_at_once(own: Config) -> None:
    _removes(own)
    commands.tell(own.root, ["remove", "conference", "water"])
    assert not stick(own).exists()


def test_what_is_hidden_while_it_is_made_is_not_put_out(
    own: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = writing.write

    def disturbed(*given: object, **more: object) -> object:
        made = write(*given, **more)  # type: ignore[arg-type]
        _hides(own)
        return made

    monkeypatch.setattr(writing, "write", disturbed)
    privacy.SETTLE(own, None)
    offered.write(own)
    assert not stick(own).exists()
    assert record.is_due(own)


def test_what_is_wanted_no_more_goes_and_nothing_is_made(own: Config) -> None:
    watching.Offering(replace(own, take=())).run()
    assert not stick(own).exists()


def test_the_desk_has_a_child_make_it_which_ends_with_the_desk(own: Config) -> None:
    privacy.SETTLE(own, None)
    desk = watching.Offering(own)
    assert desk.run()
    child = desk._child
    assert child is not None
    assert child.stdin is not None
    assert child.wait(120) == 0
    assert desk.run()
    assert stick(own).is_file()
    assert not desk.run(), "it rests"
    privacy.SETTLE(own, None)
    desk = watching.Offering(own)
    assert desk.run()
    child = desk._child
    assert child is not None
    assert child.stdin is not None
    child.stdin.close()  # as when the desk dies
    assert child.wait(120) == -signal.SIGKILL
    assert desk.run()
    assert "ended with -9" in record.read(own).fault


def test_another_word_is_refused(hub: Config) -> None:
    text = (hub.root / "hub.yaml").read_text("utf-8").replace("[stick]", "[disc]")
    with pytest.raises(ConfigError, match="disc"):
        hubyaml.parse(text, hub.root)


@pytest.mark.skipif(not shutil.which("zimwriterfs"), reason="zim-tools is not installed")
def test_a_zim_is_made_beside_it(own: Config) -> None:
    both = replace(own, take=("stick", "zim"))
    offered.write(both)
    assert record.read(both).fault == ""
    assert (record.folder(both) / "hub.zim").read_bytes()[:4] == b"ZIM\x04"
    assert {path.name for path in record.folder(both).iterdir()} == {"hub-stick.zip", "hub.zim"}


def test_the_zip_is_made_while_the_clock_says_1970(
    own: Config, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As on a machine without a clock that goes on, until it hears the time."""

    def written(_config: Config, place: Path, *_given: object, **_more: object) -> None:
        place.mkdir(parents=True)
        (place / "index.html").write_text("Pumps")
        os.utime(place / "index.html", (0, 0))

    monkeypatch.setattr(writing, "write", written)
    offered._stick(own, tmp_path / "stick.zip")
    with zipfile.ZipFile(tmp_path / "stick.zip") as archive:
        assert archive.read("hub.example/index.html") == b"Pumps"
