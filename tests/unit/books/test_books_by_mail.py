"""`get abcd2345 epub` brings the topic of a message as a book."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from solicomm_build.testing import hubs
from solicomm_build.testing.deskhub import DeskHub


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


def test_what_is_for_members_only_becomes_none(desk: DeskHub, tmp_path: Path) -> None:
    (mail,) = desk.ask("board-request", f"get {hubs.mid('secret')[:8]} epub")
    assert mail.attachments == ()
    assert "No book can be made" in mail.text
