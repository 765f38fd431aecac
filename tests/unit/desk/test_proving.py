"""Who is not proved is asked: yes lets the mail go on as one of the author's, no throws it away."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope, post_id
from solicomm_build.ingest import holding as moderation
from solicomm_build.ingest.run import ingest
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.post.conference import Conference
from solicomm_build.testing import smallhub
from solicomm_build.testing.deskhub import AUTHSERV, DeskHub

MEMBER, HOST, STRANGER = "ana@union.example", "host@union.example", "eve@union.example"


@pytest.fixture
def hub(tmp_path: Path) -> DeskHub:
    made = DeskHub(tmp_path)
    news = Conference("news", {"en": "News"}, kind="list", posting="announce")
    smallhub.add_conference(made.config, news)
    made.member(1, MEMBER, "water", "news", lang="ru")
    made.member(2, HOST, "water", "news", role="host")
    return made


def post(
    hub: DeskHub, sender: str, to: str = "water", *fields: str, text: str = "Words."
) -> list[Message]:
    """Sends a mail that nothing vouches for; the letters that it leads to."""
    hub.now += timedelta(seconds=1)
    lines = [f"From: X <{sender}>", f"To: {to}@hub.example", f"Message-ID: <{hub.now:%s}@x>"]
    fields = fields or ("Subject: Hello",)
    raw = "\r\n".join([*lines, *fields, "", text.replace("\n", "\r\n"), ""]).encode()
    envelope = Envelope("a@evil.example", (f"{to}@hub.example",), hub.now)
    Spool(hub.config.spool_in).put([Item(envelope, raw)])
    return work(hub)


def work(hub: DeskHub) -> list[Message]:
    """Lets ingest and desk work until nothing is left to do; what they wrote."""
    letters: list[Message] = []
    for _ in range(3):
        with clock.fixed(hub.now):
            ingest(hub.config, once=True, log=maillog.to_nobody())
        letters += [parse(one.raw) for one in hub.work()]
    return letters


def yes(hub: DeskHub, asked: Message, text: str = "") -> list[Message]:
    local = asked.reply_to[0].addr_spec.partition("@")[0]
    hub.send(local, text, sender=asked.to[0].addr_spec, proven=False)
    return [parse(one.raw) for one in hub.work()] + work(hub)


def posts(hub: DeskHub, conference: str = "water") -> int:
    names = smallhub.files(hub.config.conference_repo(conference), "topics")
    return sum(name.endswith(".md") for name in names)


def rules(hub: DeskHub) -> list[str]:
    return [one.rule for one in moderation.list_held(hub.config)]


def test_a_members_yes_lets_the_post_through(hub: DeskHub) -> None:
    (asked,) = post(hub, MEMBER)
    assert (asked.to[0].addr_spec, asked.language) == (MEMBER, "en")
    assert "water@hub.example" in asked.text
    assert "/confirm/" in asked.text
    assert (posts(hub), rules(hub)) == (0, ["unproven"])
    assert yes(hub, asked) == []
    assert (posts(hub), rules(hub)) == (1, [])


def test_a_strangers_yes_puts_it_before_the_moderators(hub: DeskHub) -> None:
    (asked,) = post(hub, STRANGER)
    letters = yes(hub, asked)
    assert {one.to[0].addr_spec for one in letters} == {HOST, STRANGER}
    assert (posts(hub), rules(hub)) == (0, ["nonmember"])


def test_no_throws_it_away(hub: DeskHub) -> None:
    (asked,) = post(hub, MEMBER)
    assert yes(hub, asked, "no") == []
    assert (posts(hub), rules(hub)) == (0, [])


@pytest.mark.parametrize("word", ["accept", "reject no", "discard"])
def test_a_yes_after_moderators_have_decided_is_told_so(hub: DeskHub, word: str) -> None:
    (asked,) = post(hub, STRANGER)
    hub.now += timedelta(days=1, hours=1)
    (notice,) = work(hub)
    hub.reply(notice, word, sender=HOST)
    work(hub)
    (told,) = yes(hub, asked, "yes")
    assert told.to[0].addr_spec == STRANGER
    assert told.subject == "Nothing left to confirm"


def test_a_forged_announcement_reaches_nobody_before_its_author_says_yes(hub: DeskHub) -> None:
    """Nothing, somebody else's pass, an explicit failure without a policy: none is enough."""
    for result in ("", "spf=pass smtp.mailfrom=evil.example", "dmarc=fail (p=none)", "spf=fail"):
        field = [f"Authentication-Results: {AUTHSERV}; {result}"] if result else []
        asked = post(hub, HOST, "news", *field, "Subject: Strike is called off")
        assert posts(hub, "news") == 0
        told = {one.to[0].addr_spec for one in asked}
        assert told == {HOST}
        is_question = "/confirm/" in asked[0].text
        assert is_question is (not result)
    (asked_host,) = post(hub, HOST, "news", "Subject: Meeting")
    yes(hub, asked_host)
    assert posts(hub, "news") == 1


