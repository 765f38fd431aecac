"""`solicomm check`: what it finds, what it says to do, and the records it prints."""

from __future__ import annotations

import dataclasses
import json
import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from click.testing import CliRunner

from solicomm_build.cli.main import main
from solicomm_build.features.checks import dns, registry
from solicomm_build.features.founding import founding
from solicomm_build.foundation import clock, keys
from solicomm_build.foundation.hub import backups, finding
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.dns import Resolver
from solicomm_build.message.auth import dnsrecords, signer
from solicomm_build.testing.dnsserver import SERVFAIL, dead_address, serving
from solicomm_build.testing.ports import free_port
from solicomm_build.testing.signatures import key


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    made = founding.found_hub(tmp_path / "hub", name="Hub", domain="metal.org", sample=False)
    keys.dkim_key_path(made.keys, made.domain).write_bytes(key())
    keys.dkim_key_path(made.keys, made.domain).chmod(0o600)
    return dataclasses.replace(made, url="https://metal.org", operator="op@elsewhere.org")


def found(hub: Config, level: str = "fault") -> list[str]:
    return [one.id for one in registry.check(hub) if one.level == level]


@contextmanager
def greeter(greeting: bytes) -> Iterator[tuple[str, int]]:
    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.sendall(greeting)
            self.request.recv(100)

    with socketserver.TCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield "127.0.0.1", server.server_address[1]
        server.shutdown()


def test_a_check_that_cannot_look_hides_no_other(hub: Config) -> None:
    """A file of another shape ended the command, and the letter to operators told of nothing."""
    hub.state.mkdir(exist_ok=True)
    (hub.state / "build.json").write_text('{"failures": 3, "at": "today"}')
    hub.spool_quarantine.mkdir(parents=True, exist_ok=True)
    (hub.spool_quarantine / "in-1.mail").write_bytes(b"x")
    told = {one.id: one.finding.what for one in finding.wrong(hub)}
    assert told["last-build"] == "cannot be looked at (TypeError)"
    assert "1 could not be handled" in told["quarantine"]
    assert "last-build" in found(hub)


def test_a_good_hub_has_nothing_to_mend(hub: Config) -> None:
    assert found(hub) == []
    backups.note(hub, "/mnt/stick", at=clock.now(), every=None)
    of_this_machine = ("disk", "memory", "running")
    assert [one for one in found(hub, "warning") if one not in of_this_machine] == []
    assert {"domain", "url", "delivery", "private", "dkim-key", "clock"} <= set(found(hub, "fine"))


def test_the_key_is_made_when_there_is_none(hub: Config) -> None:
    path = keys.dkim_key_path(hub.keys, hub.domain)
    path.unlink()
    assert any("made just now" in one.what for one in registry.check(hub))
    assert path.stat().st_mode & 0o777 == 0o600
    assert signer.key_record(path.read_bytes()) == dns.records(hub)[2].value


def test_a_key_that_is_none(hub: Config) -> None:
    keys.dkim_key_path(hub.keys, hub.domain).write_bytes(b"nonsense")
    assert found(hub) == ["dkim-key"]


def test_what_is_private_stays_so(hub: Config) -> None:
    keys.dkim_key_path(hub.keys, hub.domain).chmod(0o644)
    assert found(hub) == ["private"]
    keys.dkim_key_path(hub.keys, hub.domain).chmod(0o600)
    hub.private.chmod(0o750)
    assert found(hub) == ["private"]


def test_names_that_only_work_here(hub: Config) -> None:
    trial = dataclasses.replace(
        hub, domain="hub.example", url="http://127.0.0.1:8080", operator=None
    )
    assert {"domain", "url", "operator"} <= set(found(trial, "warning"))
    plain = dataclasses.replace(hub, url="http://metal.org")
    assert "url" in found(plain, "warning")


