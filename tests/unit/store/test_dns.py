"""The resolver against a DNS server on loopback: answers, absence, failures, memory."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import ConfigError, NameLookupError
from solicomm_build.foundation.hub import dns, hubyaml
from solicomm_build.foundation.hub.dns import Resolver, resolver_of
from solicomm_build.foundation.types import TxtAnswer
from solicomm_build.message.auth import dmarc
from solicomm_build.testing.dnsserver import SERVFAIL, SILENT, DnsServer, dead_address, serving

START = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
LEAST = "name: Hub\ndomain: hub.example\nurl: https://hub.example\n"
LONG = "v=DKIM1; p=" + "A" * 700
TABLE = {
    "a.example": ["one", "two"],
    "k._domainkey.a.example": [LONG],
    "big.example": ["x" * 255] * 20,
    "broken.example": [SERVFAIL],
    "silent.example": [SILENT],
    "_dmarc.union.example": ["v=DMARC1; p=reject"],
}


@pytest.fixture
def server() -> Iterator[DnsServer]:
    with serving(TABLE, ttl=3600) as running:
        yield running


@pytest.fixture
def resolver(server: DnsServer, monkeypatch: pytest.MonkeyPatch) -> Resolver:
    monkeypatch.setattr(dns, "TIMEOUT", 60.0)  # on a busy machine three seconds are nothing
    return Resolver([server.address])


def test_records_and_absence(resolver: Resolver) -> None:
    assert resolver.txt("A.example.") == TxtAnswer((b"one", b"two"))
    assert resolver.txt("_domainkey.a.example") == TxtAnswer((), exists=True)
    assert resolver.txt("b.example") == TxtAnswer((), exists=False)


def test_long_records_are_joined_and_large_answers_come_by_tcp(resolver: Resolver) -> None:
    assert resolver.key("k._domainkey.a.example") == LONG.encode()
    assert resolver.key("nothing.a.example") is None
    assert len(resolver.txt("big.example").records) == 1  # the same string twenty times is one set


def test_an_answer_is_kept_as_long_as_it_says(server: DnsServer, resolver: Resolver) -> None:
    with clock.fixed(START):
        resolver.txt("a.example")
        resolver.txt("a.example")
    assert server.asked["a.example"] == 1
    with clock.fixed(START + timedelta(seconds=3601)):
        resolver.txt("a.example")
    assert server.asked["a.example"] == 2


def test_no_answer_is_kept_for_longer_than_a_day(server: DnsServer, resolver: Resolver) -> None:
    server.ttl = 10**9
    with clock.fixed(START):
        resolver.txt("a.example")
    with clock.fixed(START + timedelta(days=1, seconds=1)):
        resolver.txt("a.example")
    assert server.asked["a.example"] == 2


def test_absence_is_remembered(server: DnsServer, resolver: Resolver) -> None:
    for _ in range(3):
        assert not resolver.txt("b.example").exists
    assert server.asked["b.example"] == 1


def test_a_failure_is_not_absence(server: DnsServer, resolver: Resolver) -> None:
    for _ in range(3):
        with pytest.raises(NameLookupError, match=r"broken\.example"):
            resolver.txt("broken.example")
    asked = server.asked["broken.example"]
    assert resolver.txt("a.example").records  # one that fails stops no other
    with clock.fixed(datetime.now(UTC) + timedelta(minutes=1)), pytest.raises(NameLookupError):
        resolver.txt("broken.example")
    assert server.asked["broken.example"] > asked


def test_silence_ends_in_time_and_is_met_once(
    server: DnsServer, resolver: Resolver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dns, "TIMEOUT", 0.2)
    with pytest.raises(NameLookupError):
        resolver.txt("silent.example")
    with pytest.raises(NameLookupError):  # nobody is asked for a while
        resolver.txt("a.example")
    assert not server.asked["a.example"]
    with clock.fixed(datetime.now(UTC) + timedelta(minutes=1)):
        assert resolver.txt("a.example").records


def test_what_failed_while_the_clock_was_far_ahead_is_asked_again(
    server: DnsServer, resolver: Resolver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dns, "TIMEOUT", 0.2)
    with clock.fixed(START.replace(year=2037)), pytest.raises(NameLookupError):
        resolver.txt("silent.example")
    server.records["silent.example"] = ["here"]
    monkeypatch.setattr(dns, "TIMEOUT", 60.0)
    with clock.fixed(START):
        assert resolver.txt("a.example").records
        assert resolver.txt("silent.example").records


def test_a_dead_server_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dns, "TIMEOUT", 0.2)
    with pytest.raises(NameLookupError):
        Resolver([dead_address()]).txt("a.example")


@pytest.mark.parametrize("name", ["", "a..b", "x" * 64 + ".example", "a." * 200, "\udcff", "é b\n"])
def test_impossible_names_are_answered_without_a_server(name: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dns, "TIMEOUT", 0.1)
        resolver = Resolver([dead_address()])
        with contextlib.suppress(NameLookupError):  # odd, but possible
            assert not resolver.txt(name).records


def test_the_machines_own_resolver_is_not_asked_about_reserved_names() -> None:
    resolver = Resolver()
    for name in ("_dmarc.union.example", "a.test", "b.invalid", "localhost"):
        assert resolver.txt(name) == TxtAnswer((), exists=False)


def test_policies_come_from_it(resolver: Resolver, server: DnsServer) -> None:
    assert dmarc.policy("mail.union.example", resolver.txt).p == "reject"
    server.records["_dmarc.union.example"] = [SERVFAIL]
    assert dmarc.policy("mail.union.example", resolver.txt).certain  # still remembered
    assert not dmarc.policy("mail.union.example", Resolver([server.address]).txt).certain


# -- hub.yaml -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "setting"),
    [
        ("", "off"),
        ("delivery: relay\nrelay: {host: 127.0.0.1, port: 25}\n", "system"),
        ("delivery: relay\nrelay: {host: 127.0.0.1, port: 25}\ndns: off\n", "off"),
        ("dns: system\n", "system"),
        ("dns: 127.0.0.1:5353\n", (("127.0.0.1", 5353),)),
        ('dns: [127.0.0.1:5353, "[::1]:53"]\n', (("127.0.0.1", 5353), ("::1", 53))),
    ],
)
def test_whom_to_ask(lines: str, setting: object) -> None:
    assert hubyaml.parse(LEAST + lines, Path("/hub")).dns == setting


@pytest.mark.parametrize(
    "line",
    [
        "dns: on",
        "dns: [off, system]",
        "dns: [ns.example:53]",
        "dns: 127.0.0.1",
        "dns: [127.0.0.1:99999]",
    ],
)
def test_faults(line: str) -> None:
    with pytest.raises(ConfigError, match="dns"):
        hubyaml.parse(f"{LEAST}{line}\n", Path("/hub"))


def test_the_resolver_of_a_hub(server: DnsServer) -> None:
    hub = hubyaml.parse(LEAST, Path("/hub"))
    assert resolver_of(hub) is None
    found = resolver_of(dataclasses.replace(hub, dns=(server.address,)))
    assert found is not None
    assert found.txt("a.example").records
    assert resolver_of(dataclasses.replace(hub, dns="system")) is not None


def test_the_authserv_id() -> None:
    hub = hubyaml.parse(f"{LEAST}authserv_id: MX.Hub.example\n", Path("/hub"))
    assert hub.authserv_id == "mx.hub.example"
    with pytest.raises(ConfigError, match="authserv_id"):
        hubyaml.parse(f"{LEAST}authserv_id: a b\n", Path("/hub"))
