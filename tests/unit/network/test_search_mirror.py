"""The index of another hub is kept here, so that its texts are found and readers ask one hub."""

from __future__ import annotations

import base64
import dataclasses
import gzip
import hashlib
import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from solicomm_build.builder import loading
from solicomm_build.builder.sources import Sources
from solicomm_build.features.network.sharing import nights
from solicomm_build.features.network.trust import adding
from solicomm_build.features.search import index as indexing
from solicomm_build.features.search.engine import files, tiers
from solicomm_build.features.search.engine.finding import find
from solicomm_build.features.search.engine.reader import MANIFEST
from solicomm_build.features.search.finding import opened_in
from solicomm_build.features.search.peers import listing, mirroring
from solicomm_build.foundation import fetching
from solicomm_build.foundation.errors import ContentError
from solicomm_build.foundation.fetching import FetchError, StatusError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.testing import hubs, searching, webserver
from solicomm_build.testing.deskhub import DeskHub
from solicomm_build.testing.hubs import mid
from solicomm_build.testing.networks import Network

FAR = "far-aaaaaaaa"


def built(hub: Config) -> Config:
    assert hubs.build(hub).failures == []
    found = loading.load(hub, Sources(hub), loading.tips(hub), None)
    indexing.update(hub, found, settle=True)
    return hub


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Network:
    made = Network(tmp_path_factory.mktemp("net"), "ab")
    made.write("a", hubs.post("theirs", subject="Ornithopter", body="An ornithopter flies.\n"))
    built(made.hubs["a"])
    hub = dataclasses.replace(made.hubs["b"], search_mirror=(made.id("a"),))
    hubs.add(hub, "own", [hubs.post("ours", subject="Weather", body="Rain on the ornithopter.\n")])
    made.hubs["b"] = built(hub)
    return made


@pytest.fixture(scope="module")
def served(net: Network) -> Iterator[str]:
    with webserver.running(net.hubs["a"]) as (host, port):
        yield f"http://{host}:{port}"


def page(hub: Config, query: str) -> str:
    with (
        webserver.running(hub) as (host, port),
        urllib.request.urlopen(f"http://{host}:{port}/search/?q={query}") as answer,
    ):
        return str(answer.read().decode())


def test_what_another_hub_has_is_found_here_with_its_address_there(
    net: Network, served: str
) -> None:
    hub, peer = net.hubs["b"], net.id("a")
    assert mirroring.nightly(hub, peer, served, 60.0)
    kept = mirroring.folder(hub, peer)
    assert files.unwrap((kept / MANIFEST).read_bytes())["base"] == served
    built(hub)  # no build takes the copy away
    found = page(hub, "ornithopter")
    assert f'href="{served}/conferences/net/t/{mid("theirs")}/' in found
    assert f'href="../conferences/own/t/{mid("ours")}/' in found
    assert f'data-index="index/ peers/{peer}/"' in found


def test_it_is_found_by_mail_as_on_the_page(net: Network, served: str) -> None:
    hub, peer = net.hubs["b"], net.id("a")
    assert mirroring.nightly(hub, peer, served, 60.0)
    desk = DeskHub.on(hub)
    (told,) = desk.ask("solicomm-request", "find ornithopter")
    assert f"{served}/conferences/net/t/{mid('theirs')}/" in told.text
    assert f"https://b.example/conferences/own/t/{mid('ours')}/" in told.text
    assert served.partition("//")[2] in told.text.replace(served, ""), "it says where"
    kept = mirroring.folder(hub, peer)
    good = {path: path.read_bytes() for path in kept.rglob("*.js") if path.name != MANIFEST}
    for path in good:
        path.write_bytes(files.wrap("x", 5))
    (told,) = desk.ask("solicomm-request", "find rain")
    for path, octets in good.items():
        path.write_bytes(octets)
    assert f"https://b.example/conferences/own/t/{mid('ours')}/" in told.text, "ours stays found"


