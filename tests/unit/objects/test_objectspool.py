"""What is only so of a spool in S3: sealed, named by node, seen by others, and honest when the
store is away or forgets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from solicomm_build.foundation import keys
from solicomm_build.foundation.errors import HubError, StoreError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.objects import gaps, incoming, settings
from solicomm_build.foundation.objects.client import Bucket, Label, ObjectsError
from solicomm_build.foundation.objects.objectspool import ObjectSpool, Place
from solicomm_build.foundation.objects.sealing import opened, sealed
from solicomm_build.foundation.spool import Spool
from solicomm_build.testing import mailservers, objectstores
from solicomm_build.testing.objectstores import Store
from tests.unit.objects.test_incoming import item


@pytest.fixture
def hub(store: Store, tmp_path: Path) -> Config:
    config = Config(tmp_path / "hub", "Hub", "hub.example", "https://hub.example")
    named = replace(config, cluster=replace(config.cluster, node="n1-b"))
    return store.of(named, "spool")


def test_the_store_sees_names_and_sizes_alone(store: Store, hub: Config) -> None:
    path = incoming.of(hub.in_cell(3)).put([item("Subject: strike\r\n\r\nat noon\r\n")])
    (name,) = store.bucket("spool").names()
    assert name == f"in/3/{path.name}"
    micros, rest = path.stem.split("-", 1)
    assert len(micros) == 16
    assert rest.startswith("n1-b-")
    octets = store.bucket("spool").get(name)
    assert octets.startswith(b"solicomm-sealed 1\n")
    assert b"strike" not in octets
    assert b"ana@" not in octets


def test_one_object_cannot_be_given_for_another(store: Store, hub: Config) -> None:
    spool, bucket = incoming.of(hub), store.bucket("spool")
    first, second = spool.put([item("a")]), spool.put([item("b")])
    bucket.put(f"in/0/{second.name}", bucket.get(f"in/0/{first.name}"))
    with pytest.raises(StoreError, match="damaged"):
        spool.read(second)
    key = keys.spool_key(hub.keys)
    assert opened(key, sealed(key, b"x", "a"), "a") == b"x"
    for octets in (b"", b"solicomm-sealed 1\n", b"solicomm-sealed 1\n" + bytes(12), b"other"):
        with pytest.raises(StoreError):
            opened(key, octets, "a")


def test_what_lay_in_the_folder_before_is_taken_too(hub: Config) -> None:
    before = Spool(hub.spool_in).put([item("before")])
    spool = incoming.of(hub)
    after = spool.put([item("after")])
    assert spool.pending() == [before, after]
    assert [spool.read(path)[0].raw for path in (before, after)] == [b"before", b"after"]
    spool.done(before)
    assert not before.exists()
    assert spool.pending() == [after]


def test_what_cannot_be_taken_away_now_is_not_taken_twice(store: Store, hub: Config) -> None:
    bucket = _Failing(store.bucket("spool"))
    spool = _over(bucket, hub)
    path = spool.put([item()])
    bucket.fails = {"delete"}
    spool.done(path)
    bucket.fails = set()
    assert incoming.of(hub).pending() == [path]
    assert spool.pending() == []
    assert incoming.of(hub).pending() == []


def test_a_store_that_is_away_is_an_error_and_keeps_nothing(store: Store, hub: Config) -> None:
    s3 = objectstores.unreachable(hub.cluster.s3 or store.s3)
    away = incoming.of(replace(hub, cluster=replace(hub.cluster, s3=s3)))
    for ask in (lambda: away.put([item()]), away.pending):
        with pytest.raises(ObjectsError):
            ask()
    away.done(hub.spool_in / "x.mail")
    assert incoming.of(hub).pending() == []


def test_a_store_that_answers_and_keeps_nothing_is_seen_before_anybody_is_told(
    store: Store, hub: Config
) -> None:
    bucket = _Failing(store.bucket("spool"))
    bucket.forgets = True
    with pytest.raises(ObjectsError, match="answered for in/0/"):
        _over(bucket, hub).put([item()])


def test_what_was_forgotten_later_is_seen_by_who_reads(store: Store, hub: Config) -> None:
    spool, bucket = incoming.of(hub), store.bucket("spool")
    paths = [spool.put([item(str(number))]) for number in range(6)]
    reader = incoming.of(hub)
    reader.pending(1)
    for path in paths[2:4]:
        bucket.delete(f"in/0/{path.name}")
    mailservers.until(lambda: len([*bucket.names("in/0/")]) == 4, "what Swift lists, in its time")
    for _ in range(3):
        assert gaps.noted(hub.state) == []
        reader.pending()
    (gap,) = gaps.noted(hub.state)
    assert gap.last - gap.first == 1
    assert gap.writer.startswith("n1-b-")
    reader.pending()
    assert len(gaps.noted(hub.state)) == 1


def test_nothing_is_missed_where_all_came(store: Store, hub: Config) -> None:
    spool, reader = incoming.of(hub), incoming.of(hub)
    for number in range(12):
        spool.put([item(str(number))])
        for path in reader.pending(1 + number % 3):
            reader.done(path)
    for _ in range(4):
        reader.pending()
    assert gaps.noted(hub.state) == []


def test_a_writer_s_first_that_waits_still_hides_nothing() -> None:
    def name(number: int, begun: int = 0) -> str:
        return f"{begun + number:016d}-n1-0000007-{number:06d}.mail"

    look, there = gaps.Gaps(), [name(number) for number in (0, 1, 4, 5)]
    found = [gap for _ in range(9) for gap in look.look(there)]
    assert [(gap.first, gap.last) for gap in found] == [(2, 3)]
    there += [name(number, 100) for number in (0, 1, 3)]  # another process of that id
    found = [gap for _ in range(9) for gap in look.look(there)]
    assert [(gap.first, gap.last) for gap in found] == [(2, 2)]


def test_what_comes_late_into_a_list_is_not_missed() -> None:
    names = [f"{number:016d}-n1-0000007-{number:06d}.mail" for number in range(5)]
    look = gaps.Gaps()
    assert look.look(names[:2]) == []
    assert look.look(names[3:]) == []
    assert look.look(names[2:]) == []
    for _ in range(4):
        assert look.look([]) == []
    again = [f"{number + 90:016d}-n1-0000007-{number:06d}.mail" for number in range(3)]
    assert look.look(again) == []


def test_a_put_that_failed_leaves_no_gap(store: Store, hub: Config) -> None:
    bucket = _Failing(store.bucket("spool"))
    spool, reader = _over(bucket, hub), incoming.of(hub)
    spool.put([item()])
    reader.pending()
    bucket.fails = {"put"}
    with pytest.raises(ObjectsError):
        spool.put([item()])
    bucket.fails = set()
    spool.put([item()])
    for _ in range(5):
        reader.pending()
    assert gaps.noted(hub.state) == []


def test_an_account_that_others_may_read_is_refused(store: Store, hub: Config) -> None:
    path = hub.keys / settings.ACCOUNT
    for change, said in (
        (lambda: path.chmod(0o644), "others may read"),
        (lambda: (path.chmod(0o600), path.write_text("nothing-but-this\n")), "is not one line"),
        (path.unlink, "is not there"),
    ):
        change()
        with pytest.raises(HubError, match=said) as told:
            incoming.of(hub).put([item()])
        assert store.account.secret not in str(told.value)


def _over(bucket: _Failing, hub: Config) -> ObjectSpool:
    place = Place("in/0", lambda: bucket, "n1-b", keys.spool_key(hub.keys), hub.state)
    return ObjectSpool(Spool(hub.spool_in), place)


class _Failing:
    """A real bucket whose line is cut for some requests, or which keeps nothing it answers for."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self.fails = set[str]()
        self.forgets = False

    def _may(self, what: str) -> None:
        if what in self.fails:
            raise ObjectsError(f"{what} failed")

    def put(self, name: str, octets: bytes, label: Label | None = None) -> None:
        self._may("put")
        if not self.forgets:
            self._bucket.put(name, octets, label)

    def get(self, name: str) -> bytes:
        self._may("get")
        return self._bucket.get(name)

    def size(self, name: str) -> int:
        self._may("get")
        return self._bucket.size(name)

    def delete(self, name: str) -> None:
        self._may("delete")
        self._bucket.delete(name)

    def names(self, below: str = "", *, most: int = 0) -> list[str]:
        self._may("list")
        return self._bucket.names(below, most=most)
