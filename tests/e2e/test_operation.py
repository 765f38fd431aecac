"""A hub at work, as its operator sees it: every stage notes what it does, and nobody is named.

SMTP → bridge → ingest → moderate, build, desk → courier → SMTP → a server that defers and refuses
    → a bounce comes back → a digest; then trace, status, metrics, quarantine on what is left
"""

from __future__ import annotations

import json
import re
import shutil
import smtplib
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from click.testing import CliRunner, Result

from solicomm_build.cli.main import main
from solicomm_build.cli.running import log_of
from solicomm_build.foundation import clock, logfile
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import post_id
from solicomm_build.git.repo import open_repo
from solicomm_build.people.directory import directory_of
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.testing.bridge import running_bridge

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
PEOPLE = ("ana", "bo", "cy", "dan", "di", "eva", "flo", "stranger")
DOMAIN = "secret-union.example"


@dataclass
class Server:
    """The relay's handler: keeps what it takes; defers bo, refuses cy, and says their addresses."""

    taken: list[tuple[str | None, str, bytes]] = field(default_factory=list)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("bo@"):
            return f"451 4.2.2 <{address}>: mailbox full"
        if address.startswith("cy@"):
            return f"550 5.1.1 <{address}>: Recipient address rejected"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.taken += [(envelope.mail_from, to, envelope.content) for to in envelope.rcpt_tos]
        return "250 2.0.0 taken"


@dataclass
class Hub:
    """A hub that has had a day's work, and what its commands said meanwhile."""

    root: Path
    at: datetime = NOON
    said: list[str] = field(default_factory=list)

    @property
    def config(self) -> Config:
        return hubyaml.load(self.root)

    def run(self, *words: str, text: str | None = None) -> Result:
        with clock.fixed(self.at):
            done = CliRunner().invoke(
                main, [*words, "--hub", str(self.root)], input=text, catch_exceptions=False
            )
        self.said.append(done.output)
        return done

    def send(self, who: str, to: str, raw: str, *, mail_from: str | None = None) -> str:
        """Through the bridge; what it replied."""
        self.at += timedelta(minutes=1)
        config = self.config
        roster = RosterStore(open_repo(config.roster_repo))
        with clock.fixed(self.at):
            log = log_of(config)
            try:
                with (
                    running_bridge(
                        config, directory=directory_of(config, roster.roster), log=log
                    ) as bridge,
                    smtplib.SMTP(*bridge.smtp) as client,
                ):
                    client.ehlo("client.example")
                    client.mail(f"{who}@{DOMAIN}" if mail_from is None else mail_from)
                    code, reply = client.rcpt(f"{to}@hub.example")
                    if code == 250:
                        code, reply = client.data(raw.replace("\n", "\r\n").encode())
            finally:
                roster.close()
        return f"{code} {reply.decode()}"

    def work(self) -> None:
        """Each stage once, in the order of the way."""
        for stage in ("ingest", "build", "desk", "deliver", "ingest", "desk"):
            done = self.run(stage, "--once")
            assert done.exit_code == 0, done.output


