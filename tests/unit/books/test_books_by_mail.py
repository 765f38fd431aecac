"""`get abcd2345 epub` brings the topic of a message as a book; what is for members, to members."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

import pytest

from solicomm_build.foundation import clock
from solicomm_build.people import rosterevents
from solicomm_build.people.sessions import Sessions
from solicomm_build.testing import hubs, webserver
from solicomm_build.testing.deskhub import DeskHub
from solicomm_build.testing.member import Browser


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> DeskHub:
    made = DeskHub(tmp_path_factory.mktemp("bymail") / "hub")
    made.member(1, "ana@union.example", "water", "board")
    posts = [hubs.post("one", subject="Pumps"), hubs.post("two", "one", subject="Re: Pumps")]
    hubs.add(made.config, "water", posts)
    hubs.add(made.config, "board", [hubs.post("secret", subject="Secret")])
    hubs.build(made.config)
    return made


def test_who_is_sure_to_have_asked_gets_the_whole_topic(desk: DeskHub) -> None:
    mails = desk.ask("water-request", f"get {hubs.mid('two')[:8]} epub")
    (book,) = [mail for mail in mails if mail.attachments]
    (attached,) = book.attachments
    assert (attached.type, attached.name) == ("application/epub+zip", "pumps.epub")
    with zipfile.ZipFile(io.BytesIO(attached.payload)) as opened:
        text = opened.read("EPUB/chapter-1.xhtml").decode()
    assert text.count("<article") == 2


def test_who_is_not_gets_its_address_alone(desk: DeskHub) -> None:
    (mail,) = desk.ask(
        "water-request",
        f"get {hubs.mid('two')[:8]} epub",
        sender="eve@elsewhere.example",
        proven=False,
    )
    assert mail.attachments == ()
    assert f"/conferences/water/t/{hubs.mid('one')}/book.epub" in mail.text


def test_a_member_who_is_sure_to_have_asked_gets_what_is_for_members(desk: DeskHub) -> None:
    mails = desk.ask("board-request", f"get {hubs.mid('secret')[:8]} epub")
    (book,) = [mail for mail in mails if mail.attachments]
    assert book.to[0].addr_spec == "ana@union.example"
    with zipfile.ZipFile(io.BytesIO(book.attachments[0].payload)) as opened:
        assert b"Secret" in opened.read("EPUB/chapter-1.xhtml")


@pytest.mark.parametrize(
    ("sender", "proven"), [("ana@union.example", False), ("eve@elsewhere.example", True)]
)
def test_nobody_else_gets_what_is_for_members(desk: DeskHub, sender: str, proven: bool) -> None:
    asked = f"get {hubs.mid('secret')[:8]} epub"
    for mail in desk.ask("board-request", asked, sender=sender, proven=proven):
        assert mail.attachments == ()
        assert "book.epub" not in mail.text
        assert "Secret" not in mail.text


@pytest.mark.parametrize("end", ["banned", "disabled", "removed"])
def test_by_mail_nobody_reads_more_than_on_the_web(desk: DeskHub, end: str) -> None:
    number = {"banned": 11, "disabled": 12, "removed": 13}[end]
    who = f"{end}@union.example"
    desk.member(number, who, "board")
    asked = f"get {hubs.mid('secret')[:8]}\nget {hubs.mid('secret')[:8]} epub\nindex\nsearch secret"
    assert "Secret" in "".join(one.text for one in desk.ask("board-request", asked, sender=who))
    if end == "banned":
        event = rosterevents.standing("board", who, end, at=desk.now, by="test")
    else:
        event = rosterevents.state(number, end, at=desk.now, by="test", conference="board")
    desk.note(event)
    desk.work()  # who is banned is told so, once
    for mail in desk.ask("board-request", asked, sender=who):
        assert mail.attachments == ()
        assert "This is for members only." in mail.text
        assert "Secret" not in mail.text


@pytest.fixture(scope="module")
def browsers(desk: DeskHub) -> Iterator[dict[str, Browser]]:
    """Of a member of both, of a member of one, and of nobody."""
    desk.member(2, "ben@union.example", "water")
    sessions = Sessions(desk.config)
    with webserver.running(desk.config) as address:
        found = {name: Browser(address) for name in ("ana", "ben", "nobody")}
        for number, name in ((1, "ana"), (2, "ben")):
            found[name].send(f"/login/{sessions.link(number, '', clock.now())}")
        yield found
    sessions.close()


def test_a_member_signed_in_takes_books_of_what_is_for_members(
    desk: DeskHub, browsers: dict[str, Browser]
) -> None:
    place = f"/conferences/board/t/{hubs.mid('secret')}/book.epub"
    answer = browsers["ana"].get(place)
    assert answer.status == 200
    assert answer["content-type"] == "application/epub+zip"
    assert answer["cache-control"] == "private, no-store"
    assert answer["etag"] == ""
    with zipfile.ZipFile(io.BytesIO(answer.body)) as opened:
        told = b"".join(opened.read(name) for name in opened.namelist())
    assert b"Secret" in told
    assert b"Hand it to nobody else." in told
    kept = desk.config.state / "books"
    assert not [path for path in kept.rglob("*") if b"Secret" in path.read_bytes()]
    shown = browsers["ana"].get("/take/conferences/board/").text
    assert '"/conferences/board/2026/03/book.epub"' in shown
    assert "git clone" not in shown
    assert browsers["ana"].get("/conferences/board/2026/03/book.epub").status == 200
    assert "/take/conferences/board/" in browsers["ana"].get("/conferences/board/").text


@pytest.mark.parametrize("name", ["ben", "nobody"])
def test_for_everybody_else_there_is_none(browsers: dict[str, Browser], name: str) -> None:
    for place in (
        f"/conferences/board/t/{hubs.mid('secret')}/book.epub",
        "/conferences/board/2026/03/book.epub",
        "/take/conferences/board/",
    ):
        answer = browsers[name].get(place)
        nowhere = browsers[name].get(place.replace("board", "nowhere"))
        assert (answer.status, nowhere.status) == (404, 404), place
        assert answer.body.replace(b"board", b"") == nowhere.body.replace(b"nowhere", b"")
