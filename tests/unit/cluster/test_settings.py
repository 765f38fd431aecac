"""What `cluster:` of hub.yaml says, and how many places must answer so that nothing is missed."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from solicomm_build.foundation.errors import ConfigError
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.cluster.settings import Cluster, Followers

TOP = "name: Hub\ndomain: hub.example.org\nurl: https://hub.example.org\n"
THREE = (
    "cluster:\n  node: n2\n"
    '  lease: {etcd: ["http://n1:2379/", "http://n2:2379"], ttl: 3}\n'
    '  git: {followers: ["ssh://git@n1/srv/git/", "/mnt/n3/git/"], ack: 1, own: /srv/git/}\n'
)


def test_a_hub_without_it_is_on_one_machine(tmp_path: Path) -> None:
    assert hubyaml.parse(TOP, tmp_path).cluster == Cluster()
    assert not hubyaml.parse(TOP, tmp_path).cluster.is_shared


def test_what_is_said_is_read(tmp_path: Path) -> None:
    found = hubyaml.parse(TOP + THREE, tmp_path).cluster
    assert found.is_shared
    assert (found.node, found.lease.ttl) == ("n2", 3)
    assert found.lease.etcd == ("http://n1:2379", "http://n2:2379")
    assert found.git == Followers(("ssh://git@n1/srv/git", "/mnt/n3/git"), 1, "/srv/git")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("git: {followers: [/srv/a]}", "there is no `lease` that says whose the hub is"),
        (
            "node: n1\n  lease: {etcd: http://a:1}\n  git: {followers: [/srv/a], ack: 2}",
            "`cluster.git.ack` is 2, and there are 1 followers",
        ),
        (
            "node: n1\n  lease: {etcd: http://a:1}\n  git: {followers: [/srv/a], own: /srv/a/}",
            "`cluster.git.own` is /srv/a, which is among the followers",
        ),
    ],
)
def test_what_could_lose_something_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        hubyaml.parse(f"{TOP}cluster:\n  {text}\n", tmp_path)


@pytest.mark.parametrize("count", range(1, 6))
def test_as_many_answers_as_needed_never_miss_a_write(count: int) -> None:
    """Every set of places that can have a write meets every set that a take-over reads."""
    places = range(count + 1)  # each machine has one: the writer's own, and its followers'
    for ack in range(1, count + 1):
        needed = Followers(("x",) * count, ack, "/srv/git").needed
        for written in itertools.combinations(places, ack + 1):
            for read in itertools.combinations(places, needed + 1):
                assert set(written) & set(read)


APART = (
    "cluster:\n  node: n2\n  divided: true\n  prefers: [3, 1]\n  lease: {etcd: 'http://n1:2379'}\n"
    '  git: {followers: {n1: "ssh://git@n1/srv/git/", n3: /mnt/n3/git}, own: /srv/git}\n'
    "  s3: {endpoint: 'https://s3.example', spool: hub-spool}\n"
)


def test_cells_with_owners_of_their_own_are_read(tmp_path: Path) -> None:
    found = hubyaml.parse(TOP + APART, tmp_path).cluster
    assert found.divided
    assert found.prefers == (1, 3)
    assert found.git.names == {"n1": "ssh://git@n1/srv/git", "n3": "/mnt/n3/git"}
    assert found.git.followers == ("ssh://git@n1/srv/git", "/mnt/n3/git")


def test_the_list_of_followers_may_be_the_same_on_all_machines(tmp_path: Path) -> None:
    whole = APART.replace("{n1:", "{n2: 'ssh://git@n2/srv/git', n1:")
    found = hubyaml.parse(TOP + whole, tmp_path).cluster.git
    assert found.here == "ssh://git@n2/srv/git"
    assert found.names == hubyaml.parse(TOP + APART, tmp_path).cluster.git.names
    assert found.followers == ("ssh://git@n1/srv/git", "/mnt/n3/git")
    alone = APART.replace(", n3: /mnt/n3/git", "").replace("{n1:", "{n2:")
    with pytest.raises(ConfigError, match="names no followers"):
        hubyaml.parse(TOP + alone, tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('{n1: "ssh://git@n1/srv/git/", n3: /mnt/n3/git}', "[/mnt/n3/git]", "names of the other"),
        (", own: /srv/git", "", "`git: own`, the folder that others name"),
        ("spool: hub-spool", "spool: ''", "`s3: spool`, where mail waits"),
        ("divided: true", "divided: false", "`cluster.prefers` names cells, but all cells"),
        ("prefers: [3, 1]", "prefers: [x]", "prefers"),
        ("n3: /mnt", "N 3: /mnt", "`N 3` is no name of a machine"),
        ("n3: /mnt/n3/git", "n3: 'https://a:b@c/'", "n3: https"),
    ],
)
def test_what_cells_apart_need_is_said(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in APART
    with pytest.raises(ConfigError, match=said):
        hubyaml.parse(TOP + APART.replace(old, new), tmp_path)


def test_machines_that_help_meet_by_tls_alone(tmp_path: Path) -> None:
    one = "cluster: {build: {dask: 'tls://n9.example:8786'}}\n"
    found = hubyaml.parse(TOP + one, tmp_path).cluster
    assert (found.dask, found.is_shared) == ("tls://n9.example:8786", False)
    with pytest.raises(ConfigError, match="dask"):
        hubyaml.parse(TOP + one.replace("tls", "tcp"), tmp_path)
