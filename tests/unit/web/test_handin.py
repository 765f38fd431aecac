"""A document handed in on the page of a library: chosen, looked at, confirmed or signed in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from solicomm_build.desk.run import desk
from solicomm_build.features.founding.founding import new_library
from solicomm_build.features.library import library as settings
from solicomm_build.features.library.cards.cardstore import CardStore
from solicomm_build.features.library.deposits.deposits import WAITING, Deposit, Deposits
from solicomm_build.foundation import clock, data, maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.ingest.run import ingest
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.people import rosterevents
from solicomm_build.people.rosterevents import Consent
from solicomm_build.post.conference import Conference
from solicomm_build.testing import member, smallhub, webserver
from solicomm_build.testing.webserver import Address, Answer, ask
from solicomm_build.web.uploads import chosen

SAMPLE = data.folder("content") / "libraries/agreements/entries"
GUIDE = (SAMPLE / "2026-r6me3tkc/heat-pocket-guide.pdf").read_bytes()
ANA, OP = "ana@union.example", "op@hub.example"
PATH = "/en/libraries/papers/deposit/"


@dataclass
class Page:
    """A page of the form, with what stands in its fields."""

    answer: Answer
    text: str = field(init=False)

    def __post_init__(self) -> None:
        self.text = self.answer.body.decode()

    @property
    def values(self) -> dict[str, str]:
        found = {}
        for tag in re.findall(r"<input [^>]*>", self.text):
            said = {key: unescape(value) for key, value in re.findall(r'([a-z]+)="([^"]*)"', tag)}
            if "name" in said and said.get("type") != "file":
                found[said["name"]] = said.get("value", "")
        for name, inside in re.findall(r'<select [^>]*name="(\w+)"[^>]*>(.*?)</select>', self.text):
            chosen = re.search(r'value="([^"]*)" selected', inside)
            found[name] = chosen[1] if chosen else ""
        for name, inside in re.findall(
            r'<textarea [^>]*name="(\w+)"[^>]*>\n?(.*?)</textarea>', self.text, re.DOTALL
        ):
            found[name] = unescape(inside)
        return found


class Hub:
    def __init__(self, address: Address, config: Config) -> None:
        self.address, self.config = address, config

    def get(self, path: str = PATH, **how: str) -> Page:
        return Page(ask(self.address, path, **how))

    def post(
        self, fields: dict[str, str], *files: tuple[str, bytes], path: str = PATH, **how: Any
    ) -> Page:
        kind, body = multipart(fields, *files)
        return Page(ask(self.address, path, method="POST", body=body, content_type=kind, **how))

    def waiting(self) -> int:
        return len(Spool(self.config.spool_desk).pending())

    def mails(self) -> list[Message]:
        """What goes out when ingest and the desk have worked."""
        for stage in (desk, ingest, desk):
            stage(self.config, once=True, log=maillog.to_nobody())
        spool, found = Spool(self.config.spool_out), []
        for path in spool.pending():
            found += [parse(item.raw) for item in spool.read(path)]
            spool.done(path)
        return found

    def deposits(self) -> list[Deposit]:
        return list(Deposits(self.config).all())

    def rule(self, **how: Any) -> None:
        """Changes the library's settings."""
        made = settings.Library("papers", {"en": "Papers"}, {}, ("en",), **how)
        repo = open_repo(self.config.library_repo("papers"))
        change = Change(settings.FILE, settings.encode(made))
        write_once(repo, [change], message="Settings\n", when=smallhub.BEGUN)


