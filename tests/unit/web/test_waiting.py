"""What waits for a moderator, in My hub: seen as it would look, decided with one button, and for
nobody else there at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import Oid, PostId, TopicId, post_id
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo, open_repo
from solicomm_build.ingest.run import ingest
from solicomm_build.people import rosterevents
from solicomm_build.people.rosterevents import Consent
from solicomm_build.post import decision
from solicomm_build.post.conference import Conference
from solicomm_build.post.decision import Decision
from solicomm_build.post.held import decidedmail
from solicomm_build.post.held.decidedlately import Lately
from solicomm_build.post.held.decidedmail import Key
from solicomm_build.post.store.mailstore import MailStore
from solicomm_build.post.store.poststore import topic_events
from solicomm_build.testing import hubs, smallhub
from tests.unit.web.myhub import Hub, living, press

ANA, MOD, HOST = "ana@union.example", "mod@union.example", "host@union.example"
WATER = Conference("water", {"en": "Water"}, posting="moderated")
FIRE = Conference("fire", {"en": "Fire"}, posting="moderated")
BOARD = Conference("board", {"en": "The Board"}, kind="list", visibility="members")
NOW = clock.now()
PLACE = "/members/moderate/"
DECIDED = "/members/decided/"
FILE = (
    "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    "--b\r\nContent-Type: text/plain\r\n\r\n{text}\r\n"
    "--b\r\nContent-Type: text/html\r\nContent-Disposition: attachment; filename=a.html\r\n\r\n"
    "<script>alert(1)</script>\r\n--b--\r\n"
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """The hub, made once. Not to be changed: take `hub`."""
    config = smallhub.make(tmp_path_factory.mktemp("built") / "hub", WATER, FIRE, BOARD)
    people = [
        rosterevents.member(number, address, at=NOW, consent=Consent("mail"), lang="en")
        for number, address in enumerate((ANA, MOD, HOST), 1)
    ]
    on = [
        rosterevents.subscribe(name, number, at=NOW, consent=Consent("mail"))
        for name, number in (("water", 1), ("water", 2), ("board", 3))
    ]
    roles = [
        rosterevents.role("water", 2, "moderator", at=NOW, by="test"),
        rosterevents.role("board", 3, "host", at=NOW, by="test"),
    ]
    smallhub.add_events(config, [*people, *on, *roles])
    hubs.build(config)
    return config


@pytest.fixture
def hub(built: Config, tmp_path: Path) -> Iterator[Hub]:
    with living(hubs.copied(built, tmp_path / "hub")) as hub:
        yield hub


def held(hub: Hub, number: int, text: str = "Let me in.", to: str = "water") -> PostId:
    """A stranger's message that waits."""
    raw = smallhub.mail(
        "", msgid=f"<{number}@x.example>", subject=f"Strike {number}", sender="Eve <eve@x.example>"
    )
    head = raw.partition(b"\r\n\r\n")[0].replace(b"bar@hub", f"{to}@hub".encode())
    lines = [
        line
        for line in head.split(b"\r\n")
        if not line.lower().startswith((b"content-", b"mime-version"))
    ]
    whole = b"\r\n".join(lines) + b"\r\n" + FILE.format(text=text).encode()
    item = smallhub.item(whole, f"{to}@hub.example", mail_from="eve@x.example")
    at = clock.now() + timedelta(microseconds=number)
    Spool(hub.config.spool_in).put([replace(item, envelope=replace(item.envelope, received_at=at))])
    ingest(hub.config, once=True, log=maillog.to_nobody())
    return post_id(f"{number}@x.example")


def made(hub: Hub, mid: PostId, conference: str = "water") -> Decision | None:
    store = MailStore(open_repo(hub.config.mail_repo))
    try:
        blob = store.decision(conference, mid)
    finally:
        store.close()
    return decision.decode(blob) if blob else None


