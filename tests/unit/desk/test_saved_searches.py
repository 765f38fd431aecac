"""A search is saved by who proves the address; what is new comes once a week; a link ends it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest

from solicomm_build.features.search import privacy
from solicomm_build.features.search.saved import store
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.people.roster import Roster
from solicomm_build.testing import searching, webserver
from solicomm_build.testing.deskhub import DeskHub
from solicomm_build.testing.webserver import Address, ask
from tests.unit.desk.test_ban_stays import by_command, by_mail
from tests.unit.web.myhub import living

ANA, NEW = "ana@union.example", "ana@new.example"


@pytest.fixture
def hub(tmp_path: Path) -> DeskHub:
    return DeskHub(tmp_path / "hub")


def _publish(hub: DeskHub, count: int) -> None:
    """So many texts, one a day from yesterday on."""
    root = hub.config.public / "search" / "index"
    day = int((hub.now - timedelta(days=1)).timestamp())
    made = [
        searching.document(
            f"Pumps stop, day {number}.",
            f"Strike {number}",
            "Ana",
            place="conferences/water",
            url=f"t/x/#{number}",
            time=day + 86_400 * number,
        )
        for number in range(count)
    ]
    for path, data in searching.files_of(made).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)


def _in_a_week(hub: DeskHub) -> list[Message]:
    hub.now += timedelta(days=7, minutes=1)
    return [parse(one.raw) for one in hub.work()]


def test_what_is_new_comes_once_a_week_until_a_link_ends_it(hub: DeskHub) -> None:
    _publish(hub, 1)
    (told,) = hub.ask("solicomm", "watch strike pumps")
    assert "once a week" in told.text
    (saved,) = store.of(hub.config, frozenset({ANA}))
    assert saved.query == "strike pumps"
    assert _in_a_week(hub) == []  # only what was there before
    _publish(hub, 10)
    (mail,) = _in_a_week(hub)
    assert "new text" in mail.subject
    assert "strike pumps" in mail.subject
    assert "Strike 9" in mail.text
    assert "hub.example/conferences/water/t/x/#9" in mail.text
    assert "Strike 0" not in mail.text
    assert mail.field("List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"
    link = re.search(r"/search/stop/[a-z2-7]+", mail.field("List-Unsubscribe") or "")
    assert link
    assert _in_a_week(hub) == []  # none of it twice
    with webserver.running(hub.config) as address:
        assert b"no more mail" in webserver.ask(address, link[0]).body
        assert [*store.of(hub.config, frozenset({ANA}))]
        body = b"List-Unsubscribe=One-Click"
        answer = webserver.ask(address, link[0], method="POST", body=body)
        assert answer.status == 200
    assert store.numbers(hub.config) == []
    _publish(hub, 40)
    assert _in_a_week(hub) == []


def test_many_searches_that_are_due_are_mailed_one_after_the_other(hub: DeskHub) -> None:
    _publish(hub, 1)
    people = [f"m{number}@union.example" for number in range(5)]
    for address in people:
        hub.ask("solicomm", "watch strike", sender=address)
    _publish(hub, 10)
    told = _in_a_week(hub)
    assert sorted(mail.to[0].addr_spec for mail in told) == people
    assert _in_a_week(hub) == []


def test_an_address_that_is_not_proved_is_asked_and_nothing_is_saved(hub: DeskHub) -> None:
    (asked,) = hub.ask("solicomm", "watch strike", proven=False)
    assert "watch strike" in asked.text
    assert store.numbers(hub.config) == []


@pytest.mark.parametrize("moved", [by_mail, by_command])
def test_a_search_goes_along_with_another_address(
    hub: DeskHub, moved: Callable[[DeskHub], None]
) -> None:
    """The old mailbox may be somebody else's, and was mailed for up to a year."""
    hub.member(1, ANA, "water")
    _publish(hub, 1)
    hub.ask("solicomm", "watch strike pumps")
    moved(hub)
    _publish(hub, 10)
    (mail,) = _in_a_week(hub)
    assert mail.to[0].addr_spec == NEW
    (told,) = hub.ask("solicomm", "unwatch", sender=NEW)
    assert "No mail about this search" in told.text
    assert store.numbers(hub.config) == []


