"""Harvesting a provider that misbehaves in every way we know of."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from solicomm_build.features.founding.founding import new_library
from solicomm_build.features.library.cards.cardstore import CardStore
from solicomm_build.features.library.harvesting.acquisition import Taken
from solicomm_build.features.library.harvesting.harvest import Harvest, harvest
from solicomm_build.foundation import fetching
from solicomm_build.foundation.errors import SoliCommError, UsageError
from solicomm_build.foundation.fetching import FetchError, checked_url, fetch
from solicomm_build.testing import smallhub
from tests.unit.model.exchange.test_harvesting import HEAD, listed, record

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
IDENTIFY = (
    HEAD + "<Identify><repositoryName>Old</repositoryName><protocolVersion>2.0</protocolVersion>"
    "<granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify></OAI-PMH>"
).encode()
Reply = tuple[int, dict[str, str], bytes]
Script = Callable[[dict[str, str]], Reply]


@contextlib.contextmanager
def serving(script: Script) -> Iterator[str]:
    """A provider that says what the script says to everything but Identify."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = {key: value[0] for key, value in parse_qs(urlsplit(self.path).query).items()}
            calm = query.get("verb") == "Identify"
            status, headers, body = (200, {}, IDENTIFY) if calm else script(query)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if "Content-Length" not in headers:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/oai"
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


@pytest.fixture
def store(tmp_path: Path) -> CardStore:
    config = smallhub.make(tmp_path / "hub")
    new_library(config, "papers", title="Papers", lang="en")
    return CardStore(config, "papers")


def ok(body: bytes, **headers: str) -> Reply:
    return 200, {name.replace("_", "-"): value for name, value in headers.items()}, body


def title(text: str, number: int = 1, stamp: str = "2026-05-01T00:00:00Z", **header: str) -> str:
    return record(f"<dc:title>{text}</dc:title>", f"oai:a:{number}", stamp, **header)


def token(text: str) -> str:
    return f"<resumptionToken>{text}</resumptionToken>"


def run(store: CardStore, url: str, **more: object) -> Harvest:
    return harvest(store, url, when=NOW, lang="en", sleep=lambda _: None, **more)  # type: ignore[arg-type]


def refused(store: CardStore, script: Script) -> str:
    """What the harvest says; nothing may have been written."""
    with serving(script) as url, pytest.raises(SoliCommError) as raised:
        run(store, url)
    assert store.rows() == []
    assert "127.0.0.1" in raised.value.public
    return raised.value.public


def test_only_what_is_new_is_asked_for_again(store: CardStore) -> None:
    asked: list[dict[str, str]] = []
    answers = [
        listed(title("One", 1), tail=token("t 1&amp;2")),
        listed(title("Two", 2, "2026-05-03T00:00:00Z"), tail="<resumptionToken/>"),
        listed(title("Two", 2, "2026-05-03T00:00:00Z")),
        listed(title("Two!", 2, "2026-05-04T00:00:00Z")),
    ]

    def script(query: dict[str, str]) -> Reply:
        asked.append(query)
        return ok(gzip.compress(answers[len(asked) - 1]), Content_Encoding="gzip")

    with serving(script) as url:
        seen: list[tuple[int, int]] = []
        assert run(store, url, progress=lambda *n: seen.append(n)).taken == Taken(new=2)
        assert seen == [(1, 0), (2, 0)]
        assert run(store, url).taken == Taken(same=1)
        again = run(store, url)
        assert (again.taken, again.provider) == (Taken(changed=1), "Old")
    assert asked[1] == {"verb": "ListRecords", "resumptionToken": "t 1&2"}
    assert [query.get("from") for query in asked] == [None, None, *["2026-05-03T00:00:00Z"] * 2]
    assert len(store.rows()) == 2


def test_a_set_has_a_place_of_its_own(store: CardStore) -> None:
    asked: list[dict[str, str]] = []

    def script(query: dict[str, str]) -> Reply:
        asked.append(query)
        return ok(listed(title("One", 1 if query.get("set") == "a" else 2)))

    with serving(script) as url:
        for options in ({"of": "a"}, {"of": "b"}, {"of": "b"}, {}, {"of": "a", "since": ""}):
            run(store, url, **options)
    assert ["from" in query for query in asked] == [False, False, True, False, False]