def test_a_moderator_sees_what_waits_as_it_would_look(hub: Hub) -> None:
    mid = held(hub, 1, "Let me in <b>now</b>.")
    mod = hub.signed_in(MOD)
    assert f'href="{PLACE}"' in mod.get("/members/").text
    shown = mod.get(PLACE).text
    assert "Strike 1" in shown
    assert "Let me in" in shown
    assert "eve@x.example" in shown
    assert "alert(1)" not in shown
    assert "<b>now" not in shown
    place = f"{PLACE}water/{mid}/"
    assert f"{place}1/a.html" in shown
    file = mod.get(f"{place}1/a.html")
    assert file.body.strip() == b"<script>alert(1)</script>"
    assert file["content-type"] == "application/octet-stream"
    assert file["content-disposition"].startswith("attachment;")
    assert file["content-security-policy"].startswith("sandbox")
    assert b"Strike 1" in mod.get(f"{place}0/message.eml").body
    for odd in ("2/a.html", "99999/x", "x/y", "-1/x"):
        assert mod.get(place + odd).status == 404


@pytest.mark.parametrize(
    ("button", "wanted"),
    [
        ("accept", "accept"),
        ("discard", "discard"),
        ("trust", "accept+trust"),
        ("ban", "ban"),
    ],
)
def test_one_button_decides(hub: Hub, button: str, wanted: str) -> None:
    mid = held(hub, 1)
    mod = hub.signed_in(MOD)
    pressed = press(mod, PLACE, conference="water", about=mid, do=button)
    assert (pressed.status, pressed["location"]) == (303, f"{PLACE}?done=1")
    found = made(hub, mid)
    assert found is not None
    assert (found.decision, found.by, found.text) == (wanted, "member:2", "")
    shown = mod.get(PLACE).text
    assert "Let me in." not in shown
    assert "Nothing waits for you." in shown
    assert shown.count("Strike 1") == 1, "beside its Undo"


def test_what_its_author_is_told_comes_as_it_was_typed(hub: Hub) -> None:
    """Words that are commands by mail are words here."""
    mid = held(hub, 1)
    told = "leave\r\n\r\nPlease write to the branch first.\r\nhelp"
    press(hub.signed_in(MOD), PLACE, conference="water", about=mid, do="reject", text=told)
    found = made(hub, mid)
    assert found is not None
    assert found.decision == "reject"
    assert found.text == "leave\n\nPlease write to the branch first.\nhelp"
    assert hub.options("water", 2) == {}


def test_all_words_reach_the_author(hub: Hub) -> None:
    mid = held(hub, 1)
    told = "You wrote:\n\n> Let me in.\n\nstop\n-- \nSent from my phone\nMo"
    sent = told.replace("\n", "\r\n")
    press(hub.signed_in(MOD), PLACE, conference="water", about=mid, do="reject", text=sent)
    found = made(hub, mid)
    assert found is not None
    assert found.text == told


def test_who_decided_first_has_decided(hub: Hub) -> None:
    mid = held(hub, 1)
    mod = hub.signed_in(MOD)
    press(mod, PLACE, conference="water", about=mid, do="discard")
    press(mod, PLACE, conference="water", about=mid, do="accept")
    found = made(hub, mid)
    assert found is not None
    assert found.decision == "discard"


def test_for_who_is_no_moderator_there_is_no_such_page(hub: Hub) -> None:
    """Octet for octet what is answered where nothing is, whatever waits."""
    mid = held(hub, 1)
    ana, host = hub.signed_in(ANA), hub.signed_in(HOST)
    nothing = ana.get("/members/nothing/")
    assert nothing.status == 404
    assert "moderate" not in ana.get("/members/").text
    for rest in ("", "water/", "nothing/", f"water/{mid}/0/message.eml", f"water/{mid}/1/a.html"):
        assert ana.get(PLACE + rest) == nothing
    for page in ("onlist", "returned"):
        for name in ("water", "board", "nothing"):
            assert ana.get(f"/members/{page}/{name}/") == nothing
    for rest in ("water/", f"water/{mid}/0/message.eml"):
        assert host.get(PLACE + rest) == nothing, "a host of another list is a stranger here"
    assert "Strike 1" not in host.get(PLACE).text
    for browser in (ana, host):
        press(browser, PLACE, conference="water", about=mid, do="accept")
        press(browser, f"{PLACE}water/", conference="water", do="emergency on")
    assert made(hub, mid) is None
    assert not hub.roster().is_emergency("water")


