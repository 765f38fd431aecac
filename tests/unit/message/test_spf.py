"""SPF as receivers judge it (RFC 7208)."""

from __future__ import annotations

import ipaddress

import pytest

from solicomm_build.foundation.errors import NameLookupError
from solicomm_build.message.auth import spf

V4, V6 = ipaddress.ip_address("192.0.2.9"), ipaddress.ip_address("2001:db8::9")
DNS: dict[tuple[str, str], tuple[str, ...]] = {
    ("MX", "d.org"): ("10 mx.d.org",),
    ("A", "mx.d.org"): ("192.0.2.9",),
    ("AAAA", "mx.d.org"): ("2001:db8::9",),
    ("A", "d.org"): ("192.0.2.1",),
    ("TXT", "yes.org"): ("v=spf1 ip4:192.0.2.9 -all",),
    ("TXT", "no.org"): ("v=spf1 -all",),
    ("TXT", "loop.org"): ("v=spf1 include:loop.org -all",),
}


def judged(record: str, address: spf.Address = V4) -> str:
    table = DNS | {("TXT", "d.org"): (record, "other text")}

    def ask(name: str, kind: spf.Kind) -> tuple[str, ...]:
        if name == "dead.org":
            raise NameLookupError("no answer")
        return table.get((kind, name), ())

    return spf.evaluate("d.org", address, ask)


@pytest.mark.parametrize(
    ("record", "outcome"),
    [
        ("v=spf1 mx -all", "pass"),
        ("v=spf1 a -all", "fail"),
        ("v=spf1 a/24 -all", "pass"),
        ("v=spf1 a:mx.d.org -all", "pass"),
        ("v=spf1 ?all", "neutral"),
        ("v=spf1", "neutral"),
        ("v=spf10 -all", "none"),
        ("V=SPF1 MX -ALL", "pass"),
        ("v=spf1 include:yes.org ~all", "pass"),
        ("v=spf1 include:no.org ~all", "softfail"),
        ("v=spf1 include:none.org -all", "permerror"),
        ("v=spf1 redirect=yes.org", "pass"),
        ("v=spf1 redirect=none.org", "permerror"),
        ("v=spf1 include:loop.org -all", "permerror"),
        ("v=spf1 a:dead.org -all", "temperror"),
        ("v=spf1 exists:%{i}.d.org -all", "permerror"),
        ("v=spf1 exp=why.d.org unknown=1 mx -all", "pass"),
        ("v=spf1 ip4:nonsense -all", "permerror"),
    ],
)
def test_a_record(record: str, outcome: str) -> None:
    assert judged(record) == outcome


def test_an_ipv6_address() -> None:
    assert judged("v=spf1 mx -all", V6) == "pass"
    assert judged("v=spf1 mx/24//64 -all", V6) == "pass"
    assert judged("v=spf1 ip4:192.0.2.0/24 -all", V6) == "fail"


def test_two_records_count_as_broken() -> None:
    assert spf.evaluate("d.org", V4, lambda name, kind: ("v=spf1 -all", "v=spf1 mx")) == "permerror"
