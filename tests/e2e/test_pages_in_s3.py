"""Pages of a hub in S3, as nginx sends them from there.

build → public/ ─ publish ─PUT→ SeaweedFS ←GET─ nginx (web-config --s3) ←─ readers
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from click.testing import CliRunner

from solicomm_build.cli.main import main
from solicomm_build.features.publishing import publisher
from solicomm_build.features.publishing.publisher import TreePublisher, scan
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.objects.client import ObjectsError
from solicomm_build.post.conference import Conference
from solicomm_build.testing import frontservers, hubs, objectstores, smallhub, webserver
from solicomm_build.testing.frontservers import Front
from solicomm_build.testing.objectstores import Store
from solicomm_build.testing.ports import free_port
from solicomm_build.web.fronts import frontserver
from solicomm_build.web.fronts.frontserver import Place
from tests.unit.objects.conftest import ENGINES

pytestmark = pytest.mark.skipif(objectstores.missing(), reason="SeaweedFS is there with make dev")
BOARD = Conference("board", {"en": "Board"}, posting="open", visibility="members")
TOPIC = hubs.post("m0", subject="Strike fund", body="The chest holds rubies.\n")
CODINGS = ("identity", "gzip", "br", "gzip, br;q=0", "br;q=0.5, gzip", "")


@pytest.fixture(scope="module", params=ENGINES)
def store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    with objectstores.ENGINES[request.param](tmp_path_factory.mktemp("store")) as found:
        yield found


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, store: Store) -> Config:
    """The sample hub with a conference for members, and names that are awkward in an address."""
    made = hubs.sample(tmp_path_factory.mktemp("pages") / "hub")
    made = dataclasses.replace(made, url="http://hub.example", pages="sites.example")
    smallhub.add_conference(made, BOARD)
    hubs.add(made, "board", [TOPIC])
    assert not hubs.build(made).failures
    odd = made.public / "conferences/organising/files/0"
    odd.mkdir(parents=True)
    for name in ("x.html", "a b+c&d=e%41 (é).pdf", "ünï.txt", "packed.txt.gz"):
        (odd / name).write_bytes(f"<script>{name}</script>".encode() * 200)
    (made.public / ".secret").write_text("x")
    return store.of(made)


def publisher_of(config: Config, store: Store, *, is_public: bool = True) -> TreePublisher:
    buckets = {use: store.bucket(use) for use in ("pages", "members", "files")}
    root = config.public if is_public else config.member_pages
    return TreePublisher(root, config.state, buckets, "n1", is_public=is_public)


def publish(config: Config, store: Store, **more: bool) -> publisher.Report:
    one = publisher_of(config, store, **more)
    try:
        return one.publish()
    finally:
        one.close()


@pytest.fixture(scope="module")
def published(built: Config, store: Store) -> Config:
    """All of it put, public pages and members'."""
    publish(built, store)
    publish(built, store, is_public=False)
    return built


@contextlib.contextmanager
def fronted(config: Config, folder: Path) -> Iterator[tuple[Front, Front]]:
    """nginx over the store, and the server that it has to be like."""
    if frontservers.missing("nginx"):
        pytest.skip("nginx is not installed: make debian")
    with webserver.running(config) as upstream:
        port = free_port()
        config = dataclasses.replace(config, http=upstream, url=f"http://hub.example:{port}")
        file = folder / "solicomm.conf"
        place = Place(bind="127.0.0.1", pages_in_s3=True, cache=folder / "kept")
        file.write_text(frontserver.nginx(config, place).text)
        with frontservers.nginx(file, port, folder) as front:
            yield front, Front(upstream[1])


@pytest.fixture(scope="module")
def fronts(
    published: Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Front, Front]]:
    with fronted(published, tmp_path_factory.mktemp("nginx")) as found:
        yield found


def addresses(config: Config) -> list[str]:
    paths = sorted(path for path, _ in scan(config.public))
    bare = set(paths)
    return [
        "/" + quote(path.removesuffix("index.html") if path.endswith("/index.html") else path)
        for path in paths
        if not (path.endswith((".br", ".gz")) and path[:-3] in bare)
    ]


FIELDS = ("content-type", "content-encoding", "cache-control", "content-disposition")


def test_every_page_is_answered_as_the_hub_itself_does(
    fronts: tuple[Front, Front], published: Config
) -> None:
    """Also with each coding, by HEAD, what is missing, and folders without their slash."""
    asked = 0
    for number, path in enumerate([*addresses(published), "/nothing/", "/conferences/organising"]):
        method = "HEAD" if number % 7 == 0 else "GET"
        coding = CODINGS[number % len(CODINGS)]
        both = [
            one.get("hub.example", path, method=method, accept_encoding=coding) for one in fronts
        ]
        seen = [(a.status, a.body, *map(a.headers.get, FIELDS)) for a in both]
        assert seen[0] == seen[1], (path, method, coding)
        asked += 1
    assert asked > 500


def test_a_site_has_its_own_origin(fronts: tuple[Front, Front], published: Config) -> None:
    nginx, _ = fronts
    home = nginx.get("metal.sites.example")
    assert (home.status, home.body) == (
        200,
        (published.public / "unions/metal/index.html").read_bytes(),
    )
    css = next((published.public / "theme/unions").glob("metal.*.css")).name
    style = nginx.get("metal.sites.example", f"/theme/unions/{css}")
    assert (style.status, style.headers["content-type"]) == (200, "text/css; charset=utf-8")
    missing = nginx.get("metal.sites.example", "/nothing/here/")
    page = (published.public / "unions/metal/404.html").read_bytes()
    assert (missing.status, missing.body) == (404, page)


