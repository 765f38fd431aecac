"""Votes on the voter's page: asked by a link, cast by a form, counted by the desk as by mail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest

from solicomm_build.features.polls import pollbook, voteaddress
from solicomm_build.features.polls import pollstore as store
from solicomm_build.features.polls.values.poll import Ballot
from solicomm_build.foundation import clock, keys
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import open_repo
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.people import rosterevents, token
from solicomm_build.testing import member, webserver
from solicomm_build.testing.deskhub import DeskHub
from solicomm_build.testing.webserver import Address, Answer, ask
from solicomm_build.web import deskpost

MOD, ANA, BEN = "mo@union.example", "ana@union.example", "ben@union.example"
PROPOSAL = "Shall we join?\nquestion (fr): Participons-nous ?\ncloses: 2026-11-30 18:00\n"
THREE = "Which day?\n1. Monday\n2. <b>Tuesday</b>\n3. Friday\ncloses: 2026-11-30 18:00\n"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def hub(tmp_path: Path) -> DeskHub:
    made = DeskHub(tmp_path / "hub")
    made.member(1, MOD, "water", name="Mo", lang="en", role="moderator")
    made.member(2, ANA, "water", name="Ana Paz", lang="en")
    made.member(3, BEN, "water", name="Ben", lang="fr")
    return made


def opened(hub: DeskHub, text: str) -> dict[str, Message]:
    """Opens a poll by mail; the letters to the voters by address."""
    (preview,) = hub.ask("water-poll", text, sender=MOD)
    told = hub.reply(preview, sender=MOD)
    return {one.to[0].addr_spec: one for one in told if "vote+q-" in (one.field("Reply-To") or "")}


def path(mail: Message) -> str:
    """Where the button of a letter leads."""
    found = re.search(r"https?://hub\.example(/vote/q-[a-z0-9]+\.[a-z2-7]{26})", mail.text)
    assert found is not None, mail.text
    return found[1]


def ballots(hub: DeskHub, number: int = 2) -> list[Ballot]:
    (identifier,) = polls(hub)
    book = pollbook.book(hub.config, "water", identifier)
    return [one for v, who in book.voters().items() if who == number for one in book.ballots(v)]


def polls(hub: DeskHub) -> list[str]:
    with Reader(open_repo(hub.config.conference_repo("water"))) as reader:
        return store.identifiers(reader)


@dataclass(frozen=True)
class Seen:
    """An answer with its text."""

    status: int
    headers: dict[str, str]
    text: str


class Page:
    """A voter's page in a browser that runs no scripts, while the desk is at work."""

    def __init__(self, address: Address, path: str) -> None:
        self.address, self.path = address, path

    def get(self, **headers: str) -> Seen:
        return _seen(ask(self.address, self.path, **headers))

    def send(self, **fields: str) -> Seen:
        return self.post(fields)

    def post(self, fields: dict[str, str], **headers: str) -> Seen:
        body = urlencode(fields).encode()
        answer = ask(
            self.address, self.path, method="POST", body=body, content_type=FORM, **headers
        )
        return _seen(answer)


def _seen(answer: Answer) -> Seen:
    return Seen(answer.status, answer.headers, answer.body.decode())


@contextmanager
def page(hub: DeskHub, at: str) -> Iterator[Page]:
    with hub.at_work(), webserver.running(hub.config) as address:
        yield Page(address, at)


def checked(answer: Seen) -> list[str]:
    """The values of what is chosen in the form."""
    rows = re.findall(r'<input type="(?:radio|checkbox)"[^>]*>', answer.text)
    chosen = " ".join(row for row in rows if "checked" in row)
    return re.findall(r'(?<=value=")\d+|(?<=name=")o\d+', chosen)


def test_a_button_two_presses_and_the_vote_is_counted(hub: DeskHub) -> None:
    asked = opened(hub, PROPOSAL)
    with page(hub, path(asked[ANA])) as own:
        shown = own.get()
        assert shown.status == 200
        assert shown.text.count('type="radio"') == 4
        assert "Shall we join?" in shown.text
        assert "You have not voted." in shown.text
        assert ballots(hub) == [], "looking changes nothing"
        counted = own.send(choice="3", do="vote")
        assert counted.status == 200
        assert "Your vote was counted" in counted.text
        assert "3. Disagree" in counted.text
        assert [one.choice for one in ballots(hub)] == [("disagree",)]
        assert "Change my vote" in own.get().text
    (receipt,) = [parse(item.raw) for item in hub.sent()]
    assert receipt.to[0].addr_spec == ANA
    assert "3. Disagree" in receipt.text
    assert "Only the first line of your mail" not in receipt.text
    assert "from another address" not in receipt.text
    assert path(receipt) == path(asked[ANA])