@pytest.mark.parametrize(
    "column", [{"d": [-249_999_999_999]}, {"u": [f"t/{mid('theirs')}/#page={'9' * 5000}"]}]
)
def test_a_row_of_another_hub_that_says_what_cannot_be_keeps_nobody_from_ours(
    net: Network, served: str, column: dict[str, list[object]]
) -> None:
    hub, peer = net.hubs["b"], net.id("a")
    assert mirroring.nightly(hub, peer, served, 60.0)
    kept = {one: one.read_bytes() for one in mirroring.folder(hub, peer).rglob("*.js")}
    read = {one: files.unwrap(octets) for one, octets in kept.items()}
    ((table, said),) = [one for one in read.items() if isinstance(one[1], dict) and "u" in one[1]]
    many = {name: some * len(said["u"]) for name, some in column.items()}
    try:
        told_so = files.wrap("d/0.js", said | many)
        table.write_bytes(mirroring._sound("d/0.js", told_so, served))
        assert f'href="../conferences/own/t/{mid("ours")}/' in page(hub, "ornithopter")
        who = f"{''.join(column)}@union.example"
        (told,) = DeskHub.on(hub).ask("solicomm-request", "find ornithopter", sender=who)
        assert f"https://b.example/conferences/own/t/{mid('ours')}/" in told.text
    finally:
        table.write_bytes(kept[table])


def test_a_night_that_was_too_short_goes_on(net: Network, served: str) -> None:
    hub, peer = net.hubs["b"], net.id("a")
    mirroring.gone(hub, peer)
    assert not mirroring.nightly(hub, peer, served, -1.0)
    assert mirroring.kept(hub) == []
    assert mirroring.nightly(hub, peer, served, 60.0)
    assert mirroring.kept(hub) == [peer]


