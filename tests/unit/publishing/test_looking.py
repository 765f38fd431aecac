"""What `solicomm check` says of a store of objects, of real ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from solicomm_build.features.publishing import engines, looking
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.objects import gaps, incoming
from solicomm_build.foundation.objects.client import Bucket
from solicomm_build.testing import objectstores
from solicomm_build.testing.objectstores import Store
from tests.unit.objects.test_incoming import item


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with objectstores.seaweedfs(tmp_path_factory.mktemp("seaweedfs")) as found:
        yield found


@pytest.fixture
def store(running: Store) -> Store:
    running.empty()
    return running


@pytest.fixture
def hub(store: Store, tmp_path: Path) -> Config:
    return store.of(Config(tmp_path / "hub", "Hub", "hub.example", "https://hub.example"))


def said(config: Config, level: str) -> list[str]:
    return [one.what for one in looking.look(config) if one.level == level]


def test_a_hub_without_it_is_fine(tmp_path: Path) -> None:
    config = Config(tmp_path / "hub", "Hub", "hub.example", "https://hub.example")
    assert said(config, "fine") == ["not used: all is kept on this machine"]
    assert list(looking.watch(config)) == []


def test_a_good_store_is_fine_but_for_what_cannot_be_seen(store: Store, hub: Config) -> None:
    assert said(hub, "fault") == []
    (warned,) = said(hub, "warning")
    assert "SeaweedFS, which answers before its disks have it unless it is told to" in warned
    assert len(said(hub, "fine")) == 4
    left = [name for use in store.s3.buckets for name in store.bucket(use).names()]
    assert left == [".check/kept-one", ".check/sealed"] + [".check/kept-one"] * 3


def test_what_everybody_may_is_said(store: Store, hub: Config) -> None:
    """The bucket that everybody may read, where members' pages go; and one that nobody may, where
    public ones go."""
    s3 = hub.cluster.s3
    assert s3 is not None
    swapped = replace(s3, pages=s3.members, members=s3.pages)
    wrong = replace(hub, cluster=replace(hub.cluster, s3=swapped))
    assert said(wrong, "fault") == [
        f"everybody can read {s3.pages}, which has what is private (members)"
    ]
    assert f"nobody but the hub can read {s3.members}, so nginx would find no pages in it" in said(
        wrong, "warning"
    )


def test_what_anybody_lists_or_writes_is_said(
    store: Store, hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the anonymous user was given all: everybody is the hub here."""
    real = Bucket.__init__

    def known(self: Bucket, s3: object, name: str, account: object, *more: object) -> None:
        real(self, store.s3, name, store.account)

    monkeypatch.setattr(Bucket, "__init__", known)
    faults = said(hub, "fault")
    for use, name in store.s3.buckets.items():
        assert f"everybody can list {name}" in faults
        assert f"everybody can write into {name}" in faults
        assert (f"everybody can read {name}, which has what is private ({use})" in faults) == (
            use != "pages"
        )
    assert not [n for u in store.s3.buckets for n in store.bucket(u).names() if "anybody" in n]


def test_what_a_store_has_forgotten_is_said(store: Store, hub: Config) -> None:
    assert said(hub, "fault") == []
    store.bucket("spool").delete(".check/kept-one")
    (told,) = said(hub, "fault")
    assert "t-spool (spool) has forgotten what it was given on" in told
    assert said(hub, "fault") == []
    gaps.note(hub.state, [gaps.Gap("n1-0000007", 3, 5, "2026-11-28T12:00:00Z")])
    (told,) = said(hub, "fault")
    assert "has forgotten 3 objects of mail" in told
    assert [one.about for one in looking.watch(hub)] == ["forgotten"]


def test_machines_that_seal_with_different_keys_are_said(
    store: Store, hub: Config, tmp_path: Path
) -> None:
    assert said(hub, "fault") == []
    other = store.of(Config(tmp_path / "n2", "Hub", "hub.example", "https://hub.example"))
    other = replace(other, cluster=replace(other.cluster, node="n2"))
    (told,) = said(other, "fault")
    assert told.startswith("another machine seals mail with another key")
    key = (hub.keys / "spool.key").read_bytes()
    (other.keys / "spool.key").write_bytes(key)
    assert said(other, "fault") == []


def test_a_store_that_is_away_is_said(store: Store, hub: Config) -> None:
    s3 = objectstores.unreachable(store.s3)
    away = replace(hub, cluster=replace(hub.cluster, s3=s3))
    (watched,) = looking.watch(away)
    assert watched.what.startswith("mail is refused for now (451)")
    assert engines.of(s3).is_synced is None


def test_mail_that_waits_long_is_said(store: Store, hub: Config) -> None:
    with clock.fixed(datetime(2026, 1, 1, tzinfo=UTC)):
        incoming.of(hub).put([item()])
    (told,) = looking.watch(hub)
    assert told.what.startswith("mail waits in S3 for")
