"""Who has a mailbox here changes its password in My hub, and nobody else's."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

import pytest

from solicomm_build.foundation import clock
from solicomm_build.people import memberstore, passwords, rosterevents
from solicomm_build.people.rosterevents import Consent
from solicomm_build.testing import smallhub
from solicomm_build.testing.member import Browser
from tests.unit.web.myhub import Hub, living, press

ANA, BEA, CLEO = "ana@metal.example", "bea@union.example", "cleo@metal.example"
DORA = "dora@hub.example"
OLD, FRESH = "tidal pool four", "seven grey herons"
PAGE = "/members/mailbox/"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    made = smallhub.make(tmp_path_factory.mktemp("mailbox") / "hub")
    config = dataclasses.replace(made, mail_domains={"metal.example": "metal"})
    now = clock.now()
    smallhub.add_events(
        config,
        [
            rosterevents.member(number, address, at=now, consent=Consent("mail"), lang="en")
            for number, address in enumerate((ANA, BEA, CLEO, DORA), 1)
        ],
    )
    for address in (ANA, DORA):
        memberstore.add_mailbox(config, address, forward="", keep=True)
    memberstore.add_mailbox(config, CLEO, forward="cleo@home.example", keep=False)
    memberstore.set_mailbox_password(config, ANA, OLD)
    with living(config) as found:
        yield found


def wish(now: str = OLD, fresh: str = FRESH, again: str = "") -> dict[str, str]:
    return {"now": now, "fresh": fresh, "again": again or fresh}


def test_the_page_names_the_servers_and_the_front_leads_to_it(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    assert PAGE in ana.get("/members/").text
    shown = ana.get(PAGE).text
    for words in (ANA, "mail.hub.example, 993", 'autocomplete="current-password"'):
        assert words in shown


@pytest.mark.parametrize("who", [BEA, CLEO])
def test_who_has_no_mail_kept_here_finds_nothing(hub: Hub, who: str) -> None:
    browser = hub.signed_in(who)
    assert PAGE not in browser.get("/members/").text
    assert browser.get(PAGE).status == 404


def test_the_new_password_counts_and_the_old_one_does_not(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    try:
        assert "counts in a minute" in press(ana, PAGE, **wish()).text
        assert passwords.fits(hub.config, ANA, FRESH)
        assert not passwords.fits(hub.config, ANA, OLD)
        assert FRESH not in "".join(
            path.read_text("utf-8", "replace") for path in hub.config.state.rglob("*.log")
        )
    finally:
        passwords.set_password(hub.config, ANA, OLD)


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (wish(fresh="short"), "at least 10"),
        (wish(fresh="unseen\u200bcharacters"), "at least 10"),
        (wish(again="another one here"), "not the same"),
        (wish(now="wrong wrong wrong"), "not your present password"),
    ],
)
def test_what_will_not_do_is_said_and_changes_nothing(
    hub: Hub, sent: dict[str, str], words: str
) -> None:
    assert words in press(hub.signed_in(ANA), PAGE, **sent).text
    assert passwords.fits(hub.config, ANA, OLD)


def test_no_page_shows_a_password_that_was_typed(hub: Hub) -> None:
    ana, gone = hub.signed_in(ANA), Browser(hub.address)
    fields = re.findall(r'type="password" name="(\w+)"', ana.get(PAGE).text)
    assert len(fields) == 3
    typed = {name: f"some words of {name}" for name in fields}
    for seen in (press(ana, PAGE, **typed), ana.send(PAGE, typed), gone.send(PAGE, typed)):
        assert "some words of" not in seen.text


def test_a_page_of_somebody_else_can_send_nothing(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    assert ana.send(PAGE, wish()).status in (400, 403)
    assert passwords.fits(hub.config, ANA, OLD)


def test_nobody_can_try_many_passwords(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "fits", lambda config, address, password: password == OLD)
    ana = hub.signed_in(ANA)
    said = [press(ana, PAGE, **wish(now=f"try number {n:02}")).text for n in range(11)]
    assert "Too many wrong passwords" in said[-1]
    assert "Too many wrong passwords" in press(ana, PAGE, **wish()).text, "not even the right one"


def test_an_address_without_a_password_gets_its_first(hub: Hub) -> None:
    dora = hub.signed_in(DORA)
    assert not passwords.fits(hub.config, DORA, "")
    assert 'name="now"' not in dora.get(PAGE).text
    press(dora, PAGE, **wish(now=""))
    assert passwords.fits(hub.config, DORA, FRESH)
