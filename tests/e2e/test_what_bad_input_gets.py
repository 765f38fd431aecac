"""What bad input gets: no post, no answer, no loop, and never a mail to who did not ask.

SMTP → bridge → ingest → desk → courier → SMTP → a server that can be down; and a DNS of our own
"""

from __future__ import annotations

import re
import shutil
import smtplib
import socket
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from click.testing import CliRunner, Result

from solicomm_build.cli.main import main
from solicomm_build.features.bounces.bounceledger import Returns
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.ingest.holding import list_held
from solicomm_build.message.parse import parse
from solicomm_build.people.directory import directory_of
from solicomm_build.people.roster import Roster
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.testing import smallhub
from solicomm_build.testing.bridge import running_bridge
from solicomm_build.testing.dnsserver import DnsServer, serving

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
VOUCHED = "Authentication-Results: mx.hub.example; dmarc=pass header.from=union.example"
MEMBERS = ("ana", "bo", "cy", "dan")


@dataclass
class Server:
    """The relay's handler. `takes` more recipients are taken while it is `down`."""

    down: bool = False
    takes: int = 0
    taken: list[tuple[str, bytes]] = field(default_factory=list)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.down and self.takes <= 0:
            return "451 4.3.2 down"
        self.takes -= 1
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.taken += [(to, envelope.content) for to in envelope.rcpt_tos]
        return "250 2.0.0 taken"


@dataclass
class Hub:
    """A hub with the list `water`."""

    root: Path
    server: Server
    at: datetime = NOON

    @property
    def config(self) -> Config:
        return hubyaml.load(self.root)

    @property
    def roster(self) -> Roster:
        store = RosterStore(open_repo(self.config.roster_repo))
        try:
            return store.roster()
        finally:
            store.close()

    def run(self, *words: str) -> Result:
        with clock.fixed(self.at):
            return CliRunner().invoke(
                main, [*words, "--hub", str(self.root)], catch_exceptions=False
            )

    def send(
        self, raw: str | bytes, to: str = "water", *, sender: str = "ana@union.example"
    ) -> str:
        """One mail through the bridge; what it replied."""
        return self.send_all([raw], to, sender=sender)[0]

    def send_all(
        self, raws: Sequence[str | bytes], to: str = "water", *, sender: str = "ana@union.example"
    ) -> list[str]:
        """Mails through the bridge, over one connection; what it replied to each."""
        self.at += timedelta(minutes=1)
        config, replies = self.config, []
        people = RosterStore(open_repo(config.roster_repo))
        try:
            with (
                clock.fixed(self.at),
                running_bridge(config, directory=directory_of(config, people.roster)) as bridge,
                smtplib.SMTP(*bridge.smtp) as client,
            ):
                client.ehlo("client.example")
                for raw in raws:
                    octets = raw.replace("\n", "\r\n").encode() if isinstance(raw, str) else raw
                    client.mail(sender)
                    code, reply = client.rcpt(f"{to}@hub.example")
                    if code == 250:
                        code, reply = client.data(octets)
                    else:
                        client.rset()
                    replies.append(f"{code} {reply.decode()}")
        finally:
            people.close()
        return replies

    def work(self) -> list[tuple[str, bytes]]:
        """Each stage once, and what went out by it."""
        before = len(self.server.taken)
        for stage in ("ingest", "desk", "deliver", "ingest", "desk", "deliver"):
            done = self.run(stage, "--once")
            assert done.exit_code == 0, done.output
        return self.server.taken[before:]

    def posts(self) -> int:
        """How many posts the list has."""
        return len(smallhub.files(self.config.conference_repo("water"), "topics"))

    def bounces(self) -> int:
        """How many failures count against members."""
        roster = self.roster
        return sum(len(roster.ledger(Returns).bounces(number)) for number in roster.members)


