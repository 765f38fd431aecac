"""A plan that nobody can carry out is set aside and named; the desk does all the rest."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from solicomm_build.foundation.hub import quarantine
from solicomm_build.foundation.spool import Spool
from solicomm_build.message.parse import parse
from solicomm_build.post.store.fsck import plainfiles
from solicomm_build.testing.deskhub import DeskHub
from solicomm_build.testing.killing import desk_killed


def _left(hub: DeskHub) -> None:
    """A desk that was killed when it had written down what it would do for Ana."""
    hub.member(1, "ana@union.example", "water", name="Ana Paz", lang="en")
    hub.send("solicomm", "help")
    assert desk_killed(hub, "desk.after-plan:1")


def _plan(hub: DeskHub) -> Path:
    (path,) = (hub.config.spool_desk / "plans").glob("*.json")
    return path


@pytest.mark.parametrize("octets", [b'{"events": "', b"", b"[]", b'{"done": false}'])
def test_the_desk_goes_on_and_it_is_named(hub: DeskHub, octets: bytes) -> None:
    _left(hub)
    path = _plan(hub)
    path.write_bytes(octets)
    hub.send("solicomm", "lists")
    assert len(hub.work()) == 1  # who wrote later is answered
    aside = quarantine.aside(hub.config.spool_quarantine)
    assert sorted(one.folder for one in aside) == ["desk", "desk", "out"]
    (plan,) = [one for one in aside if one.item]
    assert plan.item == f"plans/{path.name}"
    assert "cannot carry out spool/desk/plans/" in plan.reason
    assert path.read_bytes() == octets


def test_what_was_set_aside_with_it_goes_its_way_when_put_back(hub: DeskHub) -> None:
    _left(hub)
    _plan(hub).write_bytes(b"")
    assert hub.work() == []
    (letter,) = [
        one for one in quarantine.aside(hub.config.spool_quarantine) if one.folder == "out"
    ]
    assert "damaged" in letter.reason
    quarantine.put_back(letter)
    (path,) = Spool(hub.config.spool_out).pending()
    (item,) = Spool(hub.config.spool_out).read(path)
    assert item.envelope.rcpt_tos == ("ana@union.example",)
    path.unlink()
    (mail,) = [
        one
        for one in quarantine.aside(hub.config.spool_quarantine)
        if one.folder == "desk" and not one.item
    ]
    quarantine.put_back(mail)
    assert len(hub.work()) == 1


def test_one_that_was_mended_is_carried_out_when_it_is_tried_again(hub: DeskHub) -> None:
    _left(hub)
    path = _plan(hub)
    whole = path.read_bytes()
    path.write_bytes(whole[:40])
    hub.work()
    path.write_bytes(whole)
    assert hub.work() == []  # nobody said yet that it shall be
    for one in quarantine.aside(hub.config.spool_quarantine):
        if one.item or one.folder == "out":
            quarantine.put_back(one)
    assert [parse(item.raw).to[0].addr_spec for item in hub.work()] == ["ana@union.example"]
    assert not path.exists()


def test_a_deed_that_nobody_knows_ends_no_desk(hub: DeskHub) -> None:
    _left(hub)
    path = _plan(hub)
    facts = json.loads(path.read_bytes())
    path.write_text(json.dumps(facts | {"deeds": [{"name": "unheard", "facts": {}}]}))
    hub.send("solicomm", "lists")
    assert len(hub.work()) == 1
    (plan,) = [one for one in quarantine.aside(hub.config.spool_quarantine) if one.item]
    assert hub.work() == []
    path.write_text(json.dumps(facts))
    quarantine.put_back(plan)  # as after an upgrade that knows it
    assert [parse(item.raw).to[0].addr_spec for item in hub.work()] == ["ana@union.example"]


def test_fsck_names_it(hub: DeskHub) -> None:
    _left(hub)
    _plan(hub).write_bytes(b"{")
    (fault,) = plainfiles.faults(hub.config)
    assert fault.where.startswith("spool/desk/plans/")
    assert "damaged" in str(fault)


def test_what_is_done_keeps_no_words(hub: DeskHub) -> None:
    """Until its mail is gone a plan only says that it is done."""
    hub.member(1, "ana@union.example", "water", name="Ana Paz", lang="en")
    hub.send("solicomm", "leave water")
    assert desk_killed(hub, "desk.before-done:1")
    facts = json.loads(_plan(hub).read_bytes())
    assert facts["done"]
    assert not any(facts[name] for name in ("events", "files", "deeds", "added", "kept"))