def test_a_date_that_moves_alone_moves_the_place(store: CardStore) -> None:
    stamps = iter(["2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z", "2026-06-01T00:00:00Z"])
    asked: list[str] = []

    def script(query: dict[str, str]) -> Reply:
        asked.append(query.get("from", ""))
        return ok(listed(title("One", 1, next(stamps))))

    with serving(script) as url:
        done = [run(store, url).taken for _ in range(3)]
    assert done == [Taken(new=1), Taken(same=1), Taken(same=1)]
    assert asked == ["", "2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z"]
    assert store.read(store.rows()[0].key).version == 1


def test_a_date_that_lies_ahead_is_no_place(store: CardStore) -> None:
    """One record of 2099, and nothing was asked for that came in between."""
    far, asked = title("Far", 1, "2099-01-01T00:00:00Z"), list[str]()
    answers = [
        listed(far, title("One", 2, "2026-05-01T00:00:00Z")),
        listed(far, title("One", 2, "2026-06-01T00:00:00Z")),
        listed(far, title("Two", 3, "2026-06-02T00:00:00Z")),
    ]

    def script(query: dict[str, str]) -> Reply:
        asked.append(query.get("from", ""))
        return ok(answers[len(asked) - 1])

    with serving(script) as url:
        done = [run(store, url).taken for _ in range(3)]
    assert done == [Taken(new=2), Taken(same=2), Taken(new=1, same=1)]
    assert asked == ["", "2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z"]


def test_what_is_deleted_there_is_withdrawn_here_until_it_comes_back(store: CardStore) -> None:
    gone = record("", "oai:a:1", "2026-06-01T00:00:00Z", status="deleted")
    answers = iter(
        [
            listed(title("One", 1), record("", "oai:a:9", status="deleted")),
            listed(gone),
            listed(gone),
            listed(title("One", 1, "2026-07-01T00:00:00Z")),
        ]
    )
    with serving(lambda _: ok(next(answers))) as url:
        done = [run(store, url).taken for _ in range(2)]
        assert done == [Taken(new=1, same=1), Taken(withdrawn=1)]
        assert [row.status for row in store.rows()] == ["withdrawn"]
        assert run(store, url).taken == Taken(same=1)
        assert run(store, url).taken == Taken(changed=1)
    assert [row.status for row in store.rows()] == ["published"]


def test_faulty_records_are_named_and_the_others_come(store: CardStore) -> None:
    bad = record("<dc:creator>X</dc:creator>", "oai:a:2")
    with serving(lambda _: ok(listed(bad, title("One")))) as url:
        done = run(store, url)
    assert done.taken == Taken(new=1)
    assert [fault.fault for fault in done.faulty] == ["oai:a:2: it has no title"]


def test_bad_xml_in_the_middle_leaves_nothing_half_done(store: CardStore) -> None:
    answers = iter([listed(title("One"), tail=token("x")), b"<OAI-PMH><broken"])
    assert "not XML" in refused(store, lambda _: ok(next(answers)))


def test_lists_without_an_end(store: CardStore) -> None:
    numbers = iter(range(1000))
    same = refused(store, lambda _: ok(listed(title("A", next(numbers)), tail=token("same"))))
    fresh = refused(store, lambda _: ok(listed(title("A"), tail=token(f"t{next(numbers)}"))))
    assert "round in circles" in same
    assert "round in circles" in fresh


def test_an_entity_bomb(store: CardStore) -> None:
    levels = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<!DOCTYPE x [<!ENTITY a0 "ha">{levels}]><x>&a11;</x>'
    assert "entities" in refused(store, lambda _: ok(bomb.encode()))


