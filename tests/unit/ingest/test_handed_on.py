"""An address that is handed on: who has it next gets nothing of who had it before unseen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from solicomm_build.features.mailboxes import checks, handingon, mtamaps
from solicomm_build.features.privacy import erase
from solicomm_build.features.renaming import persons as renaming
from solicomm_build.foundation import maillog
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import Mailbox
from solicomm_build.ingest.run import ingest
from solicomm_build.people import memberstore, passwords
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post.store import erasing
from solicomm_build.testing import smallhub
from solicomm_build.testing.smallhub import item, mail

OFFICE, HOME = "office@metal.example", "ana@home.example"


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    return replace(smallhub.make(tmp_path / "hub"), mail_domains={"metal.example": "metal"})


def _with_filters(hub: Config, address: str = OFFICE) -> Path:
    """What Dovecot keeps for who has set up a filter that sends mail on to his home."""
    name, _, domain = address.partition("@")
    home = hub.private / "sieve" / domain / name
    (home / "sieve").mkdir(parents=True)
    (home / "sieve" / "mine.sieve").write_text(f'redirect "{HOME}";')
    (home / ".dovecot.sieve").symlink_to("sieve/mine.sieve")
    return home


def test_filters_end_with_an_address(hub: Config) -> None:
    """They went on to send the mail of who got it next to the home of who had it before."""
    handingon.add(hub, OFFICE, forward="", keep=True)
    home = _with_filters(hub)
    other = _with_filters(hub, "office@hub.example")
    handingon.add(hub, OFFICE, forward="x@home.example", keep=True)
    assert home.is_dir(), "it is the same person's"
    handingon.remove(hub, OFFICE)
    assert not home.exists()
    assert other.is_dir()


def test_filters_that_an_earlier_version_left_work_for_nobody(hub: Config) -> None:
    home = _with_filters(hub)
    handingon.add(hub, OFFICE, forward="", keep=True)
    assert not home.exists()


def test_a_password_ends_where_no_mail_is_kept_any_more(hub: Config) -> None:
    """It was good again as soon as the address kept mail again, for whomever."""
    handingon.add(hub, OFFICE, forward="", keep=True)
    memberstore.set_mailbox_password(hub, OFFICE, "correct horse battery")
    home = _with_filters(hub)
    handingon.add(hub, OFFICE, forward="", keep=True)
    assert passwords.is_set(hub, OFFICE)
    handingon.add(hub, OFFICE, forward="ben@home.example", keep=False)
    handingon.add(hub, OFFICE, forward="", keep=True)
    assert not passwords.is_set(hub, OFFICE)
    assert not home.exists()


def test_the_operator_is_told_what_a_new_address_has_of_before(hub: Config) -> None:
    assert handingon.add(hub, OFFICE, forward="", keep=True) == (OFFICE, [])
    Spool(hub.spool_in).put([item(mail("the wage of Cy"), OFFICE)])
    ingest(hub, once=True, log=maillog.to_nobody())
    memberstore.subscribe(hub, "bar", [Mailbox("Ana", OFFICE)])
    _, (lists,) = handingon.remove(hub, OFFICE)
    assert lists.startswith(f"{OFFICE} is a member still (bar)")
    _, (kept, again) = handingon.add(hub, OFFICE, forward="", keep=True)
    assert "private/mailboxes/metal.example/office.git" in kept
    assert "private/maildirs/metal.example/office" in kept
    assert again == lists
    assert handingon.add(hub, OFFICE, forward="", keep=True) == (OFFICE, [])


def test_filters_of_who_is_erased_go(hub: Config) -> None:
    """They name the person's home, and stayed."""
    memberstore.subscribe(hub, "bar", [Mailbox("Ana", HOME)])
    handingon.add(hub, "ana", forward=HOME, keep=True)
    home = _with_filters(hub, "ana@hub.example")
    Spool(hub.spool_in).put([item(mail(), "ana@hub.example")])
    ingest(hub, once=True, log=maillog.to_nobody())
    order, _ = erase.erase(hub, HOME, reason="asked", by="op", log=maillog.to_nobody())
    assert not home.exists()
    (said,) = erasing.stays(hub, order.addresses, order.cards)
    assert said.endswith("delete that folder and private/maildirs/hub.example/ana")


