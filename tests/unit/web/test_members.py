"""Signing in by mail, and pages that nobody else can tell from nothing."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from solicomm_build.builder.run import Builder
from solicomm_build.features.renaming import places
from solicomm_build.features.search import index as search
from solicomm_build.foundation import clock, data
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change
from solicomm_build.people import rosterevents
from solicomm_build.people.rosterevents import Consent
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.people.sessions import LINK, Sessions
from solicomm_build.post import conference
from solicomm_build.post.conference import Conference
from solicomm_build.post.store import placesettings
from solicomm_build.post.store.placesettings import Everybodys
from solicomm_build.testing import hubs, member, smallhub, webserver
from solicomm_build.testing.member import Browser, link_in
from solicomm_build.testing.webserver import Address

ANA, BEA, OPS = "ana@union.example", "bea@union.example", "ops@union.example"
BOARD = Conference("board", {"en": "The Board"}, posting="open", visibility="members")
WATER = Conference("water", {"en": "Water"}, posting="open")
TOPIC = hubs.post("m0", subject="Strike fund", body="The chest holds rubies.\n")
PAGE = f"/conferences/board/t/{hubs.tid_of(TOPIC)}/"
NOW = clock.now()


@dataclass
class Hub:
    config: Config
    address: Address

    def browser(self) -> Browser:
        return Browser(self.address)

    def signed_in(self, address: str, place: str = "") -> Browser:
        return member.signed_in(self.config, self.address, address, place=place)

    def note(self, *events: rosterevents.Event) -> None:
        store = RosterStore(open_repo(self.config.roster_repo))
        store.append(list(events), at=clock.now(), subject="Test")
        store.close()


def joined(conference: str, number: int) -> rosterevents.Event:
    return rosterevents.subscribe(conference, number, at=NOW, consent=Consent("mail"))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """The hub, made once. Not to be changed: take `hub`."""
    config = smallhub.make(tmp_path_factory.mktemp("built") / "hub", BOARD, WATER)
    people = [
        rosterevents.member(number, address, at=NOW, consent=Consent("mail"))
        for number, address in enumerate((ANA, BEA, OPS), 1)
    ]
    host = rosterevents.role("*", 3, "host", at=NOW, by="operator")
    smallhub.add_events(config, [*people, joined("board", 1), joined("water", 2), host])
    hubs.add(config, "board", [TOPIC])
    hubs.add(config, "water", [hubs.post("m1", subject="Pipes", body="Open to all.\n")])
    hubs.build(config)
    return config


@pytest.fixture
def hub(built: Config, tmp_path: Path) -> Iterator[Hub]:
    config = hubs.copied(built, tmp_path / "hub")
    with webserver.running(config) as address:
        yield Hub(config, address)


def test_a_member_signs_in_by_mail_and_comes_back_to_the_page(hub: Hub) -> None:
    browser = hub.browser()
    assert browser.get(PAGE).status == 404
    host = f"{hub.address[0]}:{hub.address[1]}"
    form = browser.get("/login/", referer=f"http://{host}{PAGE}").text
    assert f'value="{PAGE}"' in form
    assert "Signed in, you see in My hub who answered you" in form
    assert browser.send("/login/", {"address": ANA, "to": PAGE}).status == 200
    (mail,) = member.mails(hub.config)
    assert [box.addr_spec for box in mail.to] == [ANA]
    question = browser.get(link_in(mail))
    assert question.status == 200
    assert not browser.cookies, "a look changes nothing"
    entered = browser.send(link_in(mail), {"stay": "yes"})
    assert (entered.status, entered["location"]) == (303, PAGE)
    shown = browser.get(PAGE)
    assert shown.status == 200
    assert "rubies" in shown.text
    assert shown["cache-control"] == "private, no-store"
    assert not shown["etag"]
    assert not shown["last-modified"]
    assert '<meta name="robots" content="noindex">' in shown.text


def test_a_member_reads_on_by_the_name_that_it_had_before(hub: Hub) -> None:
    """Whoever may not read it is not even told what it is called now."""
    browser, other = hub.signed_in(ANA), hub.signed_in(BEA)
    places.rename(hub.config, "board", "council")
    hubs.build(hub.config)
    shown = browser.get(PAGE)
    assert (shown.status, shown["cache-control"]) == (200, "private, no-store")
    assert "rubies" in shown.text
    for asking in (other, hub.browser()):
        assert asking.get(PAGE) == asking.get(PAGE.replace("board", "nowhere"))
        assert asking.get(PAGE).status == 404


def test_a_link_lets_in_once_and_not_for_long(hub: Hub) -> None:
    browser, other = hub.browser(), hub.browser()
    browser.send("/login/", {"address": ANA})
    (mail,) = member.mails(hub.config)
    browser.send(link_in(mail))
    assert browser.get(PAGE).status == 200
    assert other.send(link_in(mail)).status == 404
    assert other.get(link_in(mail)).status == 404
    assert not other.cookies
    sessions = Sessions(hub.config)
    old = sessions.link(1, "", NOW - LINK)
    assert other.get(f"/login/{old}").status == 404
    assert other.send(f"/login/{old}").status == 404
    assert not other.cookies
    sessions.close()


def test_a_button_that_is_pressed_twice_lets_in(hub: Hub) -> None:
    browser = hub.browser()
    browser.send("/login/", {"address": ANA})
    (mail,) = member.mails(hub.config)
    for _ in range(2):
        entered = browser.send(link_in(mail))
        assert (entered.status, entered["location"]) == (303, "/members/")
    assert hub.browser().send(link_in(mail)).status == 404


def test_a_link_follows_nobody_elsewhere(hub: Hub) -> None:
    for place in ("//evil.example/", "https://evil.example/", "/\\evil.example", "/login/x"):
        browser = hub.browser()
        form = browser.get(f"/login/?to={place}").text
        assert 'name="to" value=""' in form
    entered = hub.browser()
    entered.send("/login/", {"address": ANA, "to": "//evil.example/"})
    (mail,) = member.mails(hub.config)
    assert entered.send(link_in(mail))["location"] == "/members/"


def test_nobody_learns_from_the_form_whose_address_it_is(hub: Hub) -> None:
    known, unknown = hub.browser(), hub.browser()
    first = known.send("/login/", {"address": ANA})
    assert unknown.send("/login/", {"address": "nobody@union.example"}) == first
    (mail,) = member.mails(hub.config)
    assert [box.addr_spec for box in mail.to] == [ANA]


def test_an_address_gets_one_link_in_some_minutes(hub: Hub) -> None:
    answers = {hub.browser().send("/login/", {"address": ANA}) for _ in range(5)}
    assert len(answers) == 1
    assert len(Spool(hub.config.spool_desk).pending()) == 1
    assert len(member.mails(hub.config)) == 1


@pytest.mark.parametrize("path", ["", "t/", "feed.xml", "page/1/", "download/", "2026/03/"])
def test_without_membership_it_is_as_if_nothing_were_there(hub: Hub, path: str) -> None:
    stranger, bea = hub.browser(), hub.signed_in(BEA)
    for lang in ("", "/fr"):
        for browser in (stranger, bea):
            missing = browser.get(f"{lang}/conferences/nothing/{path}")
            secret = browser.get(f"{lang}/conferences/board/{path}")
            assert secret == missing
            assert secret.status == 404
    assert bea.get("/conferences/water/").status == 200


def test_whose_membership_ends_is_out_at_once(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    assert ana.get(PAGE).status == 200
    hub.note(rosterevents.unsubscribe("board", 1, at=NOW, by="member"))
    assert ana.get(PAGE).status == 404
    hub.note(joined("board", 1))
    assert ana.get(PAGE).status == 200
    hub.note(rosterevents.standing("board", ANA, "banned", at=NOW, by="ops"))
    assert ana.get(PAGE).status == 404


def test_hosts_of_the_hub_read_what_members_read(hub: Hub) -> None:
    assert hub.signed_in(OPS).get(PAGE).status == 200


def test_a_conference_that_opens_is_read_by_all_and_one_that_closes_by_none(hub: Hub) -> None:
    ana, stranger = hub.signed_in(ANA), hub.browser()
    for visibility, seen in (("public", 200), ("members", 404), ("encrypted", 404)):
        settings = conference.encode(replace(BOARD, visibility=visibility))
        repo = hub.config.conference_repo("board")
        hubs.commit(repo, Change(conference.FILE, settings))
        hubs.build(hub.config)
        assert stranger.get(PAGE).status == seen
        assert ana.get(PAGE).status == (404 if visibility == "encrypted" else 200)
    assert not list(hub.config.member_pages.iterdir())


def test_signing_out_ends_the_session_and_not_only_the_cookie(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    kept = dict(ana.cookies)
    assert ana.get("/logout/").status == 200
    assert ana.cookies == kept
    assert ana.send("/logout/").status == 200
    assert not ana.cookies
    assert Browser(hub.address, kept).get(PAGE).status == 404


def test_all_sessions_can_be_ended(hub: Hub) -> None:
    phone = hub.signed_in(ANA)
    laptop = Browser(hub.address, {})
    sessions = Sessions(hub.config)
    laptop.send(f"/login/{sessions.link(1, '', clock.now())}")
    sessions.close()
    assert laptop.get(PAGE).status == phone.get(PAGE).status == 200
    phone.send("/members/browsers/", {"do": "everywhere", "mark": mark_in(phone)})
    assert laptop.get(PAGE).status == phone.get(PAGE).status == 404


def mark_in(browser: Browser) -> str:
    found = re.search(r'name="mark" value="([0-9a-f]+)"', browser.get("/members/").text)
    assert found
    return found[1]


def test_a_forged_cookie_or_form_does_nothing(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    secret, _, signature = ana.cookies["solicomm-member"].partition(".")
    for value in (secret, f"{secret}.", f"{secret}.{signature[:-1]}x", f"x.{signature}", "é.é"):
        cookies = {"solicomm-member": value.encode("ascii", "replace").decode()}
        assert Browser(hub.address, cookies).get(PAGE).status == 404
    ana.send("/members/browsers/", {"do": "everywhere", "mark": "0" * 26})
    mark = mark_in(ana)
    forged = {"do": "everywhere", "mark": mark}
    for foreign in ({"sec_fetch_site": "cross-site"}, {"origin": "https://evil.example"}):
        assert ana.send("/members/browsers/", forged, **foreign).status == 403
    ana.send("/logout/", sec_fetch_site="cross-site")
    assert ana.get(PAGE).status == 200


def test_the_page_of_a_member_lists_what_is_hers(hub: Hub) -> None:
    ana, bea = hub.signed_in(ANA), hub.signed_in(BEA)
    text = ana.get("/members/").text
    assert 'href="/conferences/board/"' in text
    assert "board@hub.example" in ana.get("/members/reading/").text
    assert "water" not in text
    assert "board" not in bea.get("/members/").text.lower()
    assert hub.browser().get("/members/")["location"] == "/login/?to=/members/"


def test_cookies_over_https_are_the_hosts_alone(hub: Hub) -> None:
    sessions = Sessions(hub.config)
    link = sessions.link(1, "", clock.now())
    sessions.close()
    entered = hub.browser().send(f"/login/{link}", x_forwarded_proto="https")
    cookies = [value for name, value in entered.head if name == "set-cookie"]
    assert cookies[0].startswith("__Host-solicomm-member=")
    assert "; Secure" in cookies[0]
    assert "HttpOnly" in cookies[0]
    assert "SameSite=lax" in cookies[0]
    assert "domain" not in cookies[0].lower()
    assert cookies[1].startswith("solicomm-signed-in=1;")
    assert "; Secure" in cookies[1]


def test_a_site_cannot_ask_whether_there_is_a_conference(hub: Hub) -> None:
    """The menu of a union's site may name what everybody may know of, and nothing else."""
    shown = Everybodys(placesettings.conferences(hub.config))
    assert "water" in shown
    assert "board" not in shown
    assert "nothing" not in shown


