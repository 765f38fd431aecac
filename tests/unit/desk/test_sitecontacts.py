"""A new contact of a union's site: the address so far agrees by mail, or nothing changes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from solicomm_build.desk.ledger import Ledger
from solicomm_build.features.sites import sitecontacts
from solicomm_build.git.repo import create, open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.testing.deskhub import NOW, DeskHub

OLD, NEW, OPERATOR = "office@docks.example", "collector@employer.example", "op@hub.example"


@pytest.fixture
def hub(tmp_path: Path) -> DeskHub:
    """A hub from before the rule, with a union whose form works."""
    hub = DeskHub(tmp_path / "hub")
    create(hub.config.union_repo("docks"))
    say(hub, "docks", OLD)
    assert agreed(hub) == OLD, "a desk that has not run yet changes nothing"
    assert letters(hub) == {}
    return hub


def say(hub: DeskHub, union: str, address: str) -> None:
    """Somebody pushes another contact."""
    site = (
        f"schema: solicomm/site@1\nunion: {union}\ntitle: {{en: Dockers}}\nlanguages: [en]\n"
        f"contact: {{email: {address}}}\njoin: {{how: form}}\n"
    )
    repo = open_repo(hub.config.union_repo(union))
    write_once(repo, [Change("site.yaml", site.encode())], message="Edit\n", when=NOW)


def agreed(hub: DeskHub, union: str = "docks") -> str:
    site = sitecontacts.site_of(hub.config, union)
    assert site is not None
    return sitecontacts.agreed(hub.config, site)


def letters(hub: DeskHub) -> dict[str, Message]:
    """What goes out now, by whom it is to."""
    items = hub.work()
    return {item.envelope.rcpt_tos[0]: parse(item.raw) for item in items}


def test_a_new_contact_counts_after_the_old_one_agreed(hub: DeskHub) -> None:
    say(hub, "docks", NEW)
    sent = letters(hub)
    assert sent.keys() == {OLD, OPERATOR}, "the new one gets nothing"
    assert NEW in sent[OLD].text
    assert "solicomm site contact docks --agree" in sent[OPERATOR].text
    assert agreed(hub) == OLD
    assert letters(hub) == {}, "asked once"
    done = hub.reply(sent[OLD], sender=OLD)
    assert {one.to[0].addr_spec for one in done} == {OLD, NEW, OPERATOR}
    assert agreed(hub) == NEW
    (spent,) = hub.reply(sent[OLD], sender=OLD)
    assert "dealt with already" in spent.text


def test_silence_changes_nothing_and_no_is_no(hub: DeskHub) -> None:
    say(hub, "docks", NEW)
    question = letters(hub)[OLD]
    hub.now += timedelta(days=2)
    assert letters(hub) == {}
    assert hub.reply(question, "no\n", sender=OLD) == []
    hub.reply(question, sender=OLD)
    assert agreed(hub) == OLD


def test_who_agrees_too_late_is_asked_again(hub: DeskHub) -> None:
    say(hub, "docks", NEW)
    question = letters(hub)[OLD]
    hub.now += timedelta(days=9)
    assert letters(hub) == {}
    assert "dealt with already" in hub.reply(question, "no\n", sender=OLD)[0].text
    (again,) = hub.reply(question, sender=OLD)
    assert (again.to[0].addr_spec, agreed(hub)) == (OLD, OLD)
    assert NEW in again.text
    hub.reply(again, sender=OLD)
    assert agreed(hub) == NEW
    (spent,) = hub.reply(question, sender=OLD)
    assert "dealt with already" in spent.text


def test_a_site_that_names_the_old_one_again_makes_the_question_void(hub: DeskHub) -> None:
    say(hub, "docks", NEW)
    question = letters(hub)[OLD]
    say(hub, "docks", OLD)
    assert letters(hub) == {}
    hub.reply(question, sender=OLD)
    assert agreed(hub) == OLD


def test_an_answer_agrees_to_what_was_asked_and_to_nothing_else(hub: DeskHub) -> None:
    say(hub, "docks", "branch@docks.example")
    question = letters(hub)[OLD]
    say(hub, "docks", NEW)
    assert letters(hub) == {}, "one question a day"
    hub.reply(question, sender=OLD)
    assert agreed(hub) == OLD
    hub.now += timedelta(days=1, minutes=1)
    assert NEW in letters(hub)[OLD].text


def test_who_changes_it_often_causes_one_letter_a_day(hub: DeskHub) -> None:
    for number in range(20):
        say(hub, "docks", f"a{number}@employer.example")
        assert letters(hub).keys() == ({OLD, OPERATOR} if number == 0 else set())


def test_the_first_contact_confirms_itself(hub: DeskHub) -> None:
    create(hub.config.union_repo("mine"))
    say(hub, "mine", "miners@mine.example")
    sent = letters(hub)
    assert sent.keys() == {"miners@mine.example", OPERATOR}
    assert agreed(hub, "mine") == ""
    hub.reply(sent["miners@mine.example"], sender="miners@mine.example")
    assert agreed(hub, "mine") == "miners@mine.example"


@pytest.mark.parametrize("kept", ["", "{", "[]", "null", "{}", '"office"'])
def test_where_what_is_agreed_is_damaged_nobody_confirms_himself(hub: DeskHub, kept: str) -> None:
    (hub.config.private / "contacts/docks.json").write_text(kept)
    say(hub, "docks", NEW)
    assert letters(hub) == {}
    assert agreed(hub) == ""
    sitecontacts.write(
        hub.config, "docks", sitecontacts.Contact(OLD)
    )  # the operator brings it back
    hub.now += timedelta(days=1)
    assert letters(hub).keys() == {OLD, OPERATOR}
    assert agreed(hub) == OLD


def test_no_list_is_asked_where_all_would_read_the_token(hub: DeskHub) -> None:
    create(hub.config.union_repo("mine"))
    say(hub, "mine", "water@hub.example")
    assert letters(hub).keys() == {OPERATOR}


def test_who_is_to_be_asked_is_asked_although_others_write_to_the_roster_just_then(
    hub: DeskHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As bounces do, which wait for nobody."""
    write, meanwhile = Ledger._write, [1, 2]

    def writing(ledger: Ledger, path: Path, facts: dict[str, Any]) -> None:
        write(ledger, path, facts)
        if meanwhile and facts["subject"] == "Ask about a contact":
            hub.member(meanwhile.pop(), f"{len(meanwhile)}@union.example")

    hub.member(3, "ana@union.example")
    monkeypatch.setattr(Ledger, "_write", writing)
    say(hub, "docks", NEW)
    sent = letters(hub) | letters(hub)
    assert meanwhile == []
    assert sent.keys() == {OLD, OPERATOR}
    assert letters(hub) == {}, "asked once"