def test_who_asks_to_join_a_closed_list_is_let_in_with_a_button(hub: Hub) -> None:
    from solicomm_build.desk import tokens

    for number, address in ((1, ANA), (2, "zo@x.example")):
        data = {"join": address, "number": 3, "name": "", "lang": "en", "siblings": []}
        event = tokens.given(
            f"{number}" * 26, "moderate", "board", HOST, days=timedelta(days=14), data=data
        )
        smallhub.add_events(hub.config, [event])
    host = hub.signed_in(HOST)
    assert ANA in host.get(PLACE).text
    press(host, PLACE, conference="board", about=ANA, do="accept")
    press(host, PLACE, conference="board", about="zo@x.example", do="reject")
    assert hub.options("board", 1) == {}
    assert hub.roster().member("zo@x.example") is None
    shown = host.get(PLACE).text
    assert ANA not in shown
    assert "zo@x.example" not in shown
    assert ANA in hub.mails()


def test_everything_waits_and_nothing_does_again(hub: Hub) -> None:
    mod = hub.signed_in(MOD)
    press(mod, f"{PLACE}water/", conference="water", do="emergency on")
    assert hub.roster().is_emergency("water")
    assert 'value="emergency off"' in mod.get(f"{PLACE}water/").text
    press(mod, f"{PLACE}water/", conference="water", do="emergency off")
    assert not hub.roster().is_emergency("water")


def test_who_looks_after_a_list_sees_who_is_on_it_and_what_came_back(hub: Hub) -> None:
    mod = hub.signed_in(MOD)
    shown = mod.get("/members/onlist/water/").text
    assert ANA in shown
    assert HOST not in shown
    assert "Nothing came back" in mod.get("/members/returned/water/").text
    at = clock.now()
    back = rosterevents.bounce(
        1, "water", "full", "2026-11-24", at=at, diagnostic="552 <b>full</b>"
    )
    stopped = rosterevents.state(
        1, "disabled", at=at, by="bounces", conference="water", reason="bounces"
    )
    smallhub.add_events(hub.config, [back, stopped])
    shown = mod.get("/members/returned/water/").text
    assert "the mailbox is full" in shown
    assert "<b>full" not in shown
    assert "mail came back" in mod.get("/members/onlist/water/").text


# -- taken back ------------------------------------------------------------------------------------


def undone(hub: Hub) -> list[dict[str, Any]]:
    with Reader(open_repo(hub.config.mail_repo)) as reader:
        return [
            json.loads(reader.blob(one.oid)) for one in reader.tree(MAIN, "undone", recursive=True)
        ]


def carried_out(hub: Hub) -> None:
    ingest(hub.config, once=True, log=maillog.to_nobody())


@pytest.mark.parametrize("button", ["discard", "ban", "reject"])
def test_what_was_kept_out_waits_again_when_the_decision_is_taken_back(
    hub: Hub, button: str
) -> None:
    mid, mod = held(hub, 1), hub.signed_in(MOD)
    press(mod, PLACE, conference="water", about=mid, do=button)
    carried_out(hub)
    shown = mod.get(PLACE).text
    assert "Let me in." not in shown
    assert "Strike 1" in shown, "a moment ago, with a way back"
    assert 'value="undo"' in shown
    lately = mod.get("/members/decided/").text
    assert "Strike 1" in lately
    pressed = press(mod, DECIDED, conference="water", about=mid, do="undo", text="leave")
    assert pressed["location"] == "/members/decided/?done=1"
    assert made(hub, mid) is None
    assert "Let me in." in mod.get(PLACE).text
    assert "Strike 1" not in mod.get("/members/decided/").text
    (record,) = undone(hub)
    assert (record["undone"]["decision"], record["by"]) == (button, "member:2")
    assert record["text"] == "– leave"
    assert hub.options("water", 2) == {}, "a reason is no command"
    assert hub.roster().listed_standing("water", "eve@x.example") == ""
    carried_out(hub)
    assert made(hub, mid) is None
    press(mod, PLACE, conference="water", about=mid, do="accept")
    carried_out(hub)
    assert posted(hub, mid), "decided anew, it counts"


def posted(hub: Hub, mid: PostId) -> bool:
    with Reader(open_repo(hub.config.conference_repo("water"))) as reader:
        return any(str(mid) in one.path for one in reader.tree(MAIN, "topics", recursive=True))


