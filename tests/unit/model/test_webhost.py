"""Which host shows what, and which domains no union gets."""

from __future__ import annotations

import pytest

from solicomm_build.foundation.hub.webhost import HUB, Hosts, absolute, origin

HOSTS = Hosts(
    "https://hub.example", "mail.hub.example", "sites.example", {"www.metal.example": "metal"}
)


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("metal.sites.example", "metal"),
        ("METAL.sites.example.:8080", "metal"),
        ("www.metal.example", "metal"),
        ("hub.example", HUB),
        ("mail.hub.example:443", HUB),
        ("127.0.0.1:8080", HUB),
        ("[::1]:8080", HUB),
        ("localhost", HUB),
        ("", HUB),
        ("sites.example", None),
        ("a.metal.sites.example", None),
        ("-x.sites.example", None),
        ("xsites.example", None),
        ("metal.sites.example.evil.example", None),
        ("evil.example", None),
        ("metal.example", None),
        ("../x.sites.example", None),
    ],
)
def test_host(host: str, shown: str | None) -> None:
    assert HOSTS.of(host) == shown


def test_without_a_pages_domain_every_name_shows_the_hub() -> None:
    assert Hosts("http://127.0.0.1:8080", "localhost").of("anything.example") == HUB


@pytest.mark.parametrize(
    ("domain", "said"),
    [
        ("hub.example", "belongs to the hub"),
        ("x.hub.example", "belongs to the hub"),
        ("metal.sites.example", "belongs to the hub"),
        ("example", "not a domain"),
        ("no spaces.example", "not a domain"),
        ("1.2.3.4", "not a domain"),
        ("xn--ub-3wc.example", "looks like"),
        ("h-ub.example", "looks like"),
        ("s1tes.example", "looks like"),
    ],
)
def test_domains_that_no_union_gets(domain: str, said: str) -> None:
    fault = HOSTS.fault(domain)
    assert fault is not None
    assert said in fault[0]


@pytest.mark.parametrize("domain", ["metal.org", "www.metalworkers.example", "xn--mgbh0fb.example"])
def test_domains_that_a_union_may_have(domain: str) -> None:
    assert HOSTS.fault(domain) is None


def test_whole_addresses() -> None:
    assert origin("http://hub.example:8080", "sites.example", "metal") == (
        "http://metal.sites.example:8080"
    )
    url = "/unions/metal/about/"
    assert absolute("https://hub.example", None, url) == "https://hub.example/unions/metal/about/"
    assert absolute("https://hub.example", "sites.example", url) == (
        "https://metal.sites.example/about/"
    )
    for other in ("/unions/", "/conferences/x/"):
        assert absolute("https://hub.example", "sites.example", other) == (
            f"https://hub.example{other}"
        )
