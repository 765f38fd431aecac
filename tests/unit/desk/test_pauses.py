"""A pause that begins or ends while the courier has not come to what was just written."""

from __future__ import annotations

from datetime import timedelta

from solicomm_build.foundation.types import Oid
from solicomm_build.git.cursor import COURIER, Cursor
from solicomm_build.git.repo import open_repo
from solicomm_build.message.parse import parse
from solicomm_build.testing.deskhub import DeskHub
from tests.unit.desk.test_option_dialogues import post


def test_what_has_no_copies_yet_comes_once_when_a_pause_begins_or_ends(hub: DeskHub) -> None:
    hub.member(1, "ana@union.example", "water")
    hub.member(2, "mo@union.example", "water")
    repo = open_repo(hub.config.conference_repo("water"))
    tips = []
    for number in range(1, 5):
        post(hub, number)
        tips.append(repo.ref())
        hub.now += timedelta(minutes=1)
        if number == 2:  # the courier has made copies of the first post alone
            Cursor(repo, COURIER).advance(Cursor(repo, COURIER).read(), Oid(tips[0] or ""))
            hub.ask("water-request", "pause")
    Cursor(repo, COURIER).advance(tips[0], Oid(tips[2] or ""))
    _, missed = hub.ask("water-request", "resume")
    parts = [one for one in missed.attachments if one.type == "message/rfc822"]
    assert [parse(one.payload).subject for one in parts] == ["Strike 2", "Strike 3"]
