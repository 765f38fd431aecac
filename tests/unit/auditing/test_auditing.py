"""What operators and moderators did stands in private git, without anybody's address."""

from __future__ import annotations

import json
import os
import shlex
import signal

import pytest
from click.testing import CliRunner, Result

from solicomm_build.cli.main import main
from solicomm_build.features.auditing import auditlog, wording
from solicomm_build.features.auditing.cli import changes
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import open_repo
from solicomm_build.people import memberstore
from solicomm_build.people.operators import acts
from solicomm_build.post.store.fsck import check
from solicomm_build.post.store.mailstore import MailStore
from solicomm_build.testing import smallhub
from solicomm_build.testing.killing import killed


@pytest.mark.parametrize(
    ("words", "counts"),
    [
        ("member add water ana@union.example", True),
        ("member list water", False),
        ("moderate accept wkq3", True),
        ("moderate show wkq3", False),
        ("moderate water", False),
        ("moderate emergency water on", True),
        ("check", False),
        ("check --fix", True),
        ("deliver --once", False),
        ("deliver --here", True),
        ("ingest --once", False),
        ("backup /b", False),
        ("backup key", True),
        ("remove list water --yes", True),
        ("remove kept", False),
        ("new list water", True),
        ("keys rotate", True),
        ("keys list", False),
        ("erase --help", False),
        ("restore /b /srv/new", False),
        ("docs howto/operator", False),
        ("units --install", False),
        ("stick /media/stick/hub", False),
        ("stick check /media/stick/hub", False),
        ("stick /media/stick/hub --members bargaining", True),
        ("stick write --members=bargaining /media/stick/hub", True),
        ("stick read /media/stick/hub", False),
        ("stick read /media/stick/hub --take conferences/water", True),
        ("serve", False),
        ("zim hub.zim", False),
        ("epub water out.epub", False),
        ("print water out.pdf", False),
        ("init /srv/other --from-stick /media/stick/hub", False),
        ("upgrade --check", False),
        ("upgrade", True),
        ("nothing", False),
        ("", False),
    ],
)
def test_what_is_written_down(words: str, counts: bool) -> None:
    assert changes(words.split()) is counts


@pytest.fixture
def hub(tmp_path_factory: pytest.TempPathFactory) -> Config:
    made = smallhub.make(tmp_path_factory.mktemp("audit") / "hub")
    (made.root / "hub.yaml").write_text(
        "schema: solicomm/hub@1\nname: Test\ndomain: hub.example\nurl: https://hub.example\n"
    )
    return made


def _run(hub: Config, *words: str) -> Result:
    return CliRunner().invoke(main, [*words, "--hub", str(hub.root)])


def test_an_act_stays_with_who_and_when_and_no_address(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUDO_USER", "maria")
    assert _run(hub, "member", "add", "bar", "ana@union.example").exit_code == 0
    assert _run(hub, "member", "list", "bar").exit_code == 0
    assert _run(hub, "member", "remove", "bar", "nobody@union.example").exit_code != 0
    (act,) = acts.every(hub.root)
    assert (act.who, act.words) == ("maria", ("member", "add", "bar", "a…@u…"))
    history = open_repo(acts.path_of(hub.root)).git("log", "-p", "--all")
    assert b"ana@union" not in history
    assert "maria: member add bar 'a…@u…'" in _run(hub, "audit").output
    assert check(hub) == []


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("member add bar --name Ana a@b.example", "member add bar --name=… a…@b…"),
        ("member add bar --name=Ana a@b.example", "member add bar --name=… a…@b…"),
        ("member role bar a@b.example moderator", "member role bar a…@b… moderator"),
        ("moderate hide bar q7x m3x Names Ana", "moderate hide bar q7x m3x … …"),
        ("moderate retitle bar q7x ana", "moderate retitle bar q7x …"),
        ("moderate retitle bar q7x 'Ana Lopez is fired'", "moderate retitle bar q7x …"),
        ("moderate label bar q7x +ana-lopez -ana --ana", "moderate label bar q7x … … …"),
        ("moderate reject wkq --text 'Ana is out'", "moderate reject wkq --text=…"),
        ("moderate emergency bar on", "moderate emergency bar on"),
        ("erase <1@a.example> --reason Ana --verify", "erase <1…@a…> --reason=… --verify"),
        ("erase 'Ana Lopez <ana@a.example>'", "erase …"),
        ("keys rotate --hub=/srv/hub", "keys rotate"),
        ("library add books --creator 'Ana Lopez' /tmp/ana/b.pdf", "library add … --creator=… …"),
        ("poll open bar --question 'Shall Ana go?'", "poll open bar --question=…"),
        ("mailbox add ana", "mailbox add …"),
        ("token new ana", "token new …"),
        ("redact bar q7xq7x --reason=Ana", "redact bar q7xq7x --reason=…"),
        ("stick write /media/ana --members bar", "stick write … --members=bar"),
        ("remove --hub /h list gone --yes", "remove list gone --yes"),
        ("remove person ana", "remove person …"),
        ("new list fresh", "new list fresh"),
    ],
)
def test_only_what_names_nobody_stays(hub: Config, words: str, kept: str) -> None:
    assert " ".join(wording.kept(hub.root, shlex.split(words))) == kept


