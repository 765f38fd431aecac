"""My hub: what a member sees, and that each button does what a mail of the member's would."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest

from solicomm_build.features.lists import listsection
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import open_repo
from solicomm_build.people import rosterevents
from solicomm_build.people.rosterevents import Consent
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.people.sessions import Sessions
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, member, smallhub, webserver
from solicomm_build.testing.member import Browser
from solicomm_build.web import deskpost
from tests.unit.web.myhub import Hub, living, press

ANA, BEA = "ana@union.example", "bea@union.example"
WATER = Conference("water", {"en": "Water"}, posting="open")
FIRE = Conference("fire", {"en": "Fire"}, posting="open")
BOARD = Conference("board", {"en": "The Board"}, posting="open", visibility="members")
NOW = clock.now()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """The hub, made once. Not to be changed: take `hub`."""
    config = smallhub.make(tmp_path_factory.mktemp("built") / "hub", WATER, FIRE, BOARD)
    people = [
        rosterevents.member(number, address, at=NOW, consent=Consent("mail"), lang="en")
        for number, address in enumerate((ANA, BEA), 1)
    ]
    on = rosterevents.subscribe("water", 1, at=NOW, consent=Consent("mail"))
    other = rosterevents.subscribe("fire", 2, at=NOW, consent=Consent("mail"))
    smallhub.add_events(config, [*people, on, other])
    hubs.build(config)
    return config


@pytest.fixture
def hub(built: Config, tmp_path: Path) -> Iterator[Hub]:
    """A hub with a desk at work."""
    with living(hubs.copied(built, tmp_path / "hub")) as hub:
        yield hub


def test_a_member_sees_her_lists_with_a_switch_for_each(hub: Hub) -> None:
    shown = hub.signed_in(ANA).get("/members/")
    assert shown.status == 200
    assert shown["cache-control"] == "no-store"
    assert "Water" in shown.text
    assert '<select name="how" aria-label="How messages come: Water' in shown.text
    assert "Fire" not in shown.text


@pytest.mark.parametrize(
    ("how", "options"),
    [
        ("daily", {"digest": "daily"}),
        ("weekly", {"digest": "weekly"}),
        ("answers", {"mail": "answers"}),
        ("off", {"mail": "off"}),
    ],
)
def test_a_switch_does_what_the_command_does_and_back(
    hub: Hub, how: str, options: dict[str, str]
) -> None:
    ana = hub.signed_in(ANA)
    fields = {"list": "water", "do": "how", "from": "/members/"}
    pressed = press(ana, "/members/lists/", how=how, **fields)
    assert (pressed.status, pressed["location"]) == (303, "/members/?done=1")
    assert hub.options("water") == options
    assert f'<option value="{how}" selected>' in ana.get("/members/").text
    press(ana, "/members/lists/", how="each", **fields)
    assert hub.options("water") == {}
    assert hub.mails() == [], "the page shows it, no letter needs to"


def test_all_settings_of_a_list_are_on_its_page(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    fields = {"how": "daily", "form": "summary", "zone": "Africa/Nairobi", "max": "7"}
    fields |= {"topics": "wages, water", "copy": "off", "dup": "off", "do": "all"}
    assert press(ana, "/members/lists/water/", **fields)["location"].endswith("?done=1")
    assert hub.options("water") == {
        "digest": "daily",
        "form": "summary",
        "zone": "Africa/Nairobi",
        "max": "7/day",
        "topics": "wages,water",
        "copy": "off",
        "dup": "off",
    }
    page = ana.get("/members/lists/water/").text
    assert '<option value="Africa/Nairobi" selected>' in page
    fields |= {"how": "each", "max": "", "topics": "", "copy": "on", "dup": "on", "form": "mime"}
    press(ana, "/members/lists/water/", **fields)
    assert hub.options("water") == {"zone": "Africa/Nairobi", "form": "mime"}


@pytest.mark.parametrize("wrong", [{"zone": "Nowhere/Town"}, {"max": "many"}, {"max": "0"}])
def test_a_setting_that_makes_no_sense_is_told_and_changes_nothing(
    hub: Hub, wrong: dict[str, str]
) -> None:
    ana = hub.signed_in(ANA)
    said = press(ana, "/members/lists/water/", do="all", how="daily", **wrong)
    assert said.status == 400
    assert 'role="alert"' in said.text
    assert hub.options("water") == {}


def test_a_pause_ends_with_what_was_missed_or_without(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    press(ana, "/members/lists/water/", do="pause")
    assert (hub.options("water") or {}).get("paused")
    page = ana.get("/members/lists/water/").text
    assert 'value="resume skip"' in page
    press(ana, "/members/lists/water/", do="resume skip")
    assert hub.options("water") == {}


def test_public_lists_are_joined_there_and_left(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    offered = ana.get("/members/lists/join/").text
    assert "Fire" in offered
    assert "Board" not in offered
    press(ana, "/members/lists/join/", list="fire", how="weekly", do="join")
    assert hub.options("fire") == {"digest": "weekly"}
    assert hub.mails() == [ANA], "the welcome, and no question"
    left = press(ana, "/members/lists/fire/", do="leave")
    assert left["location"] == "/members/lists/?done=1"
    assert hub.options("fire") is None
    assert hub.mails() == [ANA, ANA], "the goodbye, which can be undone"


def test_among_many_lists_a_word_finds_some(hub: Hub) -> None:
    """The box for it made the page fail, wherever it was shown."""
    ana = hub.signed_in(ANA)
    for asked, name in (("join/?q=fire", "Fire"), ("?q=wat", "Water")):
        page = ana.get(f"/members/lists/{asked}")
        assert page.status == 200
        assert name in page.text
        assert 'name="q"' in page.text
    none = ana.get("/members/lists/join/?q=zzz").text
    assert "There is no other list open to all." in none


def test_the_way_on_among_many_lists_keeps_the_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listsection, "_PAGE", 1)
    named = [("r0", "Rail"), ("r1", "R&D one"), ("r2", "R&D two"), ("r3", "Rest")]
    lists = (Conference(name, {"en": title}, kind="list") for name, title in named)
    config = smallhub.make(tmp_path / "hub", *lists)
    consent = Consent("mail")
    event = rosterevents.member(1, ANA, at=NOW, consent=consent, lang="en")
    smallhub.add_events(config, [event, rosterevents.subscribe("r3", 1, at=NOW, consent=consent)])
    with webserver.running(config) as address:
        ana = member.signed_in(config, address, ANA)
        first = ana.get("/members/lists/join/?q=R%26D").text
        (way,) = re.findall(r'href="(\?q=[^"]+)"', first)
        second = ana.get(f"/members/lists/join/{unescape(way)}").text
    assert ("R&amp;D one" in first, "R&amp;D two" in first) == (True, False)
    assert ("R&amp;D one" in second, "R&amp;D two" in second) == (False, True)


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("lists/water/", "Leave Water"),
        ("lists/water/", "Pause: nothing comes for now"),
        ("browsers/", "Sign out there"),
        ("browsers/", "Sign out on all devices"),
    ],
)
def test_what_ends_something_is_quiet_and_says_what(hub: Hub, place: str, words: str) -> None:
    """The strong colour is for what one comes for; a list and a conference are left by title."""
    shown = hub.signed_in(ANA).get(f"/members/{place}").text
    (look,) = re.findall(rf"<button([^>]*)>{words}</button>", shown)
    assert 'class="quiet"' in look
    assert "Leave the list" not in shown


def test_what_is_closed_is_not_joined_by_guessing_its_name(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    for name in ("board", "nothing"):
        press(ana, "/members/lists/join/", list=name, do="join")
        assert ana.get(f"/members/lists/{name}/").status == 404
        before = ana.send(f"/conferences/{name}/x")
        assert press(ana, f"/members/lists/{name}/", do="leave").status == before.status
    assert hub.options("board") is None
    assert hub.mails() == []


def test_nobody_changes_what_is_another_members(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    press(ana, "/members/lists/", list="fire", how="off", do="how")
    assert hub.options("fire", 2) == {}


def test_the_language_and_a_new_address(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    press(ana, "/members/settings/", do="language", language="es")
    assert hub.roster().members[1].lang == "es"
    assert 'lang="es"' in ana.get("/members/").text
    assert press(ana, "/members/settings/", do="address", address="no address").status == 400
    press(ana, "/members/settings/", do="address", address="ana@new.example")
    assert hub.mails() == [ANA], "the old address is asked first, as by mail"
    for new in (ANA.upper(), "water@hub.example", "solicomm@hub.example"):
        assert press(ana, "/members/settings/", do="address", address=new).status == 400
    press(ana, "/members/settings/", do="address", address="ana@right.example")
    assert hub.mails() == [ANA, ANA], "the first was mistyped"
    assert hub.roster().members[1].address == ANA


def test_every_browser_is_listed_and_signed_out_by_itself(hub: Hub) -> None:
    ana, bea = hub.signed_in(ANA), hub.signed_in(BEA)
    sessions = Sessions(hub.config)
    phone = Browser(hub.address)
    agent = "Mozilla/5.0 (Android 14; Mobile; rv:128.0) Gecko/128.0 Firefox/128.0"
    phone.send(f"/login/{sessions.link(1, '', clock.now())}", user_agent=agent)
    page = ana.get("/members/browsers/").text
    assert "Firefox, Android" in page
    assert page.count("Last used on ") == 2
    ids = {one.id for one in sessions.of_member(1, clock.now()) if one.browser}
    press(bea, "/members/browsers/", do="end", session=ids.copy().pop())
    assert phone.get("/members/").status == 200, "nobody ends another member's session"
    press(ana, "/members/browsers/", do="end", session=ids.pop())
    assert phone.get("/members/").status == 303
    assert ana.get("/members/").status == 200
    sessions.close()


def test_who_signs_out_on_all_devices_is_shown_so_and_keeps_no_cookie(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    ana.get("/members/")
    seen = press(ana, "/members/browsers/", do="everywhere")
    assert (seen.status, "You are signed out" in seen.text) == (200, True)
    assert ana.cookies == {}
    script = re.search(r"/logout/forget\.js\?v=\w+", seen.text)
    assert script is not None
    assert ana.get(script[0])["content-type"].startswith("text/javascript")


def test_an_older_file_of_sessions_gets_what_it_lacks(tmp_path: Path) -> None:
    import sqlite3

    config = smallhub.make(tmp_path / "hub")
    path = config.state / "sessions.sqlite"
    path.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(path) as db:
        db.execute(
            "CREATE TABLE session (digest TEXT PRIMARY KEY, number INTEGER NOT NULL,"
            " ends REAL NOT NULL) WITHOUT ROWID"
        )
        later = clock.timestamp() + 1000
        db.execute("INSERT INTO session VALUES ('d', 1, ?)", (later,))
    db.close()
    sessions = Sessions(config)
    (found,) = sessions.of_member(1, clock.now())
    assert (found.id, found.began, found.browser, found.seen) == ("d", None, "", None)
    sessions.close()


def test_a_damaged_file_of_sessions_signs_out_and_keeps_nobody_out(tmp_path: Path) -> None:
    config = smallhub.make(tmp_path / "hub")
    config.state.mkdir(exist_ok=True)
    (config.state / "sessions.sqlite").write_bytes(b"damaged, and no database at all")
    web, desk = Sessions(config), Sessions(config)
    assert web.number("a" * 26, NOW) is None
    assert web.of_link(desk.link(1, "", NOW), NOW) is not None, "both have the same file"
    assert (config.state / "sessions.sqlite").stat().st_mode & 0o777 == 0o600
    web.close()
    desk.close()


def test_a_session_says_on_which_day_it_was_last_used(tmp_path: Path) -> None:
    config = smallhub.make(tmp_path / "hub")
    sessions = Sessions(config)
    secret, _ = sessions.begin(sessions.link(1, "", NOW), NOW, timedelta(days=30)) or ("", None)
    for days in (0, 3):
        then = NOW + timedelta(days=days)
        assert sessions.number(secret, then) == 1
        assert [one.seen for one in sessions.of_member(1, then)] == [then.date()]
    sessions.close()


def test_what_was_typed_is_there_when_the_session_has_ended(hub: Hub) -> None:
    stranger = Browser(hub.address)
    said = stranger.send("/members/moderate/", {"text": "Please write to the branch first"})
    assert said.status == 403
    assert "Please write to the branch first" in said.text
    assert 'href="/login/?to=/members/moderate/"' in said.text
    assert stranger.send("/members/lists/", {"do": "how"})["location"] == (
        "/login/?to=/members/lists/"
    )


VOTE = {
    "question": "Shall we strike?",
    "options": "Yes, from Monday on\nNo",
    **{f"question-{code}": "" for code in ("ar", "es", "fr", "pt", "ru")},
    **{f"options-{code}": "" for code in ("ar", "es", "fr", "pt", "ru")},
    **dict.fromkeys(("closes", "topic", "quorum", "lang", "votes", "seen", "type"), "x"),
    "do": "preview it",
    "mark": "a b",
}


def test_all_that_was_typed_is_there_not_only_what_is_called_text(hub: Hub) -> None:
    gone, anew = Browser(hub.address), hub.signed_in(ANA)
    for browser in (gone, anew):
        said = browser.send("/members/votes/new/water/", VOTE)
        assert said.status == 403
        assert "Shall we strike?\n\nYes, from Monday on\nNo</textarea>" in said.text
        assert "preview it" not in said.text


def test_what_another_site_sends_is_not_shown(hub: Hub) -> None:
    said = Browser(hub.address).send(
        "/members/votes/new/water/", VOTE, origin="https://evil.example"
    )
    assert said.status == 303
    assert "strike" not in said.text


def test_the_browser_alone_remembers_the_last_visit(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    ana.get("/members/")
    assert re.fullmatch(r"\d+-\d+", ana.cookies["solicomm-seen"])
    for odd in ("x", "1-", "9" * 40 + "-1", "-"):
        ana.cookies["solicomm-seen"] = odd
        assert ana.get("/members/").status == 200
    ana.send("/logout/")
    assert "solicomm-seen" not in ana.cookies


def test_a_desk_that_is_away_is_told_and_nothing_is_lost(tmp_path: Path) -> None:
    config = smallhub.make(tmp_path / "hub", WATER)
    event = rosterevents.member(1, ANA, at=NOW, consent=Consent("mail"), lang="en")
    on = rosterevents.subscribe("water", 1, at=NOW, consent=Consent("mail"))
    smallhub.add_events(config, [event, on])
    hubs.build(config)
    with webserver.running(config) as address, pytest.MonkeyPatch.context() as patch:
        patch.setattr(deskpost, "PATIENCE", 0.05)
        ana = member.signed_in(config, address, ANA)
        pressed = press(ana, "/members/lists/", list="water", how="daily", do="how")
        assert pressed["location"] == "/members/lists/?done=later"
        assert 'role="status"' in ana.get("/members/lists/?done=later").text
        member.mails(config)
    roster = RosterStore(open_repo(config.roster_repo))
    assert roster.roster().subscriptions["water"][1] == {"digest": "daily"}
    roster.close()