def test_an_index_that_is_not_what_its_list_says_is_left_alone_for_a_while(
    net: Network, served: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As behind a proxy that keeps one of the two too long: the list came every two seconds."""
    hub, peer = net.hubs["b"], net.id("a")
    mirroring.gone(hub, peer)
    fetch = fetching.fetch

    def stale(url: str) -> bytes:
        return b"x" if url.endswith(f"/{MANIFEST}") else fetch(url)

    monkeypatch.setattr(fetching, "fetch", stale)
    assert not mirroring.nightly(hub, peer, served, 60.0), "it may have moved meanwhile"
    with pytest.raises(FetchError, match="is not what its list says"):
        mirroring.nightly(hub, peer, served, 60.0)
    monkeypatch.undo()
    assert mirroring.nightly(hub, peer, served, 60.0)


def test_an_index_that_moves_while_it_is_fetched_is_no_fault(
    net: Network, served: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub, peer = net.hubs["b"], net.id("a")
    mirroring.gone(hub, peer)
    fetch = fetching.fetch

    def moved(url: str) -> bytes:
        if url.endswith(f"/{MANIFEST}"):
            raise StatusError(url, 404)
        return fetch(url)

    monkeypatch.setattr(fetching, "fetch", moved)
    assert not mirroring.nightly(hub, peer, served, 60.0)
    monkeypatch.undo()
    assert mirroring.nightly(hub, peer, served, 60.0)


def test_over_a_slow_line_most_of_what_comes_is_no_list(
    net: Network, served: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It came for each twenty seconds of the rest."""
    hub, peer = net.hubs["b"], net.id("a")
    mirroring.gone(hub, peer)
    fetch, now, asked = fetching.fetch, [0.0], list[str]()

    def slow(url: str) -> bytes:
        now[0] += 100.0 if url.endswith(mirroring.LIST) else 25.0
        asked.append(url)
        return fetch(url)

    monkeypatch.setattr(fetching, "fetch", slow)
    monkeypatch.setattr(mirroring, "time", SimpleNamespace(monotonic=lambda: now[0]))
    while not mirroring.nightly(hub, peer, served, nights.SLICE):
        pass
    lists = sum(url.endswith(mirroring.LIST) for url in asked)
    assert lists <= 1 + len(asked) // 16


def test_what_was_written_since_is_found(net: Network, served: str) -> None:
    hub, peer = net.hubs["b"], net.id("a")
    net.write("a", hubs.post("news", subject="Gyrocopter", body="A gyrocopter.\n"))
    built(net.hubs["a"])
    assert mirroring.nightly(hub, peer, served, 60.0)
    assert "Gyrocopter" in page(hub, "gyrocopter")


def test_a_stick_brings_it_too_and_removing_the_hub_takes_it_away(net: Network) -> None:
    hub, peer = net.hubs["b"], net.id("a")
    mirroring.gone(hub, peer)
    report = net.read("b", net.stick("a", "b", wishes=["search"]))
    assert any("search index" in line for line in report.lines)
    assert mirroring.kept(hub) == [peer]
    manifest = files.unwrap((mirroring.folder(hub, peer) / MANIFEST).read_bytes())
    assert manifest["base"] == "https://a.example"
    adding.unfollow(hub, "conferences/net")
    adding.remove(hub, peer)
    assert not mirroring.folder(hub, peer).exists()


# -- bad input ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def theirs() -> dict[str, bytes]:
    return searching.files_of([searching.document("strike fund", "Fund", time=86_400 * 20_000)])


def taken(hub: Config, made: dict[str, bytes], asked: list[str] | None = None) -> bool:
    listed = {name: (len(data), hashlib.sha256(data).hexdigest()) for name, data in made.items()}
    told = listing.decode(listing.encode(listed))

    def get(name: str) -> bytes:
        if asked is not None:
            asked.append(name)
        return made[name]

    return mirroring._taken(hub, FAR, "https://far.example", told, get, 60.0)


@pytest.fixture
def hub(net: Network, tmp_path: Path) -> Config:
    return dataclasses.replace(net.hubs["b"], root=tmp_path, search_mirror=(FAR,))


def changed(theirs: dict[str, bytes], **said: object) -> dict[str, bytes]:
    manifest = files.unwrap(theirs[MANIFEST])
    return theirs | {MANIFEST: files.wrap(MANIFEST, manifest | said)}


def test_a_good_one_is_taken(hub: Config, theirs: dict[str, bytes]) -> None:
    assert taken(hub, theirs)
    assert mirroring.kept(hub) == [FAR]


def test_only_what_is_lacking_is_fetched_and_what_is_over_goes(
    hub: Config, theirs: dict[str, bytes]
) -> None:
    asked: list[str] = []
    more = theirs | {"d/7.js": files.wrap("d/7.js", {"t": ["x"]})}
    assert taken(hub, more)
    assert taken(hub, more, asked)
    assert asked == []
    news = theirs | {"d/8.js": files.wrap("d/8.js", {"t": ["x"]})}
    assert taken(hub, changed(news, b=0.8), asked)
    assert asked == ["d/8.js", MANIFEST]
    assert not (mirroring.folder(hub, FAR) / "d/7.js").exists()


@pytest.mark.parametrize(
    "path", ["../x.js", "d/../../x.js", "/etc/x.js", "d/1.html", "d/1.js.br", "D/1.js", "hooks/x"]
)
def test_a_file_elsewhere_is_refused(hub: Config, theirs: dict[str, bytes], path: str) -> None:
    with pytest.raises(ContentError, match="is none"):
        taken(hub, theirs | {path: b"x"})
    assert mirroring.kept(hub) == []


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("d/7.js", b"alert(1)"),
        ("d/7.js", b'solicommSearch("d/7.js",{"t":[1]});\n'),
        ("d/7.js", b'solicommSearch("d/7.js",' + b"[" * 100_000 + b");\n"),
        ("d/7.js", b'solicommSearch("d/7.js",{"d":[1e99]});\n'),
        ("0123456789abcdef/0.js", files.wrap("0123456789abcdef/0.js", "not base64")),
        (
            "0123456789abcdef/0.js",
            files.wrap("0", base64.b64encode(gzip.compress(bytes(1 << 26))).decode()),
        ),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_refused(
    hub: Config, theirs: dict[str, bytes], path: str, data: bytes
) -> None:
    with pytest.raises(ContentError, match="Ask the operator"):
        taken(hub, theirs | {path: data})
    assert mirroring.kept(hub) == []


@pytest.mark.parametrize(
    "said",
    [
        {"version": 2},
        {"documents": 10**12},
        {"documents": -1},
        {"lengths": [1]},
        {"segments": [{}]},
        {"segments": 7},
        {"places": {"x": 1}},
        {"chunk": 0},
        {"k1": "1"},
        {"older": 7},
        {"older": {}},
        {"older": [{}]},
        {"older": [{"id": "0" * 16, "documents": 1}] * 2},
        {"older": [{"id": "../x", "documents": 1}]},
        {"older": [{"id": "0" * 16, "documents": 1, "days": [1, "2"]}]},
    ],
)
def test_a_manifest_that_says_what_cannot_be_is_refused(
    hub: Config, theirs: dict[str, bytes], said: dict[str, object]
) -> None:
    with pytest.raises(ContentError, match="what cannot be"):
        taken(hub, changed(theirs, **said))
    assert mirroring.kept(hub) == []


def test_a_large_one_is_taken_with_its_older_tiers(hub: Config) -> None:
    old, new = (
        searching.document(f"strike {name}", name, time=86_400 * day)
        for name, day in (("older", 20_000), ("newer", 20_001))
    )
    theirs = searching.files_of([old], [new], older=(1,))
    (path,) = (path for path in theirs if path.endswith(tiers.NAME))
    for said in (
        b"[]",
        b'{"documents":1,"lengths":[1,1,1],"languages":{},"segments":[{}]}',
        files.unwrap_binary(theirs[path]).replace(b'"documents":1', b'"documents":9999', 1),
    ):
        with pytest.raises(ContentError, match="what cannot be"):
            taken(hub, theirs | {path: files.wrap_binary(path, said)})
        assert mirroring.kept(hub) == []
    assert taken(hub, theirs)
    index = opened_in(mirroring.folder(hub, FAR))
    assert index
    found = tiers.find_from([index], "strike", 1, lambda some: find(some, "strike", "en"))
    assert [(hit.row.title, hit.row.place) for hit in found.hits] == [
        ("older", "https://far.example/conferences/bar")
    ]
    assert len(find([tiers.whole(index)], "strike", "en").hits) == 2


def test_no_more_older_tiers_are_kept_than_can_be_searched(hub: Config) -> None:
    """Each is read where filters leave nothing, and all of them for a search by mail."""
    theirs = searching.files_of([searching.document("strike", "new")])
    for each, kept in ((1, 200), (4_000_000, 2)):
        older = [{"id": f"{n:016x}", "documents": each} for n in range(1000)]
        said = {**files.unwrap(theirs[MANIFEST]), "older": older}
        assert taken(hub, theirs | {MANIFEST: files.wrap(MANIFEST, said)})
        index = opened_in(mirroring.folder(hub, FAR))
        assert index
        assert index.manifest["older"] == older[:kept]


def test_a_tier_with_more_documents_than_was_said_is_not_read() -> None:
    some = [[searching.document("strike", name, time=1)] for name in ("older", "newer")]
    theirs = searching.files_of(*some, older=(1,))
    said = files.unwrap(theirs[MANIFEST])
    said["older"][0]["documents"] = 0
    theirs[MANIFEST] = files.wrap(MANIFEST, said)
    index = searching.open_files(theirs)
    assert tiers.tier(index, 1) is None
    assert index.faults


def test_an_index_without_bounds_is_refused() -> None:
    big = {"manifest.js": (listing.MOST_FILE + 1, "0" * 64)}
    with pytest.raises(ContentError):
        listing.decode(listing.encode(big))
    many = {f"d/{n}.js": (1, "0" * 64) for n in range(listing.MOST_FILES + 1)}
    with pytest.raises(ContentError, match="too large"):
        listing.decode(listing.encode(many | {"manifest.js": (1, "0" * 64)}))
    for blob in (b"", b"[]", b'{"files": 1}', json.dumps({"files": {"d/1.js": 3}}).encode()):
        with pytest.raises(ContentError):
            listing.decode(blob)


def test_what_is_wrong_is_told_in_the_status(net: Network) -> None:
    peer = dataclasses.replace(net.known("a").peers[net.id("b")], url="http://127.0.0.1:1")
    hub = dataclasses.replace(net.hubs["a"], search_mirror=(peer.id,))
    fault, whole = nights.look(hub, peer, 5.0)
    assert "127.0.0.1:1" in fault
    assert not whole
