"""The lease, by a real etcd on loopback: one owner, one name, hand-over, and who is too late."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from solicomm_build.cli.serving.candidate import Candidate
from solicomm_build.features.cells import handing
from solicomm_build.foundation.errors import ConfigError, DeposedError, UsageError
from solicomm_build.foundation.hub.cluster import etcd, lease
from solicomm_build.foundation.hub.cluster.etcd import Etcd, EtcdError
from solicomm_build.foundation.hub.cluster.settings import Lease
from solicomm_build.foundation.hub.config import Config
from solicomm_build.testing.ports import free_ports

from .conftest import Machine

ETCD = shutil.which("etcd") or "/usr/bin/etcd"
TTL = 2

pytestmark = pytest.mark.skipif(
    not os.path.exists(ETCD), reason="no etcd: apt-get install etcd-server"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    client, peer = free_ports(2)
    url, peers = f"http://127.0.0.1:{client}", f"http://127.0.0.1:{peer}"
    folder = tmp_path_factory.mktemp("etcd")
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(
            [
                ETCD, "--data-dir", str(folder / "data"), "--log-level", "error",
                "--listen-client-urls", url, "--advertise-client-urls", url,
                "--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers,
                "--initial-cluster", f"default={peers}",
            ],
            stdout=log, stderr=log,
        )  # fmt: skip
    try:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                Etcd([url], folder).below("/")
                break
            except EtcdError:
                time.sleep(0.05)
        yield url
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def client(server: str, tmp_path: Path) -> Iterator[Etcd]:
    made = Etcd([server], tmp_path)
    yield made
    for prefix in (etcd.NODES, etcd.CELLS):
        for row in made.below(prefix).values():
            if row.lease:
                made.revoke(row.lease)
            else:
                made.delete(row.key, row.revision)


def _config(machine: Machine, server: str) -> Config:
    cluster = dataclasses.replace(machine.config.cluster, lease=Lease((server,), TTL))
    return dataclasses.replace(machine.config, cluster=cluster)


def test_a_key_is_put_once_and_tokens_grow(client: Etcd) -> None:
    key = etcd.owner_key(0)
    first, second = client.grant(TTL), client.grant(TTL)
    token = client.put_new({key: "n1"}, first)
    assert token is not None
    assert client.put_new({key: "n2"}, second) is None
    assert client.below(etcd.CELLS)[key].value == "n1"
    assert client.below(etcd.CELLS)[key].revision == token
    client.revoke(first)
    later = client.put_new({key: "n2"}, second)
    assert later is not None
    assert later > token
    assert client.keep(second)
    assert not client.keep(first)


def test_who_is_silent_loses_it(client: Etcd) -> None:
    key = etcd.owner_key(0)
    client.put_new({key: "n1"}, client.grant(TTL))
    end = time.monotonic() + 60
    while client.below(etcd.CELLS) and time.monotonic() < end:
        time.sleep(0.05)
    assert not client.below(etcd.CELLS)


def test_the_next_member_is_asked_when_one_does_not_answer(server: str, tmp_path: Path) -> None:
    (dead,) = free_ports(1)
    assert Etcd([f"http://127.0.0.1:{dead}", server], tmp_path).grant(TTL)
    with pytest.raises(EtcdError, match="Is it running, with a majority"):
        Etcd([f"http://127.0.0.1:{dead}"], tmp_path).grant(TTL)


def test_a_second_machine_of_one_name_is_refused(
    server: str, client: Etcd, three: tuple[Machine, Machine, Machine]
) -> None:
    one, two, _ = three
    first = Candidate(_config(one, server), lambda: 0)
    assert first._enter()
    assert Candidate(_config(one, server), lambda: 0)._enter(), "the same one, started again"
    twin = _config(two, server)
    twin = dataclasses.replace(twin, cluster=dataclasses.replace(twin.cluster, node="n1"))
    with pytest.raises(ConfigError, match="another machine is called n1"):
        Candidate(twin, lambda: 0)._enter()


def test_one_has_it_and_the_other_stands_by(
    server: str, client: Etcd, three: tuple[Machine, Machine, Machine]
) -> None:
    one, two, _ = three
    first, second = (Candidate(_config(each, server), lambda: 0) for each in (one, two))
    held = first._stand()
    assert held is not None
    assert held[1].holds
    assert second._stand() is None
    client.revoke(held[0])
    later = second._stand()
    assert later is not None
    assert later[1].token > held[1].token


def test_the_lease_ends_by_the_machine_s_own_clock(
    server: str, client: Etcd, three: tuple[Machine, Machine, Machine]
) -> None:
    """Its stages are killed at the deadline though etcd says nothing, and nothing moves after."""
    config = _config(three[0], server)
    candidate = Candidate(config, _for_ever)
    held = candidate._stand()
    assert held is not None
    candidate._etcd = Etcd(["http://127.0.0.1:1"], config.keys, 0.1)
    began = lease.now()
    assert candidate._own(*held) == -9
    assert TTL - 0.5 < lease.now() - began < 3 * TTL
    with pytest.raises(DeposedError):
        lease.token(config)


def _for_ever() -> int:
    import signal

    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        time.sleep(1)


def test_who_is_not_there_gets_no_cell(
    server: str, client: Etcd, three: tuple[Machine, Machine, Machine]
) -> None:
    config = _config(three[0], server)
    with pytest.raises(UsageError, match=r"n2 is not there\. Machines that run: none"):
        handing.hand_over(config, 0, "n2")
    with pytest.raises(UsageError, match="There is no cell 4: this hub has 1, from 0"):
        handing.hand_over(config, 4, "n2")
    plain = dataclasses.replace(config, cluster=type(config.cluster)())
    with pytest.raises(UsageError, match="on one machine"):
        handing.hand_over(plain, 0, "n2")