def test_a_members_yes_does_not_make_an_announcement(hub: DeskHub) -> None:
    (asked,) = post(hub, MEMBER, "news")
    yes(hub, asked)
    assert (posts(hub, "news"), rules(hub)) == (0, ["announce"])


def test_moderators_hear_of_it_at_once_when_nobody_may_be_asked(hub: DeskHub) -> None:
    results = f"Authentication-Results: {AUTHSERV}; spf=pass smtp.mailfrom=evil.example; dmarc=none"
    for sender in (MEMBER, STRANGER):
        (told,) = post(hub, sender, "water", results, "Subject: x")
        assert told.to[0].addr_spec == HOST


def test_moderators_hear_of_it_after_a_day_without_an_answer(hub: DeskHub) -> None:
    (asked,) = post(hub, MEMBER)
    hub.now += timedelta(hours=23)
    assert work(hub) == []
    hub.now += timedelta(hours=2)
    (told,) = work(hub)
    assert told.to[0].addr_spec == HOST
    yes(hub, asked)
    assert posts(hub) == 1


def test_a_yes_counts_once_and_for_one_mail(hub: DeskHub) -> None:
    (first,) = post(hub, MEMBER, "water", "Subject: Mine")
    (second,) = post(hub, MEMBER, "water", "Subject: Forged at the same time")
    yes(hub, first)
    yes(hub, first)
    assert (posts(hub), rules(hub)) == (1, ["unproven"])
    yes(hub, second, "no")
    assert rules(hub) == []


def test_a_command_of_a_moderator_goes_to_the_desk_after_the_yes(hub: DeskHub) -> None:
    (asked,) = post(hub, HOST, "water", "Subject: [summary] The week", text="We met.")
    assert posts(hub) == 0
    yes(hub, asked)
    assert posts(hub) == 1
    names = smallhub.files(hub.config.conference_repo("water"), "summaries")
    assert len(names) == 1


def test_who_writes_to_a_topic_is_asked_too(hub: DeskHub) -> None:
    """Its address names the list as well as the list's own does; moderators were told instead."""
    topic = f"water+t-{post_id('root@x')}"
    for sender, text in ((HOST, "pin"), (STRANGER, "Words.")):
        (asked,) = post(hub, sender, topic, text=text)
        assert asked.to[0].addr_spec == sender
        assert asked.subject == "Please confirm: water@hub.example"


@pytest.mark.parametrize("sender", [HOST, STRANGER])
def test_who_gives_commands_is_asked_in_their_language(hub: DeskHub, sender: str) -> None:
    """Moderator or not: the words of the mail say it, the roster does not."""
    (asked,) = post(hub, sender, f"water+t-{post_id('root@x')}", text="تثبيت")
    assert asked.subject == "نرجو التأكيد: water@hub.example"


def test_a_poll_is_asked_for_by_whoever_is_proved(hub: DeskHub) -> None:
    for sender in (MEMBER, HOST, STRANGER):
        (asked,) = post(hub, sender, "water-poll", text="Shall we?\n1. Yes\n2. No\n")
        assert asked.to[0].addr_spec == sender
        assert "water-poll@hub.example" in asked.text
    letters = yes(hub, asked)
    assert [one.to[0].addr_spec for one in letters] == [STRANGER]
