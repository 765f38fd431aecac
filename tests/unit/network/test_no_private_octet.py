"""Nothing private leaves a hub: looked for in every file of a packet, every object that it brings
and every answer to another hub."""

from __future__ import annotations

import io
import json
import subprocess
import urllib.request
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from solicomm_build.builder import loading
from solicomm_build.builder.sources import Sources
from solicomm_build.features.library import library as libraries
from solicomm_build.features.library.cards import entryfile
from solicomm_build.features.library.cards.entry import Entry
from solicomm_build.features.library.cards.filestore import FileStore
from solicomm_build.features.network.sharing import choosing
from solicomm_build.features.people import peoplecards, personcard
from solicomm_build.features.people.personcard import Card
from solicomm_build.features.search import index as indexing
from solicomm_build.git import repo as repos
from solicomm_build.git.repo import Repo, open_repo
from solicomm_build.git.writer import Change, Writer
from solicomm_build.people import rosterevents
from solicomm_build.people.rosterevents import Consent
from solicomm_build.post.conference import Conference
from solicomm_build.post.store import hooks as store
from solicomm_build.testing import hubs, smallhub, webserver
from solicomm_build.testing.networks import Network

WHEN = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SECRET = "xyzzy-secret"
SITE = "schema: solicomm/site@1\nunion: metal\ntitle: {en: Metal}\nlanguages: [en]\n"


def write(repo: Repo, **files: bytes) -> None:
    with Writer(repo) as writer:
        changes = [Change(path.replace("__", "/"), data) for path, data in files.items()]
        writer.commit(changes, author_name="x", when=WHEN, message="Change\n")


def card(key: str, title: str) -> bytes:
    return entryfile.encode(Entry(f"lib:{key}", "report", {"en": title}, languages=("en",)))


def library(net: Network, name: str, visibility: str, title: str) -> None:
    made = libraries.Library(name, {"en": title}, {}, ("en",), visibility)
    repo = repos.create(net.hubs["a"].library_repo(name))
    write(
        repo,
        **{
            libraries.FILE: libraries.encode(made),
            "entries__2026-aaaaaaaa__entry.md": card("2026-aaaaaaaa", title),
        },
    )


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Network:
    """Hub a has secrets of every kind; b follows and keeps all that it may."""
    net = Network(tmp_path_factory.mktemp("net"), "ab")
    a, b = net.hubs["a"], net.hubs["b"]
    net.write("a", hubs.post("open", body="Everybody may read this.\n"))
    smallhub.add_conference(a, Conference("inner", {"en": SECRET}, visibility="members"))
    hubs.add(a, "inner", [hubs.post("closed", subject=SECRET, body=SECRET)])
    at = f"{SECRET}@union.example"
    smallhub.add_events(a, [rosterevents.member(7, at, at=WHEN, consent=Consent("cli", "x"))])
    (a.private / "secret").write_text(SECRET)
    write(open_repo(a.mail_repo), **{"messages__aa__x.eml": SECRET.encode()})
    library(net, "agreements", "public", "Agreements")
    library(net, "inner", "members", SECRET)
    library(net, "hidden", "unlisted", SECRET)
    FileStore(a, "agreements").put(io.BytesIO(SECRET.encode()))
    site = repos.create(a.union_repo("metal"))
    write(site, **{"site.yaml": SITE.encode()})
    main = site.ref()
    write(site, **{"pages__draft.md": f"---\ntitle: {SECRET}\n---\n\n{SECRET}\n".encode()})
    site.set_ref("refs/heads/draft", site.ref(), None)
    site.set_ref("refs/heads/main", main, site.ref())
    for identifier, share, about in (
        ("c_aaaaaaaaaa", "network", "Seen everywhere"),
        ("c_bbbbbbbbbb", "", SECRET),
    ):
        one = Card(identifier, "Ada", about={"en": about}, consented="2026-11-01", share=share)
        peoplecards.put(a, identifier, personcard.encode(one), SECRET.encode(), WHEN)
    for repo in ("libraries/agreements", "unions/metal"):
        choosing.follow(b, net.id("a"), repo)
    assert hubs.build(a).failures == []
    found = loading.load(a, Sources(a), loading.tips(a), None)
    indexing.update(a, found, settle=True)
    net.carry("b", "a")
    return net


def octets(path: Path, folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of a packet, and every object of the bundles in it."""
    with zipfile.ZipFile(path) as read:
        for name in read.namelist():
            yield name, read.read(name)
            if name.endswith(".zip"):
                with zipfile.ZipFile(io.BytesIO(read.read(name))) as inner:
                    yield from ((one, inner.read(one)) for one in inner.namelist())
            if name.endswith(".bundle"):
                bundle = folder / "x.bundle"
                bundle.write_bytes(read.read(name))
                into = repos.create(folder / f"{name.replace('/', '-')}.git")
                into.git("fetch", "-q", str(bundle), "+refs/*:refs/in/*")
                yield name, objects(into.path)


def objects(path: Path) -> bytes:
    words = ("cat-file", "--batch", "--batch-all-objects")
    done = subprocess.run(["git", f"--git-dir={path}", *words], capture_output=True, check=True)
    return done.stdout


def test_no_packet_has_it(net: Network, tmp_path: Path) -> None:
    found = dict(octets(net.stick("a", "b", wishes=["search"]), tmp_path))
    kinds = {name.partition("/")[0] for name in found}
    assert {"conferences", "copies", "said", "search", "hubs"} <= kinds
    whole = b"".join(found.values())
    assert b"Everybody may read this" in whole
    assert b"Seen everywhere" in whole
    assert SECRET.encode() not in whole


def test_no_answer_has_it(net: Network, tmp_path: Path) -> None:
    net.sign("a")
    with webserver.running(net.hubs["a"]) as (host, port):
        root = f"http://{host}:{port}"

        def get(path: str) -> bytes:
            with urllib.request.urlopen(root + path) as answer:
                return bytes(answer.read())

        told = [get(one) for one in ("/.well-known/solicomm/hub.yaml", "/network/offers")]
        told += [get("/network/hubs"), get("/network/notices"), get("/network/said")]
        told += [get(f"/network/said/{name}") for name in json.loads(told[-1])["said"]]
        told.append(get("/search/files.json"))
        told += [get(f"/search/index/{name}") for name in json.loads(told[-1])["files"]]
        offered = json.loads(told[1])
        assert offered.keys() == {"conferences/net", "libraries/agreements", "unions/metal"}
        for repo in offered:
            into = repos.create(tmp_path / f"{repo.replace('/', '-')}.git")
            source = f"{root}/{repo}.git"
            subprocess.run(
                ["git", f"--git-dir={into.path}", "fetch", "-q", source, "+refs/*:refs/in/*"],
                check=True,
            )
            told.append(objects(into.path))
    assert SECRET.encode() not in b"".join(told)


def test_what_was_taken_is_sound(net: Network) -> None:
    net.carry("a", "b")
    hub = net.hubs["b"]
    assert hub.library_repo("agreements").exists()
    assert [*store.large(hub)] == []
