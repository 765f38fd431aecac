"""A lost hub comes back from some who heard what it had erased, and some who did not."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from solicomm_build.cli.restore import command
from solicomm_build.features.network.erasures import heeding, notices
from solicomm_build.features.privacy import erase
from solicomm_build.foundation import maillog
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.git.repo import environment
from solicomm_build.post import post as posts
from solicomm_build.testing import hubs, smallhub
from solicomm_build.testing.networks import Network


@pytest.mark.parametrize("old", ["stick", "clone"])
def test_what_one_of_them_knows_is_erased_does_not_come_back_with_another(
    tmp_path: Path, old: str
) -> None:
    """It was marked as erased, and stood on the pages all the same."""
    net = Network(tmp_path / "net", "abcd")
    net.write("a", hubs.post("stays"), hubs.post("gone"))
    for taker in "bc":
        net.carry("a", taker)
    erase.erase(net.hubs["a"], hubs.mid("gone"), reason="Asked for", by="test")
    who = (net.hubs["c"], net.identity("c"), net.known("c"))
    heeding.received(*who, notices.files(net.hubs["a"]))
    heeding.carry_out(*who, maillog.to_nobody())
    places = [str(net.stick("b", "d")), str(net.stick("c", "d"))]
    if old == "clone":
        places[0] = str(tmp_path / "net.git")
        words = ["git", "clone", "-q", "--mirror", str(net.repo("b").path), places[0]]
        subprocess.run(words, env=environment(), check=True)
    asked = [word for place in places for word in ("--from", f"peer:{place}")]
    more = ["--domain", "a.example", "--yes", str(tmp_path / "hub")]
    said = CliRunner().invoke(command, [*asked, *more])
    assert said.exit_code == 0, said.output
    assert "1 posts that were erased stay so" in said.output
    files = smallhub.files(hubyaml.load(tmp_path / "hub").conference_repo("net"))
    there = {ids[1] for path in files if (ids := posts.parse_path(path))}
    assert there == {hubs.mid("stays")}
