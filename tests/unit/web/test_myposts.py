"""My posts, in My hub: what the member wrote where the member may read, by address alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from solicomm_build.features.members import postsection
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.ingest.run import ingest
from solicomm_build.people import rosterevents
from solicomm_build.people.rosterevents import Consent
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, smallhub
from tests.unit.web.myhub import Hub, living

ANA, BEA = "ana@union.example", "bea@union.example"
WATER = Conference("water", {"en": "Water"}, posting="open")
BOARD = Conference("board", {"en": "The Board"}, posting="open", visibility="members")
NOW = clock.now().replace(microsecond=0)
PLACE = "/members/posts/"


def write(
    config: Config, number: int, subject: str, sender: str, *, to: str = "water", text: str = "Hi."
) -> None:
    """A mail to a list; the higher its number, the newer it is."""
    raw = smallhub.mail(
        text,
        msgid=f"<{number}@union.example>",
        subject=subject,
        sender=sender,
    )
    date = format_datetime(NOW - timedelta(minutes=1000 - number)).encode()
    raw = re.sub(rb"(?m)^Date: .*?\r$", b"Date: " + date + b"\r", raw)
    raw = raw.replace(b"bar@hub.example", f"{to}@hub.example".encode())
    item = smallhub.item(raw, f"{to}@hub.example", proved=True)
    item = replace(item, envelope=replace(item.envelope, received_at=NOW))
    Spool(config.spool_in).put([item])


def build(config: Config) -> None:
    ingest(config, once=True, log=maillog.to_nobody())
    hubs.build(config)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    config = smallhub.make(tmp_path / "hub", WATER, BOARD)
    smallhub.add_events(
        config,
        [
            *(
                rosterevents.member(
                    number, address, at=NOW, consent=Consent("mail"), lang="en", name="Ana Paz"
                )
                for number, address in enumerate((ANA, BEA), 1)
            ),
            rosterevents.subscribe("water", 2, at=NOW, consent=Consent("mail")),
            rosterevents.subscribe("board", 1, at=NOW, consent=Consent("mail")),
        ],
    )
    return config


@pytest.fixture
def hub(config: Config) -> Iterator[Hub]:
    write(config, 1, "Pipes", f"Ana Paz <{ANA}>")
    write(config, 2, "Hoses", f"Ana Paz <{BEA}>")
    write(config, 3, "Rubies", f"A. P. <{ANA.upper()}>", to="board")
    write(config, 4, "Gold", f"Ana Paz <{BEA}>", to="board")
    write(config, 5, "Quoted", f"Ana Paz <{BEA}>", text=f"As {ANA} says.")
    build(config)
    with living(config) as hub:
        yield hub


def titles(shown: str) -> list[str]:
    return re.findall(r'<li><a href="/conferences/[^"]+"><bdi>(.*?)</bdi>', shown)


def test_a_member_sees_the_own_posts_by_address_whatever_their_name(hub: Hub) -> None:
    shown = hub.signed_in(ANA).get(PLACE).text
    assert titles(shown) == ["Rubies", "Pipes"], "the newest first, none of her namesake's"
    (link,) = re.findall(r'href="(/conferences/water/t/[^"]+)"', shown)
    assert (hub.config.public / link.strip("/") / "index.html").is_file()
    assert 'href="/members/data/"' in shown


def test_what_one_wrote_is_not_told_where_one_may_not_read(hub: Hub) -> None:
    assert titles(hub.signed_in(BEA).get(PLACE).text) == ["Quoted", "Hoses"]


def test_what_one_wrote_follows_another_address_and_stays_with_no_mailbox(hub: Hub) -> None:
    """Who reads the old mailbox and joined saw what the member wrote under a pseudonym, too."""
    new, consent = "ana@new.example", Consent("mail")
    moved = rosterevents.member(1, new, at=NOW, consent=consent, lang="en")
    another = rosterevents.member(3, ANA, at=NOW, consent=consent, lang="en")
    smallhub.add_events(hub.config, [moved, another])
    assert titles(hub.signed_in(new).get(PLACE).text) == ["Rubies", "Pipes"]
    assert titles(hub.signed_in(ANA).get(PLACE).text) == []


def test_a_stranger_is_asked_to_sign_in(hub: Hub) -> None:
    seen = hub.signed_in(ANA).__class__(hub.address).get(PLACE)
    assert seen.status == 303
    assert seen["location"].startswith("/login/")


def test_the_front_leads_there_and_looks_for_nothing(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postsection.Posts, "_found", None)
    shown = hub.signed_in(ANA).get("/members/").text
    assert f'href="{PLACE}"' in shown
    assert "Rubies" not in shown.partition('id="posts"')[2].partition("</article>")[0]


def test_no_more_is_shown_and_looked_at_than_is_promised(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        write(config, number, f"No {number}", f"Ana Paz <{ANA if number < 25 else BEA}>")
    build(config)
    with living(config) as hub:
        ana = hub.signed_in(ANA)
        assert titles(ana.get(PLACE).text) == [f"No {n}" for n in range(24, 4, -1)]
        monkeypatch.setattr(postsection, "MOST_POSTS", 7)
        shown = ana.get(PLACE).text
        assert titles(shown) == ["No 24", "No 23"]
        assert "Only the newest posts" in shown
        monkeypatch.setattr(postsection, "MOST_OCTETS", 0)
        shown = ana.get(PLACE).text
        assert titles(shown) == [], "the first mail was somebody else's"
        assert "Only the newest posts" in shown
        assert "nothing that you wrote" not in shown


def test_what_is_hidden_or_was_never_built_is_not_there(config: Config) -> None:
    write(config, 1, "Pipes", f"Ana Paz <{ANA}>")
    with living(config) as hub:
        assert "nothing that you wrote" in hub.signed_in(ANA).get(PLACE).text
