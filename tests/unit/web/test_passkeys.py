"""Passkeys: a device lets its owner in without a mail, and nobody else, and nothing tells who has
one."""

from __future__ import annotations

import gzip
import html
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from webauthn.helpers import encode_cbor

from solicomm_build.features.passkeys import ceremony, fsck, showing
from solicomm_build.features.passkeys.challenges import SIGN_IN, Challenges
from solicomm_build.features.passkeys.command import command
from solicomm_build.features.passkeys.passkeyfile import MOST, Passkeys
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.git.repo import open_repo
from solicomm_build.people import rosterevents
from solicomm_build.people.rosterevents import Consent
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post.conference import Conference
from solicomm_build.post.store import erasing
from solicomm_build.testing import member, smallhub, webserver
from solicomm_build.testing.member import Browser, Seen
from tests.unit.web import softkey
from tests.unit.web.myhub import Hub, press
from tests.unit.web.softkey import Device

ANA, BEA, CLEO = "ana@union.example", "bea@union.example", "cleo@union.example"
BOARD = Conference("board", {"en": "The Board"}, posting="open", visibility="members")
NOW = clock.now()
PAGE = "/members/passkeys/"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub at http://localhost:8080; Cleo is on the roster, and on no list."""
    config = smallhub.make(tmp_path_factory.mktemp("passkeys") / "hub", BOARD)
    config = replace(config, url="http://localhost:8080")
    people = [
        rosterevents.member(number, address, at=NOW, consent=Consent("mail"), lang="en")
        for number, address in enumerate((ANA, BEA, CLEO), 1)
    ]
    on = [rosterevents.subscribe("board", one, at=NOW, consent=Consent("mail")) for one in (1, 2)]
    smallhub.add_events(config, [*people, *on])
    with webserver.running(config) as address:
        yield Hub(config, address)


@pytest.fixture
def hub(made: Hub) -> Iterator[Hub]:
    """The hub, and nobody has a passkey."""
    yield made
    keys = Passkeys(made.config)
    for number in (1, 2, 3):
        keys.remove(number)
    keys.close()


def options(browser: Browser) -> str:
    found = re.search(r'data-options="([^"]+)"', browser.get(PAGE).text)
    assert found
    return html.unescape(found[1])


def add(browser: Browser, device: Device, asked: str = "", name: str = "My phone") -> Seen:
    asked = asked or options(browser)
    challenge = json.loads(asked)["challenge"]
    return press(browser, PAGE, name=name, challenge=challenge, credential=device.make(asked))


def challenge(hub: Hub) -> str:
    answer = Browser(hub.address).get("/passkeys/challenge")
    assert answer["cache-control"] == "no-store"
    return str(json.loads(answer.text)["challenge"])


def enter(hub: Hub, device: Device, asked: str = "", **fields: str) -> tuple[Browser, Seen]:
    browser, asked = Browser(hub.address), asked or challenge(hub)
    sent = {"challenge": asked, "credential": device.sign(asked), **fields}
    return browser, browser.send("/passkeys/", sent)


def test_a_device_signs_its_owner_in_without_a_mail_or_an_address(hub: Hub) -> None:
    ana, phone = hub.signed_in(ANA), Device()
    assert add(ana, phone)["location"].endswith("?done=1")
    assert "My phone" in ana.get(PAGE).text
    assert "Not used yet" in ana.get(PAGE).text
    browser, answer = enter(hub, phone, to="/conferences/board/", stay="yes")
    assert (answer.status, answer["location"]) == (303, "/conferences/board/")
    assert "Max-Age=2592000" in answer["set-cookie"]
    assert ANA in browser.get("/members/").text
    assert "Last used on" in browser.get(PAGE).text
    _, again = enter(hub, phone, to="//evil.example/")
    assert again["location"] == "/members/"
    assert hub.mails() == []


def test_a_device_that_does_not_count_signs_in_again_and_again(hub: Hub) -> None:
    phone = Device(counts=False)
    add(hub.signed_in(ANA), phone)
    assert [enter(hub, phone)[1].status for _ in range(2)] == [303, 303]


