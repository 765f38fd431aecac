"""Joining on the web: form, mail, page, and then on the list; nobody learns anything else."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import pytest
from starlette.requests import Request

from solicomm_build.desk.run import desk
from solicomm_build.features.lists import reconfirming, subscribing
from solicomm_build.features.migration import migration
from solicomm_build.features.migration.foreign import ForeignList, ForeignMember
from solicomm_build.features.removing import places
from solicomm_build.foundation import i18n, lately, maillog
from solicomm_build.foundation.objects.client import ObjectsError
from solicomm_build.foundation.spool import Spool
from solicomm_build.git.repo import open_repo
from solicomm_build.ingest.run import ingest
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.people import roster, rosterevents
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post.conference import Conference
from solicomm_build.testing import smallhub, webserver
from solicomm_build.testing.webserver import Address, Answer, ask
from solicomm_build.web.deskpost import DeskPost

ANA = "ana@union.example"


class Hub:
    """A hub with a web server, whose desk works when it is told to."""

    def __init__(self, root: Path, address: Address, config: smallhub.Config) -> None:
        self.root, self.address, self.config = root, address, config

    def get(self, path: str, **headers: str) -> Answer:
        return ask(self.address, path, **headers)

    def send(self, path: str, fields: dict[str, str] | None = None) -> Answer:
        kind = "application/x-www-form-urlencoded"
        body = urlencode(fields or {"x": ""}).encode()
        return ask(self.address, path, method="POST", body=body, content_type=kind)

    def waiting(self) -> int:
        return len(Spool(self.config.spool_desk).pending())

    def mails(self) -> list[Message]:
        desk(self.config, once=True, log=maillog.to_nobody())
        spool, found = Spool(self.config.spool_out), []
        for path in spool.pending():
            found += [parse(item.raw) for item in spool.read(path)]
            spool.done(path)
        return found

    def roster(self) -> roster.Roster:
        store = RosterStore(open_repo(self.config.roster_repo))
        try:
            return store.roster()
        finally:
            store.close()


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    titles = {"en": "Water & <all>", "es": "Agua"}
    config = smallhub.make(
        tmp_path / "hub",
        Conference("water", titles, kind="list", languages=("en", "es")),
        Conference("board", {"en": "Secret board"}, kind="list", visibility="members"),
    )
    with webserver.running(config) as address:
        yield Hub(tmp_path, address, config)


def _link(mail: Message) -> str:
    found = re.search(r"http://hub\.example(/confirm/[a-z2-7]{26})", mail.text)
    assert found is not None
    return found[1]


def test_form_mail_page_and_on_the_list(hub: Hub) -> None:
    form = hub.get("/join/water")
    assert (form.status, b'name="address"' in form.body) == (200, True)
    assert b"Water &amp; &lt;all&gt;" in form.body
    assert b"<script" not in form.body
    thanks = hub.send("/join/water", {"address": ANA, "name": "Ana Paz", "how": "digest"})
    assert thanks.status == 200
    (asked,) = hub.mails()
    assert [box.addr_spec for box in asked.to] == [ANA]
    link = _link(asked)
    for _ in range(3):  # programs that check mail open it
        page = hub.get(link).body.decode()
        for said in (
            "Do you want to join Water &amp; &lt;all&gt;?",
            ANA,
            "Then a mail welcomes you",
            ">Yes, put me on it</button>",
        ):
            assert said in page
    assert hub.waiting() == 0
    assert hub.send(link).status == 200
    (welcome,) = hub.mails()
    assert [box.addr_spec for box in welcome.to] == [ANA]
    known = hub.roster()
    assert known.options("water", ANA) == {"digest": "daily"}
    assert known.source("water", ANA) == "web"
    member = known.member(ANA)
    assert member is not None
    assert member.name == "Ana Paz"
    assert hub.get(link).status == 404, "a token is good once"
    assert hub.send(link).status == 404


def test_a_yes_to_a_list_that_is_gone_is_answered(hub: Hub) -> None:
    hub.send("/join/water", {"address": ANA, "name": "Ana Paz"})
    (asked,) = hub.mails()
    places.remove(hub.config, places.Place("list", "water"))
    assert hub.send(_link(asked)).status == 200
    (told,) = hub.mails()
    assert told.subject == "Nothing left to confirm", "the page said that a mail comes"
    assert Spool(hub.config.spool_desk).quarantined() == []


def test_a_domain_that_enforces_dmarc_may_join_by_web(hub: Hub) -> None:
    """The page's request is in nobody's name: what the DNS says of the address does not matter."""
    hub.send("/join/water", {"address": ANA})
    (item,) = [
        item
        for path in Spool(hub.config.spool_desk).pending()
        for item in Spool(hub.config.spool_desk).read(path)
    ]
    assert item.envelope.ours
    assert len(hub.mails()) == 1


def test_members_strangers_and_the_banned_see_the_same(hub: Hub) -> None:
    consent = rosterevents.Consent("owner")
    smallhub.add_events(
        hub.config,
        [
            rosterevents.member(1, ANA, at=smallhub.BEGUN, consent=consent),
            rosterevents.subscribe("water", 1, at=smallhub.BEGUN, consent=consent),
            rosterevents.standing("water", "ban@x.example", "banned", at=smallhub.BEGUN, by="test"),
        ],
    )
    pages = {
        hub.send("/join/water", {"address": who}).body
        for who in (ANA, "ban@x.example", "new@x.example", ANA)
    }
    assert len(pages) == 1


@pytest.mark.parametrize("path", ["/join/board", "/join/nothing", "/join/WATER"])
def test_hidden_and_missing_lists_are_the_same(hub: Hub, path: str) -> None:
    for answer in (hub.get(path), hub.send(path, {"address": ANA})):
        assert answer.status == 404
        assert b"Secret" not in answer.body
    assert hub.waiting() == 0


@pytest.mark.parametrize(
    "address", ["", "ana", "a@b\r\nBcc: c@d", "<script>@x.example", "a b@x.example", "ä@x.example"]
)
def test_what_is_no_address_is_asked_for_again(hub: Hub, address: str) -> None:
    answer = hub.send("/join/water", {"address": address})
    assert answer.status == 400
    assert b"<script>" not in answer.body
    assert hub.waiting() == 0


def test_how_messages_shall_come_stays_chosen_where_the_address_is_wrong(hub: Hub) -> None:
    page = hub.send("/join/water", {"address": "ana", "how": "weekly"}).body.decode()
    assert re.findall(r'value="(\w+)" checked', page) == ["weekly"]
    page = hub.send("/join/water", {"address": "ana", "how": "x"}).body.decode()
    assert re.findall(r'value="(\w+)" checked', page) == ["each"]


@pytest.mark.parametrize("lang", [code for code in i18n.LANGUAGES if code != "en"])
def test_the_pages_speak_the_reader_s_language(hub: Hub, lang: str) -> None:
    page = hub.get("/join/water", accept_language=lang).body.decode()
    assert i18n.gettext(lang, "Ask to join") in page
    assert f'dir="{i18n.language(lang).dir}"' in page
    gone = hub.get(f"/confirm/{'a' * 26}", accept_language=lang).body.decode()
    assert i18n.gettext(lang, "Please confirm") in gone


def test_who_came_from_another_server_says_on_the_page_that_he_stays(hub: Hub) -> None:
    source = ForeignList(server="Sympa", name="water", members=(ForeignMember(ANA, lang="en"),))
    migration.take_roster(hub.config, "water", source, sha256="a" * 64)
    reconfirming.ask_to_stay(hub.config, "water", lambda _done, _total: None)
    (asked,) = hub.mails()
    link = _link(asked)
    assert b"go on getting the mail of" in hub.get(link).body
    assert list(hub.roster().subscribers("water")) == []
    assert hub.send(link).status == 200
    hub.mails()
    assert [one.address for one, _ in hub.roster().subscribers("water")] == [ANA]


def test_ten_thousand_requests_for_one_victim_are_one_mail_a_day(hub: Hub) -> None:
    """Through the real pages, in this process; a server that was started anew remembers nothing,
    and the desk still writes once."""
    for _start in range(2):
        answers = asyncio.run(_many(hub.config, 5000))
        assert answers == {200} or answers == {200, 429}
    assert 1 <= hub.waiting() <= 2
    assert len(hub.mails()) == 1


async def _many(config: smallhub.Config, count: int) -> set[int]:
    body = urlencode({"address": ANA}).encode()
    pages, answers = subscribing.Subscribing(config), set()
    for number in range(count):
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/join/water",
            "query_string": b"",
            "headers": [(b"content-type", b"application/x-www-form-urlencoded")],
            "client": (f"192.0.2.{number % 250}", 1),
            "path_params": {"conference": "water"},
        }

        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": body}

        answers.add((await pages.join(Request(scope, receive))).status_code)
    pages.close()
    return answers


def test_what_could_not_be_kept_is_taken_when_it_is_sent_again(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not thanked for, as a second request of the day is."""
    with monkeypatch.context() as broken:

        def put(*_words: object) -> None:
            raise ObjectsError("the store does not answer")

        broken.setattr(DeskPost, "_put", put)
        for path in ("/join/water", "/login/"):
            assert hub.send(path, {"address": ANA, "name": "Ana"}).status == 503
    for count, path in enumerate(("/join/water", "/login/"), 1):
        assert hub.send(path, {"address": ANA, "name": "Ana"}).status == 200
        assert hub.waiting() == count


def test_one_victim_gets_one_mail_whatever_is_asked_for(hub: Hub) -> None:
    for number in range(40):
        hub.send("/join/water", {"address": ANA.upper() if number % 2 else ANA})
    assert hub.waiting() == 1
    assert len(hub.mails()) == 1


def test_one_place_cannot_ask_for_thousands() -> None:
    now = [0.0]
    often = lately.Lately(lambda: now[0], 3600)
    assert [often.count("here", 2) for _ in range(3)] == [True, True, False]
    assert often.count("there", 2)
    now[0] += 3601
    assert often.count("here", 2)


def test_no_mail_can_pretend_to_come_from_the_page(hub: Hub) -> None:
    """Whatever an envelope says, what came as mail is not the page's."""
    raw = b"From: ana@union.example\r\nTo: water-join@hub.example\r\n\r\n"
    mail = smallhub.item(raw, "water-join@hub.example")
    forged = replace(mail, envelope=replace(mail.envelope, ours=True))
    Spool(hub.config.spool_in).put([forged])
    ingest(hub.config, once=True, log=maillog.to_nobody())
    spool = Spool(hub.config.spool_desk)
    (item,) = [item for path in spool.pending() for item in spool.read(path)]
    assert not item.envelope.ours
