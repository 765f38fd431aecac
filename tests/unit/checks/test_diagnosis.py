"""Ports, sockets, memory, moderators, what lies in /etc; and what `--fix` mends."""

from __future__ import annotations

import dataclasses
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from solicomm_build.cli.main import main
from solicomm_build.features.checks import delivery, dns, fixing, machine, ports, running
from solicomm_build.features.mailboxes import checks as mailserver
from solicomm_build.features.mailboxes import mtamaps
from solicomm_build.foundation.hub import health
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.finding import Finding
from solicomm_build.git.repo import open_repo
from solicomm_build.people import rosterevents
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post.conference import Conference
from solicomm_build.testing import smallhub
from solicomm_build.testing.dnsserver import DnsServer, serving


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    return smallhub.make(tmp_path / "hub", operator="op@elsewhere.org")


@pytest.fixture
def server() -> Iterator[DnsServer]:
    with serving({}) as found:
        dns.begin()
        yield found
    dns.begin()


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as found:
        yield found


def _said(found: Iterator[Finding]) -> list[tuple[str, str]]:
    return [(one.level, one.what) for one in found]


def test_port_25_outwards_is_tried_at_the_operators_mail_server(
    hub: Config, server: DnsServer, listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = dataclasses.replace(hub, dns=(server.address,), delivery="relay")
    server.others = {("MX", "elsewhere.org"): ["5 127.0.0.1"]}
    monkeypatch.setattr(ports, "SMTP", listener.getsockname()[1])
    assert _said(ports.out(asked)) == [("fine", "is open: the operator's mail server answers")]
    listener.close()
    ((level, text),) = _said(ports.out(asked))
    assert (level, "no connection to 127.0.0.1" in text) == ("warning", True)
    assert next(iter(ports.out(hub))).level == "fine"  # the DNS is off


def test_port_25_inwards_is_tried_at_the_hosts_of_mx(
    hub: Config, server: DnsServer, listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = dataclasses.replace(hub, dns=(server.address,))
    server.others = {
        ("MX", "hub.example"): ["5 mail.hub.example"],
        ("A", "mail.hub.example"): ["127.0.0.1"],
    }
    monkeypatch.setattr(ports, "SMTP", listener.getsockname()[1])
    assert _said(ports.inwards(asked)) == [("fine", "mail.hub.example takes connections")]
    listener.close()
    ((level, text),) = _said(ports.inwards(asked))
    assert (level, text) == ("warning", "mail.hub.example takes no mail at 127.0.0.1")


def test_a_blocklist_is_told_from_one_that_refuses_to_answer(
    hub: Config, server: DnsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = dataclasses.replace(
        hub, dns=(server.address,), delivery="relay", relay=("192.0.2.7", 25)
    )
    server.others = {
        ("A", "7.2.0.192.zen.spamhaus.org"): ["127.255.255.254"],
        ("A", "7.2.0.192.bl.spamcop.net"): ["127.0.0.2"],
    }
    said = _said(ports.blocklists(asked))
    assert [level for level, _ in said] == ["fine", "warning", "fine", "fine"]
    assert "does not answer" in said[0][1]
    assert "bl.spamcop.net names 192.0.2.7" in said[1][1]


def test_what_does_not_listen_is_named_while_the_hub_runs(
    hub: Config, listener: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _said(running.sockets(hub))[0][1].startswith("nothing listens")
    monkeypatch.setattr(health, "stages", lambda _config: [])
    there = listener.getsockname()
    unix = tmp_path / "lmtp"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as lmtp:
        lmtp.bind(str(unix))
        lmtp.listen()
        all_ = dataclasses.replace(hub, http=there, smtp=there, lmtp=f"unix:{unix}")
        assert [level for level, _ in _said(running.sockets(all_))] == ["fine"]
    assert _said(running.sockets(all_)) == [("fault", f"{unix} takes no connection")]


def test_memory_that_is_too_small_is_said(
    hub: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "_MEMORY", tmp_path / "meminfo")
    assert _said(machine.memory(hub)) == [("fine", "this system does not say")]
    (tmp_path / "meminfo").write_text("MemTotal: 2000000 kB\nMemAvailable: 50000 kB\n")
    assert _said(machine.memory(hub))[0][0] == "warning"
    (tmp_path / "meminfo").write_text("MemTotal: 2000000 kB\nMemAvailable: 900000 kB\n")
    assert _said(machine.memory(hub)) == [("fine", "878 MiB free of 1953 MiB")]


def test_where_nobody_decides_is_named(hub: Config) -> None:
    smallhub.add_conference(hub, Conference("docks", {"en": "Docks"}, posting="members"))
    said = _said(delivery.deciders(hub))
    assert said == [("warning", "the operator alone decides in bar, docks")]
    consent = rosterevents.Consent("owner")
    ana = rosterevents.member(1, "ana@union.example", at=smallhub.BEGUN, consent=consent)
    role = rosterevents.role("bar", 1, "moderator", at=smallhub.BEGUN, by="test")
    smallhub.add_events(hub, [ana, role])
    said = _said(delivery.deciders(hub))
    assert said == [("warning", "the operator alone decides in docks"), ("fine", "bar 1")]


def test_what_lies_in_etc_is_compared_with_what_the_hub_would_write(
    hub: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailserver, "_ETC", tmp_path / "etc")
    assert _said(mailserver.copies(hub))[0][0] == "fine"
    store = RosterStore(open_repo(hub.roster_repo))
    mtamaps.write(hub, store.roster(), hub.root / "mta")
    store.close()
    assert _said(mailserver.copies(hub)) == [("fine", "nothing was copied to /etc")]
    (tmp_path / "etc" / "postfix").mkdir(parents=True)
    copied = tmp_path / "etc" / "postfix" / "main.cf"
    text = (hub.root / "mta" / "postfix" / "main.cf").read_text()
    copied.write_text(text + "smtpd_milters = inet:127.0.0.1:11332\n")
    assert [level for level, _ in _said(mailserver.copies(hub))] == ["fine"]
    copied.write_text(text.replace("\nmyhostname = ", "\nmyhostname = other."))
    ((level, words),) = _said(mailserver.copies(hub))
    assert level == "warning"
    assert "lacks 1 lines" in words
    assert "myhostname = mail.hub.example" in words


def test_fix_shuts_what_others_could_read_and_mends_the_hooks(hub: Config) -> None:
    smallhub.add_conference(
        hub, Conference("board", {"en": "Board"}, posting="members", visibility="members")
    )
    hub.keys.mkdir(parents=True, exist_ok=True)
    secret = hub.keys / "a.key"
    secret.write_text("x")
    secret.chmod(0o644)
    (hub.root).chmod(0o755)
    (hub.hooks / "pre-receive").unlink()
    said = fixing.rest(hub)
    assert "others can read private/keys/a.key no more" in said
    assert "others can read content/conferences/board.git no more" in said
    assert "what git runs before and after a push is written anew" in said
    assert secret.stat().st_mode & 0o777 == 0o600
    assert fixing.rest(hub) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to others")
def test_fix_gives_files_back_and_follows_no_link(hub: Config, tmp_path: Path) -> None:
    for path in (hub.root, *hub.root.rglob("*")):
        os.chown(path, 4711, 4711, follow_symlinks=False)
    repo = hub.conference_repo("bar")
    foreign, outside = repo / "objects" / "pack" / "x.pack", tmp_path / "outside"
    foreign.write_text("x")
    outside.write_text("mine")
    (repo / "objects" / "link").symlink_to(outside)
    os.chown(repo / "refs", 0, 0)
    os.link(outside, repo / "objects" / "twice")
    assert fixing.owners(hub) == ["content/conferences/bar.git belongs to 4711 again"]
    assert (foreign.stat().st_uid, (repo / "refs").stat().st_uid) == (4711, 4711)
    assert outside.stat().st_uid == 0
    away = hub.conferences.rename(tmp_path / "away")
    hub.conferences.symlink_to(away)
    os.chown(away / "bar.git" / "refs", 0, 0)
    with pytest.raises(OSError, match=r"Not a directory|Too many levels"):
        fixing.owners(hub)


def test_check_says_what_is_wrong_first_and_each_with_a_remedy(sample_hub: Config) -> None:
    words = ["check", "--hub", str(sample_hub.root)]
    said = CliRunner().invoke(main, words).output.splitlines()
    levels = [line.partition(":")[0] for line in said]
    assert levels == sorted(levels, key=["fault", "warning", "fine"].index)
    rows = json.loads(CliRunner().invoke(main, [*words, "--json"]).output)
    assert all({"id", "ok", "what", "remedy"} <= set(row) for row in rows)
    assert all(row["remedy"] for row in rows if not row["ok"])
    ids = {row["id"] for row in rows}
    assert ids >= {"running", "certificate", "owner", "port-out", "dns-mx", "dns-ptr", "dns-spf"}
    assert ids >= {"backup", "sockets", "memory", "etc", "moderators", "home", "clock"}
    assert "blocklists" not in ids