def test_no_octet_of_a_text_comes_into_the_history(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUDO_USER", "maria")
    auditlog.note(hub.root, ["moderate", "retitle", "bar", "q7x2ab", "Ana Lopez is fired"])
    auditlog.note(hub.root, ["mailbox", "add", "ana"])
    repo = open_repo(acts.path_of(hub.root))
    assert b"moderate retitle bar q7x2ab" in repo.git("log", "--format=%B", "--all")
    assert b"ana" not in repo.git("log", "-p", "--all").lower()


def test_what_moderators_decided_stands_among_it(hub: Config) -> None:
    store = MailStore(open_repo(hub.mail_repo))
    store.begin()
    store.note("accept decided bar/abc author=xyz decision=accept by=p-4711")
    store.checkpoint("Release", when=clock.now())
    store.close()
    assert "p-4711: accept bar/abc" in _run(hub, "audit").output
    assert json.loads(_run(hub, "audit", "--json").output)[0]["who"] == "p-4711"
    assert _run(hub, "audit", "--since", "2999-01-01").output == "Nothing was done yet\n"


def test_a_damaged_act_is_named_and_hides_no_other(hub: Config) -> None:
    assert _run(hub, "member", "add", "bar", "ana@union.example").exit_code == 0
    from solicomm_build.git.writer import Change, write_once

    repo = open_repo(acts.path_of(hub.root))
    write_once(repo, [Change("acts/x.json", b"{")], message="x\n", when=clock.now())
    assert len(list(acts.every(hub.root))) == 1
    assert [one.where for one in check(hub)] == ["private/audit.git/acts/x.json"]


def test_a_log_that_cannot_be_written_is_said_and_the_command_is_done(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_words: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(auditlog, "note", full)
    said = _run(hub, "member", "add", "bar", "ana@union.example")
    assert said.exit_code == 0
    assert "not in the audit log" in said.output


def test_a_command_that_is_killed_before_it_is_written_down_is_there(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = ["member", "add", "bar", "ana@union.example", "--hub", str(hub.root)]

    def kill(*_words: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    with monkeypatch.context() as patch:
        patch.setattr(auditlog, "note", kill)
        assert killed(lambda: main(said, standalone_mode=False), "")
    for _ in range(2):
        told = _run(hub, "audit").output
        assert told.count("member add bar 'a…@u…' (killed before it ended)") == 1
    assert _run(hub, "member", "add", "bar", "eva@union.example").exit_code == 0
    assert [act.killed for act in acts.every(hub.root)] == [True, False]
    assert check(hub) == []


@pytest.mark.parametrize(
    ("error", "code", "stays"), [(HubError("no"), 66, False), (KeyboardInterrupt(), 1, True)]
)
def test_a_command_that_ends_by_itself_is_not_taken_for_killed(
    hub: Config, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, stays: bool
) -> None:
    def fail(*_words: object, **_facts: object) -> None:
        raise error

    monkeypatch.setattr(memberstore, "subscribe", fail)
    assert _run(hub, "member", "add", "bar", "ana@union.example").exit_code == code
    assert ("killed" in _run(hub, "audit").output) == stays
    assert not list((hub.root / "state" / "audit").iterdir())
