"""Pages over a real server and raw sockets: validators, encodings, ranges, uploads."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from solicomm_build.foundation.hub.config import Config
from solicomm_build.testing import webserver
from solicomm_build.testing.webserver import Address, Answer, ask, exchange, parse
from solicomm_build.web.headers import FILE_POLICY


def test_a_folder_is_its_index(server: Address) -> None:
    answer = ask(server, "/conferences/organising/")
    assert (answer.status, answer.body) == (200, b"<p>organising</p>")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-length"] == "17"
    assert ask(server, "/").body == b"<p>home</p>"


def test_a_folder_without_its_slash_is_sent_there(server: Address) -> None:
    answer = ask(server, "/conferences/organising?page=2")
    assert answer.status == 301
    assert answer.headers["location"] == "/conferences/organising/?page=2"


def test_what_is_missing_gets_the_hubs_own_page(server: Address) -> None:
    for path in ("/nothing", "/page.html/", "/page.html/index.html", "/conferences/", "/linked/"):
        answer = ask(server, path)
        assert (answer.status, answer.body) == (404, b"<p>not here</p>"), path


def test_what_is_missing_is_said_in_the_language_of_who_asks(server: Address) -> None:
    def got(path: str, said: str) -> Answer:
        answer = ask(server, path, accept_language=said)
        assert answer.status == 404
        return answer

    arabic = got("/conferences/water/t/cut/", "ar-EG, en;q=0.5")
    assert b'lang="ar" dir="rtl"' in arabic.body
    assert "لا يوجد شيء في هذا العنوان".encode() in arabic.body
    assert arabic.headers["cache-control"] == "no-store"
    assert arabic.body == got("/elsewhere/", "ar").body, "whatever is there for others"
    for path, said in (
        ("/nothing", "en"),
        ("/nothing", "sw"),
        ("/gone.ico", "fr"),
    ):
        assert got(path, said).body == b"<p>not here</p>", (path, said)
    for path, said in (("/nothing.html", "fr"), ("/fr/nothing/", ""), ("/fr/nothing/", "en")):
        assert b'lang="fr"' in got(path, said).body, (path, said)
    head = ask(server, "/nothing", method="HEAD", accept_language="ru")
    assert (head.status, head.body) == (404, b"")


def test_head_is_get_without_the_body(server: Address) -> None:
    for path in ("/page.html", "/large.bin", "/nothing"):
        get, head = ask(server, path), ask(server, path, method="HEAD")
        assert head.body == b""
        assert head.status == get.status
        without_date = {k: v for k, v in head.headers.items() if k != "date"}
        assert without_date == {k: v for k, v in get.headers.items() if k != "date"}


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"])
def test_only_reading(server: Address, method: str) -> None:
    answer = ask(server, "/page.html", method=method)
    assert answer.status == 405
    assert answer.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    ("accepted", "coding", "body"),
    [
        ("gzip, deflate, br", "br", b"brotli"),
        ("gzip", "gzip", b"gzip"),
        ("x-gzip", "gzip", b"gzip"),
        ("br;q=0, gzip;q=0.5", "gzip", b"gzip"),
        ("br;q=0.000, gzip;q=0", None, b"plain"),
        ("identity", None, b"plain"),
        ("", None, b"plain"),
    ],
)
def test_siblings(server: Address, accepted: str, coding: str | None, body: bytes) -> None:
    answer = ask(server, "/page.html", accept_encoding=accepted)
    assert answer.headers.get("content-encoding") == coding
    assert answer.body == body
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


def test_each_encoding_has_its_own_strong_etag(server: Address) -> None:
    codings = ("br", "gzip", "identity")
    tags = {ask(server, "/page.html", accept_encoding=c).headers["etag"] for c in codings}
    assert len(tags) == 3
    assert all(tag.startswith('"') for tag in tags)


def test_the_etag_is_of_the_octets(hub: Config, server: Address) -> None:
    before = ask(server, "/page.html").headers["etag"]
    os.utime(hub.public / "page.html", (1, 1))
    assert ask(server, "/page.html").headers["etag"] == before


def _conditional(server: Address, path: str, conditions: dict[str, str]) -> Answer:
    return ask(server, path, method="GET", body=b"", **conditions)


def test_not_modified(server: Address) -> None:
    for path in ("/page.html", "/large.bin"):
        first = ask(server, path)
        tag, date = first.headers["etag"], first.headers["last-modified"]
        for conditions in (
            {"if_none_match": tag},
            {"if_none_match": f'"x", W/{tag}'},
            {"if_none_match": "*"},
            {"if_modified_since": date},
        ):
            answer = _conditional(server, path, conditions)
            assert (answer.status, answer.body) == (304, b""), conditions
            assert answer.headers["etag"] == tag


def test_modified(server: Address) -> None:
    date = ask(server, "/page.html").headers["last-modified"]
    for conditions in (
        {"if_none_match": '"other"'},
        {"if_none_match": '"other"', "if_modified_since": date},
        {"if_modified_since": "Thu, 01 Jan 1970 00:00:00 GMT"},
        {"if_modified_since": "yesterday"},
        {"if_modified_since": "Thu, 01 Jan 2099 00:00:00"},
    ):
        assert _conditional(server, "/page.html", conditions).status == 200, conditions


def test_caching(server: Address) -> None:
    def cache(path: str) -> str:
        return ask(server, path).headers["cache-control"]

    assert "immutable" in cache("/theme/site.0123456789abcdef.css")
    assert "immutable" in cache("/search/index/0123456789abcdef/b7.js")
    assert cache("/search/index/0123456789abcdef/d/7.js") == "no-cache"
    assert cache("/search/index/manifest.js") == "no-cache"
    assert cache("/theme/site.css") == "no-cache"
    assert cache("/page.html") == "no-cache"
    assert cache("/nothing") == "no-cache"
    assert "immutable" in cache("/conferences/organising/index/2026-10.json"), "it has ended"
    assert cache("/conferences/organising/index/2999-10.json") == "no-cache"
    assert "must-revalidate" in cache("/picture.png")
    assert "vary" not in ask(server, "/picture.png").headers


def test_files_of_the_search_index_are_light_and_never_run(server: Address) -> None:
    """Thirty of them a query: each header counts."""
    answer = ask(server, "/search/index/0123456789abcdef/b7.js")
    assert answer.headers["content-type"] == "text/plain"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert not answer.headers.keys() & {"etag", "last-modified", "content-security-policy"}
    assert ask(server, "/search/index/manifest.js").headers["etag"]
    part = ask(server, "/search/index/0123456789abcdef/b7.js", range="bytes=0-1", if_range='"x"')
    assert part.status == 200
    same = "Mon, 01 Jan 2035 00:00:00 GMT"
    path = "/search/index/0123456789abcdef/b7.js"
    assert ask(server, path, if_modified_since=same).status == 200


def test_other_hubs_pages_may_read_the_index_and_nothing_else(server: Address) -> None:
    index = ask(server, "/search/index/manifest.js", origin="https://other.example")
    assert index.headers["access-control-allow-origin"] == "*"
    assert "Origin" in index.headers["vary"]
    page = ask(server, "/page.html", origin="https://other.example")
    assert "access-control-allow-origin" not in page.headers


def test_a_feed_is_a_feed(server: Address) -> None:
    answer = ask(server, "/conferences/organising/feed.xml")
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"


def test_uploads_never_run(server: Address) -> None:
    answer = ask(server, "/conferences/organising/files/ab12/minutes.html")
    assert answer.status == 200
    assert answer.headers["content-security-policy"] == FILE_POLICY
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''minutes.html"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"
    pdf = ask(server, "/conferences/organising/files/ab12/a%C3%B1o.pdf")
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.headers["content-disposition"] == "attachment; filename*=UTF-8''a%C3%B1o.pdf"


WHOLE = bytes(range(256)) * 4096


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-0", slice(0, 1)),
        ("bytes=10-19", slice(10, 20)),
        ("bytes=1048570-", slice(1048570, None)),
        ("bytes=-6", slice(-6, None)),
        ("bytes=-99999999", slice(None)),
        ("bytes=5-99999999", slice(5, None)),
    ],
)
def test_ranges(server: Address, asked: str, part: slice) -> None:
    answer = ask(server, "/large.bin", range=asked)
    assert answer.status == 206
    assert answer.body == WHOLE[part]
    assert answer.headers["content-range"].endswith("/1048576")


@pytest.mark.parametrize("asked", ["bytes=", "bytes=-", "bytes=9-3", "lines=0-1", "bytes=0-1,4-5"])
def test_what_is_no_single_range_gets_it_all(server: Address, asked: str) -> None:
    answer = ask(server, "/large.bin", range=asked)
    assert (answer.status, answer.body) == (200, WHOLE)


@pytest.mark.parametrize("asked", ["bytes=1048576-", "bytes=-0", f"bytes={'9' * 5000}-"])
def test_unsatisfiable_ranges(server: Address, asked: str) -> None:
    answer = ask(server, "/large.bin", range=asked)
    assert answer.status == 416
    assert answer.headers["content-range"] == "bytes */1048576"


def test_a_range_of_another_version_is_not_given(server: Address) -> None:
    tag = ask(server, "/large.bin").headers["etag"]
    assert ask(server, "/large.bin", range="bytes=0-1", if_range=tag).status == 206
    assert ask(server, "/large.bin", range="bytes=0-1", if_range='"old"').status == 200


def test_a_range_is_of_the_plain_form(server: Address) -> None:
    answer = ask(server, "/page.html", range="bytes=0-1", accept_encoding="br")
    assert (answer.status, answer.body) == (206, b"pl")
    assert "content-encoding" not in answer.headers


def test_two_requests_on_one_connection(server: Address) -> None:
    one = b"GET /page.html HTTP/1.1\r\nHost: x\r\n\r\n"
    two = b"GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    octets = exchange(server, one + two)
    first: Answer = parse(octets)
    assert first.body.startswith(b"plainHTTP/1.1 404")


def test_the_search_page_alone_may_read_from_other_hubs(hub: Config) -> None:
    for path in ("search", "fr/search", "unions/docks/search", "other"):
        (hub.public / path).mkdir(parents=True, exist_ok=True)
        (hub.public / path / "index.html").write_text("<p>x")
    peers = ("https://docks.example", "http://[::1]:8080/hub")
    with webserver.running(replace(hub, search_peers=peers)) as address:
        policies = {
            path: ask(address, path).headers["content-security-policy"]
            for path in ("/search/", "/fr/search/", "/unions/docks/search/", "/other/")
        }
    wanted = (
        "connect-src 'self' https://docks.example/search/index/"
        " http://[::1]:8080/hub/search/index/;"
    )
    assert [path for path in policies if wanted in policies[path]] == ["/search/", "/fr/search/"]
    assert all("script-src 'self';" in policy for policy in policies.values())


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("opds/root.xml", "application/atom+xml;profile=opds-catalog;kind=navigation"),
        ("opds/new.xml", "application/atom+xml;profile=opds-catalog;kind=acquisition"),
        ("opds/subject/x.xml", "application/atom+xml;profile=opds-catalog;kind=acquisition"),
        ("opds/root.json", "application/opds+json"),
        ("feed.xml", "application/atom+xml; charset=utf-8"),
    ],
)
def test_a_librarys_catalogues_have_the_types_that_their_links_promise(
    hub: Config, server: Address, path: str, kind: str
) -> None:
    file = hub.public / "libraries/books" / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("x")
    assert ask(server, f"/libraries/books/{path}").headers["content-type"] == kind


INDEX_FILE = "/search/index/0123456789abcdef/b7.js"


def test_several_ranges_of_the_search_index_are_one_answer(server: Address) -> None:
    whole = ask(server, INDEX_FILE).body
    answer = ask(server, INDEX_FILE, range="bytes=0-0, 2-2,4-99999999")
    assert answer.status == 206
    kind, _, boundary = answer.headers["content-type"].partition("; boundary=")
    assert kind == "multipart/byteranges"
    assert answer.headers["content-length"] == str(len(answer.body))
    *parts, end = answer.body.split(f"\r\n--{boundary}".encode())[1:]
    assert end == b"--\r\n"
    told = [part.strip(b"\r\n").partition(b"\r\n\r\n") for part in parts]
    assert [octets for _, _, octets in told] == [b"x", b"1", b";"]
    assert f"Content-Range: bytes 2-2/{len(whole)}".encode() in told[1][0]
    head = ask(server, INDEX_FILE, method="HEAD", range="bytes=0-0,2-2")
    assert (head.status, head.body) == (206, b"")


@pytest.mark.parametrize(
    "asked", ["bytes=3-4,0-1", "bytes=0-4,4-5", "bytes=0-1,-5", "bytes=0-1,3-", "bytes=0-1,x-9"]
)
def test_what_is_no_list_of_ranges_gets_it_all(server: Address, asked: str) -> None:
    answer = ask(server, INDEX_FILE, range=asked)
    assert (answer.status, answer.body) == (200, ask(server, INDEX_FILE).body)