def test_pages_have_the_headers_of_security(fronts: tuple[Front, Front]) -> None:
    nginx, _ = fronts
    for path in ("/", "/unions/metal/", "/nothing/"):
        headers = nginx.get("hub.example", path, accept_encoding="br").headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"], path
        assert headers["x-frame-options"] == "DENY", path
        assert "x-amz-request-id" not in headers, path
        assert path == "/nothing/" or "accept-encoding" in headers["vary"].lower(), path
    upload = nginx.get("hub.example", "/conferences/organising/files/0/x.html").headers
    assert upload["content-security-policy"].startswith("sandbox")


def test_a_part_of_a_page_is_a_part_of_the_plain_one(fronts: tuple[Front, Front]) -> None:
    nginx, _ = fronts
    whole = nginx.get("hub.example", "/").body
    part = nginx.get("hub.example", "/", accept_encoding="br", range="bytes=10-19")
    assert (part.status, part.body) == (206, whole[10:20])


def test_what_a_reader_asks_never_reaches_the_store_as_a_command(
    fronts: tuple[Front, Front],
) -> None:
    """`?acl`, `?uploads` and the like are commands of S3."""
    nginx, web = fronts
    for query in ("acl", "uploads", "list-type=2", "policy", "versions"):
        assert nginx.get("hub.example", f"/?{query}").body == web.get("hub.example", "/").body
    for path in ("/..%2f..%2f", "/%2e%2e/", "/.secret", "/x%00y"):
        assert nginx.get("hub.example", path).status in (400, 404), path
    assert nginx.get("hub.example", "/", method="PUT", body=b"x").status == 405


def test_while_the_store_is_away_what_was_read_is_still_shown(
    published: Config, store: Store, tmp_path: Path
) -> None:
    if store.process is None:
        pytest.skip("this store has several processes")
    with fronted(published, tmp_path) as (nginx, web):
        before = [nginx.get("hub.example", path) for path in ("/", "/unions/metal/")]
        conf = (tmp_path / "solicomm.conf").read_text()
        assert "proxy_cache_use_stale" in conf
        with store.down():
            after = [nginx.get("hub.example", path) for path in ("/", "/unions/metal/")]
            unread = nginx.get("hub.example", "/conferences/")
        assert [a.body for a in after] == [b.body for b in before]
        assert unread.status == web.get("hub.example", "/conferences/").status


def test_what_is_for_members_is_in_their_bucket_alone(published: Config, store: Store) -> None:
    pages, members = (store.bucket(use) for use in ("pages", "members"))
    everything = {name: pages.get(name) for name in pages.names() if "/board/" in f"/{name}"}
    assert everything == {}
    names = members.names("pages")
    assert any(b"rubies" in members.get(name) for name in names)
    for name in (names[0], members.names("manifests")[0]):
        with pytest.raises(ObjectsError):
            store.anonymous("members").get(name)
    documents = store.bucket("files").names()
    assert documents
    assert all(name.startswith("libraries/") for name in documents)
    assert not any("/files/" in name for name in pages.names("libraries"))
    assert ".secret" not in pages.names()


def test_a_second_time_nothing_is_put(published: Config, store: Store) -> None:
    report = publish(published, store)
    assert (report.objects, report.files) == (0, len(dict(scan(published.public))))
    (published.state / "published.sqlite").unlink()
    assert publish(published, store).put == 0
    assert publish(published, store).objects == 0


def test_an_answer_costs_forty_objects_at_most(published: Config, store: Store) -> None:
    """In a hub of six languages that is no longer in its first days, in a conference that no
    union's front page shows; manifests and head counted."""
    day = 4 * 1440
    topic = hubs.post("n1", subject="Turnos", body="Whose turn is it?\n", minutes=day)
    answers = [
        hubs.post(f"n{number}", "n1", subject="Re: Turnos", body="Mine.\n", minutes=day + number)
        for number in (2, 4)
    ]
    old = [hubs.post(f"o{n}", subject=f"Viejo {n}", minutes=day - 3000 + n) for n in range(40)]
    hubs.add(published, "solidaridad", old)
    reports = []
    for number, post in enumerate((topic, *answers)):
        with clock.fixed(hubs.after(day + 2 * number + 1)):
            hubs.add(published, "solidaridad", [post])
            assert not hubs.build(published).failures
            reports.append(publish(published, store))
    assert 20 < reports[-1].objects <= 40, reports
    assert reports[-1].gone <= 2


def test_the_command_says_what_it_did(published: Config, store: Store) -> None:
    lines = (published.root / "hub.yaml").read_text()
    s3 = json.dumps({"endpoint": store.s3.endpoint, "read": store.s3.read, **store.s3.buckets})
    (published.root / "hub.yaml").write_text(f"{lines}\ncluster: {{node: n1, s3: {s3}}}\n")
    for said in (" put (", "files: 0 put (0.0 MB), 0 taken away, 0 manifests"):
        done = CliRunner().invoke(main, ["publish", "--once", "--hub", str(published.root)])
        assert done.exit_code == 0, done.output
        assert said in done.output
        assert store.account.secret not in done.output
    words = ["web-config", "nginx", "--s3", "--hub", str(published.root)]
    assert CliRunner().invoke(main, words).exit_code == 0
    written = (published.root / "web/solicomm.conf").read_text()
    assert f'/{store.s3.pages}$solicomm_page$solicomm_sibling?"' in written
    (published.root / "hub.yaml").write_text(lines)