def test_what_was_let_in_is_hidden_and_stays_decided(hub: Hub) -> None:
    mid, mod = held(hub, 1), hub.signed_in(MOD)
    press(mod, PLACE, conference="water", about=mid, do="trust")
    carried_out(hub)
    assert hub.roster().listed_standing("water", "eve@x.example") == "trusted"
    shown = mod.get("/members/decided/").text
    assert "cannot be called back" in " ".join(shown.split())
    for _ in range(2):
        press(mod, DECIDED, conference="water", about=mid, do="undo")
    assert hub.roster().listed_standing("water", "eve@x.example") == ""
    tid = TopicId(str(mid))
    with Reader(open_repo(hub.config.conference_repo("water"))) as reader:
        (event,) = topic_events(reader, tid)
    assert (event.type, event.data["post"]) == ("hide", mid)
    assert event.by == hub.roster().persons.of(2)
    again = made(hub, mid)
    assert again is not None
    assert again.decision == "accept+trust"
    assert len(undone(hub)) == 1
    assert "Strike 1" not in mod.get("/members/decided/").text


def test_after_a_week_and_for_others_nothing_is_taken_back(hub: Hub) -> None:
    mid, mod = held(hub, 1), hub.signed_in(MOD)
    press(mod, PLACE, conference="water", about=mid, do="discard")
    carried_out(hub)
    ana, host = hub.signed_in(ANA), hub.signed_in(HOST)
    assert ana.get("/members/decided/") == ana.get("/members/nothing/")
    assert "Strike 1" not in host.get("/members/decided/").text
    for browser in (ana, host):
        press(browser, DECIDED, conference="water", about=mid, do="undo")
    assert made(hub, mid) is not None
    later = clock.now() + timedelta(days=7, minutes=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: later)
        found = decidedmail.lately(hub.config, lambda name: name == "water")
    assert found == []


def test_what_is_not_ones_own_to_decide_is_not_called_done(hub: Hub) -> None:
    mid, mod, host = held(hub, 1), hub.signed_in(MOD), hub.signed_in(HOST)
    tries = [
        press(host, PLACE, conference=name, about=mid, do="discard")
        for name in ("water", "nothing")
    ]
    assert [one.status for one in tries] == [400, 400]
    assert tries[0].text == tries[1].text, "nor is told whether there is such a list"
    assert "not for you to do" in tries[0].text
    assert made(hub, mid) is None
    for who, status in ((host, 400), (mod, 400)):  # nothing was decided yet
        assert press(who, DECIDED, conference="water", about=mid, do="undo").status == status
    press(mod, PLACE, conference="water", about=mid, do="discard")
    carried_out(hub)
    again = press(mod, PLACE, conference="water", about=mid, do="accept")
    assert (again.status, "decided already" in again.text) == (400, True)


def test_what_was_decided_lately_is_read_once_and_then_what_came_since(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    lately = Lately(hub.config)
    own, mod = (lambda name: name == "water"), hub.signed_in(MOD)
    mids = [held(hub, number) for number in range(1, 4)]
    for mid in mids[:2]:
        press(mod, PLACE, conference="water", about=mid, do="discard")
        carried_out(hub)
    assert {one.held.mid for one in lately.of(own, 9)} == set(mids[:2])
    assert lately.of(own, 9) == decidedmail.lately(hub.config, own)
    assert lately.of(lambda name: False, 9) == []
    assert len(lately.of(own, 1)) == 1
    looks: list[str | None] = []
    real = decidedmail.touched

    def noted(repo: Repo, tip: Oid, old: Oid | None, at: datetime) -> set[Key]:
        looks.append(old)
        return real(repo, tip, old, at)

    monkeypatch.setattr(decidedmail, "touched", noted)
    lately.of(own, 9)
    assert looks == [], "nothing came"
    press(mod, PLACE, conference="water", about=mids[2], do="discard")
    carried_out(hub)
    press(mod, DECIDED, conference="water", about=mids[0], do="undo")
    looks.clear()
    assert {one.held.mid for one in lately.of(own, 9)} == {mids[1], mids[2]}
    assert len(looks) == 1
    assert looks[0] is not None, "not the whole week again"
    assert lately.of(own, 9) == decidedmail.lately(hub.config, own)
    now = clock.now
    monkeypatch.setattr(clock, "now", lambda: now() + timedelta(seconds=5))
    press(mod, PLACE, conference="water", about=mids[0], do="ban")
    carried_out(hub)
    assert lately.of(own, 9, "member:2") == decidedmail.lately(hub.config, own)
    assert lately.of(own, 9, "member:1") == []
    assert len(lately.of(own, 9)) == 3, "decided anew, it counts"
    later = clock.now() + timedelta(days=7, minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert lately.of(own, 9) == []