def mail(number: object, *fields: str, text: str = "Words.", to: str = "water") -> str:
    """A mail of Ana's that her domain vouches for; `fields` take the place of those of their
    name."""
    plain = [
        VOUCHED,
        "From: Ana <ana@union.example>",
        f"To: {to}@hub.example",
        f"Subject: No. {number}",
        "Date: Tue, 24 Nov 2026 11:00:00 +0000",
        f"Message-ID: <{number}@union.example>",
    ]
    names = {one.partition(":")[0] for one in fields}
    kept = [one for one in plain if one.partition(":")[0] not in names]
    return "\n".join([*kept, *(one for one in fields if one.partition(":")[2]), "", text, ""])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """The hub that each test gets a copy of."""
    hub = Hub(tmp_path_factory.mktemp("bad") / "hub", Server())
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(hub.server, hostname="127.0.0.1", port=port, ready_timeout=30)
    with serving({"_dmarc.union.example": ["v=DMARC1; p=reject"]}) as dns:
        controller.start()
        try:
            _found(hub, port, dns)
            yield hub
        finally:
            controller.stop()


def _found(hub: Hub, port: int, dns: DnsServer) -> None:
    CliRunner().invoke(main, ["init", str(hub.root), "--domain", "hub.example"])
    settings = hub.root / "hub.yaml"
    text = settings.read_text("utf-8").replace("delivery: sink", "delivery: relay")
    text = re.sub(r"^relay: .*", f"relay: {{host: 127.0.0.1, port: {port}}}", text, flags=re.M)
    text += f'authserv_id: mx.hub.example\ndns: ["127.0.0.1:{dns.address[1]}"]\n'
    settings.write_text(text, "utf-8")
    assert hub.run("new", "list", "water", "--title", "Water").exit_code == 0
    for who in MEMBERS:
        assert hub.run("member", "add", "water", f"{who}@union.example").exit_code == 0


@pytest.fixture
def hub(made: Hub, tmp_path: Path) -> Hub:
    shutil.copytree(made.root, tmp_path / "hub", symlinks=True)
    made.server.down, made.server.takes = False, 0
    made.server.taken.clear()
    return Hub(tmp_path / "hub", made.server)


def test_the_hub_works(hub: Hub) -> None:
    assert hub.send(mail(1)).startswith("250")
    assert sorted(to for to, _ in hub.work()) == [f"{who}@union.example" for who in MEMBERS]
    assert hub.posts() == 1


def test_a_forged_member_is_held_as_looking_forged(hub: Hub) -> None:
    assert hub.send(mail(1, "Authentication-Results:"), sender="eve@away.example")[:3] == "250"
    assert hub.work() == []
    (held,) = list_held(hub.config)
    assert "looks forged" in held.reason
    assert hub.posts() == 0


VACATION = ("Auto-Submitted: auto-replied", "Precedence: bulk", "X-Auto-Response-Suppress: All")
SUB_ADDRESSES = (
    "water",
    "water-join",
    "water-leave",
    "water-request",
    "water-digest",
    "water-nomail",
    "water-bounces",
    "solicomm",
)


def test_the_null_sender_is_never_answered(hub: Hub) -> None:
    for to in SUB_ADDRESSES:
        assert hub.send(mail(f"null-{to}", to=to), to, sender="").startswith(("250", "550"))
    assert hub.work() == []
    assert hub.posts() == 0
    assert hub.roster.is_subscribed("water", "ana@union.example")


def test_vacation_replies_are_never_answered(hub: Hub) -> None:
    for to in SUB_ADDRESSES:
        hub.send(mail(f"away-{to}", *VACATION, to=to, text="I am away"), to)
    assert hub.work() == []
    assert hub.posts() == 0
    assert hub.roster.is_subscribed("water", "ana@union.example")


def test_our_own_mail_coming_back_goes_nowhere(hub: Hub) -> None:
    hub.send(mail(1))
    join = mail("join", "From: Flo <flo@away.example>", to="water-join")
    hub.send(join, "water-join", sender="flo@away.example")
    ours = [raw for _, raw in hub.work()]
    assert len(ours) >= len(MEMBERS)
    for raw in ours:
        for to in ("water", "water-request", "water-join", "solicomm"):
            hub.send(raw, to, sender="bo@union.example")
    assert hub.work() == []
    assert hub.posts() == 1