def test_joining_on_the_web_says_nothing(hub: Hub) -> None:
    secret, nothing = (hub.browser().get(f"/join/{name}") for name in ("board", "words"))
    assert secret == nothing
    sent = [hub.browser().send(f"/join/{name}", {"address": ANA}) for name in ("board", "words")]
    assert sent[0] == sent[1]
    assert Spool(hub.config.spool_desk).pending() == []


def test_a_token_for_git_ends_with_the_membership(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    made = ana.send(
        "/members/reading/", {"do": "token", "conference": "board", "mark": mark_in(ana)}
    )
    found = re.search(r"<code>([a-z2-7]{26})</code>", made.text)
    assert found
    refs = "/conferences/board.git/info/refs?service=git-upload-pack"
    basic = "Basic " + base64.b64encode(f"x:{found[1]}".encode()).decode()
    stranger = hub.browser()
    assert stranger.get(refs).status == 401
    assert stranger.get(refs, authorization=basic).status == 200
    push = "/conferences/board.git/info/refs?service=git-receive-pack"
    assert stranger.get(push, authorization=basic).status == 403
    hub.note(rosterevents.unsubscribe("board", 1, at=NOW, by="member"))
    assert stranger.get(refs, authorization=basic).status == 401
    hub.note(joined("board", 1))
    assert stranger.get(refs, authorization=basic).status == 200


def test_tokens_are_made_for_what_one_may_read_alone(hub: Hub) -> None:
    bea = hub.signed_in(BEA)
    for name in ("board", "water", "nothing", ""):
        fields = {"do": "token", "conference": name, "mark": mark_in(bea)}
        assert "<code>" not in bea.send("/members/reading/", fields).text
    assert not hub.config.access_repo.exists()


def test_the_search_is_told_of_indexes_only_when_signed_in(hub: Hub) -> None:
    assert hub.browser().get("/members/indexes.json").text == "[]"
    builder = Builder(hub.config, data.theme())
    builder.build()
    assert builder.contents
    search.update(hub.config, builder.contents, settle=True)
    builder.close()
    root = "conferences/board/search/index/"
    ana = hub.signed_in(ANA)
    assert ana.get("/members/indexes.json").text == f'["{root}"]'
    manifest = ana.get(f"/{root}manifest.js")
    assert (manifest.status, manifest["content-type"]) == (200, "text/plain; charset=utf-8")
    assert manifest["cache-control"] == "private, no-store"
    assert hub.browser().get(f"/{root}manifest.js").status == 404
    asked = "/search/?q=rubies"
    found = ana.get(asked)
    assert "Strike fund" in found.text
    assert found["cache-control"] == "no-store"
    assert "Strike fund" in ana.get(f"{asked}&in=board&part=1").text
    for browser in (hub.browser(), hub.signed_in(BEA)):
        assert "Strike fund" not in browser.get(asked).text
        assert "board" not in browser.get(f"{asked}&part=1").text
    forged = Browser(hub.address, {"solicomm-signed-in": "1"})
    assert "Strike fund" not in forged.get(asked).text


def test_who_writes_for_a_link_by_mail_gets_one_for_that_conference(hub: Hub) -> None:
    raw = smallhub.mail("", sender=f"Ana <{ANA}>").replace(b"bar@", b"board-login@")
    Spool(hub.config.spool_desk).put([smallhub.item(raw, "board-login@hub.example")])
    (mail,) = member.mails(hub.config)
    assert hub.browser().send(link_in(mail))["location"] == "/conferences/board/"
