"""Mail of a hub whose spool is in S3.

SMTP → bridge ─PUT→ SeaweedFS ─LIST, GET→ ingest → post, then DELETE
"""

from __future__ import annotations

import dataclasses
import smtplib
from collections.abc import Iterator
from pathlib import Path

import pytest

from solicomm_build.features.metrics import measures
from solicomm_build.foundation import maillog
from solicomm_build.foundation.hub import cells
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.objects import incoming
from solicomm_build.foundation.objects.client import ObjectsError
from solicomm_build.foundation.spool import Spool
from solicomm_build.ingest import run as ingest
from solicomm_build.post.cells import dividing
from solicomm_build.post.store import fsck, withdraw
from solicomm_build.testing import objectstores, smallhub
from solicomm_build.testing.bridge import running_bridge
from solicomm_build.testing.objectstores import Store

pytestmark = pytest.mark.skipif(objectstores.missing(), reason="SeaweedFS is there with make dev")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with objectstores.seaweedfs(tmp_path_factory.mktemp("seaweedfs")) as found:
        yield found


@pytest.fixture
def store(running: Store) -> Store:
    running.empty()
    return running


@pytest.fixture
def hub(tmp_path: Path, store: Store) -> Config:
    return store.of(smallhub.make(tmp_path / "hub"), "spool")


def mail(number: int) -> bytes:
    return (
        f"From: Ana <ana@union.example>\r\nTo: bar@hub.example\r\nSubject: Post {number}\r\n"
        f"Message-ID: <{number}@union.example>\r\n"
        f"Date: Tue, 24 Nov 2026 10:00:{number:02d} +0000\r\n\r\nText {number}.\r\n"
    ).encode()


def send(port: int, *numbers: int) -> list[int]:
    """The code each message was answered with."""
    codes = []
    with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
        for number in numbers:
            try:
                client.sendmail("ana@union.example", ["bar@hub.example"], mail(number))
                codes.append(250)
            except smtplib.SMTPResponseException as error:
                codes.append(error.smtp_code)
    return codes


def subjects(hub: Config) -> list[str]:
    found = smallhub.files(hub.conference_repo("bar"), "topics")
    texts = [blob.decode() for name, blob in found.items() if "/posts/" in name]
    return sorted(line for text in texts for line in text.splitlines() if "Post " in line)


def test_250_is_said_when_the_store_has_it_and_it_becomes_a_post(hub: Config, store: Store) -> None:
    with running_bridge(hub) as bridge:
        assert send(bridge.smtp[1], 1, 2) == [250, 250]
        names = store.bucket("spool").names("in/0")
        assert 1 <= len(names) <= 2
        assert Spool(hub.spool_in).pending() == []
    ingest.ingest(hub, once=True, log=maillog.to_nobody())
    assert len(subjects(hub)) == 2
    assert store.bucket("spool").names() == []
    ingest.ingest(hub, once=True, log=maillog.to_nobody())
    assert len(subjects(hub)) == 2
    assert list(fsck.check(hub)) == []


def test_a_store_that_is_away_is_451_at_the_door_and_nothing_is_lost(
    hub: Config, store: Store
) -> None:
    with running_bridge(hub) as bridge:
        assert send(bridge.smtp[1], 1) == [250]
    s3 = objectstores.unreachable(store.s3)
    away = dataclasses.replace(hub, cluster=dataclasses.replace(hub.cluster, s3=s3))
    with running_bridge(away) as bridge:
        assert send(bridge.smtp[1], 2) == [451]
    log = maillog.to_nobody()
    with pytest.raises(ObjectsError):
        ingest.ingest(away, once=True, log=log)
    ingest.ingest(hub, once=True, log=maillog.to_nobody())
    assert len(subjects(hub)) == 1
    with running_bridge(hub) as bridge:
        assert send(bridge.smtp[1], 2) == [250]
    ingest.ingest(hub, once=True, log=maillog.to_nobody())
    assert len(subjects(hub)) == 2


def test_killed_before_the_object_is_gone_nothing_comes_twice(hub: Config, store: Store) -> None:
    with running_bridge(hub) as bridge:
        send(bridge.smtp[1], 1, 2, 3)
    bucket = store.bucket("spool")
    kept = {name: bucket.get(name) for name in bucket.names()}
    ingest.ingest(hub, once=True, log=maillog.to_nobody())
    for name, octets in kept.items():
        bucket.put(name, octets)
    ingest.ingest(hub, once=True, log=maillog.to_nobody())
    assert len(subjects(hub)) == 3
    assert bucket.names() == []


def test_in_cells_each_has_its_own_objects(hub: Config, store: Store) -> None:
    cut = dataclasses.replace(hub, cells=4)
    dividing.settle(cut)
    with running_bridge(cut) as bridge:
        assert send(bridge.smtp[1], 1) == [250]
    (name,) = store.bucket("spool").names()
    assert name.startswith(f"in/{cells.cell_of(cut, cells.CONFERENCES, 'bar')}/")
    ingest.ingest_all(cut, log=maillog.to_nobody())
    assert len(subjects(cut)) == 1


def test_what_waits_for_a_cell_that_is_given_up_goes_to_cell_0(hub: Config, store: Store) -> None:
    cut = dataclasses.replace(hub, cells=4)
    dividing.settle(cut)
    with running_bridge(cut) as bridge:
        assert send(bridge.smtp[1], 1) == [250]
    assert store.bucket("spool").names("in/0") == []
    dividing.settle(dataclasses.replace(hub, cells=1))
    assert len(store.bucket("spool").names("in/0")) == 1
    ingest.ingest_all(hub, log=maillog.to_nobody())
    assert len(subjects(hub)) == 1
    assert store.bucket("spool").names() == []


def test_what_waits_there_is_counted(hub: Config, store: Store) -> None:
    with running_bridge(hub) as bridge:
        send(bridge.smtp[1], 1)
    found = measures.measure(hub).spools
    assert (found["s3/in"].files, found["in"].files) == (1, 0)
    s3 = objectstores.unreachable(store.s3)
    away = dataclasses.replace(hub, cluster=dataclasses.replace(hub.cluster, s3=s3))
    assert "s3/in" not in measures.measure(away).spools


def test_an_erasure_finds_what_waits_there(hub: Config, store: Store) -> None:
    with running_bridge(hub) as bridge:
        send(bridge.smtp[1], 1, 2)

    def bears(raw: bytes) -> bool:
        return b"Post 1\r\n" in raw

    assert sum(count for _, count in withdraw.from_spools(hub, bears)) == 1
    left = [item.raw for one in incoming.every(hub) for p in one.pending() for item in one.read(p)]
    assert [b"Post 2" in raw for raw in left] == [True]
