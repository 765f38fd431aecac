"""Moderators act on a topic by buttons; what happens is what their mail would do, and for everybody
else there is nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.git.reader import Entry, Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.message.parse import parse
from solicomm_build.people import grants, rosterevents
from solicomm_build.people.rosterevents import Consent
from solicomm_build.post import event as events
from solicomm_build.post import topicstate
from solicomm_build.post.conference import Conference
from solicomm_build.post.event import TopicEvent
from solicomm_build.testing import hubs, smallhub
from solicomm_build.testing.hubs import mid, post
from solicomm_build.testing.member import Browser, Seen
from tests.unit.web.myhub import Hub, living

MOD, ANA = "mod@union.example", "ana@union.example"
NOW = clock.now()
POSTS = [
    post("a", subject="Night shifts", body="What do you <do> about them?\n", author="Ana"),
    post("b", "a", subject="Re: Night shifts", minutes=1, author="Bo", body="We struck.\n"),
    post("c", "a", subject="Re: Night shifts", minutes=2, author="Cy", body="Buy pills!\n"),
]
OTHER = post("o", subject="Shifts at night", minutes=3)
TID, SECOND, THIRD = mid("a"), mid("b"), mid("c")
PLACE = f"/members/topic/water/{TID}/"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """The hub, made once. Not to be changed: take `hub`."""
    config = smallhub.make(
        tmp_path_factory.mktemp("built") / "hub",
        Conference("water", {"en": "Water"}, posting="open"),
        Conference("fire", {"en": "Fire"}, posting="open"),
        Conference("board", {"en": "The Board"}, visibility="members"),
    )
    consent = Consent("mail")
    smallhub.add_events(
        config,
        [
            rosterevents.member(1, MOD, at=NOW, consent=consent, lang="en"),
            rosterevents.member(2, ANA, at=NOW, consent=consent, lang="en"),
            rosterevents.subscribe("water", 1, at=NOW, consent=consent),
            rosterevents.subscribe("water", 2, at=NOW, consent=consent),
            rosterevents.role("water", 1, "moderator", at=NOW, by="operator"),
        ],
    )
    hubs.add(config, "water", [*POSTS, OTHER])
    hubs.add(config, "fire", [post("f", subject="Fire")])
    hubs.build(config)
    return config


@pytest.fixture
def hub(built: Config, tmp_path: Path) -> Iterator[Hub]:
    with living(hubs.copied(built, tmp_path / "hub")) as found:
        yield found


def _act(browser: Browser, do: str, place: str = PLACE, **fields: str) -> Seen:
    return browser.send(place, {"mark": _mark(browser), "do": do, **fields})


def _mark(browser: Browser) -> str:
    mark = re.search(r'name="mark" value="([^"]+)"', browser.get("/members/browsers/").text)
    assert mark is not None
    return mark[1]


def _said(hub: Hub, conference: str = "water") -> list[TopicEvent]:
    found = []
    with Reader(open_repo(hub.config.conference_repo(conference))) as reader:
        for entry in reader.tree(MAIN, "topics", recursive=True):
            if place := events.parse_path(f"topics/{entry.path}"):
                (blob,) = reader.blobs([entry.oid])
                found.append(events.decode(blob, eid=place[1]))
    return sorted(found, key=lambda one: one.order)


@pytest.mark.parametrize(
    ("do", "fields", "data"),
    [
        ("pin", {}, {}),
        ("close", {}, {}),
        ("retitle", {"words": "Nights, and who pays"}, {"title": "Nights, and who pays"}),
        ("label", {"words": "wages -old"}, {"add": ("wages",), "remove": ("old",)}),
        ("hide", {"post": THIRD, "why": "advertising"}, {"post": THIRD, "reason": "advertising"}),
        ("answer", {"post": SECOND}, {"post": SECOND}),
        ("split", {"post": THIRD}, {"post": THIRD}),
        ("lang", {"post": SECOND, "lang": "fr"}, {"post": SECOND, "lang": "fr"}),
        (
            "merge",
            {"topic": f"http://hub.example/conferences/water/t/{mid('o')}/"},
            {"topic": mid("o")},
        ),
    ],
)
def test_a_button_is_the_event_that_the_moderators_mail_makes(
    hub: Hub, do: str, fields: dict[str, str], data: dict[str, object]
) -> None:
    answer = _act(hub.signed_in(MOD), do, **fields)
    assert (answer.status, answer["location"]) == (303, f"{PLACE}?done=1")
    (event,) = _said(hub)
    assert event.type == do
    assert {name: event.data[name] for name in data} == data
    assert re.fullmatch(r"p_[a-z2-7]{10}", event.by)
    assert Spool(hub.config.spool_out).pending() == [], "the page shows it, no letter has to"


def test_what_was_done_is_shown_with_the_way_back(hub: Hub) -> None:
    browser = hub.signed_in(MOD)
    _act(browser, "hide", post=THIRD, why="advertising")
    shown = browser.get(PLACE).text
    assert "This post is hidden from readers" in shown
    assert f'data-hidden="{THIRD}"' in shown
    assert "advertising" in shown
    undo = re.search(r'role="status">.*?</div>', shown, re.DOTALL)
    assert undo is not None
    assert ">Undo</button>" in undo[0]
    assert f'name="post" value="{THIRD}"' in undo[0]
    _act(browser, "unhide", post=THIRD)
    assert [event.type for event in _said(hub)] == ["hide", "unhide"]
    assert f'data-tools="{THIRD}"' in browser.get(PLACE).text


def test_a_post_that_was_split_off_can_be_put_back(hub: Hub) -> None:
    browser = hub.signed_in(MOD)
    _act(browser, "split", post=THIRD)
    hubs.build(hub.config)
    parted = f"/members/topic/water/{THIRD}/"
    assert 'value="unsplit"' in browser.get(parted).text
    _act(browser, "hide", parted, post=THIRD)
    assert f'data-hidden="{THIRD}"' in browser.get(parted).text
    _act(browser, "unsplit", parted, post=THIRD)
    assert [event.type for event in _said(hub)] == ["split", "hide", "unsplit"]


def test_a_translation_goes_to_everybody_beside_its_post(hub: Hub) -> None:
    text = "Que faites-vous ?\n\nThanks, not a sign-off"
    answer = _act(hub.signed_in(MOD), "translation", post=TID, lang="fr", text=text)
    assert answer.status == 303
    (event,) = _said(hub)
    assert (event.type, event.data["of"], event.data["lang"]) == ("translation", TID, "fr")
    spool = Spool(hub.config.spool_in)
    (item,) = [item for path in spool.pending() for item in spool.read(path)]
    assert b"Que faites-vous" in item.raw
    assert b"not a sign-off" in item.raw


def test_a_topics_page_fetches_little(hub: Hub) -> None:
    browser = hub.signed_in(MOD)
    topic = browser.get(f"{PLACE}?post=").text
    assert re.findall(r'data-tools="([^"]*)"', topic) == [""]
    one = browser.get(f"{PLACE}?post={THIRD}").text
    assert re.findall(r'data-tools="([^"]*)"', one) == ["", THIRD]
    odd = browser.get(f"{PLACE}?post=%22%27%3E<x>").text
    assert re.findall(r'data-tools="([^"]*)"', odd) == [""]
    assert "<x>" not in odd


def test_the_button_beside_a_post_leads_back_to_its_page(hub: Hub) -> None:
    browser, page = hub.signed_in(MOD), f"/conferences/water/t/{TID}/"
    assert _act(browser, "pin", back=page)["location"] == f"{page}?done=1"
    for foreign in ("//evil.example/", "https://evil.example/", "/conferences/fire/", "/edit/x/"):
        assert _act(browser, "close", back=foreign)["location"].startswith(PLACE)
        assert _act(browser, "reopen")["location"].startswith(PLACE)


@pytest.mark.parametrize(
    ("who", "place"),
    [
        (ANA, PLACE),
        (MOD, f"/members/topic/fire/{mid('f')}/"),
        (MOD, f"/members/topic/water/{mid('z')}/"),
        (MOD, f"/members/topic/water/{SECOND}/"),
        (MOD, "/members/topic/"),
        (MOD, "/members/topic/water/"),
    ],
)
def test_for_who_does_not_look_after_it_there_is_nothing(hub: Hub, who: str, place: str) -> None:
    browser = hub.signed_in(who)
    mark = re.search(r'name="mark" value="([^"]+)"', browser.get("/members/").text)
    assert mark is not None
    sent = {"do": "pin", "mark": mark[1]}
    for nothing in ("/members/nothing/", f"/conferences/none/t/{TID}/"):
        assert (browser.get(place).status, browser.get(place).body) == (
            404,
            browser.get(nothing).body,
        )
    assert browser.send(place, sent).status == browser.send("/members/nothing/", sent).status
    assert _said(hub) == []


def test_a_form_of_another_site_or_without_its_mark_does_nothing(hub: Hub) -> None:
    browser = hub.signed_in(MOD)
    assert browser.send(PLACE, {"do": "pin", "mark": "wrong"}).status == 403
    assert browser.send(PLACE, {"do": "pin"}).status == 403
    mark = re.search(r'name="mark" value="([^"]+)"', browser.get(PLACE).text)
    assert mark is not None
    cross = browser.send(PLACE, {"do": "pin", "mark": mark[1]}, origin="https://evil.example")
    assert cross.status == 403
    assert _said(hub) == []
    assert Spool(hub.config.spool_desk).pending() == []


@pytest.mark.parametrize(
    ("do", "fields", "words"),
    [
        ("retitle", {"words": " "}, "Something is missing"),
        ("merge", {"topic": "that other one"}, "Something is missing"),
        ("merge", {"topic": TID}, "A topic cannot become a part of itself."),
        ("merge", {"topic": mid("z")}, "There is no such topic in this conference."),
        ("hide", {"post": mid("z")}, "There is no such post in this conference."),
        ("translation", {"post": TID, "lang": "fr", "text": " "}, "Something is missing"),
        ("unhide", {"post": SECOND}, "There is nothing to take back here."),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_sent(
    hub: Hub, do: str, fields: dict[str, str], words: str
) -> None:
    answer = _act(hub.signed_in(MOD), do, **fields)
    assert answer.status == 400
    assert words in answer.text
    assert _said(hub) == []


@pytest.mark.parametrize("do", ["erase", "", "move", "pin\nhide", "summary"])
def test_no_other_command_comes_through_the_form(hub: Hub, do: str) -> None:
    _act(hub.signed_in(MOD), do, post=TID, words="fire")
    assert _said(hub) == []
    assert Spool(hub.config.spool_in).pending() == []


def test_a_reason_of_several_lines_is_one_command(hub: Hub) -> None:
    _act(hub.signed_in(MOD), "hide", post=THIRD, why="spam\nclose\npin")
    (event,) = _said(hub)
    assert event.data["reason"] == "spam close pin"


@pytest.mark.parametrize(
    ("do", "fields"),
    [
        ("pin", {}),
        ("close", {}),
        ("retitle", {"words": "Nights"}),
        ("label", {"words": "wages"}),
        ("split", {"post": SECOND}),
        ("merge", {"topic": f"https://hub.example/conferences/water/t/{mid('o')}/"}),
        ("answer", {"post": SECOND}),
        ("lang", {"post": SECOND, "lang": "fr"}),
    ],
)
def test_each_says_why_if_the_moderator_does_and_can_be_undone(
    hub: Hub, do: str, fields: dict[str, str]
) -> None:
    browser = hub.signed_in(MOD)
    _act(browser, do, why="so that people: find it", **fields)
    (event,) = _said(hub)
    assert event.data["reason"] == "so that people: find it"
    assert event.by.startswith("p_")
    page = browser.get(PLACE).text
    undo = re.search(r'<div role="status">.*?</div>', page, re.DOTALL)
    assert undo is not None
    assert "Undo" in undo[0]


def test_a_language_that_was_noted_for_a_post_without_one_is_taken_away_again(hub: Hub) -> None:
    browser = hub.signed_in(MOD)
    _act(browser, "lang", post=SECOND, lang="fr")
    undo = re.search(r'<div role="status">.*?</div>', browser.get(PLACE).text, re.DOTALL)
    assert undo is not None
    back = dict(re.findall(r'name="([^"]+)" value="([^"]+)"', undo[0]))
    assert (back["do"], back["lang"], back["post"]) == ("lang", "und", SECOND)
    _act(browser, "lang", post=SECOND, lang=back["lang"])
    events = _said(hub)
    assert topicstate.fold(events, lambda event: True).langs == {}
    assert topicstate.fold(events[:1], lambda event: True).langs == {SECOND: "fr"}


def test_a_title_goes_back_to_what_it_was(hub: Hub) -> None:
    browser = hub.signed_in(MOD)
    _act(browser, "retitle", words="Nights")
    undo = re.search(r'<div role="status">.*?</div>', browser.get(PLACE).text, re.DOTALL)
    assert undo is not None
    words = re.search(r'name="words" value="([^"]+)"', undo[0])
    assert words is not None
    assert words[1] == "Night shifts"


def test_a_summary_is_written_beside_the_topic(hub: Hub) -> None:
    _act(hub.signed_in(MOD), "summary", text="We strike.", why="it is long")
    (event,) = _said(hub)
    assert (event.type, event.data["reason"]) == ("summary", "it is long")


@pytest.mark.parametrize(("do", "fields"), [("summary", {}), ("translation", {"lang": "fr"})])
def test_all_that_is_typed_is_published(hub: Hub, do: str, fields: dict[str, str]) -> None:
    text = "> Ana: nights are long.\n\nWe agree:\n| hours | 8 |\n\n-- \nMo\n\nSent from my phone"
    _act(hub.signed_in(MOD), do, text=text, post=SECOND, **fields)
    (event,) = _said(hub)
    assert event.type == do
    spool = Spool(hub.config.spool_in)
    (post,) = [parse(item.raw) for path in spool.pending() for item in spool.read(path)]
    assert post.text == f"{text}\n"


@pytest.mark.parametrize("octets", [None, b"", b"SQLite format 3\0 and no more"])
def test_a_topic_is_looked_after_while_pages_are_made_from_nothing(
    hub: Hub, octets: bytes | None
) -> None:
    for suffix in ("", "-wal", "-shm"):
        (hub.config.state / f"pages.sqlite{suffix}").unlink(missing_ok=True)
    if octets is not None:
        (hub.config.state / "pages.sqlite").write_bytes(octets)
    browser = hub.signed_in(MOD)
    assert "Pin to the top" in browser.get(PLACE).text
    _act(browser, "pin")
    assert [event.type for event in _said(hub)] == ["pin"]


def test_a_topic_moves_to_a_conference_that_one_looks_after(hub: Hub) -> None:
    browser = _looks_after_both(hub)
    assert "Conference that it belongs into" in browser.get(PLACE).text
    _act(browser, "move", to="fire", why="it burns")
    (event,) = _said(hub)
    assert (event.type, event.data) == ("move", {"to": "fire", "reason": "it burns"})


def test_the_tools_read_what_is_new_and_nothing_else(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = hub.signed_in(MOD)
    browser.get(PLACE)  # a process reads a conference once
    whole: list[str] = []
    known = Reader.tree

    def tree(self: Reader, rev: str, path: str = "", *, recursive: bool = False) -> list[Entry]:
        if recursive:
            whole.append(path)
        return known(self, rev, path, recursive=recursive)

    monkeypatch.setattr(Reader, "tree", tree)
    _act(browser, "pin")
    whole.clear()
    assert "Pin no more" in browser.get(PLACE).text
    assert whole == []


DECIDED = "/members/decided/"


def _looks_after_both(hub: Hub) -> Browser:
    role = rosterevents.role("fire", 1, "moderator", at=NOW, by="operator")
    _granted(hub, role)
    return hub.signed_in(MOD)


def _granted(hub: Hub, role: rosterevents.Event) -> None:
    """Gives or takes a role, and makes the fact of it that the desk makes at its next round."""
    smallhub.add_events(hub.config, [role])
    grants.settle(hub.config)


def _undone(browser: Browser, page: str, why: str = "") -> Seen:
    """Presses the one *Undo* of a page."""
    forms = re.findall(r'<form method="post".*?</form>', browser.get(page).text, re.DOTALL)
    (form,) = [one for one in forms if ">Undo<" in one]
    action = re.search(r'action="([^"]+)"', form)
    assert action is not None
    fields = dict(re.findall(r'name="([a-z]+)" value="([^"]*)"', form))
    return browser.send(action[1], fields | {"why": why, "text": why})


def test_a_move_is_taken_back_where_the_topic_was(hub: Hub) -> None:
    browser = _looks_after_both(hub)
    moved = _act(browser, "move", to="fire", back=f"/conferences/water/t/{TID}/")
    assert moved["location"] == f"{PLACE}?done=1", "the old place has the way back"
    shown = browser.get(PLACE).text
    assert "This topic is now in Fire." in shown
    assert f'href="/conferences/fire/t/{TID}/"' in shown
    assert _act(browser, "pin").status == 400, "only back from here"
    _undone(browser, PLACE, "that was the wrong one")
    last = _said(hub)[-1]
    assert last.data == {"to": "water", "reason": "that was the wrong one"}
    assert "Pin to the top" in browser.get(PLACE).text
    assert "Night shifts" not in browser.get(DECIDED).text, "it is where it was"


@pytest.mark.parametrize("kind", ["move", "merge", "split"])
def test_where_topics_belong_is_undone_for_a_week_among_what_was_decided(
    hub: Hub, kind: str
) -> None:
    browser = _looks_after_both(hub)
    fields = {"to": "fire"} if kind == "move" else {"post": SECOND, "topic": mid("o")}
    if kind == "merge":
        link = f"https://hub.example/conferences/water/t/{mid('o')}/"
        fields = {"topic": link}
    _act(browser, kind, **fields)
    shown = browser.get(DECIDED).text
    assert {
        "move": "The topic was moved to Fire.",
        "merge": "The topic “Shifts at night” became a part of it.",
        "split": "It was made a topic of its own, out of “Night shifts”.",
    }[kind] in shown
    assert _undone(browser, DECIDED, "no: leave it")["location"] == f"{DECIDED}?done=1"
    last = _said(hub)[-1]
    assert last.type == (kind if kind == "move" else f"un{kind}")
    assert last.data["reason"] == "no: leave it"
    assert "Nothing was decided" in browser.get(DECIDED).text


def test_a_topic_that_became_a_part_of_another_is_parted_where_it_was(hub: Hub) -> None:
    browser = hub.signed_in(MOD)
    link = f"https://hub.example/conferences/water/t/{TID}/"
    _act(browser, "merge", f"/members/topic/water/{mid('o')}/", topic=link)
    assert "This topic is a part of “Shifts at night” now." in browser.get(PLACE).text
    _undone(browser, PLACE)
    assert [one.type for one in _said(hub)] == ["merge", "unmerge"]


def test_a_post_that_became_a_topic_is_put_back_where_it_was(hub: Hub) -> None:
    browser = hub.signed_in(MOD)
    _act(browser, "split", post=SECOND)
    assert "Put back where it came from" in browser.get(PLACE).text
    _act(browser, "unsplit", post=SECOND)
    assert [one.type for one in _said(hub)] == ["split", "unsplit"]
    assert "Put back where it came from" not in browser.get(PLACE).text


@pytest.mark.parametrize(("to", "words"), [("fire", "now in Fire"), ("board", "in another")])
def test_what_went_where_one_may_not_is_not_called_back_nor_named_unless_everybody_reads_it(
    hub: Hub, to: str, words: str
) -> None:
    now = clock.now()
    roles = [rosterevents.role(to, 1, name, at=now, by="x") for name in ("moderator", "")]
    _granted(hub, roles[0])
    browser = hub.signed_in(MOD)
    _act(browser, "move", to=to)
    _granted(hub, roles[1])
    shown = browser.get(PLACE).text
    assert words in shown
    assert "Board" not in shown
    assert "Undo" not in shown
    before = _said(hub)
    assert _act(browser, "move", to="water").status == 400
    assert _said(hub) == before
    assert "Nothing was decided" in browser.get(DECIDED).text
