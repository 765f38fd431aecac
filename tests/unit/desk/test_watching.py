"""The operator hears by mail what is wrong with what is watched: once, daily, and its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from solicomm_build.features.checks import registry
from solicomm_build.features.metrics import statuscommand
from solicomm_build.features.network import standing
from solicomm_build.features.network.standing import Standing
from solicomm_build.features.network.trust import adding
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub import finding
from solicomm_build.message.parse import parse
from solicomm_build.testing.deskhub import DeskHub
from solicomm_build.testing.networks import stranger

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