def test_a_list_subscribed_to_itself_makes_no_loop(hub: Hub) -> None:
    hub.run("member", "add", "water", "water@hub.example")
    hub.send(mail(1))
    went = hub.work()
    assert sorted(to for to, _ in went) == [f"{who}@union.example" for who in MEMBERS]
    assert hub.work() == []
    assert hub.posts() == 1


def test_very_many_join_requests_for_one_victim_are_one_mail_a_day(hub: Hub) -> None:
    def flood(day: int) -> list[str]:
        victim = ("From: Victim <victim@away.example>", "Authentication-Results:")
        raws = [mail(f"{day}-{n}", *victim, to="water-join") for n in range(100)]
        hub.send_all(raws, "water-join", sender="victim@away.example")
        return [to for to, _ in hub.work()]

    assert flood(1) == ["victim@away.example"]
    hub.at += timedelta(hours=1)
    assert flood(2) == []
    hub.at += timedelta(days=1)
    assert flood(3) == ["victim@away.example"]
    assert not hub.roster.is_subscribed("water", "victim@away.example")


def test_a_bounce_without_a_valid_tag_never_scores(hub: Hub) -> None:
    report = (
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        "Final-Recipient: rfc822; bo@union.example\nAction: failed\nStatus: 5.1.1\n\n--b--\n"
    )
    raw = "From: mailer-daemon@mx.example\nTo: water-bounces@hub.example\n" + report
    assert hub.send(raw, f"water-bounces+{'a' * 26}", sender="").startswith("550 5.1.1")
    assert hub.send(raw, "water-bounces", sender="").startswith("250")
    assert hub.work() == []
    assert hub.bounces() == 0


def test_line_breaks_in_a_header_value_reach_no_header(hub: Hub) -> None:
    evil = "=?utf-8?q?Ana=0D=0AX-Evil:_1=0D=0A=0D=0Abody?="
    settings = hub.config.conference_repo("water")
    text = smallhub.files(settings)["conference.yaml"] + b"dmarc: always\n"
    text = text.replace(b"reply_to: conversation", b"reply_to: both")
    change = Change("conference.yaml", text)
    write_once(open_repo(settings), [change], message="Settings\n", when=NOON)
    hub.send(mail(1, f"From: {evil} <ana@union.example>", f"Subject: {evil}", f"X-Loop-No: {evil}"))
    vouched = VOUCHED.replace("union.example", "away.example")
    flo = (vouched, f"From: {evil} <flo@away.example>", f"Subject: {evil}")
    hub.send(mail(2, *flo, to="water-join"), "water-join", sender="flo@away.example")
    went = hub.work()
    assert len(went) == len(MEMBERS) + 1
    for _, raw in went:
        head = raw.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
        assert not re.search(rb"(?im)^x-evil", head)
        assert message_from_bytes(raw)["X-Evil"] is None
        assert parse(raw).text.strip() != "body"


def test_one_broken_line_in_a_hundred_thousand_refuses_them_all(hub: Hub, tmp_path: Path) -> None:
    lines = [f"member{number}@away.example" for number in range(100_000)]
    lines[70_000] = "member at away.example"
    file = tmp_path / "roster.txt"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    before = open_repo(hub.config.roster_repo).ref()
    done = hub.run("member", "import", "water", str(file))
    assert done.exit_code == 65
    assert f"{file}, line 70001: " in done.output
    assert open_repo(hub.config.roster_repo).ref() == before


def test_a_relay_down_for_three_days_loses_and_repeats_nothing(hub: Hub) -> None:
    hub.server.down, hub.server.takes = True, 2
    hub.send(mail(1))
    assert len(hub.work()) == 2
    for _ in range(11):
        hub.at += timedelta(hours=6)
        hub.run("deliver", "--once")
    assert len(hub.server.taken) == 2
    hub.server.down = False
    hub.at += timedelta(hours=2)
    hub.work()
    assert Counter(to for to, _ in hub.server.taken) == Counter(
        f"{who}@union.example" for who in MEMBERS
    )
    assert hub.bounces() == 0