def test_an_answer_without_an_end(store: CardStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MAX_OCTETS", 2 << 20)
    assert "more than 2 MB" in refused(store, lambda _: ok(b" " * (3 << 20)))
    packed = gzip.compress(b" " * (64 << 20), 1)
    assert len(packed) < 2 << 20
    assert "more than 2 MB" in refused(store, lambda _: ok(packed, Content_Encoding="gzip"))


def test_an_answer_that_breaks_off(store: CardStore) -> None:
    body = listed(title("One"))
    said = refused(
        store, lambda _: ok(body, Content_Length=str(len(body) + 10), Connection="close")
    )
    assert "broke off" in said or "no answer" in said
    packed = gzip.compress(body)[:-9]
    assert "broke off" in refused(store, lambda _: ok(packed, Content_Encoding="gzip"))


def test_redirects(store: CardStore) -> None:
    def to(place: str) -> Script:
        return lambda _: (302, {"Location": place}, b"")

    assert "no address of http" in _elsewhere(store, to("file:///etc/passwd"))
    assert "no address of http" in _elsewhere(store, to("ftp://archive.example/"))
    assert "more than 3 times" in refused(store, to("/oai?verb=ListRecords"))
    answers: list[Reply] = [(301, {"Location": "/else"}, b""), ok(listed(title("One")))]
    with serving(lambda _: answers.pop(0)) as url:
        assert run(store, url).taken == Taken(new=1)


def test_a_server_cannot_send_us_into_our_own_network(
    store: CardStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, str]] = []

    def inner(query: dict[str, str]) -> Reply:
        asked.append(query)
        return ok(b"secret")

    with serving(inner) as target:
        reply = (302, {"Location": target}, b"")
        assert "into our own network" in refused(store, lambda _: reply)
        assert asked == []
        monkeypatch.setattr(fetching, "_is_outside", lambda sock: True)  # as if it were elsewhere
        assert "into our own network" not in refused(store, lambda _: reply)
        assert asked


def test_a_head_that_never_ends_is_ended(store: CardStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MAX_HEAD_SECONDS", 0.5)
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            with listener.accept()[0] as one, contextlib.suppress(OSError):
                one.sendall(b"HTTP/1.1 200 OK\r\n")
                while not stop.wait(0.05):
                    one.sendall(b"X-A: b\r\n")

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            with pytest.raises(FetchError, match="does not begin in"):
                fetch(f"http://127.0.0.1:{listener.getsockname()[1]}/oai")
        finally:
            stop.set()
            thread.join(10)


def test_a_head_that_never_ends_is_named_so_when_the_ended_connection_is_reset(
    store: CardStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "MAX_HEAD_SECONDS", 0.1)

    def reset(connection: http.client.HTTPConnection) -> None:
        while connection.sock.recv(1):
            """The other side's octets, until our own side ends the connection."""
        raise ConnectionResetError

    monkeypatch.setattr(http.client.HTTPConnection, "getresponse", reset)
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        pytest.raises(FetchError, match="does not begin in"),
    ):
        fetch(f"http://127.0.0.1:{listener.getsockname()[1]}/oai")


def _elsewhere(store: CardStore, script: Script) -> str:
    with serving(script) as url, pytest.raises(FetchError) as raised:
        run(store, url)
    assert store.rows() == []
    return raised.value.public


def test_a_busy_server_is_waited_for_and_not_for_ever() -> None:
    slept: list[float] = []
    answers: list[Reply] = [
        (503, {"Retry-After": "7"}, b""),
        (503, {}, b""),
        (503, {"Retry-After": "Wed, 01 Jan 2020 00:00:00 GMT"}, b""),
        ok(b"here"),
    ]
    with serving(lambda _: answers.pop(0)) as url:
        assert fetch(url, sleep=slept.append) == b"here"
    assert slept == [7, 10, 1]
    with (
        serving(lambda _: (503, {"Retry-After": "100"}, b"")) as url,
        pytest.raises(FetchError, match="Try again in 100 seconds"),
    ):
        fetch(url, sleep=slept.append)
    assert sum(slept[3:]) <= fetching.MAX_WAIT


@pytest.mark.parametrize(
    "text",
    [
        "file:///etc/passwd",
        "archive.example",
        "http://",
        "http://a:x/",
        "http://é.example/",
        "http://user:word@a.example/",
        "javascript:alert(1)",
    ],
)
def test_addresses_that_are_none(text: str) -> None:
    with pytest.raises(FetchError):
        checked_url(text)


def test_a_request_is_no_address_of_a_provider(store: CardStore) -> None:
    with pytest.raises(UsageError, match="without a question"):
        run(store, "http://archive.example/oai?verb=Identify")
    assert checked_url("http://A.example:80#top") == "http://a.example:80/"


def test_a_day_behind_the_last_harvest_leaves_no_gap(store: CardStore) -> None:
    """Everything between would be left out for good, as the next one begins at the newest."""
    asked: list[str] = []

    def script(query: dict[str, str]) -> Reply:
        asked.append(query.get("from", ""))
        return ok(listed(title("One")))

    with serving(script) as url:
        for since in ("2026-04-01", "2026-08-01", "2026-04-01"):
            run(store, url, since=since)
    assert asked == ["2026-04-01", "2026-05-01T00:00:00Z", "2026-04-01"]