def test_the_relay(hub: Config) -> None:
    def with_relay(host: str, port: int) -> Config:
        return dataclasses.replace(hub, delivery="relay", relay=(host, port))

    taking = Controller(Sink(), hostname="127.0.0.1", port=free_port())
    taking.start()
    try:
        assert "delivery" in found(with_relay("127.0.0.1", taking.port), "fine")
    finally:
        taking.stop()
    with greeter(b"220 here\r\n") as address:  # and takes nothing
        assert found(with_relay(*address)) == ["delivery"]
    with greeter(b"554 no\r\n") as address:
        assert found(with_relay(*address)) == ["delivery"]
    assert found(with_relay(*dead_address())) == ["delivery"]
    assert "delivery" in found(with_relay("mail.metal.org", 25), "warning")  # and nobody was asked


def test_a_clock_that_is_behind(hub: Config) -> None:
    with clock.fixed(datetime(1999, 1, 1, tzinfo=UTC)):
        assert found(hub) == ["clock"]


def test_a_full_disk(hub: Config) -> None:
    limits = dataclasses.replace(hub.limits, free_disk_percent=101)
    assert found(dataclasses.replace(hub, limits=limits)) == ["disk"]


# -- DNS ------------------------------------------------------------------------------------------


def test_what_is_published_is_compared(hub: Config) -> None:
    wanted = {one.name: [one.value] for one in dns.records(hub) if one.type == "TXT"}
    with serving(wanted) as server:
        asking = dataclasses.replace(hub, dns=(server.address,))
        assert {"dns-dkim", "dns-dmarc"} <= set(found(asking, "fine"))
        server.records |= {
            "metal.org": ["v=spf1 mx -all", "v=spf1 -all"],
            "solicomm._domainkey.metal.org": [signer.key_record(key("rsa", 1))],
            "_dmarc.metal.org": [SERVFAIL],
        }
        said = list(dnsrecords.missing(dns.records(hub), Resolver([server.address]).txt))
    assert "2 v=spf1 records" in said[0]
    assert "another key" in said[1]
    assert "_dmarc.metal.org" in said[2]
    with serving({}) as server:
        said = found(dataclasses.replace(hub, dns=(server.address,)), "warning")
        assert {"dns-mx", "dns-address", "dns-spf", "dns-dkim", "dns-dmarc"} <= set(said)


def test_the_zone_file_holds_what_it_should(hub: Config) -> None:
    text = dnsrecords.zone(dns.records(hub))
    plain = "\n".join(line for line in text.splitlines() if not line.startswith(";"))
    strings = re.findall(r'"([^"]*)"', plain)
    assert all(len(one) <= 255 for one in strings)
    assert "metal.org. 3600 IN MX 10 mail.metal.org." in plain
    assert signer.key_record(key()) in "".join(strings)
    assert "rua=mailto:postmaster@metal.org" in plain
    assert text.count("\n;") + text.startswith(";") >= 4  # each says why


def test_a_zone_reader_reads_it(hub: Config) -> None:
    zone = pytest.importorskip("dns.zone")
    text = dnsrecords.zone(dns.records(hub))
    read = zone.from_text("$TTL 60\n@ IN SOA a. b. 1 2 3 4 5\n@ IN NS a.\n" + text, "metal.org.")
    record = read.get_rdataset("solicomm._domainkey", "TXT")[0]
    assert b"".join(record.strings).decode() == signer.key_record(key())


# -- the command ----------------------------------------------------------------------------------


def test_the_command(hub: Config) -> None:
    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, ["check", "--hub", str(hub.root), *words])
        return done.exit_code, done.output

    assert run()[0] == 0
    assert "fine: DKIM key" in run()[1]
    rows = json.loads(run("--json")[1])
    assert {row["id"] for row in rows} == {one.id for one in registry.every()}
    assert all({"id", "ok", "level", "what", "remedy"} == set(row) for row in rows)
    assert all(row["ok"] or row["remedy"] for row in rows)
    assert {row["level"] for row in rows} <= {"fine", "warning"}
    assert run("--dns")[1] == dnsrecords.zone(dns.records(dataclasses.replace(hub, operator=None)))
    assert json.loads(run("--dns", "--json")[1])[2]["name"] == "solicomm._domainkey.metal.org"
    keys.dkim_key_path(hub.keys, hub.domain).chmod(0o644)
    assert run()[0] == 78
