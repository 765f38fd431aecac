"""`solicomm poll`: what it does, and what it says when it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from solicomm_build.cli.main import main
from solicomm_build.desk.run import desk
from solicomm_build.features.founding import founding
from solicomm_build.foundation import maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import Mailbox
from solicomm_build.people import memberstore as membership
from solicomm_build.post.conference import Conference
from solicomm_build.testing import smallhub

CLOSES = "2099-12-01T18:00Z"


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    made = founding.found_hub(tmp_path / "hub", name="Hub", domain="hub.example", sample=False)
    smallhub.add_conference(made, Conference("water", {"en": "Water"}))
    return made


def say(hub: Config, *words: str, code: int = 0) -> str:
    done = CliRunner().invoke(main, ["poll", *words, "--hub", str(hub.root)])
    assert done.exit_code == code, done.output
    return done.output


def work(hub: Config) -> list[str]:
    """Lets the desk work; to whom it wrote."""
    desk(hub, once=True, log=maillog.to_nobody())
    spool, found = Spool(hub.spool_out), []
    for path in spool.pending():
        found += [item.envelope.rcpt_tos[0] for item in spool.read(path)]
        spool.done(path)
    return sorted(found)


def test_open_list_remind_close(hub: Config) -> None:
    people = [Mailbox("Ana", "ana@union.example"), Mailbox("Ben", "ben@union.example")]
    membership.subscribe(hub, "water", people)
    words = ("--question", "Which?", "--option", "A", "--option", "B", "--closes", CLOSES)
    said = say(hub, "open", "water", *words, "--quorum", "50%")
    poll = said.split()[0]
    assert f"/conferences/water/polls/{poll}/" in said
    assert "not open" in say(hub, "list")
    assert work(hub) == ["ana@union.example", "ben@union.example"]
    assert "0 of 2 voted: Which?" in say(hub, "list", "water")
    assert "choices are published at the end" in say(hub, "recount", "water", poll)
    say(hub, "remind", "water", poll)
    assert "already" in say(hub, "remind", "water", poll), "as after a kill: one reminder"
    assert work(hub) == ["ana@union.example", "ben@union.example"]
    assert "already" not in say(hub, "remind", "water", poll)
    assert work(hub) == ["ana@union.example", "ben@union.example"]
    say(hub, "close", "water", poll)
    work(hub)
    assert say(hub, "list") == "There is no open poll in any conference\n"
    assert "ended" in say(hub, "list", "--all")
    assert "Not valid: too few votes were cast." in say(hub, "recount", "water", poll)
    assert "has ended" in say(hub, "close", "water", poll, code=66)


def test_a_command_that_was_killed_before_it_said_so_opens_no_second_one(
    hub: Config, tmp_path: Path
) -> None:
    membership.subscribe(hub, "water", [Mailbox("Ana", "ana@union.example")])
    file = tmp_path / "poll.yaml"
    file.write_text("schema: solicomm/poll@1\nquestion: Shall we?\ncloses: 2099-12-01T18:00:00Z\n")
    for opens in (("--question", "Shall we?", "--closes", CLOSES), (str(file),)):
        poll = say(hub, "open", "water", *opens).split()[0]
        for _ in range(2):
            assert f"{poll} in water asks the same" in say(hub, "open", "water", *opens, code=66)
            assert work(hub) in (["ana@union.example"], [])
        assert len(say(hub, "list", "water").splitlines()) == 1
        say(hub, "close", "water", poll)
        work(hub)


def test_a_file_and_delegates(hub: Config, tmp_path: Path) -> None:
    membership.subscribe(hub, "water", [Mailbox("Ana", "ana@union.example")])
    file = tmp_path / "poll.yaml"
    file.write_text(
        "schema: solicomm/poll@1\nquestion: Shall we?\ncloses: 2099-12-01T18:00:00Z\n"
        "weights: {by-union: {metal: 100}}\n"
    )
    assert "poll delegate water ADDRESS UNION" in say(hub, "open", "water", str(file), code=66)
    assert "votes for metal" in say(hub, "delegate", "water", "ana@union.example", "metal")
    assert "is not on water" in say(hub, "delegate", "water", "eve@x.example", "metal", code=66)
    say(hub, "open", "water", str(file))
    assert work(hub) == ["ana@union.example"]


def test_what_cannot_be(hub: Config, tmp_path: Path) -> None:
    words = ("--question", "Shall we?", "--closes", CLOSES)
    assert "Nobody may vote" in say(hub, "open", "water", *words, code=66)
    assert "no conference" in say(hub, "open", "fire", *words, code=66)
    assert "Name a FILE" in say(hub, "open", "water", code=64)
    past = ("--question", "Shall we?", "--closes", "2020-01-01T00:00Z")
    assert "is over" in say(hub, "open", "water", *past, code=65)
    assert "no moment" in say(hub, "open", "water", "--question", "x?", "--closes", "soon", code=65)
    assert "no poll q-none" in say(hub, "recount", "water", "q-none", code=66)
    assert "no poll's id" in say(hub, "recount", "water", "none", code=64)