def test_every_wrong_answer_gets_the_same_page(hub: Hub) -> None:
    phone, strange = Device(), Device(handle=bytes(32))
    add(hub.signed_in(ANA), phone)
    used, late = challenge(hub), challenge(hub)
    assert enter(hub, phone, used)[1].status == 303
    old = Challenges(hub.config, "localhost").fresh(SIGN_IN, "", NOW - timedelta(minutes=6))
    forged = "A" * len(late)
    copy = Device(id=phone.id, handle=phone.handle, count=90)
    behind = Device(id=phone.id, handle=phone.handle, key=phone.key)
    answers = [
        enter(hub, strange)[1],  # nobody's
        enter(hub, phone, used)[1],  # replayed
        enter(hub, phone, ceremony.text(old))[1],  # too late
        enter(hub, phone, forged)[1],  # a challenge that is none of ours
        enter(hub, phone, json.loads(options(hub.signed_in(ANA)))["challenge"])[1],  # to add one
        enter(hub, copy)[1],  # another key under its name
        enter(hub, behind)[1],  # a copy that has signed less
        enter(hub, replace(phone, origin="http://evil.example"))[1],  # asked by another site
        enter(hub, replace(phone, rp="evil.example"))[1],  # for another hub
        enter(hub, replace(phone, handle=bytes(32)))[1],  # another person's
        Browser(hub.address).send("/passkeys/", {"challenge": late, "credential": "{" * 9000}),
        Browser(hub.address).send("/passkeys/", {"challenge": late, "credential": "[" * 8000}),
        Browser(hub.address).send("/passkeys/", {"credential": "null"}),
        Browser(hub.address).send("/passkeys/", {"challenge": "ü", "credential": "{}"}),
    ]
    assert {one.status for one in answers} == {403}
    assert len({one.body for one in answers}) == 1
    assert not any("set-cookie" in dict(one.head) for one in answers)
    assert enter(hub, replace(phone, count=1000))[1].status == 303


def test_a_challenge_of_a_clock_that_was_ahead_signs_nobody_in(hub: Hub) -> None:
    made = Challenges(hub.config, "localhost")
    soon, late = (NOW + timedelta(minutes=n) for n in (9, 11))
    assert made.ends(made.fresh(SIGN_IN, "", soon), SIGN_IN, "", NOW) is not None
    assert made.ends(made.fresh(SIGN_IN, "", late), SIGN_IN, "", NOW) is None


def test_another_site_signs_nobody_in(hub: Hub) -> None:
    phone = Device()
    add(hub.signed_in(ANA), phone)
    asked = challenge(hub)
    sent = {"challenge": asked, "credential": phone.sign(asked)}
    for foreign in ({"sec_fetch_site": "cross-site"}, {"origin": "https://evil.example"}):
        assert Browser(hub.address).send("/passkeys/", sent, **foreign).status == 403
    assert Browser(hub.address).send("/passkeys/", sent).status == 303


def test_a_passkey_gives_no_more_than_a_mail(hub: Hub) -> None:
    phone = Device()
    add(hub.signed_in(CLEO), phone)
    assert enter(hub, phone)[1].status == 403, "who is on nothing gets no link by mail either"
    tablet = Device()
    add(hub.signed_in(BEA), tablet)
    browser, _ = enter(hub, tablet)
    assert (
        browser.get("/members/moderate/").status
        == hub.signed_in(BEA).get("/members/moderate/").status
    )


@pytest.mark.parametrize(
    "change",
    [
        {"origin": "http://evil.example"},
        {"rp": "evil.example"},
    ],
)
def test_a_passkey_made_elsewhere_is_not_added(hub: Hub, change: dict[str, str]) -> None:
    ana = hub.signed_in(ANA)
    said = add(ana, Device(**change))
    assert said.status == 400
    assert 'role="alert"' in said.text
    assert "Not used yet" not in ana.get(PAGE).text


def test_what_is_no_passkey_is_not_added(hub: Hub) -> None:
    ana, bea, phone = hub.signed_in(ANA), hub.signed_in(BEA), Device()
    asked = options(ana)
    for answer in ("x", "[]", "{}", "[" * 8000, '{"response": {}}', "x" * 9000):
        sent = {"challenge": json.loads(asked)["challenge"], "credential": answer}
        assert press(ana, PAGE, **sent).status == 400
    assert add(bea, phone, asked).status == 400, "what was asked of another session"
    mine = phone.make(asked, fmt="packed", stmt={"alg": -7, "sig": b"s", "x5c": [b"c"]})
    sent = {"challenge": json.loads(asked)["challenge"], "credential": mine}
    assert press(ana, PAGE, **sent).status == 400, "certificates of makers are not read"
    made = json.loads(phone.make(asked))
    huge = encode_cbor({"fmt": "none", "attStmt": {}, "authData": 1 << 60})
    made["response"]["attestationObject"] = softkey.text(huge)
    sent = {"challenge": json.loads(asked)["challenge"], "credential": json.dumps(made)}
    assert press(ana, PAGE, **sent).status == 400, "nobody makes so many octets"
    assert add(ana, phone, asked).status == 303
    assert add(ana, Device(), asked).status == 400, "a challenge is good once"
    assert add(bea, phone).status == 400, "a passkey is one person's"