def mail(who: str, number: str, *, to: str = "water", subject: str = "Water") -> str:
    return (
        f"Authentication-Results: mx.hub.example; dmarc=pass header.from={DOMAIN}\n"
        f"From: {who.title()} <{who}@{DOMAIN}>\nTo: {to}@hub.example\nSubject: {subject}\n"
        f"Date: Tue, 24 Nov 2026 11:00:00 +0000\nMessage-ID: <{number}@{DOMAIN}>\n\n"
        f"Words of {who}@{DOMAIN}.\n"
    )


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    made, server = Hub(tmp_path_factory.mktemp("operation") / "hub"), Server()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(server, hostname="127.0.0.1", port=port, ready_timeout=30)
    controller.start()
    try:
        CliRunner().invoke(
            main, ["init", str(made.root), "--domain", "hub.example"], catch_exceptions=False
        )
        with (made.root / "hub.yaml").open("a", encoding="utf-8") as file:
            file.write("authserv_id: mx.hub.example\ndns: off\n")
        text = (made.root / "hub.yaml").read_text("utf-8")
        text = text.replace("delivery: sink", "delivery: relay")
        text = re.sub(r"^relay: .*", f"relay: {{host: 127.0.0.1, port: {port}}}", text, flags=re.M)
        (made.root / "hub.yaml").write_text(text, "utf-8")
        made.run("new", "list", "water", "--title", "Water")
        for who in ("ana", "bo", "cy", "dan", "eva"):
            made.run("member", "add", "water", f"{who}@{DOMAIN}")
        made.run("member", "add", "water", f"di@{DOMAIN}", "--digest", "daily")
        made.run("member", "role", "water", f"eva@{DOMAIN}", "moderator")
        made.run("mailbox", "add", "maria", "--keep")
        made.said.clear()  # what somebody types is no secret to him
        _day(made, server)
        yield made
    finally:
        controller.stop()


def _day(hub: Hub, server: Server) -> None:
    """What happens: a post, a join, held mail, mail to a person, a bounce, a digest, a mishap."""
    assert hub.send("ana", "water", mail("ana", "first")).startswith("250")
    hub.work()
    assert hub.send("flo", "water-join", mail("flo", "join", to="water-join")).startswith("250")
    assert hub.send("stranger", "water", mail("stranger", "held")).startswith("250")
    assert hub.send("ana", "maria", mail("ana", "person", to="maria")).startswith("250")
    assert hub.send("ana", "nobody-here", "").startswith("550")
    hub.work()
    waiting = hub.run("moderate").output
    assert hub.run("moderate", "accept", waiting.split()[0]).exit_code == 0
    hub.work()
    back = next(mail_from for mail_from, to, _ in server.taken if to == f"dan@{DOMAIN}")
    hub.at += timedelta(hours=1)
    to = str(back).partition("@")[0]
    assert hub.send("", to, _bounce(f"dan@{DOMAIN}", "first"), mail_from="").startswith("250")
    hub.work()
    (hub.config.spool_in / "1795532587120000-0000042-000007.mail").write_bytes(b"torn")
    hub.work()
    hub.at = NOON.replace(hour=6, minute=30) + timedelta(days=1)
    hub.work()


def _bounce(who: str, about: str) -> str:
    return (
        "From: mailer-daemon@mx.example\nTo: <>\nSubject: Undelivered\n"
        "Auto-Submitted: auto-replied\n"
        "Message-ID: <bounce-1@mx.example>\nMIME-Version: 1.0\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        "--b\nContent-Type: text/plain\n\nSorry.\n\n--b\nContent-Type: message/delivery-status\n\n"
        f"Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; {who}\nAction: failed\n"
        f"Status: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 <{who}> unknown\n\n"
        f"--b\nContent-Type: message/rfc822-headers\n\nMessage-ID: <{about}@{DOMAIN}>\n\n--b--\n"
    )


def _names_somebody(text: str) -> list[str]:
    words = "|".join(PEOPLE)
    return re.findall(rf"\b(?:{words})@[^\s…]*|\S*{DOMAIN}\S*|\bmaria\b", text)


def test_no_stage_names_a_member(hub: Hub) -> None:
    log = "".join(path.read_text("utf-8") for path in hub.config.state.glob("mail*.log"))
    happened = {line.event for line in logfile.lines(hub.config.mail_log)}
    assert happened >= {
        "kept",
        "unknown",
        "accept",
        "hold",
        "command",
        "desk",
        "delivered",
        "queued",
        "published",
        "handed-over",
        "deferred",
        "undelivered",
        "bounce",
        "digest",
        "quarantined",
    }
    assert _names_somebody(log) == []
    assert [text for text in hub.said if _names_somebody(text)] == []


