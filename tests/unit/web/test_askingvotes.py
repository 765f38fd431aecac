"""A vote is asked for in My hub: the form, the vote as it was understood, the same file and letters
as by mail; who may not finds nothing."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from solicomm_build.features.polls import pollstore as store
from solicomm_build.features.polls.bymail.pollcommands import delegate
from solicomm_build.features.polls.onpage import askform
from solicomm_build.features.polls.values.poll import Poll
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import open_repo
from solicomm_build.message.parse import parse
from solicomm_build.testing import webserver
from solicomm_build.testing.deskhub import DeskHub
from solicomm_build.testing.member import Browser
from tests.unit.web.myhub import press
from tests.unit.web.test_openvotes import signed_in
from tests.unit.web.test_votepage import ANA, BEN, MOD, PROPOSAL, hub, opened

__all__ = ["hub"]

NEW = "/members/votes/new/water/"
FORM = {
    "question": "Which day?",
    "options": "1. Monday\r\nTuesday: late\r\n\r\n3) <b>Friday</b>\r\n",
    "type": "approval",
    "closes": "2026-11-30T18:00",
    "seen": "pseudonymous",
    "quorum": "12,5",
    "lang": "en",
}


def polls(hub: DeskHub) -> list[Poll]:
    with Reader(open_repo(hub.config.conference_repo("water"))) as reader:
        return [store.load(reader, one).poll for one in store.identifiers(reader)]


def hidden(text: str) -> dict[str, str]:
    """What the button that opens the vote sends."""
    made = next(one for one in text.split("<form")[1:] if 'value="open"' in one)
    found = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', made))
    return {key: value.replace("&lt;", "<").replace("&gt;", ">") for key, value in found.items()}


def test_a_moderator_asks_on_the_page_and_everybody_is_asked_by_mail(hub: DeskHub) -> None:
    with hub.at_work(), webserver.running(hub.config) as address:
        mo = signed_in(hub, address, 1)
        assert 'href="/members/votes/new/"' in mo.get("/members/").text
        assert 'name="question"' in mo.get("/members/votes/new/").text, "there is one list only"
        seen = press(mo, NEW, do="preview", **FORM)
        assert seen.status == 200, seen.text
        for words in ("Which day?", "2. Tuesday: late", "under codes", "12.5", "so many", "3"):
            assert words.casefold() in seen.text.casefold(), words
        assert polls(hub) == [], "looking changes nothing"
        sent = hidden(seen.text)
        for _ in range(2):
            assert mo.send(NEW, {**sent, "do": "open"})["location"] == "/members/votes/?done=1"
    letters = [parse(item.raw) for item in hub.work()]
    asked = {one.to[0].addr_spec for one in letters if "vote+q-" in (one.field("Reply-To") or "")}
    assert asked == {MOD, ANA, BEN}
    (poll,) = polls(hub)
    assert (poll.type, poll.ballot, float(poll.quorum)) == ("approval", "pseudonymous", 0.125)
    assert [dict(one.label) for one in poll.options][1] == {"en": "Tuesday: late"}
    assert [dict(one.label) for one in poll.options][2] == {"en": "<b>Friday</b>"}


def test_a_vote_is_weighed_by_union_and_asked_in_several_languages(hub: DeskHub) -> None:
    work = hub.config
    delegate(work, "water", ANA, "metal")
    more = {
        "type": "choice",
        "seen": "closed",
        "options": "Monday\r\nFriday",
        "question-fr": "Quel jour ?",
        "options-fr": "1. lundi\r\n2. vendredi",
        "question-en": "not asked again",
        "votes": "metal: 1200\r\nPort 3٠0",
    }
    with hub.at_work(), webserver.running(hub.config) as address:
        mo = signed_in(hub, address, 1)
        wrong = more | {"options-fr": "lundi", "question-ru": "", "options-ru": "да\r\nнет"}
        wrong |= {"votes": "metal: many", "seen": "pseudonymous"}
        seen = press(mo, NEW, do="preview", **(FORM | wrong))
        assert seen.status == 400
        for words in (
            "In Français there is not",
            "In Русский the question",
            "metal: many",
            ">lundi<",
        ):
            assert words in seen.text, words
        coded = press(mo, NEW, do="preview", **(FORM | more | {"seen": "pseudonymous"}))
        assert "cannot stand under codes" in coded.text
        seen = press(mo, NEW, do="preview", **(FORM | more))
        assert seen.status == 200, seen.text
        for words in ("Quel jour ?", "2. vendredi", "1,200", "<li>port</li>"):
            assert words in seen.text, words
        mo.send(NEW, {**hidden(seen.text), "do": "open"})
    letters = [parse(item.raw) for item in hub.work()]
    asked = {one.to[0].addr_spec for one in letters if "vote+q-" in (one.field("Reply-To") or "")}
    assert asked == {ANA}, "who casts the votes of a union"
    (poll,) = polls(hub)
    assert poll.unions == {"metal": 1200, "port": 300}
    assert poll.question == {"en": "Which day?", "fr": "Quel jour ?"}
    assert [dict(one.label) for one in poll.options] == [
        {"en": "Monday", "fr": "lundi"},
        {"en": "Friday", "fr": "vendredi"},
    ]


def test_what_is_missing_is_named_and_what_was_typed_stays(hub: DeskHub) -> None:
    with hub.at_work(), webserver.running(hub.config) as address:
        mo = signed_in(hub, address, 1)
        wrong = {
            "question": "Mail ana@union.example?",
            "options": "One",
            "closes": "2020-01-01 10:00",
        }
        seen = press(mo, NEW, do="open", **(FORM | wrong | {"quorum": "lots"}))
        assert seen.status == 400
        for words in ("moment is over", "2 at least", "e-mail address", "0 to 100", ">One<"):
            assert words in seen.text, words
        kept = press(mo, NEW, do="open", **(FORM | {"type": "proposal"}))
        assert "always the same" in kept.text
        assert "&lt;b&gt;Friday&lt;/b&gt;" in kept.text
    assert polls(hub) == []


@pytest.mark.parametrize(("what", "words"), [("close", "ends"), ("missing", "Ben")])
def test_a_vote_that_runs_is_ended_there_and_who_is_missing_is_told(
    hub: DeskHub, what: str, words: str
) -> None:
    opened(hub, PROPOSAL)
    (poll,) = polls(hub)
    with hub.at_work(), webserver.running(hub.config) as address:
        mo, ana = (signed_in(hub, address, number) for number in (1, 2))
        assert "0 of 3 have voted" in mo.get("/members/votes/").text
        facts = {"conference": "water", "poll": poll.id, "do": what}
        assert press(mo, "/members/votes/", **facts)["location"] == "/members/votes/?done=1"
        assert "have voted" not in ana.get("/members/votes/").text
        assert press(ana, "/members/votes/", **facts).status == 400, "it is not hers to do"


def test_who_looks_after_nothing_finds_no_form_and_opens_nothing(hub: DeskHub) -> None:
    with hub.at_work(), webserver.running(hub.config) as address:
        ana: Browser = signed_in(hub, address, 2)
        nothing = ana.get("/members/nothing/")
        assert ana.get(NEW) == nothing
        assert ana.get("/members/votes/new/") == nothing
        assert press(ana, NEW, do="open", **FORM).status == 405
    assert polls(hub) == []


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("12. March\n13. March", ["12. March", "13. March"]),
        ("1. May\n8. May", ["1. May", "8. May"]),
        ("1. May\n2. May", ["1. May", "2. May"]),
        ("1. Yes\n2) No\nI do not know", ["Yes", "No", "I do not know"]),
    ],
)
def test_a_day_among_the_options_keeps_its_number(written: str, shown: list[str]) -> None:
    fields = {"question": "Which day?", "options": written, "closes": "2026-12-30T18:00"}
    now = datetime(2026, 10, 3, tzinfo=UTC)
    found = askform.read("en", fields | {"lang": "en"}, ZoneInfo("UTC"), now)
    assert isinstance(found, Poll)
    assert [one.label["en"] for one in found.options] == shown