def test_one_is_removed_by_its_owner_alone_and_the_mail_works(hub: Hub) -> None:
    ana, bea, phone = hub.signed_in(ANA), hub.signed_in(BEA), Device()
    add(ana, phone)
    found = re.search(r'name="passkey" value="(\d+)"', ana.get(PAGE).text)
    assert found
    press(bea, PAGE, do="remove", passkey=found[1])
    for odd in ("x", "²", "9" * 40, ""):
        assert press(bea, PAGE, do="remove", passkey=odd).status == 303
    assert enter(hub, phone)[1].status == 303
    press(ana, PAGE, do="remove", passkey=found[1])
    assert enter(hub, phone)[1].status == 403
    assert member.signed_in(hub.config, hub.address, ANA).get("/members/").status == 200


def test_a_member_has_ten_at_most(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    asked = options(ana)
    for _ in range(MOST):
        assert add(ana, Device()).status == 303
    assert "Remove one to add another" in ana.get(PAGE).text
    assert add(ana, Device(), asked).status == 400


def test_a_hub_that_browsers_keep_no_passkeys_for_says_why(hub: Hub) -> None:
    config = replace(hub.config, url="http://hub.example")
    with webserver.running(config) as address:
        there = Hub(config, address)
        page = there.signed_in(ANA).get(PAGE).text
        assert "Browsers keep passkeys only for pages that come over https" in page
        assert "data-passkey" not in page
        assert "passkey" not in Browser(address).get("/login/").text
        assert Browser(address).get("/passkeys/challenge").status == 404
        assert enter(hub, Device())[1].status == 403
    for url in ("https://192.0.2.1", "https://[2001:db8::1]", "http://127.0.0.1:8080"):
        assert ceremony.party(replace(config, url=url)) is None
    usual = ceremony.party(replace(config, url="https://hub.example:443"))
    assert usual == ceremony.Party("hub.example", "https://hub.example")
    assert ceremony.party(replace(config, url="https://Hub.example:8443")) == ceremony.Party(
        "hub.example", "https://hub.example:8443"
    )


def test_a_hub_in_other_letters_has_its_passkeys_at_its_a_labels(hub: Hub) -> None:
    """As `location.origin` and clients write it (WebAuthn 5.1.2); people read their own letters."""
    text = "schema: solicomm/hub@1\nname: H\ndomain: hub.example\nurl: https://bücher.example\n"
    config = replace(hub.config, url=hubyaml.parse(text, hub.config.root).url)
    assert ceremony.party(config) == ceremony.Party(
        "xn--bcher-kva.example", "https://xn--bcher-kva.example"
    )
    shown = showing.sign_in(config, "en", "/members/")
    assert 'data-passkey="https://xn--bcher-kva.example"' in shown
    assert "Passkeys of this hub work at bücher.example only" in shown


def test_the_owner_is_written_to_once_and_one_press_undoes_it(hub: Hub) -> None:
    ana, phone = hub.signed_in(ANA), Device()
    add(ana, phone, name="A <phone>")
    (mail,) = member.mails(hub.config)
    assert [box.addr_spec for box in mail.to] == [ANA]
    assert "A <phone>" in mail.text
    assert member.mails(hub.config) == []
    found = re.search(r"/confirm/[a-z2-7]{26}", mail.text)
    assert found
    thief, answer = enter(hub, phone)
    assert answer.status == 303
    stranger = Browser(hub.address)
    assert "A &lt;phone&gt;" in stranger.get(found[0]).text
    assert thief.get("/members/").status == 200, "a look changes nothing"
    assert stranger.send(found[0]).status == 200
    assert thief.get("/members/").status == ana.get("/members/").status == 303
    assert enter(hub, phone)[1].status == 403
    assert member.mails(hub.config) == []
    assert stranger.get(found[0]).status == 404, "the button is used up"


def test_who_is_nobody_here_any_more_has_no_passkey(hub: Hub) -> None:
    phone, tablet = Device(), Device()
    add(hub.signed_in(CLEO), phone)
    add(hub.signed_in(ANA), tablet)
    member.mails(hub.config)
    keys = Passkeys(hub.config)
    assert keys.owners() == [1]
    keys.close()


def test_the_data_of_a_person_has_them_and_an_erasure_takes_them(hub: Hub) -> None:
    add(hub.signed_in(ANA), Device(), name="Kitchen laptop")
    store = RosterStore(open_repo(hub.config.roster_repo))
    told = erasing.facts(hub.config, store.roster(), 1, frozenset({ANA}))["passkeys"]
    other = erasing.facts(hub.config, store.roster(), 2, frozenset({BEA}))["passkeys"]
    store.close()
    assert [one["name"] for one in told] == ["Kitchen laptop"]
    assert other == []
    taken: dict[str, int] = {}

    class Taking:
        def counted(self, place: str, count: int) -> None:
            taken[place] = count

    from solicomm_build.features.passkeys import privacy

    class Gone:
        member = 1

    privacy.ERASE(hub.config, Gone(), Taking())  # type: ignore[arg-type]
    assert taken == {"private/passkeys.sqlite": 1}
    for path in hub.config.private.glob("passkeys.sqlite*"):
        assert b"Kitchen" not in path.read_bytes()


def test_an_operator_locks_out_a_lost_device(hub: Hub) -> None:
    ana, phone = hub.signed_in(ANA), Device()
    add(ana, phone)
    settings = "name: Test\ndomain: hub.example\nurl: http://localhost:8080\n"
    (hub.config.root / "hub.yaml").write_text(settings, "utf-8")
    where = ["--hub", str(hub.config.root)]
    shown = CliRunner().invoke(command, [ANA, *where])
    assert shown.output.startswith("My phone: added ")
    gone = CliRunner().invoke(command, [ANA, "--remove", *where])
    assert "1 removed" in gone.output
    assert ana.get("/members/").status == 303
    assert enter(hub, phone)[1].status == 403
    assert CliRunner().invoke(command, ["nobody@x.example", *where]).exit_code != 0


def test_a_damaged_file_is_found_and_said(hub: Hub, tmp_path: Path) -> None:
    assert list(fsck.LARGE[0](hub.config)) == []
    config = smallhub.make(tmp_path / "hub", BOARD)
    assert list(fsck.LARGE[0](config)) == []
    keys = Passkeys(config)
    made = ceremony.Made("id", b"key", 0)
    assert keys.add(1, b"handle", made, "Phone", (b"challenge", NOW + timedelta(1)), NOW)
    keys.close()
    assert "has a passkey of member 1" in str(next(fsck.LARGE[0](config)))
    for path in config.private.glob("passkeys.sqlite*"):
        path.write_bytes(b"no database" * 1000)
    assert "is damaged" in str(next(fsck.LARGE[0](config)))


def test_the_page_to_sign_in_is_the_same_for_everybody(hub: Hub) -> None:
    before = Browser(hub.address).get("/login/")
    add(hub.signed_in(ANA), Device())
    assert Browser(hub.address).get("/login/") == before
    tag = re.search(r'<script src="(/passkeys/passkey\.js\?v=[0-9a-f]{8})" defer>', before.text)
    assert tag
    assert 'data-passkey="http://localhost:8080" hidden' in before.text
    script = Browser(hub.address).get(tag[1])
    assert script["content-type"].startswith("text/javascript")
    assert "immutable" in script["cache-control"]
    small = Browser(hub.address).get(tag[1], accept_encoding="gzip, br")
    assert gzip.decompress(small.body) == script.body


def test_the_library_is_loaded_for_who_has_a_passkey_alone() -> None:
    code = (
        "import sys; import solicomm_build.web.app, solicomm_build.desk.run;"
        "from solicomm_build.foundation import hooks;"
        "from solicomm_build.features.passkeys import web, mail, chores, privacy, fsck, ceremony;"
        "sys.exit(any(name.split('.')[0] in ('webauthn', 'OpenSSL', 'cbor2')"
        " for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