def test_addresses_end_though_their_union_took_its_domain_away(hub: Config) -> None:
    """Neither could they, nor did their owners get new passwords; and they went on to write as
    addresses that are others' by now."""
    for address in (OFFICE, "ana@metal.example"):
        handingon.add(hub, address, forward="", keep=True)
        memberstore.set_mailbox_password(hub, address, "correct horse battery")
    hub = replace(hub, mail_domains={})
    memberstore.set_mailbox_password(hub, OFFICE, "another horse battery")
    store = RosterStore.of(hub)
    told = mtamaps.files(hub, store.roster(), Path("/maps"))
    store.close()
    assert OFFICE in told["dovecot/passwd"]
    assert OFFICE not in told["postfix/sender_logins"]
    assert handingon.remove(hub, OFFICE) == (OFFICE, [])
    assert passwords.read(hub).keys() == {"ana@metal.example"}
    for address in (OFFICE, "ben@other.example"):
        with pytest.raises(UsageError, match="not a domain of this hub"):
            memberstore.mailbox(hub, address)


def test_a_domain_may_be_written_as_people_write_it(hub: Config) -> None:
    hub = replace(hub, mail_domains={"xn--bcher-kva.example": "metal"})
    whole = "ana@xn--bcher-kva.example"
    assert handingon.add(hub, "Ana@B\u00fccher.example", forward="", keep=True) == (whole, [])
    assert handingon.remove(hub, "ana@bu\u0308cher.example") == (whole, [])


def test_no_address_is_made_whose_mail_would_never_arrive(hub: Config) -> None:
    """Its mail was kept where nobody reads it, or refused by our own mail server, each time."""
    handingon.add(hub, "ana", forward="ana@home.example", keep=False)
    handingon.add(hub, OFFICE, forward="ana@hub.example", keep=False)
    handingon.add(hub, "list", forward="bar@hub.example", keep=False)
    for address, forward, said in (
        ("ana", "Ana@HUB.example", "ana@hub.example → ana@hub.example"),
        ("ana", OFFICE, f"ana@hub.example → {OFFICE} → ana@hub.example"),
        ("gus", "ana@metal.example", "ana@metal.example is no address here"),
    ):
        with pytest.raises(UsageError, match=said):
            handingon.add(hub, address, forward=forward, keep=True)
    assert memberstore.mailbox(hub, "ana").forward == "ana@home.example"
    _, (said,) = handingon.remove(hub, "ana")
    assert said.startswith(f"{OFFICE} sends its mail on to ana@hub.example still")


def test_addresses_that_are_none_here_are_told(hub: Config) -> None:
    """Copies to members at a domain that has just come were refused, and they lost their lists."""
    look = next(one.look for one in checks.CHECKS if one.id == "mailboxes")
    people = [Mailbox("", who) for who in (OFFICE, "bo@metal.example", "cy@home.example")]
    memberstore.subscribe(hub, "bar", people)
    handingon.add(hub, OFFICE, forward="", keep=True)
    handingon.add(hub, "ana", forward=OFFICE, keep=False)
    (found,) = look(hub)
    assert found.what.startswith("1 addresses of members at our domains do not")
    handingon.add(hub, "bo@metal.example", forward=HOME, keep=False)
    assert [one.level for one in look(hub)] == ["fine"]
    memberstore.unsubscribe(hub, "bar", OFFICE)
    memberstore.remove_mailbox(hub, OFFICE)
    assert "ana@hub.example sends its mail on" in [*look(hub)][-1].what


def test_mail_goes_on_to_the_address_that_somebody_was_given(hub: Config) -> None:
    """It went on to the old one, which may be somebody else's by then."""
    old, new = "ana@old.example", "ana@hub.example"
    memberstore.subscribe(hub, "bar", [Mailbox("Ana", old)])
    handingon.add(hub, OFFICE, forward=old, keep=True)
    handingon.add(hub, "bo", forward="bo@old.example", keep=False)
    handingon.add(hub, "ana", forward=old, keep=True)
    renaming.rename(hub, "Ana@OLD.example", new)
    rules = {rule.name: (rule.forward, rule.keep) for rule in memberstore.mailboxes(hub)}
    assert rules == {
        "ana": (old, True),  # that would be a circle
        "bo": ("bo@old.example", False),
        OFFICE: (new, True),
    }


def test_mail_of_who_is_erased_is_named_though_the_domain_was_taken_away(hub: Config) -> None:
    handingon.add(hub, OFFICE, forward="", keep=True)
    Spool(hub.spool_in).put([item(mail(), OFFICE)])
    ingest(hub, once=True, log=maillog.to_nobody())
    (said,) = erasing.stays(replace(hub, mail_domains={}), [OFFICE, HOME])
    assert said.startswith("private/mailboxes/metal.example/office.git has mail")