def test_a_changed_vote_counts_and_one_taken_back_is_the_one_before(hub: DeskHub) -> None:
    with page(hub, path(opened(hub, PROPOSAL)[ANA])) as own:
        own.send(choice="1")
        assert "2. Abstain" in own.send(choice="2").text
        back = own.send(do="undo")
        assert "taken back" in back.text
        assert "1. Agree" in back.text
    assert [one.choice for one in ballots(hub)] == [("agree",), ("abstain",), ("agree",)]


def test_the_only_vote_taken_back_is_none(hub: DeskHub) -> None:
    with page(hub, path(opened(hub, PROPOSAL)[ANA])) as own:
        assert "Take my last vote back" not in own.get().text
        own.send(choice="1")
        assert "You have not voted." in own.send(do="undo").text
    assert [one.choice for one in ballots(hub)] == [("agree",), ()]


def test_of_two_tabs_the_last_one_counts(hub: DeskHub) -> None:
    with page(hub, path(opened(hub, PROPOSAL)[ANA])) as own:
        first, second = own.get(), own.get()
        assert first.text == second.text
        own.send(choice="1")
        own.send(choice="3")
    assert ballots(hub)[-1].choice == ("disagree",)


def test_several_choices_are_checkboxes(hub: DeskHub) -> None:
    with page(hub, path(opened(hub, THREE + "type: approval\n")[ANA])) as own:
        assert own.get().text.count('type="checkbox"') == 3
        assert "&lt;b&gt;Tuesday&lt;/b&gt;" in own.get().text
        none = own.send(do="vote")
        assert none.status == 400
        assert 'role="alert"' in none.text
        own.send(o1="on", o3="on")
        assert checked(own.get()) == ["o1", "o3"]
    assert [one.choice for one in ballots(hub)] == [("1", "3")]


def test_an_order_is_given_by_places_without_scripts(hub: DeskHub) -> None:
    with page(hub, path(opened(hub, THREE + "type: ranked\n")[ANA])) as own:
        assert own.get().text.count("<select") == 3
        twice = own.send(o1="1", o2="1")
        assert twice.status == 400
        assert "same place" in twice.text
        assert twice.text.count("selected") >= 2, "what was chosen is still there"
        assert "counted" in own.send(o1="3", o2="", o3="1").text
    assert [one.choice for one in ballots(hub)] == [("3", "1")]


def test_an_order_that_cannot_be_counted_comes_back_as_it_was_given(hub: DeskHub) -> None:
    options = "".join(f"{number}. Day {number}\n" for number in range(1, 13))
    asked = opened(hub, f"Which day?\n{options}closes: 2026-11-30 18:00\ntype: ranked\n")
    given = {f"o{number}": str(13 - number) for number in range(1, 12)} | {"o12": "2"}
    with page(hub, path(asked[ANA])) as own:
        twice = own.post(given)
        assert twice.status == 400
        shown = re.findall(r'<select name="(o\d+)">.*?value="(\d+)" selected', twice.text)
        assert dict(shown) == given, "what was pressed again as it stood was another vote"
    assert ballots(hub) == []


def test_a_vote_for_what_is_no_option_is_none(hub: DeskHub) -> None:
    with page(hub, path(opened(hub, PROPOSAL)[ANA])) as own:
        for fields in ({"choice": "9"}, {"choice": "-1"}, {"choice": "x" * 9000}, {"x": "1"}):
            assert own.post(fields).status == 400
        many = {f"o{n}": "1" for n in range(500)}
        assert own.post(many).status == 400
    assert ballots(hub) == []
    assert hub.sent() == []


def test_wrong_links_are_all_the_same_and_nothing(hub: DeskHub) -> None:
    asked = opened(hub, PROPOSAL)
    good = path(asked[ANA])
    poll, _, own_token = good.rpartition("/")[2].partition(".")
    key = token.vote_token(b"another key", "water", poll, 2)
    stranger = token.vote_token(hub_key(hub), "water", poll, 99)
    late = token.vote_token(hub_key(hub), "water", poll, 4)
    other = token.vote_token(hub_key(hub), "board", poll, 2)
    hub.member(4, "late@union.example", "water")
    wrong = [
        f"{poll}.{key}",
        f"{poll}.{stranger}",
        f"{poll}.{late}",
        f"{poll}.{other}",
        f"q-zzzz.{own_token}",
        own_token,
        "x",
        "%00",
        f"{poll}.{own_token}x",
    ]
    with page(hub, good) as own:
        seen = set()
        for one in wrong:
            own.path = f"/vote/{one}"
            seen |= {(a.status, a.text) for a in (own.get(), own.send(choice="1"))}
    assert len(seen) == 1
    assert seen.pop()[0] == 404
    assert hub.sent() == []


