"""What is asked of a store that speaks S3: PUT, GET, DELETE, LIST, and that all see what was
answered. Each store that is meant to work passes these."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.client import HTTPConnection

import pytest

from solicomm_build.foundation.objects.client import Bucket, Label, ObjectsError
from solicomm_build.foundation.objects.settings import Account
from solicomm_build.testing import objectstores
from solicomm_build.testing.objectstores import Store

ODD = "a/é ü/b+c&d=e%41 (1).html"


@pytest.fixture
def pages(store: Store) -> Bucket:
    return store.bucket("pages")


@pytest.mark.parametrize("octets", [b"", b"x", bytes(range(256)) * 33_000])
def test_what_is_put_is_read_back(pages: Bucket, octets: bytes) -> None:
    pages.put("a/b.bin", octets)
    assert pages.get("a/b.bin") == octets
    assert pages.size("a/b.bin") == len(octets)


def test_the_last_one_counts(pages: Bucket) -> None:
    for number in range(20):
        pages.put("a", b"%d" % number)
        assert pages.get("a") == b"%d" % number


def test_what_is_not_there_is_not_found(pages: Bucket) -> None:
    for ask in (pages.get, pages.size):
        with pytest.raises(FileNotFoundError):
            ask("a/none")


def test_taken_away_it_is_gone_and_may_be_taken_away_again(pages: Bucket) -> None:
    pages.put("a", b"x")
    pages.delete("a")
    pages.delete("a")
    with pytest.raises(FileNotFoundError):
        pages.get("a")
    assert pages.names() == []


def test_names_come_in_order_from_a_folder_alone(pages: Bucket) -> None:
    names = [f"in/1/{number:03d}.mail" for number in range(12)]
    for name in (*reversed(names), "in/10/x", "in/x", "other"):
        pages.put(name, b"x")
    assert pages.names("in/1") == names
    assert pages.names("in/1", most=5) == names[:5]
    assert set(pages.names()) == {*names, "in/10/x", "in/x", "other"}
    assert pages.names("none") == []


def test_each_put_is_in_the_list_at_once(pages: Bucket) -> None:
    for number in range(30):
        pages.put(f"a/{number}", b"x")
        assert f"a/{number}" in pages.names("a")
        pages.delete(f"a/{number}")
        assert pages.names("a") == []


def test_more_names_than_one_answer_has(pages: Bucket) -> None:
    names = [f"many/{number:04d}" for number in range(1_100)]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda name: pages.put(name, b"x"), names))
    assert pages.names("many") == names


def test_what_a_web_server_says_of_it_is_kept(store: Store, pages: Bucket) -> None:
    label = Label("text/html; charset=utf-8", "no-cache", "br", "attachment; filename*=UTF-8''a")
    pages.put(ODD, b"words", label)
    assert pages.get(ODD) == b"words"
    assert pages.names() == [ODD]
    host, _, port = store.s3.endpoint.removeprefix("http://").partition(":")
    client = HTTPConnection(host, int(port), timeout=10)
    client.request("GET", store.path("pages", ODD))
    answer = client.getresponse()
    said = (answer.status, answer.read(), *map(answer.getheader, ("content-type", "cache-control")))
    assert said == (200, b"words", label.kind, label.cache)
    assert answer.getheader("content-encoding") == "br"
    assert answer.getheader("content-disposition") == label.disposition
    client.close()


def test_nobody_reads_what_is_private(store: Store) -> None:
    for use in ("spool", "members", "files"):
        store.bucket(use).put("a", b"secret")
        with pytest.raises(ObjectsError):
            store.anonymous(use).get("a")
        with pytest.raises(ObjectsError):
            store.anonymous(use).names()
    with pytest.raises(ObjectsError):
        store.anonymous("pages").put("a", b"not mine")


def test_a_wrong_secret_is_said_without_it(store: Store) -> None:
    wrong = Bucket(store.s3, store.s3.spool, Account(store.account.access, "wr0ng-secret"))
    with pytest.raises(ObjectsError, match="put failed") as told:
        wrong.put("a", b"x")
    assert "wr0ng-secret" not in str(told.value)
    assert "\n" not in str(told.value)
    assert "wr0ng-secret" not in repr(Account("a", "wr0ng-secret"))


def test_a_store_that_does_not_answer_is_said(store: Store) -> None:
    away = Bucket(objectstores.unreachable(store.s3), "a-bucket", store.account)
    for ask in (lambda: away.put("a", b"x"), lambda: away.get("a"), away.names):
        with pytest.raises(ObjectsError, match=r"127\.0\.0\.1"):
            ask()


def test_names_that_lead_out_of_a_bucket_are_refused(pages: Bucket) -> None:
    for name in ("../a", "a/../../b", "a//b", "a/./b"):
        with pytest.raises(ObjectsError):
            pages.put(name, b"x")


def test_surroundings_do_not_change_where_it_leads(store: Store) -> None:
    """Settings of other programs for S3 stand in the environment of some machines."""
    code = (
        "from solicomm_build.foundation.objects.client import Bucket\n"
        "from solicomm_build.foundation.objects.settings import S3, Account\n"
        f"s3 = S3({store.s3.endpoint!r}, pages={store.s3.pages!r})\n"
        f"b = Bucket(s3, s3.pages, Account({store.account.access!r}, {store.account.secret!r}))\n"
        "b.put('from/elsewhere', b'x')\n"
    )
    others = {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ENDPOINT": "http://127.0.0.1:9",
        "AWS_ACCESS_KEY_ID": "other",
        "AWS_SECRET_ACCESS_KEY": "other",
        "AWS_SESSION_TOKEN": "other",
        "AWS_REGION": "mars",
    }
    done = subprocess.run(
        [sys.executable, "-c", code], env=others, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert store.bucket("pages").names() == ["from/elsewhere"]


def test_a_hub_of_one_machine_never_loads_it() -> None:
    code = (
        "import sys, solicomm_build.bridge.run, solicomm_build.ingest.run, solicomm_build.web.app\n"
        "import solicomm_build.foundation.objects.incoming\n"
        "assert 'obstore' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_ipv6_or_other_endpoint_is_kept_as_it_is(store: Store) -> None:
    assert replace(store.s3, pages="").buckets.keys() == {"spool", "members", "files"}
