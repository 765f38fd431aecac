"""Offers as stock git sees them, and what is refused."""

from __future__ import annotations

import json
import re
import subprocess
import threading
from pathlib import Path

import pytest

from solicomm_build.features.network.judging import offers
from solicomm_build.foundation.errors import ContentError
from solicomm_build.foundation.types import Oid
from solicomm_build.git import maintenance
from solicomm_build.git.repo import Repo, environment
from solicomm_build.testing import hubs
from solicomm_build.testing.networks import Network


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Network:
    made = Network(tmp_path_factory.mktemp("net"), "ab")
    made.write("a", hubs.post("one"))
    made.sign("a")
    return made


def test_git_verifies_an_offer(net: Network, tmp_path: Path) -> None:
    (tmp_path / "allowed").write_text(f"hub {net.identity('a').public}\n")
    words = ["git", f"--git-dir={net.repo('a').path}", "-c", "gpg.format=ssh"]
    words += ["-c", f"gpg.ssh.allowedSignersFile={tmp_path / 'allowed'}"]
    tag = net.repo("a").ref(offers.ref(net.id("a")))
    done = subprocess.run(
        [*words, "verify-tag", str(tag)], capture_output=True, env=environment(), check=False
    )
    assert done.returncode == 0, done.stderr


def test_signing_again_changes_nothing_until_the_log_grows(net: Network) -> None:
    before = net.repo("a").ref(offers.ref(net.id("a")))
    assert net.sign("a") == []
    assert net.repo("a").ref(offers.ref(net.id("a"))) == before
    net.write("a", hubs.post("two"))
    assert net.sign("a") == ["conferences/net"]
    now = offers.held(net.repo("a"), net.id("a"), net.identity("a").public)
    assert now is not None
    assert now.tip == net.tip("a")


@pytest.mark.parametrize("what", ["key", "tip", "seq", "hub", "words", "schema"])
def test_what_is_not_as_it_was_signed_is_refused(net: Network, what: str) -> None:
    one = net.identity("a")
    tag = net.repo("a").git("cat-file", "tag", str(net.repo("a").ref(offers.ref(one.id))))
    assert offers.read(tag, one.public).hub == one.id
    key = net.identity("b").public if what == "key" else one.public
    body, mark, rest = tag.partition(b"-----BEGIN")
    said = json.loads(body.partition(b"\n\n")[2])
    if what == "words":
        body = body.replace(b"net", b"nat")
    elif what != "key":
        said[what] = {"tip": "0" * 40, "seq": -1, "hub": "../etc", "schema": "x"}[what]
        body = re.sub(rb"\{.*\}", json.dumps(said).encode(), body)
        mark, rest = one.sign(body, "git").encode()[:10], one.sign(body, "git").encode()[10:]
    with pytest.raises(ContentError):
        offers.read(body + mark + rest, key)


def _purged_at(monkeypatch: pytest.MonkeyPatch, repo: Repo) -> list[threading.Thread]:
    """An erasure that lets go of its objects begins before anything leads to what is written; the
    list of those that have begun."""
    real, purges = Repo.set_ref, list[threading.Thread]()

    def set_ref(self: Repo, name: str, new: Oid | None, old: Oid | None) -> None:
        if self.path == repo.path and name.startswith(offers.PREFIX) and not purges:
            purges.append(threading.Thread(target=maintenance.purge, args=(Repo(repo.path),)))
            purges[0].start()
            purges[0].join(1.0)
            assert purges[0].is_alive(), "it waits for its turn"
        real(self, name, new, old)

    monkeypatch.setattr(Repo, "set_ref", set_ref)
    return purges


def test_an_erasure_takes_no_offer_away_that_is_just_being_signed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = Network(tmp_path, "ab")
    net.write("a", hubs.post("one"))
    repo = net.repo("a")
    purges = _purged_at(monkeypatch, repo)
    assert net.sign("a") == ["conferences/net"]
    for one in purges:
        one.join()
    assert purges
    assert offers.held(repo, net.id("a"), net.identity("a").public) is not None


def test_nor_one_that_just_came(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    net = Network(tmp_path, "ab")
    net.write("a", hubs.post("one"))
    net.carry("a", "b")
    net.write("a", hubs.post("two"))
    stick = net.stick("a", "b")
    repo = net.repo("b")
    purges = _purged_at(monkeypatch, repo)
    net.read("b", stick)
    for one in purges:
        one.join()
    assert purges
    offer = offers.held(repo, net.id("a"), net.identity("a").public)
    assert offer is not None
    assert offer.tip == net.tip("a")