def hub_key(hub: DeskHub) -> bytes:
    return keys.token_key(hub.config.keys)


def test_who_was_removed_votes_no_more(hub: DeskHub) -> None:
    good = path(opened(hub, PROPOSAL)[ANA])
    hub.note(rosterevents.state(2, "removed", at=hub.now, by="test"))
    with page(hub, good) as own:
        assert own.get().status == 404


def test_after_the_end_it_says_so_and_leads_to_the_result(hub: DeskHub) -> None:
    asked = opened(hub, PROPOSAL)
    hub.now = hub.now.replace(month=11, day=30, hour=18, minute=0, second=0)
    with page(hub, path(asked[ANA])) as own:
        ended = own.get()
        assert ended.status == 200
        assert "This vote ended on" in ended.text
        assert f'href="/conferences/water/polls/{polls(hub)[0]}/"' in ended.text
        assert "<form" not in ended.text
        late = own.send(choice="1")
        assert late.status == 409
        assert "This vote ended on" in late.text
    assert ballots(hub) == []


def test_other_sites_cannot_vote_with_an_open_browser(hub: DeskHub) -> None:
    with page(hub, path(opened(hub, PROPOSAL)[ANA])) as own:
        for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            assert own.post({"choice": "1"}, **headers).status == 403
    assert ballots(hub) == []


def test_while_the_desk_rests_the_vote_is_kept_and_counted_later(
    hub: DeskHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = opened(hub, PROPOSAL)
    monkeypatch.setattr(deskpost, "PATIENCE", 0.05)
    with clock.fixed(hub.now), webserver.running(hub.config) as address:
        own = Page(address, path(asked[ANA]))
        said = own.send(choice="2")
        assert "is kept" in said.text
        assert checked(said) == ["2"]
        assert ballots(hub) == []
    hub.now += timedelta(seconds=5)
    (receipt,) = [parse(item.raw) for item in hub.work()]
    assert "2. Abstain" in receipt.text
    assert ballots(hub)[0].choice == ("abstain",)


def test_it_is_in_the_voters_language(hub: DeskHub) -> None:
    with page(hub, path(opened(hub, PROPOSAL)[BEN])) as own:
        shown = own.get(**{"Accept-Language": "ar"})
    assert '<html lang="fr"' in shown.text
    assert "Participons-nous ?" in shown.text


def test_nobody_keeps_it_or_sends_its_address_on(hub: DeskHub) -> None:
    with page(hub, path(opened(hub, PROPOSAL)[ANA])) as own:
        head = own.get().headers
    assert head["cache-control"] == "no-store"
    assert head["referrer-policy"] == "no-referrer"


def test_the_address_for_everybody_leads_each_to_the_own_page(hub: DeskHub) -> None:
    opened(hub, PROPOSAL)
    with page(hub, f"/members/vote/{polls(hub)[0]}") as own:
        away = own.get()
        assert away.status == 303
        assert away.headers["location"] == f"/login/?to={own.path}"


def test_who_is_signed_in_comes_to_the_own_page_and_others_to_nothing(hub: DeskHub) -> None:
    asked = opened(hub, PROPOSAL)
    hub.member(4, "late@union.example", "water")
    poll = polls(hub)[0]
    with clock.fixed(hub.now), webserver.running(hub.config) as address:
        ana = member.signed_in(hub.config, address, ANA)
        found = ana.get(f"/members/vote/{poll}")
        assert (found.status, found["location"]) == (303, path(asked[ANA]))
        assert found["cache-control"] == "no-store"
        late = member.signed_in(hub.config, address, "late@union.example")
        seen = {late.get(f"/members/vote/{one}").body for one in (poll, "q-zzzz", "x")}
        assert len(seen) == 1
        assert late.get(f"/members/vote/{poll}").status == 404


def test_the_path_is_the_address_of_the_mail() -> None:
    made = voteaddress.page("q-5f3a", "a" * 26)
    local = f"{voteaddress.PREFIX}+{made.rpartition('/')[2]}"
    assert voteaddress.split(local) is not None
