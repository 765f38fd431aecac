"""A union's domain: what must stand in the DNS, and that nothing else counts."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from solicomm_build.foundation.errors import HubError, UsageError
from solicomm_build.foundation.hub import domains
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.dns import Resolver
from solicomm_build.git.repo import create
from solicomm_build.testing import smallhub
from solicomm_build.testing.dnsserver import serving

NAME = "www.metalworkers.example"


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    made = smallhub.make(tmp_path / "hub")
    for union in ("metal", "docks"):
        create(made.union_repo(union))
    return dataclasses.replace(made, pages="sites.example")


def test_a_domain_counts_when_the_record_is_there(hub: Config) -> None:
    wanted = domains.challenge(hub, "metal", NAME)
    known = domains.Domains(hub)
    assert known.hosts.of(NAME) is None
    with serving({wanted.name: ["something else"]}) as dns:
        with pytest.raises(HubError, match="something else"):
            domains.check(hub, "metal", NAME, Resolver([dns.address]))
        dns.records[wanted.name] = ["another", wanted.text]
        assert domains.check(hub, "metal", f"{NAME.upper()}.", Resolver([dns.address])) == NAME
    assert known.hosts.of(NAME) == "metal"
    assert (hub.private / "domains.json").stat().st_mode & 0o777 == 0o600
    with pytest.raises(UsageError, match="belongs to metal"):
        domains.challenge(hub, "docks", NAME)
    with pytest.raises(HubError, match="does not have"):
        domains.remove(hub, "docks", NAME)
    domains.remove(hub, "metal", NAME)
    assert known.hosts.of(NAME) is None


def test_the_record_of_one_union_is_of_no_use_to_another(hub: Config) -> None:
    mine = domains.challenge(hub, "metal", NAME)
    with serving({mine.name: [mine.text]}) as dns, pytest.raises(HubError, match="no such TXT"):
        domains.check(hub, "docks", NAME, Resolver([dns.address]))


def test_what_is_refused(hub: Config) -> None:
    with pytest.raises(UsageError, match="belongs to the hub"):
        domains.challenge(hub, "metal", "x.sites.example")
    with pytest.raises(HubError, match="no union"):
        domains.challenge(hub, "nobody", NAME)
    mail = dataclasses.replace(hub, mail_domains={NAME: "docks"})
    with pytest.raises(UsageError, match="belongs to docks"):
        domains.challenge(mail, "metal", NAME)


def test_a_broken_file_is_never_replaced(hub: Config) -> None:
    hub.private.mkdir(exist_ok=True)
    (hub.private / "domains.json").write_text("{")
    with pytest.raises(HubError, match="cannot be read"):
        domains.remove(hub, "metal", NAME)
    assert (hub.private / "domains.json").read_text() == "{"