def test_by_mail_it_ends_too_and_after_a_year_by_itself(hub: DeskHub) -> None:
    _publish(hub, 1)
    hub.ask("solicomm", "watch strike")
    hub.ask("solicomm", "watch pumps")
    hub.ask("solicomm", "watch strike")  # saved once
    assert len(store.numbers(hub.config)) == 2
    hub.ask("solicomm", "unwatch pumps")
    (left,) = store.of(hub.config, frozenset({ANA.upper()}))
    assert left.query == "strike"
    hub.now += timedelta(days=366)
    hub.work()
    assert store.numbers(hub.config) == []


@pytest.mark.parametrize("said", ["Strike fund.", "«Strike  Fund»", "strike\u200f fund"])
def test_a_search_is_ended_as_telephones_write_it(hub: DeskHub, said: str) -> None:
    hub.ask("solicomm", "watch strike fund")
    hub.ask("solicomm", "watch strike")
    (told,) = hub.ask("solicomm", f"unwatch {said}")
    assert "No mail about this search" in told.text
    assert [one.query for one in store.of(hub.config, frozenset({ANA}))] == ["strike"]


def test_a_search_of_many_words_is_saved_and_ended(hub: DeskHub) -> None:
    query = "in:water lang:en after:2026 strike at the pumps of the north and what came of it"
    (told,) = hub.ask("solicomm", f"watch {query}")
    assert "is saved" in told.text
    (saved,) = store.of(hub.config, frozenset({ANA}))
    assert saved.query == query
    hub.ask("solicomm", f"unwatch {query}")
    assert store.numbers(hub.config) == []


def test_a_word_that_is_what_a_list_is_called_is_a_word_of_the_search(hub: DeskHub) -> None:
    (told,) = hub.ask("solicomm", "watch water strike")
    assert "“water strike”" in told.text
    hub.ask("solicomm", "unwatch water strike")
    assert store.numbers(hub.config) == []


def test_a_search_without_a_word_is_not_saved(hub: DeskHub) -> None:
    for asked in ("watch", "watch in:water"):
        hub.ask("solicomm", asked)
        assert store.numbers(hub.config) == []


def test_what_somebody_saved_is_told_and_goes_with_the_person(hub: DeskHub) -> None:
    hub.ask("solicomm", "watch strike")
    assert (
        privacy.FACTS["searches"](hub.config, Roster(), 0, frozenset({ANA}))[0]["query"] == "strike"
    )
    assert privacy.KEEPS[0](hub.config, ANA)
    assert not privacy.KEEPS[0](hub.config, "bea@union.example")


@pytest.fixture
def address(hub: DeskHub) -> Iterator[Address]:
    _publish(hub, 3)
    with webserver.running(hub.config) as running:
        yield running


def test_a_feed_has_the_newest_first(address: Address) -> None:
    answer = ask(address, "/search/feed.xml?q=strike+pumps&when=1999")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    assert answer.headers["cache-control"] == "public, max-age=900"
    feed = ElementTree.fromstring(answer.body)
    titles = [one.text for one in feed.iterfind("{*}entry/{*}title")]
    assert titles == ["Strike 2", "Strike 1", "Strike 0"]
    assert ask(address, "/search/feed.xml").status == 400
    odd = ask(address, "/search/feed.xml?q=%00%3Cb%3E%EF%BF%BE+strike")
    assert ElementTree.fromstring(odd.body).findtext("{*}title")