def multipart(fields: dict[str, str], *files: tuple[str, bytes]) -> tuple[str, bytes]:
    parts = [
        f'--b7\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    for name, octets in files:
        head = f'--b7\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        parts.append(f"{head}Content-Type: application/pdf\r\n\r\n".encode() + octets + b"\r\n")
    return "multipart/form-data; boundary=b7", b"".join(parts) + b"--b7--\r\n"


def founded(folder: Path) -> Config:
    """A hub with a library, and Ana on its list."""
    water = Conference("water", {"en": "Water"}, kind="list")
    config = smallhub.make(folder / "hub", water, operator=OP)
    new_library(config, "papers", title="Papers", lang="en")
    consent, at = Consent("owner", "test"), smallhub.BEGUN
    smallhub.add_events(
        config,
        [
            rosterevents.member(1, ANA, at=at, consent=consent, name="Ana Paz"),
            rosterevents.subscribe("water", 1, at=at, consent=consent),
        ],
    )
    return config


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    config = founded(tmp_path)
    with webserver.running(config) as address:
        yield Hub(address, config)


def to(mails: list[Message], address: str) -> Message:
    return next(mail for mail in mails if mail.to[0].addr_spec == address)


def confirm(hub: Hub, mail: Message) -> Answer:
    found = re.search(r"/confirm/[a-z2-7]{26}", mail.text)
    assert found is not None
    assert ask(hub.address, found[0]).status == 200
    assert hub.waiting() == 0, "a look changes nothing"
    return ask(hub.address, found[0], method="POST", body=b"x=1")


def test_a_member_hands_in_by_a_file_a_look_and_one_button(hub: Hub) -> None:
    page = hub.post({"do": "look"}, ("guide.pdf", GUIDE))
    assert page.answer.status == 200
    values = page.values
    assert values["title"]
    assert values["language"] == "English"
    sent = {**values, "title": "Heat at work", "country": "Kenya", "name": "Ana", "email": ANA}
    told = hub.post({**sent, "organisation": ""})
    assert (told.answer.status, "guide.pdf" in told.text) == (200, False)
    (mail,) = hub.mails()
    assert mail.to[0].addr_spec == ANA
    assert hub.deposits() == [], "nothing is read before it is proved whose it is"
    assert confirm(hub, mail).status == 200
    mails = hub.mails()
    (one,) = hub.deposits()
    assert (one.facts.author, one.facts.state, one.facts.guesses) == (ANA, WAITING, ())
    assert (one.entry.title_in("en"), one.entry.countries) == ("Heat at work", ("KE",))
    assert not [c for c in one.entry.creators if c.kind == "org"], "what was emptied stays empty"
    assert one.entry.files[0].name == "guide.pdf"
    assert to(mails, OP).subject == "Please look at: Heat at work"
    assert confirm_again(hub, mail) == 404
    assert len(hub.deposits()) == 1


def encoded(fields: dict[str, str]) -> bytes:
    return urlencode(fields).encode()


def test_a_stranger_fills_in_one_page_and_corrects_the_card_behind_the_mail(hub: Hub) -> None:
    first = {**hub.get().values, "name": "Ana", "email": ANA, "country": "Kenya"}
    told = hub.post(first, ("guide.pdf", GUIDE))
    assert (told.answer.status, ANA in told.text) == (200, True)
    (mail,) = hub.mails()
    assert hub.deposits() == [], "nothing is read before it is proved whose it is"
    link = re.search(r"/confirm/[a-z2-7]{26}", mail.text)
    assert link is not None
    page = hub.get(link[0])
    assert page.values["country"] == "Kenya"
    assert page.values["title"], "the document says it"
    assert ">Title ?<" in page.text
    assert ">Country<" in page.text, "what was said is no guess"
    assert "guide.pdf" in page.text
    sent = {**page.values, "title": "Heat", "date": "soon"}
    wrong = Page(ask(hub.address, link[0], method="POST", body=encoded(sent)))
    assert (wrong.answer.status, wrong.values["title"], hub.waiting()) == (422, "Heat", 0)
    sent = {**page.values, "title": "Heat"}
    assert ask(hub.address, link[0], method="POST", body=encoded(sent)).status == 200
    mails = hub.mails()
    (one,) = hub.deposits()
    assert (one.facts.author, one.facts.state) == (ANA, WAITING)
    assert (one.entry.title_in("en"), one.entry.countries) == ("Heat", ("KE",))
    assert "type" in one.facts.guesses
    assert not {"title", "country"} & set(one.facts.guesses)
    assert [file.name for file in one.entry.files if file.role == "main"] == ["guide.pdf"]
    assert to(mails, OP).subject == "Please look at: Heat"
    assert hub.get(link[0]).answer.status == 404


def test_a_card_is_corrected_at_full_length_in_any_script(hub: Hub) -> None:
    first = {**hub.get().values, "name": "Ana", "email": ANA}
    hub.post(first, ("guide.pdf", GUIDE))
    (mail,) = hub.mails()
    link = re.search(r"/confirm/[a-z2-7]{26}", mail.text)
    assert link is not None
    hindi = "\N{DEVANAGARI LETTER A}"
    long = {"abstract": hindi * 5000, "title": hindi * 300}
    sent = {**hub.get(link[0]).values, **long, "author": "; ".join([hindi * 80] * 28)}
    assert len(encoded(sent)) > 64 * 1024
    large = Page(ask(hub.address, link[0], method="POST", body=encoded(sent) * 2))
    assert (large.answer.status, "it is still in the form" in large.text) == (413, True)
    assert ask(hub.address, link[0], method="POST", body=encoded(sent)).status == 200
    hub.mails()
    (one,) = hub.deposits()
    assert one.entry.title_in("en") == long["title"]


def test_nothing_is_promised_to_who_may_not_hand_in(hub: Hub) -> None:
    """The page said that the document goes to the curators, and a mail that it was not taken."""
    for deposit, said, thanked in (
        ("members", True, "Done. A mail tells you in a moment what is now."),
        ("open", False, "you hear from us when it is decided"),
    ):
        hub.rule(deposit=deposit)
        address = f"{deposit}@elsewhere.example"
        hub.post({**hub.get().values, "name": "Eve", "email": address}, ("guide.pdf", GUIDE))
        (mail,) = (one for one in hub.mails() if one.to[0].addr_spec == address)
        link = re.search(r"/confirm/[a-z2-7]{26}", mail.text)
        assert link is not None
        page = hub.get(link[0])
        assert ("Only people who are on one of our lists" in page.text) == said
        told = Page(ask(hub.address, link[0], method="POST", body=encoded(page.values)))
        assert thanked in told.text
        answers = [one for one in hub.mails() if one.to[0].addr_spec == address]
        assert any("was not taken" in one.subject for one in answers) == said


def test_who_is_signed_in_hands_in_by_one_press(hub: Hub) -> None:
    browser = member.signed_in(hub.config, hub.address, ANA)
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    first = hub.get(cookie=cookie).values
    forged = {key: value for key, value in first.items() if key != "mark"}
    page = hub.post(forged, ("guide.pdf", GUIDE), cookie=cookie)
    assert (page.answer.status, "chosen" in page.values, hub.waiting()) == (403, True, 0)
    told = hub.post({**first, "organisation": "Ours"}, ("guide.pdf", GUIDE), cookie=cookie)
    assert (told.answer.status, hub.waiting()) == (200, 1)
    assert 'href="/members/documents/"' in told.text
    hub.mails()
    (one,) = hub.deposits()
    assert [c.name for c in one.entry.creators if c.kind == "org"] == ["Ours"]
    assert one.facts.state == WAITING
    assert {"title", "type"} <= set(one.facts.guesses)


def test_a_button_pressed_twice_hands_in_once_and_says_so_twice(hub: Hub) -> None:
    first = {**hub.get().values, "name": "Ana", "email": ANA, "title": "Mine"}
    with ThreadPoolExecutor(2) as both:
        told = [*both.map(lambda _: hub.post(first, ("guide.pdf", GUIDE)), range(2))]
    assert [page.answer.status for page in told] == [200, 200]
    assert told[0].text == told[1].text
    assert hub.waiting() == 1
    card = hub.post({**first, "do": "look"}, ("other.pdf", GUIDE)).values
    assert hub.waiting() == 1
    told = [hub.post(card) for _ in range(2)]
    assert [page.answer.status for page in told] == [200, 200]
    assert told[0].text == told[1].text
    assert hub.waiting() == 2
    changed = hub.post({**card, "title": "Another"})
    assert (changed.answer.status, changed.values["title"]) == (410, "Another")


def test_a_press_whose_mail_was_lost_can_be_made_again(hub: Hub) -> None:
    first = {**hub.get().values, "name": "Ana", "email": ANA, "title": "Mine"}
    with clock.fixed(smallhub.BEGUN):
        assert hub.post(first, ("guide.pdf", GUIDE)).answer.status == 200
    with clock.fixed(smallhub.BEGUN + timedelta(minutes=3)):
        assert hub.post(first, ("guide.pdf", GUIDE)).answer.status == 200
    assert hub.waiting() == 2


def test_one_bad_file_takes_no_other_with_it(hub: Hub) -> None:
    first = {**hub.get().values, "name": "Ana", "email": ANA, "title": "Mine"}
    page = hub.post(first, ("<i>tool.exe", b"MZ" * 99), ("guide.pdf", GUIDE))
    assert (page.answer.status, page.values["title"]) == (422, "Mine")
    assert "&lt;i&gt;tool.exe" in page.text
    assert hub.waiting() == 0
    assert hub.post(page.values).answer.status == 200
    (mail,) = hub.mails()
    confirm(hub, mail)
    hub.mails()
    (one,) = hub.deposits()
    assert [file.name for file in one.entry.files if file.role == "main"] == ["guide.pdf"]


def test_forty_files_leave_those_that_go_and_name_the_others(hub: Hub) -> None:
    first = {**hub.get().values, "name": "Ana", "email": ANA, "title": "Mine"}
    page = hub.post(first, *((f"part-{n}.txt", b"Text %d" % n) for n in range(40)))
    assert page.answer.status == 422
    assert "We take 20 files at once" in page.text
    assert "part-20.txt, part-21.txt" in page.text
    assert hub.waiting() == 0
    assert hub.post(page.values).answer.status == 200
    assert hub.waiting() == 1


def test_files_stay_when_something_else_is_wrong(hub: Hub) -> None:
    first = {**hub.get().values, "name": "", "email": "ana", "date": "soon"}
    page = hub.post(first, ("guide.pdf", GUIDE))
    assert page.answer.status == 422
    assert page.text.count('aria-invalid="true"') == 3
    good = {**page.values, "name": "Ana", "email": ANA, "date": "2026"}
    assert hub.post(good).answer.status == 200
    assert hub.waiting() == 1


def confirm_again(hub: Hub, mail: Message) -> int:
    found = re.search(r"/confirm/[a-z2-7]{26}", mail.text)
    assert found is not None
    return ask(hub.address, found[0], method="POST", body=b"x=1").status


def test_who_is_signed_in_is_not_asked(hub: Hub) -> None:
    browser = member.signed_in(hub.config, hub.address, ANA)
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    page = hub.post({"do": "look"}, ("guide.pdf", GUIDE), cookie=cookie)
    assert "email" not in page.values
    assert ANA in page.text
    without = {key: value for key, value in page.values.items() if key != "mark"}
    assert hub.post(without, cookie=cookie).answer.status == 403, "a forged form does nothing"
    told = hub.post(page.values, cookie=cookie)
    assert told.answer.status == 200
    mails = hub.mails()
    (one,) = hub.deposits()
    assert (one.facts.author, one.facts.state) == (ANA, WAITING)
    assert {mail.to[0].addr_spec for mail in mails} == {ANA, OP}
    again = hub.post(page.values, cookie=cookie)
    assert (again.answer.status, again.text) == (200, told.text), "the button was pressed twice"
    with clock.fixed(clock.now() + timedelta(minutes=3)):
        again = hub.post(page.values, cookie=cookie)
    assert again.answer.status == 410
    assert hub.waiting() == 0


def test_what_is_wrong_comes_back_with_all_that_was_written(hub: Hub) -> None:
    values = hub.post({"do": "look"}, ("guide.pdf", GUIDE)).values
    wrong = {
        "title": "<b>Heat</b>",
        "date": "soon",
        "country": "Atlantis",
        "email": "ana",
        "name": "",
    }
    page = hub.post({**values, **wrong, "abstract": "One\ntwo"})
    assert page.answer.status == 422
    assert {key: page.values[key] for key in wrong} == wrong
    assert page.values["abstract"] == "One\ntwo"
    assert page.values["chosen"] == values["chosen"]
    assert page.text.count('aria-invalid="true"') == 4
    assert "<b>Heat" not in page.text
    assert hub.waiting() == 0
    good = {**page.values, "date": "2026", "country": "KE", "email": ANA, "name": "Ana"}
    assert hub.post(good).answer.status == 200
    assert hub.waiting() == 1


def test_files_that_are_gone_are_asked_for_and_nothing_typed_is_lost(hub: Hub) -> None:
    values = hub.post({"do": "look"}, ("guide.pdf", GUIDE)).values
    typed = {**values, "title": "Mine", "email": ANA, "name": "Ana"}
    hub.post(typed)
    page = hub.post({**typed, "title": "Another"})
    assert page.answer.status == 410
    assert page.values["title"] == "Another"
    assert 'type="file"' in page.text
    again = hub.post({**page.values}, ("guide.pdf", GUIDE))
    assert again.values["title"] == "Another", "what was typed counts more than what is guessed"
    assert hub.post(again.values).answer.status == 200
    assert hub.waiting() == 2


@pytest.mark.parametrize("octets", [b"MZ\x90\x00" * 99, b"\x7fELF" + bytes(99)])
def test_a_file_that_no_library_takes_is_named_at_once(hub: Hub, octets: bytes) -> None:
    page = hub.post({}, ("<i>tool.exe", octets))
    assert page.answer.status == 422
    assert "&lt;i&gt;tool.exe" in page.text
    assert list((hub.config.private / "handin").glob("*")) == []


def test_no_file_is_a_question_and_not_a_fault(hub: Hub) -> None:
    page = hub.post({"email": ANA})
    assert (page.answer.status, 'type="file"' in page.text) == (422, True)


def test_too_much_is_answered(hub: Hub) -> None:
    page = hub.post({}, ("large.pdf", b"%PDF-" + bytes(19 << 20)))
    assert page.answer.status == 413
    assert hub.waiting() == 0


def test_another_site_hands_nothing_in(hub: Hub) -> None:
    values = hub.post({"do": "look"}, ("guide.pdf", GUIDE)).values
    page = hub.post({**values, "email": ANA, "name": "A"}, origin="https://evil.example")
    assert page.answer.status == 403
    assert hub.waiting() == 0


def test_nobody_learns_who_may_hand_in(hub: Hub) -> None:
    pages = []
    for who in (ANA, "stranger@other.example"):
        values = hub.post({"do": "look"}, ("guide.pdf", GUIDE)).values
        page = hub.post({**values, "email": who, "name": "A"})
        pages.append((page.answer.status, page.text.replace(who, "…")))
    assert pages[0] == pages[1]
    mails = hub.mails()
    assert len(mails) == 2
    assert len({mail.text.replace(ANA, "…").count("\n") for mail in mails}) == 1
    assert confirm(hub, to(mails, "stranger@other.example")).status == 200
    (refused,) = hub.mails()
    assert "Only people who are on one of our lists" in refused.text
    assert hub.deposits() == []


def test_a_library_for_members_is_nothing_to_strangers(hub: Hub) -> None:
    hub.rule(visibility="members")
    nothing = hub.get("/en/libraries/nothing/deposit/")
    assert hub.get() == nothing
    assert nothing.answer.status == 404
    browser = member.signed_in(hub.config, hub.address, ANA)
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    assert hub.get(cookie=cookie).answer.status == 200


def test_what_was_typed_for_members_is_there_when_the_session_has_ended(hub: Hub) -> None:
    hub.rule(visibility="members")
    seen = hub.post({"title": "Heat at work"}, ("guide.pdf", GUIDE))
    assert seen.answer.status == 403
    assert "Heat at work</textarea>" in seen.text
    assert hub.waiting() == 0


def test_files_wait_for_an_hour_without_a_name(hub: Hub) -> None:
    hub.post({"email": ANA, "name": "Ana Paz"}, ("guide.pdf", GUIDE))
    (folder,) = (hub.config.private / "handin").glob("*")
    assert folder.stat().st_mode & 0o077 == 0
    said = (folder / "facts.json").read_text()
    assert ANA not in said
    assert "Paz" not in said
    assert {path.name for path in folder.iterdir()} == {"facts.json", "0"}


def test_what_a_place_chooses_has_room_for_a_day(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chosen, "_OF_ALL", len(GUIDE) + 1)
    assert hub.post({"do": "look"}, ("guide.pdf", GUIDE)).answer.status == 200
    assert hub.post({"do": "look"}, ("guide.pdf", GUIDE)).answer.status == 429
    assert len(list((hub.config.private / "handin").glob("*"))) == 1


@pytest.mark.parametrize("lang", ["ar", "es", "fr", "pt", "ru"])
def test_it_is_said_in_six_languages_and_understood(hub: Hub, lang: str) -> None:
    hub.rule(deposit="open")
    path = f"/{lang}/libraries/papers/deposit/"
    page = hub.post({"do": "look"}, ("guide.pdf", GUIDE), path=path)
    assert f'lang="{lang}"' in page.text
    sent = {**page.values, "title": "X", "email": ANA, "name": "A", "subject": "one, two"}
    assert hub.post(sent, path=path).answer.status == 200
    (mail,) = hub.mails()
    confirm(hub, mail)
    hub.mails()
    (one,) = hub.deposits()
    assert not [note for note in one.facts.notes if note.startswith("bad:")]
    assert one.entry.languages == ("en",)
    assert CardStore(hub.config, "papers").rows() == []
