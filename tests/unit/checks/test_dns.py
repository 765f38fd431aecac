"""What `solicomm check` says of MX, addresses, PTR and SPF, asked of a DNS server of ours."""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Iterator
from pathlib import Path

import pytest

from solicomm_build.features.checks import ownaddresses as addresses
from solicomm_build.features.checks import registry
from solicomm_build.features.founding import founding
from solicomm_build.foundation import keys
from solicomm_build.foundation.hub.config import Config
from solicomm_build.testing.dnsserver import DnsServer, serving
from solicomm_build.testing.signatures import key

OURS = "198.41.0.4"
BACK = "4.0.41.198.in-addr.arpa"


@pytest.fixture
def server() -> Iterator[DnsServer]:
    with serving({}) as found:
        found.others = {
            ("MX", "metal.org"): ["10 mail.metal.org"],
            ("A", "mail.metal.org"): [OURS],
            ("PTR", BACK): ["mail.metal.org"],
        }
        found.records = {"metal.org": ["v=spf1 mx -all"]}
        yield found


@pytest.fixture
def hub(tmp_path: Path, server: DnsServer, monkeypatch: pytest.MonkeyPatch) -> Config:
    made = founding.found_hub(tmp_path / "hub", name="Hub", domain="metal.org", sample=False)
    keys.dkim_key_path(made.keys, made.domain).write_bytes(key())
    monkeypatch.setattr(addresses, "of_machine", lambda: (ipaddress.ip_address(OURS),))
    return dataclasses.replace(made, dns=(server.address,))


def said(hub: Config, id: str) -> list[tuple[str, str]]:
    return [(one.level, one.what) for one in registry.check(hub) if one.id == id]


@pytest.mark.parametrize("id", ["dns-mx", "dns-address", "dns-ptr", "dns-spf"])
def test_what_fits_is_fine(hub: Config, id: str) -> None:
    assert {level for level, _ in said(hub, id)} == {"fine"}


def test_no_mx_and_another_ones(hub: Config, server: DnsServer) -> None:
    del server.others["MX", "metal.org"]
    assert "has none" in said(hub, "dns-mx")[0][1]
    server.others["MX", "metal.org"] = ["10 mx.elsewhere.org"]
    assert said(hub, "dns-mx")[0][0] == "warning"
    assert "mx.elsewhere.org, not to mail.metal.org" in said(hub, "dns-mx")[0][1]


def test_a_host_without_an_address_or_with_a_strange_one(hub: Config, server: DnsServer) -> None:
    del server.others["A", "mail.metal.org"]
    assert "has no address" in said(hub, "dns-address")[0][1]
    server.others["A", "mail.metal.org"] = ["199.7.91.13"]
    assert "199.7.91.13, which is none of this machine's" in said(hub, "dns-address")[0][1]


def test_an_address_that_leads_back_to_nothing(hub: Config, server: DnsServer) -> None:
    server.others["PTR", BACK] = ["box.provider.net"]
    assert "box.provider.net, which does not lead to it" in said(hub, "dns-ptr")[0][1]
    del server.others["PTR", BACK]
    assert "leads back to no name" in said(hub, "dns-ptr")[0][1]


@pytest.mark.parametrize(
    ("record", "outcome"),
    [
        ("v=spf1 ip4:203.0.113.1 -all", "fail"),
        ("v=spf1 ~all", "softfail"),
        ("v=spf1 ip4:198.41.0.0/24 -all", ""),
        ("v=spf1 a:mail.metal.org -all", ""),
        ("v=spf1 include:provider.net -all", "permerror"),
        ("v=spf1 nonsense:x -all", "permerror"),
        ("v=spf1 redirect=spf.metal.org", ""),
    ],
)
def test_spf_is_judged_as_receivers_do(
    hub: Config, server: DnsServer, record: str, outcome: str
) -> None:
    server.records["metal.org"] = [record]
    server.records["spf.metal.org"] = ["v=spf1 mx:metal.org -all"]
    found = said(hub, "dns-spf")
    if outcome:
        assert f"does not let {OURS} send" in found[-1][1]
        assert f"({outcome})" in found[-1][1]
    else:
        assert {level for level, _ in found} == {"fine"}


def test_a_domain_for_people_is_looked_at_too(hub: Config) -> None:
    both = dataclasses.replace(hub, mail_domains={"docks.org": "docks"})
    assert any("docks.org has none" in text for _, text in said(both, "dns-mx"))
    assert any("docks.org has no v=spf1" in text for _, text in said(both, "dns-spf"))


def test_the_kernels_list_of_addresses(tmp_path: Path) -> None:
    (tmp_path / "fib_trie").write_text(
        "Main:\n     |-- 127.0.0.1\n        /32 host LOCAL\n"
        "     |-- 198.41.0.4\n        /32 host LOCAL\n"
        "     |-- 198.41.0.255\n        /32 link BROADCAST\n"
    )
    (tmp_path / "if_inet6").write_text(
        "00000000000000000000000000000001 01 80 10 80       lo\n"
        "2620010a80010000000000000000aaaa 02 40 00 80     eth0\n"
        "fe800000000000000000000000000001 02 40 20 80     eth0\n"
    )
    found = addresses.of_machine(tmp_path)
    assert [str(one) for one in found] == [OURS, "2620:10a:8001::aaaa"]
    assert addresses.of_machine(tmp_path / "none") == ()