@pytest.mark.parametrize(
    "words",
    [
        ("status",),
        ("status", "--json"),
        ("metrics",),
        ("quarantine", "list"),
        ("fsck",),
        ("trace", f"<first@{DOMAIN}>"),
        ("trace", f"held@{DOMAIN}"),
        ("trace", f"join@{DOMAIN}"),
        ("trace", f"first@{DOMAIN}", "--json"),
        ("replay", "--since", "2026-11-01"),
    ],
)
def test_no_answer_to_the_operator_names_a_member(hub: Hub, words: tuple[str, ...]) -> None:
    done = hub.run(*words)
    assert done.exit_code in (0, 65), done.output
    told = done.output
    if words[0] == "metrics":  # the operator's own shell may know where mail does not arrive
        assert f'domain="{DOMAIN}"' in told
        told = told.replace(DOMAIN, "")
    assert _names_somebody(told) == []


def test_a_post_is_followed_to_each_member(hub: Hub) -> None:
    done = hub.run("trace", f"<first@{DOMAIN}>", "--json")
    found = json.loads(done.output)
    events = [step["event"] for step in found["steps"]]
    order = ["kept", "verdict", "commit", "published", "queued", "handed-over", "bounce", "digest"]
    assert sorted(order, key=events.index) == order
    by = {step["event"]: step for step in reversed(found["steps"])}
    assert by["verdict"]["rule"] == "member"
    assert by["verdict"]["id"] == by["kept"]["id"]
    assert set(by["handed-over"]["members"]) == {1, 4, 5}  # ana, dan, eva
    assert by["deferred"]["member"] == 2
    assert by["deferred"]["next"] > by["deferred"]["at"]
    assert by["undelivered"]["member"] == 3
    assert by["bounce"]["member"] == 4
    assert by["bounce"]["what"] == "gone"
    assert [one["copies"][0]["member"] for one in found["waiting"]] == [2]


def test_the_same_message_by_its_other_names(hub: Hub) -> None:
    mid = post_id(f"first@{DOMAIN}")
    whole = json.loads(hub.run("trace", mid, "--json").output)
    kept = next(step["id"] for step in whole["steps"] if step["event"] == "kept")
    assert json.loads(hub.run("trace", kept, "--json").output)["steps"] == whole["steps"]


def test_addresses_are_shown_when_asked_for(hub: Hub) -> None:
    told = hub.run("trace", f"first@{DOMAIN}", "--addresses").output
    assert f"member 3 <cy@{DOMAIN}>: refused for good: 550 5.1.1" in told


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "held",
            [
                "held by rule nonmember",
                "operator decided: accept",
                "accepted, as decided",
                "on its pages",
            ],
        ),
        ("join", ["on to the desk", "the desk: "]),
        ("person", ["a person's address", "kept"]),
    ],
)
def test_mail_of_other_kinds_is_followed(hub: Hub, name: str, words: list[str]) -> None:
    told = hub.run("trace", f"{name}@{DOMAIN}").output
    for word in words:
        assert word in told, told


def test_what_the_log_has_forgotten_is_told_by_the_repositories(hub: Hub, tmp_path: Path) -> None:
    copy = Hub(Path(shutil.copytree(hub.root, tmp_path / "copy", ignore=_no_bells)), hub.at)
    shutil.rmtree(copy.config.state)
    told = copy.run("trace", f"first@{DOMAIN}").output
    assert "accepted by rule member (level aligned, today 0/0" in told
    assert "in the repository, commit" in told
    assert "on its pages, before the log begins" in told
    assert "operator decided: accept" in copy.run("trace", f"held@{DOMAIN}").output


def _no_bells(_folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name == ".bell"]


def test_what_nobody_knows(hub: Hub) -> None:
    done = hub.run("trace", "<never@came.example>")
    assert done.exit_code == 66
    assert "Nothing is known of" in done.output
    assert hub.run("trace", "water").exit_code == 64
