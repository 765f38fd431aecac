"""`max` and `topics`: what comes by itself, what comes together, what does not come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.courier.fanout import Fanout
from solicomm_build.features.digests import octets as digestmail
from solicomm_build.features.digests.sending import Digests
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.git.writer import Change, write_once
from solicomm_build.people import wishes
from solicomm_build.post import event as topic_event
from solicomm_build.testing.listhub import WHEN, ListHub, message

MORNING = WHEN + timedelta(hours=18)


class Courier:
    """Looks as the courier does: digests first, then single copies."""

    def __init__(self, root: Path) -> None:
        self.hub = ListHub(root)
        self.out, log = Spool(self.hub.config.spool_out), maillog.to_nobody()
        self.digests = Digests(self.hub.config, self.out, log)
        self.fanout = Fanout(self.hub.config, self.out, log)

    def look(self) -> None:
        with clock.fixed(WHEN):
            self.digests.run()
            self.fanout.run()

    def singles(self) -> dict[str, list[str]]:
        """Who got which messages by themselves, by their numbers."""
        found: dict[str, list[str]] = {}
        for item in self._taken():
            for address in item.envelope.rcpt_tos:
                found.setdefault(address[:2], []).append(_number(item))
        return found

    def digest(self) -> list[Item]:
        with clock.fixed(MORNING):
            self.digests.run()
        return [item for item in self._taken() if digestmail.KEY_FIELD.encode() in item.raw]

    def _taken(self) -> list[Item]:
        items = []
        for path in self.out.pending():
            items += self.out.read(path)
            self.out.done(path)
        return items

    def close(self) -> None:
        self.digests.close()
        self.fanout.close()
        self.hub.close()


def _number(item: Item) -> str:
    return item.raw.partition(b"Message-ID: <")[2].partition(b"@")[0].decode()


@pytest.fixture
def courier(tmp_path: Path) -> Iterator[Courier]:
    made = Courier(tmp_path)
    yield made
    made.close()


def test_beyond_the_most_of_a_day_the_rest_comes_together(courier: Courier) -> None:
    courier.hub.members(["bo@x.example"], max="2/day", form="mime")
    courier.hub.members(["cy@x.example"])
    courier.look()
    for number in (1, 2, 3, 4):
        courier.hub.post(message(number))
    courier.look()
    assert courier.singles() == {"bo": ["1", "2"], "cy": ["1", "2", "3", "4"]}
    (digest,) = courier.digest()
    assert digest.envelope.rcpt_tos == ("bo@x.example",)
    there = [f"Subject: Water {n}".encode() in digest.raw for n in (1, 2, 3, 4)]
    assert there == [False, False, True, True]


def test_only_posts_about_the_topics_wanted_come(courier: Courier) -> None:
    courier.hub.members(["bo@x.example"], topics="wages")
    courier.hub.members(["da@x.example"], topics="wages", digest="daily", form="mime")
    courier.look()
    plain = message(1)
    courier.hub.post(plain)
    courier.hub.post(message(2).replace(b"Subject: Water 2", b"Subject: Re: Wages, again"))
    courier.hub.post(message(3, extra="Keywords: pay, wages\r\n"))
    tid, _ = courier.hub.post(message(4))
    label = topic_event.make("label", at=WHEN, by="p_1", data={"add": "wages"})
    change = Change(topic_event.path(tid, label), topic_event.encode(label))
    write_once(courier.hub.list, [change], message="Label\n\nSource: cli\n", when=WHEN)
    courier.look()
    assert courier.singles() == {"bo": ["2", "3", "4"]}
    (digest,) = courier.digest()
    assert digest.envelope.rcpt_tos == ("da@x.example",)
    assert b"Message-ID: <1@" not in digest.raw
    assert b"Message-ID: <4@" in digest.raw


def test_a_day_begins_anew(courier: Courier) -> None:
    courier.hub.members(["bo@x.example"], max="1/day", form="mime")
    courier.look()
    courier.hub.post(message(1))
    courier.hub.post(message(2))
    courier.look()
    assert courier.singles() == {"bo": ["1"]}


@pytest.mark.parametrize(
    ("written", "zone"),
    [
        ("Madrid", "Europe/Madrid"),
        ("buenos aires", "America/Buenos_Aires"),
        ("São Paulo", "America/Sao_Paulo"),
        ("Istanbul", "Europe/Istanbul"),
        ("america/new_york", "America/New_York"),
        ("UTC", "UTC"),
        ("Central", ""),
        ("Atlantis", ""),
        ("../etc/passwd", ""),
        ("", ""),
    ],
)
def test_a_time_zone_is_known_by_its_city(written: str, zone: str) -> None:
    assert wishes.zone_named(written) == zone
