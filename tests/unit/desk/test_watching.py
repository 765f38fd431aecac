"""The operator hears by mail what is wrong with what is watched: once, daily, and its end."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from solicomm_build.desk.chores import Looked
from solicomm_build.desk.office import Office
from solicomm_build.features.checks import registry, watching
from solicomm_build.features.metrics import statuscommand
from solicomm_build.features.network import standing
from solicomm_build.features.network.standing import Standing
from solicomm_build.features.network.trust import adding
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub import backups, finding, liveness
from solicomm_build.foundation.hub.finding import Result
from solicomm_build.foundation.spool import Spool
from solicomm_build.message.parse import parse
from solicomm_build.testing import selfsigned
from solicomm_build.testing.deskhub import DeskHub
from solicomm_build.testing.networks import stranger
from solicomm_build.testing.smallhub import item, mail

OPERATOR = "op@hub.example"
REFUSED = "net: another hub's key signed it"


@pytest.fixture
def peer(hub: DeskHub) -> str:
    """A hub that is known, met today."""
    card, blob = stranger("dock")
    with clock.fixed(hub.now):
        adding.add(hub.config, blob, card, "")
    stands(hub, card.id)
    assert letters(hub) == []
    return card.id


def stands(hub: DeskHub, peer: str, **more: object) -> None:
    met = Standing(met=hub.now.isoformat(), **more)  # type: ignore[arg-type]
    standing.write(hub.config, peer, met)


def letters(hub: DeskHub) -> list[tuple[str, str]]:
    found = [item for item in hub.work() if item.envelope.rcpt_tos == (OPERATOR,)]
    return [(parse(item.raw).subject, parse(item.raw).text) for item in found]


def test_what_is_wrong_is_told_once_then_daily_then_that_it_is_well(
    hub: DeskHub, peer: str
) -> None:
    stands(hub, peer, fault=REFUSED)
    ((subject, text),) = letters(hub)
    assert subject == "Something is wrong at the hub"
    for words in (peer, REFUSED, "solicomm peer status", "solicomm check"):
        assert words in text
    hub.now += timedelta(hours=23)
    assert letters(hub) == []
    hub.now += timedelta(hours=2)
    ((_, again),) = letters(hub)
    assert REFUSED in again
    stands(hub, peer)
    ((subject, text),) = letters(hub)
    assert subject == "All is well again at the hub"
    assert REFUSED in text
    hub.now += timedelta(days=2)
    stands(hub, peer)
    assert letters(hub) == []


def test_what_changes_its_words_is_the_same_trouble(hub: DeskHub, peer: str) -> None:
    stands(hub, peer, waiting={"net": 3})
    assert "3 posts" in letters(hub)[0][1]
    stands(hub, peer, waiting={"net": 5})
    assert letters(hub) == []
    stands(hub, peer, waiting={"net": 5}, fault=REFUSED)
    ((_, text),) = letters(hub)
    assert text.index(REFUSED) < text.index("5 posts"), "what is new stands first"


def test_a_line_that_is_down_is_told_after_a_week_alone(hub: DeskHub, peer: str) -> None:
    met = hub.now
    for days, count in ((0, 0), (6, 0), (8, 1)):
        hub.now = met + timedelta(days=days)
        stand = Standing(met=met.isoformat(), fault="no answer", is_unreached=True)
        standing.write(hub.config, peer, stand)
        assert len(letters(hub)) == count
    with clock.fixed(hub.now):
        assert any("no answer" in str(one) for one in registry.check(hub.config))


def test_status_names_what_is_wrong(hub: DeskHub, peer: str) -> None:
    stands(hub, peer, fault=REFUSED)
    with clock.fixed(hub.now):
        (said,) = statuscommand.gather(hub.config)["wrong"]
    assert said.startswith(f"network: {peer}: {REFUSED}. ")


def test_nobody_is_told_where_nobody_is_the_operator(hub: DeskHub, peer: str) -> None:
    stands(hub, peer, fault=REFUSED)
    hub.config = replace(hub.config, operator=None)
    assert letters(hub) == []


def test_a_check_that_cannot_look_is_itself_told(hub: DeskHub, peer: str) -> None:
    (hub.config.private / "network" / "peers.yaml").write_text("schema: other\n")
    with clock.fixed(hub.now):
        (one,) = finding.wrong(hub.config)
    assert one.level == "fault"
    assert "peers.yaml" in one.what
    del peer


# -- the hub itself ---------------------------------------------------------------------------


def looked(hub: DeskHub, memory: Looked[Result]) -> list[str]:
    """What the letters of one look say, which it does not rest for."""
    memory.at_once()
    found = []
    with clock.fixed(hub.now):
        office = Office(hub.config)
        for step in watching.steps(office, memory):
            for one in step.plan.writes:
                path = hub.config.private / one.path
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(one.text or "")
            found += [one.text for one in step.plan.letters]
        office.close()
    hub.now += timedelta(minutes=10)
    return found


def test_the_hub_itself_is_told_when_two_looks_find_it_and_well_when_two_do_not(
    hub: DeskHub,
) -> None:
    memory: Looked[Result] = Looked()
    assert looked(hub, memory) == []
    build = hub.config.state / "build.json"
    build.parent.mkdir(exist_ok=True)
    broken = {"at": hub.now.isoformat(), "seconds": 1, "failures": [["x", "y"]]}
    build.write_text(json.dumps(broken))
    assert looked(hub, memory) == []
    (text,) = looked(hub, memory)
    assert "1 places could not be shown" in text
    build.write_text(json.dumps(broken | {"failures": [["x", "y"], ["z", "y"]]}))
    assert looked(hub, memory) == []
    build.write_text(json.dumps(broken | {"failures": []}))
    assert looked(hub, memory) == []
    (text,) = looked(hub, memory)
    assert "well again" in text


def test_what_one_look_alone_finds_is_no_news(hub: DeskHub) -> None:
    memory: Looked[Result] = Looked()
    backups.note(hub.config, "/b", at=None, every=None)
    assert looked(hub, memory) == []
    backups.note(hub.config, "/b", at=hub.now, every=None)
    assert looked(hub, memory) == []
    assert looked(hub, memory) == []


def late(hub: DeskHub) -> None:
    hub.config.spool_in.mkdir(parents=True, exist_ok=True)
    path = hub.config.spool_in / "1-1-1.mail"
    path.touch()
    os.utime(path, (1, 1))


def aside(hub: DeskHub) -> None:
    spool = Spool(hub.config.spool_in)
    spool.quarantine(spool.put([item(mail())]), "a test")


def expired(hub: DeskHub) -> None:
    pair = selfsigned.certificate(hub.config.root, "hub.example", now=hub.now, days=-3)
    hub.config = replace(hub.config, tls=pair)


def clock_back(hub: DeskHub) -> None:
    (hub.config.root / "hub.yaml").touch()
    after = (hub.now + timedelta(days=1)).timestamp()
    os.utime(hub.config.root / "hub.yaml", (after, after))


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda hub: liveness.note_end(hub.config.state, "web", 1, 5), "web keeps ending"),
        (late, "mail waits in spool/in"),
        (aside, "1 could not be handled"),
        (lambda hub: backups.note(hub.config, "/b", at=None, every=None), "none into /b"),
        (expired, "the certificate ended"),
        (clock_back, "it is behind"),
    ],
    ids=["crash loop", "a stage behind", "quarantine", "backup", "certificate", "clock"],
)
def test_what_would_be_a_silent_night_is_watched(
    hub: DeskHub, harm: Callable[[DeskHub], object], words: str
) -> None:
    harm(hub)
    with clock.fixed(hub.now):
        said = [one.what for one in finding.wrong(hub.config)]
    assert [one for one in said if words in one], said


def test_a_disk_that_gets_full_and_a_relay_that_is_down_are_watched(
    hub: DeskHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(hub.config.root)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=usage.total // 100))
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    down = replace(hub.config, delivery="relay", relay=("127.0.0.1", port))
    said = [one.what for one in finding.wrong(down)]
    assert any("mail is refused now (452)" in one for one in said)
    assert any(f"the relay 127.0.0.1:{port} does not answer" in one for one in said)