def _posted(hub: DeskHub, address: Address, email: str, **more: str) -> tuple[int, bytes, int]:
    """(status, page, mails) of a press on the page."""
    body = urlencode({"q": "strike", "email": email}).encode()
    kind = "application/x-www-form-urlencoded"
    answer = ask(address, "/search/save", method="POST", body=body, content_type=kind, **more)
    sent = [parse(one.raw) for one in hub.work()]
    assert all("watch strike" in mail.text for mail in sent)
    return answer.status, answer.body, len(sent)


def test_a_long_search_on_the_page_is_asked_about(hub: DeskHub, address: Address) -> None:
    fields = {"q": "strike at the pumps of the north", "in": "conferences/water", "email": ANA}
    kind = "application/x-www-form-urlencoded"
    body = urlencode(fields).encode()
    assert ask(address, "/search/save", method="POST", body=body, content_type=kind).status == 200
    (mail,) = (parse(one.raw) for one in hub.work())
    assert "watch in:conferences/water strike at the pumps of the north" in mail.text
    hub.reply(mail)
    (saved,) = store.of(hub.config, frozenset({ANA}))
    assert saved.query == "in:conferences/water strike at the pumps of the north"


def test_the_page_says_the_same_to_members_and_strangers(hub: DeskHub, address: Address) -> None:
    hub.member(1, ANA, "water", lang="en")
    member = _posted(hub, address, ANA)
    assert member == _posted(hub, address, "zoe@elsewhere.example")
    assert member[0] == 200
    assert member[2] == 1
    assert store.numbers(hub.config) == []
    assert _posted(hub, address, "no address")[::2] == (400, 0)
    foreign = _posted(hub, address, ANA, sec_fetch_site="cross-site")
    assert foreign[::2] == (403, 0)


def test_who_is_signed_in_reads_what_became_of_it(hub: DeskHub) -> None:
    hub.member(1, ANA, "water", lang="en")
    with living(hub.config) as live:
        ana = live.signed_in(ANA)
        saved = ana.send("/search/save", {"q": "strike at the pumps"})
        assert saved.status == 200
        assert "“strike at the pumps” is saved" in saved.text
        assert len(store.numbers(hub.config)) == 1
        for number in range(store.MOST - 1):
            ana.send("/search/save", {"q": f"strike {number}"})
        refused = ana.send("/search/save", {"q": "one more"})
        assert refused.status == 409
        assert "There are too many saved searches" in refused.text
        assert "is saved" in ana.send("/search/save", {"q": "strike 1"}).text, "it is there"
        empty = ana.send("/search/save", {"q": "in:water"})
        assert empty.status == 409
        assert "carry a meaning" in empty.text
        assert live.mails() == [], "the page has said it"
    assert len(store.numbers(hub.config)) == store.MOST


YEARS = timedelta(days=4000)


def test_a_search_that_was_saved_while_the_clock_was_ahead_is_mailed_and_ends(
    hub: DeskHub,
) -> None:
    hub.now += YEARS
    hub.ask("solicomm", "watch strike pumps")
    hub.now -= YEARS
    _publish(hub, 1)
    (mail,) = [parse(one.raw) for one in hub.work()]
    assert "strike pumps" in mail.subject
    (saved,) = store.of(hub.config, frozenset({ANA}))
    assert saved.due == int((hub.now + timedelta(days=7)).timestamp())
    assert saved.ends == int((hub.now + timedelta(days=365)).timestamp())
    assert [parse(one.raw) for one in hub.work()] == []


def test_searches_of_others_are_not_read_for_each_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = DeskHub(tmp_path / "hub")
    for number in range(6):
        hub.ask("solicomm", "watch strike", sender=f"m{number}@union.example")
    read, real = list[int](), store.read
    assert [*store.of(hub.config, frozenset({"m3@union.example"}))]
    monkeypatch.setattr(store, "read", lambda config, one: [read.append(one), real(config, one)][1])
    (mine,) = store.of(hub.config, frozenset({"M4@union.example"}))
    assert mine.address == "m4@union.example"
    assert read == [mine.number]
    store.remove(hub.config, mine.number)
    assert [*store.of(hub.config, frozenset({mine.address}))] == []
