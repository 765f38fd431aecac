"""`solicomm site`: history and going back, on a hub's own site."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from click.testing import Result

from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import open_repo
from solicomm_build.testing.dnsserver import serving
from solicomm_build.testing.hubs import START, Change, commit

Run = Callable[..., Result]


def test_history_and_rollback(run: Run, sample_hub: Config) -> None:
    where = ("--hub", sample_hub.root)
    repo = open_repo(sample_hub.union_repo("metal"))
    first = repo.ref()
    commit(repo.path, Change("pages/new.en.md", b"---\ntitle: New\n---\n\nWords.\n"), at=START)
    told = run("site", "history", "metal", "--count", "1", *where)
    assert told.exit_code == 0
    assert "2026-03-01 08:00" in told.output
    assert "pages/new.en.md" in told.output
    assert run("site", "rollback", "metal", *where).exit_code == 0
    tree = repo.git("rev-parse", f"{repo.ref()}^{{tree}}", f"{first}^{{tree}}").split()
    assert tree[0] == tree[1]
    assert run("site", "rollback", "metal", first, *where).exit_code == 66
    assert run("site", "rollback", "nobody", *where).exit_code == 66


def settings(hub: Config, text: str) -> None:
    file = hub.root / "hub.yaml"
    lines = [line for line in file.read_text("utf-8").splitlines() if not line.startswith("url:")]
    file.write_text("\n".join([*lines, text, ""]), "utf-8")


def test_list_says_what_room_each_takes(run: Run, sample_hub: Config) -> None:
    told = run("site", "list", "--json", "--hub", sample_hub.root)
    rows = {row["union"]: row for row in json.loads(told.output)}
    assert rows["metal"]["files"] > 5
    assert rows["metal"]["bytes"] > 1000
    assert rows["metal"]["drafts"] == rows["metal"]["pushes"] == 0
    assert "of 20,000 files" in run("site", "list", "--hub", sample_hub.root).output


def test_a_domain_is_proved_by_the_dns(run: Run, sample_hub: Config) -> None:
    words = ("site", "domain", "metal", "www.metal.example", "--hub", sample_hub.root)
    assert run(*words).exit_code == 66, "there is no pages domain"
    with serving({}) as dns:
        port = dns.address[1]
        settings(
            sample_hub,
            "url: https://hub.example\npages: {domain: sites.example}\n"
            f"dns: ['127.0.0.1:{port}']",
        )
        told = run(*words).output
        record = re.search(r'(_solicomm\.www\.metal\.example)\. IN TXT "([^"]+)"', told)
        assert record is not None
        assert run(*words, "--check").exit_code == 66
        dns.records[record[1]] = [record[2]]
        assert run(*words, "--check").exit_code == 0
    assert "www.metal.example" in run("site", "list", "--hub", sample_hub.root).output
    for server, name in (("nginx", "solicomm.conf"), ("caddy", "Caddyfile")):
        assert run("web-config", server, "--hub", sample_hub.root).exit_code == 0
        assert "www.metal.example" in (sample_hub.root / "web" / name).read_text("utf-8")
    assert run(*words, "--remove").exit_code == 0
    assert run(*words, "--remove").exit_code == 66


def test_web_config_says_what_it_needs(run: Run, sample_hub: Config) -> None:
    settings(sample_hub, "url: https://hub.example")
    told = run("web-config", "nginx", "--certificates", "/nowhere", "--hub", sample_hub.root)
    assert "Needs: a certificate in /nowhere/hub.example" in told.output
    assert "sites.example" not in (sample_hub.root / "web/solicomm.conf").read_text("utf-8")


def test_web_config_refuses_a_hub_below_a_path(run: Run, sample_hub: Config) -> None:
    settings(sample_hub, "url: https://hub.example/below")
    assert run("web-config", "caddy", "--hub", sample_hub.root).exit_code == 64
