"""A union's own origin: its site at the root, nothing else of the hub, unknown names refused."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator

import pytest

from solicomm_build.foundation.hub.config import Config
from solicomm_build.testing import hubs, webserver
from solicomm_build.testing.webserver import Address, Answer, ask

SITE = "metal.sites.example"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Config:
    made = hubs.sample(tmp_path_factory.mktemp("hosts") / "hub")
    made = dataclasses.replace(made, url="https://hub.example", pages="sites.example")
    assert not hubs.build(made).failures
    proven = {"www.metal.example": {"union": "metal", "proven": "2026-03-01T00:00:00+00:00"}}
    (made.private / "domains.json").write_text(json.dumps(proven))
    return made


@pytest.fixture(scope="module")
def server(hub: Config) -> Iterator[Address]:
    with webserver.running(hub) as address:
        yield address


def get(server: Address, host: str, path: str = "/", **more: str) -> Answer:
    import http.client

    client = http.client.HTTPConnection(*server, timeout=30)
    client.request("GET", path, headers={"Host": host, **more})
    answer = client.getresponse()
    headers = {name.lower(): value for name, value in answer.getheaders()}
    found = Answer(answer.status, headers, answer.read())
    client.close()
    return found


def test_the_site_is_at_the_root(server: Address, hub: Config) -> None:
    home = get(server, SITE)
    assert home.status == 200
    assert home.body == (hub.public / "unions/metal/index.html").read_bytes()
    assert get(server, "www.metal.example").body == home.body
    assert "frame-ancestors 'none'" in home.headers["content-security-policy"]
    text = home.body.decode()
    assert '<link rel="canonical" href="https://metal.sites.example/">' in text
    assert 'href="https://hub.example/"' in text, "the way to the hub is a whole address"
    assert 'href="https://hub.example/members/"' in text
    assert "<script" not in text, "nobody is signed in at a name of the union's own"
    take = "https://hub.example/take/unions/metal/?lang=en"
    assert f'href="{take}"' in text, "what there is to take is the hub's to say"
    assert "/unions/metal/" not in text.replace(take, "")


def test_every_link_of_the_site_leads_somewhere(server: Address, hub: Config) -> None:
    from urllib.parse import urljoin, urlsplit

    seen, waiting = set(), ["/", "/nothing/here/"]
    while waiting:
        path = waiting.pop()
        answer = get(server, SITE, path)
        assert answer.status == (404 if path == "/nothing/here/" else 200), path
        for link in re.findall(r'(?:href|src)="([^"#]+)', answer.body.decode("utf-8", "replace")):
            whole = urlsplit(urljoin(f"https://{SITE}{path}", link))
            if whole.hostname == SITE and whole.path not in seen and not whole.query:
                seen.add(whole.path)
                waiting.append(whole.path)
    assert any(path.startswith("/theme/") for path in seen)
    assert len(seen) > 10


def test_what_is_not_of_the_site_is_not_there(server: Address) -> None:
    for path in (
        "/unions/metal/",
        "/metrics",
        "/oai",
        "/unions/metal.git/info/refs",
        "/x.git/HEAD",
    ):
        assert get(server, SITE, path).status == 404, path
    for path in ("/conferences/organising/", "/search/?q=x"):
        answer = get(server, SITE, path)
        assert (answer.status, answer.headers["location"]) == (302, f"https://hub.example{path}")


def test_redirects_stay_at_the_root(server: Address) -> None:
    answer = get(server, SITE, "/news")
    assert (answer.status, answer.headers["location"]) == (301, "/news/")


def test_unknown_names_get_421(server: Address) -> None:
    for host in ("evil.example", "nobody.sites.example", "sites.example"):
        assert get(server, host).status == 421, host
    assert ask(server, "/").status == 200, "the machine's own address shows the hub"


def test_the_hub_serves_paths_as_before(server: Address) -> None:
    assert get(server, "hub.example", "/unions/metal/").status == 200
    assert "https://metal.sites.example/" in get(server, "hub.example").body.decode()


def test_feeds_and_site_map_name_the_site_s_own_origin(server: Address) -> None:
    for path in ("/sitemap.xml", "/feed.xml"):
        text = get(server, SITE, path).body.decode()
        assert "https://metal.sites.example/" in text
        assert "hub.example/unions" not in text


def test_a_server_in_front_may_ask_for_names(server: Address) -> None:
    def status(name: str, **more: str) -> int:
        return get(server, "127.0.0.1", f"/hosts/known?domain={name}", **more).status

    assert status(SITE) == status("www.metal.example") == status("hub.example") == 200
    for name in ("evil.example", "nobody.sites.example", "127.0.0.1", ""):
        assert status(name) == 404, name
    assert status(SITE, **{"X-Forwarded-For": "192.0.2.1"}) == 403


def test_what_to_take_of_a_site_leads_back_to_its_own_name(server: Address) -> None:
    shown = get(server, "hub.example", "/take/unions/metal/?lang=en").body.decode()
    assert '<a href="https://metal.sites.example/">' in shown
    assert "git clone https://hub.example/unions/metal.git" in shown
    repository = "/unions/metal.git/info/refs?service=git-upload-pack"
    assert get(server, "hub.example", repository).status == 200
    assert ".epub" not in shown
