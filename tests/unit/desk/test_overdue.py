"""What is kept for a time only goes when that is over, though nobody comes by any more."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
from datetime import timedelta
from pathlib import Path

from solicomm_build.features.sites.editing import sitedrafts
from solicomm_build.features.sites.editing.sitedrafts import Draft
from solicomm_build.features.writing import keeping, waiting
from solicomm_build.foundation import clock, scratch
from solicomm_build.message.values import Attachment
from solicomm_build.people import pending
from solicomm_build.people.sessions import STAYS, Sessions
from solicomm_build.testing.deskhub import DeskHub
from solicomm_build.web.uploads.chosen import ChosenFiles

EVE = "eve@elsewhere.example"
FOLDER = "handin"
DRAFT = Draft("metal", "news/2026/x.en.md", "Words")


def _aged(hub: DeskHub, span: timedelta, *folders: str) -> list[Path]:
    """What lies in these folders below `private/`, as it were written a while ago."""
    at = (hub.now - span).timestamp()
    found = [path for one in folders for path in (hub.config.private / one).glob("*")]
    for path in (*found, *(file for one in found for file in one.rglob("*"))):
        os.utime(path, (at, at))
    return [path for path in found if path.is_file() or [*path.rglob("*")]]


def test_what_waits_for_a_yes_goes_in_time(hub: DeskHub) -> None:
    with clock.fixed(hub.now):
        pending.ASKED.put(hub.config, "a", {"address": EVE, "raw": "aGVsbG8="})
        waiting.PENDING.put(hub.config, "box/b", {"address": EVE})
        sitedrafts.put(hub.config, "c", DRAFT, EVE)
    folders = [one.folder for one in pending.kinds()]
    assert len(_aged(hub, timedelta(days=6), *folders)) == 3
    hub.work()
    assert len(_aged(hub, timedelta(days=8), *folders)) == 3
    hub.work()
    assert [path.name for path in _aged(hub, timedelta(days=31), *folders)] == ["metal"]
    hub.work()
    assert _aged(hub, timedelta(), *folders) == []


def test_files_that_were_chosen_on_a_page_go_after_an_hour(hub: DeskHub) -> None:
    with clock.fixed(hub.now):
        assert keeping.keep(hub.config, "water", [Attachment("pay.txt", "text/plain", b"mine")])
        assert ChosenFiles(hub.config, FOLDER).put("bar", [("pay.pdf", b"mine")], "192.0.2.1")
    assert len(_aged(hub, timedelta(minutes=50), "chosen", FOLDER)) == 2
    hub.work()
    assert len(_aged(hub, timedelta(minutes=70), "chosen", FOLDER)) == 2
    hub.work()
    assert _aged(hub, timedelta(), "chosen", FOLDER) == []


def test_an_answer_to_a_form_that_nobody_confirmed_goes(hub: DeskHub) -> None:
    folder = hub.config.private / "forms" / "waiting"
    folder.mkdir(parents=True)
    at = hub.now - timedelta(days=15)
    (folder / "x.json").write_text(json.dumps({"author": EVE, "at": at.isoformat()}))
    _aged(hub, timedelta(days=15), "forms/waiting")
    hub.work()
    assert not [*folder.iterdir()]


def test_who_was_signed_in_is_forgotten(hub: DeskHub) -> None:
    """Members who stay signed in for thirty days, and nobody who asks for a link after that."""
    sessions, file = Sessions(hub.config), hub.config.state / "sessions.sqlite"
    for number, when in ((7, hub.now - STAYS), (8, hub.now - timedelta(days=1))):
        with clock.fixed(when):
            assert sessions.begin(sessions.link(number, "", when), when, STAYS, "Firefox, Android")
    sessions.close()
    hub.work()
    db = sqlite3.connect(file)
    assert db.execute("SELECT number FROM session").fetchall() == [(8,)]
    db.close()


def test_what_a_killed_command_unpacked_goes(hub: DeskHub) -> None:
    """Members and archive of another list server, and what another hub brought."""
    state = hub.config.state
    pid = os.fork()
    if not pid:
        with scratch.folder(state, scratch.MIGRATION) as folder:
            (folder / "members.csv").write_text(EVE)
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(pid, 0)
    assert [*state.glob("migrate-*/members.csv")]
    older = state / "packet-abcdefgh"  # as earlier versions made them
    older.mkdir()
    at = (hub.now - timedelta(days=2)).timestamp()
    os.utime(older, (at, at))
    with scratch.folder(state, scratch.PARCEL) as at_work:
        hub.work()
        assert at_work.is_dir()
        assert [*state.glob("migrate-*"), *state.glob("packet-*")] == []
    assert [*state.glob("parcel-*")] == []
