"""The welcome names what to read first: pinned, summed up, lively; or nothing at all."""

from __future__ import annotations

from datetime import timedelta

import pytest

from solicomm_build.builder.run import Builder
from solicomm_build.foundation import clock, data, maillog
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope, TopicId, post_id
from solicomm_build.ingest.run import ingest
from solicomm_build.message.values import Message
from solicomm_build.testing import smallhub
from solicomm_build.testing.deskhub import DeskHub


def write(hub: DeskHub, number: int, subject: str, *, answers: int = 0) -> TopicId:
    root = f"t{number}@union.example"
    for place in range(answers + 1):
        own = root if not place else f"t{number}.{place}@union.example"
        fields = [f"In-Reply-To: <{root}>"] if place else []
        raw = smallhub.mail(
            f"Text {place}.", *fields, msgid=f"<{own}>", subject=subject, sender="ben@union.example"
        ).replace(b"bar@hub", b"water@hub")
        raw = raw.replace(b"04 Mar 2026", b"%02d Nov 2026" % (10 + number))
        with clock.fixed(hub.now):
            to = ("water@hub.example",)
            envelope = Envelope("ben@union.example", to, hub.now, proved=True)
            Spool(hub.config.spool_in).put([Item(envelope, raw)])
            ingest(hub.config, once=True, log=maillog.to_nobody())
    return TopicId(str(post_id(root)))


def build(hub: DeskHub) -> None:
    with clock.fixed(hub.now):
        builder = Builder(hub.config, data.theme())
        assert builder.build().failures == []
        builder.close()


def join(hub: DeskHub, lang: str = "en", name: str = "water") -> Message:
    (asked,) = hub.ask(
        f"{name}-join", sender="new@union.example", fields=[f"Content-Language: {lang}"]
    )
    (welcome,) = hub.reply(asked, sender="new@union.example")
    return welcome


@pytest.fixture
def hub(hub: DeskHub) -> DeskHub:
    hub.member(2, "ben@union.example", "water", role="moderator")
    return hub


def test_three_topics_pinned_ones_first(hub: DeskHub) -> None:
    pinned = write(hub, 1, "Rules of the house")
    write(hub, 2, "Nobody answered")
    write(hub, 3, "A lively one", answers=3)
    write(hub, 4, "Less lively", answers=1)
    hub.ask(f"water+t-{pinned}", "pin", sender="ben@union.example")
    build(hub)
    text = join(hub).text
    at = [text.find(title) for title in ("Rules of the house", "A lively one", "Less lively")]
    assert -1 not in at
    assert at == sorted(at)
    assert "Nobody answered" not in text
    assert f"{hub.config.url}/conferences/water/t/{pinned}/" in text


def test_old_topics_are_not_named(hub: DeskHub) -> None:
    write(hub, 1, "Long ago", answers=3)
    hub.now += timedelta(days=120)
    build(hub)
    assert "Long ago" not in join(hub).text


@pytest.mark.parametrize("content", [None, "{", '{"topics": [{"x": 1}]}', '{"topics": []}'])
def test_without_a_list_of_topics_the_welcome_does_without(
    hub: DeskHub, content: str | None
) -> None:
    if content is not None:
        folder = hub.config.public / "conferences/water"
        folder.mkdir(parents=True)
        (folder / "start.json").write_text(content)
    assert "read first" not in join(hub).text


@pytest.mark.parametrize(("lang", "words"), [("fr", "lisez d’abord"), ("ru", "прочитайте")])
def test_it_speaks_the_newcomers_language(hub: DeskHub, lang: str, words: str) -> None:
    write(hub, 1, "Tarifs", answers=1)
    build(hub)
    assert words in join(hub, lang).text
