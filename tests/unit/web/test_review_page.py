"""The curator's page: the document beside its card, decided with one button; and its sender's."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from PIL import Image

from solicomm_build.cleaning import child
from solicomm_build.extraction.child import page_picture
from solicomm_build.features.founding.founding import new_library
from solicomm_build.features.library.cards.cardstore import CardStore
from solicomm_build.features.library.deposits import pagepictures
from solicomm_build.features.library.deposits.deposits import WITHDRAWN, Deposit, Deposits
from solicomm_build.foundation import clock, data
from solicomm_build.foundation.spool import Spool
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.people import rosterevents
from solicomm_build.testing import webserver
from solicomm_build.testing.deskhub import DeskHub
from solicomm_build.testing.webserver import Address, Answer, ask
from solicomm_build.web import deskpost

GUIDE = (
    data.folder("content") / "libraries/agreements/entries/2026-r6me3tkc/heat-pocket-guide.pdf"
).read_bytes()
ANA, OP = "ana@union.example", "op@hub.example"


class Hub(DeskHub):
    """A desk hub with a web server, whose pages do not wait for the desk."""

    server: Address = ("", 0)

    def hand_in(self, name: str = "guide.pdf", octets: bytes = GUIDE, text: str = "") -> None:
        coded = base64.encodebytes(octets).decode()
        body = (
            f"--b\nContent-Type: text/plain\n\n{text}\n"
            "--b\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n"
            f'Content-Disposition: attachment; filename="{name}"\n\n{coded}--b--'
        )
        fields = ['Content-Type: multipart/mixed; boundary="b"']
        self.send("papers+deposit", body, subject="Heat <i>at work", fields=fields)
        self.mails = [parse(item.raw) for item in self.work()]

    def to(self, address: str) -> Message:
        return next(mail for mail in self.mails if mail.to[0].addr_spec == address)

    def path(self, address: str, kind: str = "review") -> str:
        found = re.search(rf"/{kind}/[a-z2-7]{{26}}", self.to(address).text)
        assert found is not None, self.to(address).text
        return found[0]

    def get(self, path: str) -> Answer:
        with clock.fixed(self.now):
            return ask(self.server, path)

    def press(self, path: str, do: str, **fields: str) -> Answer:
        """Presses a button; the desk works then."""
        fields = {name.replace("_", "-"): value for name, value in fields.items()}
        head = {"origin": fields.pop("origin")} if "origin" in fields else {}
        body = urlencode({"do": do, **fields}).encode()
        kind = "application/x-www-form-urlencoded"
        with clock.fixed(self.now):
            answer = ask(self.server, path, method="POST", body=body, content_type=kind, **head)
        self.mails = [parse(item.raw) for item in self.work()]
        return answer

    def deposit(self) -> Deposit:
        (one,) = Deposits(self.config).all()
        return one


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setattr(deskpost, "PATIENCE", 0.0)
    made = Hub(tmp_path / "hub")
    new_library(made.config, "papers", title="Papers", lang="en")
    made.member(1, ANA, "water")
    with webserver.running(made.config) as made.server:
        yield made


def test_the_document_is_shown_beside_its_card(hub: Hub) -> None:
    hub.hand_in()
    page = hub.get(hub.path(OP)).body.decode()
    assert "Heat &lt;i&gt;at work" in page
    assert "Lakeside Municipal Workers" in page
    assert 'value="2026"' in page
    links = re.findall(r'(?:src|href)="(/deposits/[^"]+)"', page)
    kinds = {hub.get(link).headers["content-type"]: hub.get(link) for link in links}
    assert set(kinds) == {"application/pdf", "image/webp"}
    assert kinds["application/pdf"].body == child.clean(GUIDE).octets
    for answer in kinds.values():
        assert answer.headers["content-disposition"].startswith("attachment")
        assert "sandbox" in answer.headers["content-security-policy"]


def test_pages_of_a_pdf_are_pictures_drawn_once_and_gone_with_the_decision(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.hand_in()
    page = hub.get(hub.path(OP)).body.decode()
    first, *_ = leaves = re.findall(r'<img loading="lazy"[^>]*src="(/deposits/[^"]+/\d+)"', page)
    assert len(leaves) == hub.deposit().entry.files[0].pages
    assert page.count("The text of this page") == len(leaves)
    drawn = hub.get(first)
    assert Image.open(io.BytesIO(drawn.body)).width == 900
    assert drawn.headers["cache-control"] == "private, no-store"
    kept = list((hub.config.private / "deposits").rglob("pages/*.webp"))
    assert [path.stat().st_mode & 0o077 for path in kept] == [0]
    monkeypatch.setattr(pagepictures, "page_picture", lambda *_: b"")
    assert hub.get(first).body == drawn.body, "it is drawn once"
    base = first.rpartition("/")[0]
    for number in ("0", "99", "x", "1/1"):
        assert hub.get(f"{base}/{number}").status == 404
    hub.press(hub.path(OP), "reject")
    assert hub.get(first).status == 404
    assert list((hub.config.private / "deposits").rglob("*.webp")) == []


def test_a_page_that_cannot_be_drawn_is_a_picture_that_is_missing(hub: Hub, tmp_path: Path) -> None:
    bad = tmp_path / "bad.pdf"
    bad.write_bytes(GUIDE[:200])
    assert page_picture(bad, 1) == b""
    bad.write_bytes(GUIDE)
    assert page_picture(bad, 99) == b""
    assert page_picture(bad, 1, seconds=0.001) == b""


def test_looking_changes_nothing_and_one_button_publishes(hub: Hub) -> None:
    hub.hand_in()
    path = hub.path(OP)
    assert [hub.get(path).status for _ in range(3)] == [200] * 3
    assert Spool(hub.config.spool_desk).pending() == []
    assert CardStore(hub.config, "papers").rows() == []
    hub.press(path, "accept", title="Heat at work", country="Kenya")
    (row,) = CardStore(hub.config, "papers").rows()
    entry = CardStore(hub.config, "papers").read(row.key)
    assert (entry.title_in("en"), entry.countries) == ("Heat at work", ("KE",))
    assert entry.provenance.reviewed_by == "operator"
    assert [mail.to[0].addr_spec for mail in hub.mails] == [ANA], "the page tells the curator"
    page = hub.get(path).body.decode()
    assert "It is published." in page
    assert f"/libraries/papers/{row.key}/" in page
    hub.press(path, "reject")
    assert len(CardStore(hub.config, "papers").rows()) == 1


def test_the_page_waits_for_the_desk_and_leads_back(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def done(*_: object) -> bool:
        return True

    monkeypatch.setattr(deskpost.DeskPost, "is_done", done)
    hub.hand_in()
    path = hub.path(OP)
    answer = hub.press(path, "save", title="Heat")
    assert (answer.status, answer.headers["location"]) == (303, f"{path}?said=save")
    assert "The card is corrected." in hub.get(f"{path}?said=save").body.decode()
    assert hub.get(f"{path}?said=<script>").status == 200


def test_refused_with_words(hub: Hub) -> None:
    hub.hand_in()
    path = hub.path(OP)
    hub.press(path, "reject", words="We have it on paper.\nTitle: as it is", title="")
    assert "We have it on paper. Title: as it is" in hub.to(ANA).text
    assert hub.deposit().entry.title_in("en") == "Heat <i>at work"
    assert "It is not published." in hub.get(path).body.decode()


def test_changes_are_asked_for_and_made_on_the_senders_page(hub: Hub) -> None:
    hub.hand_in()
    path = hub.path(OP)
    assert hub.press(path, "ask").status == 422
    hub.press(path, "ask", words="Which year is it?")
    letter = hub.to(ANA)
    assert "Which year is it?" in letter.text
    own = hub.path(ANA, "card")
    assert "Take the document back" in hub.get(own).body.decode()
    hub.press(own, "save", date="2025", organisation="")
    assert hub.deposit().entry.date.issued == "2025"
    assert not [one for one in hub.deposit().entry.creators if one.kind == "org"]
    assert [mail.to[0].addr_spec for mail in hub.mails] == [OP], "curators hear of it"
    hub.press(path, "accept")
    assert len(CardStore(hub.config, "papers").rows()) == 1


@pytest.mark.parametrize("by_mail", [False, True])
def test_who_handed_it_in_takes_it_back(hub: Hub, by_mail: bool) -> None:
    hub.hand_in()
    review, own = hub.path(OP), hub.path(ANA, "card")
    if by_mail:
        hub.mails = hub.reply(hub.to(ANA), "Retirar.\n")
    else:
        hub.press(own, "withdraw")
    assert hub.deposit().facts.state == WITHDRAWN
    assert list((hub.config.private / "deposits").rglob("files/*")) == []
    assert {mail.to[0].addr_spec for mail in hub.mails} == {ANA, OP}
    for path in (review, own):
        assert "Its sender took it back." in hub.get(path).body.decode()
    hub.press(review, "accept")
    assert CardStore(hub.config, "papers").rows() == []


def test_what_is_wrong_comes_back_with_what_was_typed(hub: Hub) -> None:
    hub.hand_in()
    path = hub.path(OP)
    typed = {"title": "<b>", "date": "soon", "language": "", "country": "Atlantis"}
    answer = hub.press(path, "accept", **typed, words="Hello <b>")
    page = answer.body.decode()
    assert answer.status == 422
    assert page.count('aria-invalid="true"') == 3
    assert 'value="soon"' in page
    assert "Hello &lt;b&gt;" in page
    assert CardStore(hub.config, "papers").rows() == []


def test_a_full_card_in_letters_of_three_octets_is_taken(hub: Hub) -> None:
    hub.hand_in()
    path = hub.path(OP)
    many = hub.press(path, "ask", abstract="汉" * 20_000)
    assert many.status == 413
    assert "Go back: it is still in the form" in many.body.decode()
    hub.press(path, "ask", abstract="汉" * 5000, words="字" * 2000, organisation="会" * 500)
    assert "汉" * 5000 in str(hub.deposit().entry)


def test_who_looks_after_the_library_no_more_decides_nothing(hub: Hub) -> None:
    hub.member(2, "cur@union.example", role="moderator")
    hub.note(rosterevents.role("papers", 2, "moderator", at=hub.now, by="test"))
    hub.hand_in()
    letter, path = hub.to("cur@union.example"), hub.path("cur@union.example")
    assert hub.get(path).status == 200
    hub.note(rosterevents.role("papers", 2, "", at=hub.now, by="test"))
    assert hub.get(path).status == 404
    assert hub.press(path, "accept").status == 404
    (said,) = hub.reply(letter, "accept", sender="cur@union.example")
    assert "Only the people who look after the library" in said.text
    assert CardStore(hub.config, "papers").rows() == []


def test_a_token_opens_its_own_page_only(hub: Hub) -> None:
    hub.hand_in()
    review, own = hub.path(OP), hub.path(ANA, "card")
    nothing = hub.get("/review/" + "a" * 26)
    assert nothing.status == 404
    for path in (review.replace("review", "card"), own.replace("card", "review"), "/card/x"):
        assert (hub.get(path).status, hub.get(path).body) == (404, nothing.body)
        hub.press(path, "accept")
        hub.press(path, "withdraw")
    assert hub.press(review, "accept", origin="https://evil.example").status == 403
    assert CardStore(hub.config, "papers").rows() == []


def test_a_picture_and_a_text_are_shown_and_run_nothing(hub: Hub) -> None:
    octets = io.BytesIO()
    Image.new("RGB", (90, 60), "red").save(octets, "JPEG")
    hub.hand_in("march.jpg", octets.getvalue())
    assert '<img src="/deposits/' in hub.get(hub.path(OP)).body.decode()
    hub.hand_in("notes.txt", b"One\n\n<script>alert(1)</script>\n" * 9)
    page = hub.get(hub.path(OP)).body.decode()
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
