"""git clone and git push against the real web server.

git clone http://…/conferences/<id>.git → web/git.py → git/http_backend.py → git http-backend
"""

from __future__ import annotations

import asyncio
import gzip
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.types import Message

from solicomm_build.foundation.hub.config import Config
from solicomm_build.git import http_backend
from solicomm_build.git.cursor import Cursor
from solicomm_build.git.repo import create, open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.people.access import Access
from solicomm_build.testing import webserver
from solicomm_build.testing.webserver import Address, ask
from solicomm_build.web import git as web_git
from solicomm_build.web.doorkeeper import Doorkeeper
from solicomm_build.web.git import GitRepositories

WHEN = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
_LARGE = 12_000_000  # octets: more than a socket holds (tcp_wmem), else the answer is sent at once
CONFERENCE = """\
schema: solicomm/conference@1
id: {id}
title: {{en: {id}}}
languages: [en]
kind: conference
visibility: {visibility}
posting: open
"""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Config:
    root = tmp_path_factory.mktemp("hub")
    config = Config(root=root, name="Test", domain="hub.example", url="http://hub.example")
    for name, visibility in (("open", "public"), ("quiet", "unlisted"), ("closed", "members")):
        settings = CONFERENCE.format(id=name, visibility=visibility).encode()
        _make(config.conference_repo(name), {"conference.yaml": settings})
    _make(config.conference_repo("broken"), {"conference.yaml": b"visibility: [public"})
    _make(config.conference_repo("empty"), {})
    library = "schema: solicomm/library@1\nid: {id}\ntitle: {{en: Books}}\nlanguages: [en]\n"
    books, closed = library.format(id="books"), library.format(id="vault") + "visibility: members\n"
    _make(
        config.library_repo("books"),
        {"library.yaml": books.encode(), "big.bin": os.urandom(_LARGE)},
    )
    _make(config.library_repo("vault"), {"library.yaml": closed.encode()})
    _make(config.union_repo("klgwu"), {"site.yaml": b"x\n", "index.md": b"Hello\n"})
    _make(config.mail_repo, {"secret": b"raw mail"})
    return config


@pytest.fixture(scope="module")
def server(hub: Config) -> Iterator[Address]:
    with webserver.running(hub) as address:
        yield address


def _make(path: Path, files: dict[str, bytes]) -> None:
    repo = create(path)
    if files:
        changes = [Change(name, data) for name, data in files.items()]
        write_once(repo, changes, author_name="Test", when=WHEN, author_when=WHEN, message="A\n")


def _git(*words: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {
        "PATH": os.environ["PATH"],
        "HOME": str(cwd),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }
    return subprocess.run(
        ["git", *words],
        cwd=cwd,
        env=clean | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


@pytest.mark.parametrize("version", ["0", "1", "2"])
@pytest.mark.parametrize(
    "path", ["conferences/open", "conferences/quiet", "libraries/books", "unions/klgwu"]
)
def test_clone_of_what_is_public(server: Address, tmp_path: Path, path: str, version: str) -> None:
    url = f"http://127.0.0.1:{server[1]}/{path}.git"
    done = _git("-c", f"protocol.version={version}", "clone", url, "copy", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "copy").iterdir())) >= 2
    assert _git("fsck", "--strict", cwd=tmp_path / "copy").returncode == 0


def test_fetch_brings_what_is_new(hub: Config, server: Address, tmp_path: Path) -> None:
    repo = create(hub.union_repo("growing"))
    _commit(repo.path, hub, "one.md")
    url = f"http://127.0.0.1:{server[1]}/unions/growing.git"
    assert _git("clone", url, "copy", cwd=tmp_path).returncode == 0
    for number in range(20):
        _commit(repo.path, hub, f"more-{number}.md")
    assert _git("pull", "--ff-only", cwd=tmp_path / "copy").returncode == 0
    assert (tmp_path / "copy" / "more-19.md").exists()


def _commit(path: Path, hub: Config, name: str) -> None:
    write_once(
        open_repo(path),
        [Change(name, b"text\n")],
        author_name="Test",
        when=WHEN,
        author_when=WHEN,
        message=f"{name}\n",
    )


def test_cursors_stay_our_own_affair(hub: Config, server: Address, tmp_path: Path) -> None:
    repo = open_repo(hub.conference_repo("open"))
    head = repo.ref()
    assert head is not None
    Cursor(repo, "courier").advance(None, head)
    url = f"http://127.0.0.1:{server[1]}/conferences/open.git"
    for version in ("0", "2"):
        seen = _git("-c", f"protocol.version={version}", "ls-remote", url, cwd=tmp_path).stdout
        assert "refs/heads/main" in seen
        assert "solicomm" not in seen


@pytest.mark.parametrize(
    "path",
    [
        "conferences/closed",
        "conferences/broken",
        "conferences/empty",
        "conferences/none",
        "libraries/vault",
        "private/mail",
        "unions/..%2fprivate%2fmail",
        "unions/Klgwu",
    ],
)
def test_no_clone_of_what_is_not(server: Address, tmp_path: Path, path: str) -> None:
    url = f"http://127.0.0.1:{server[1]}/{path}.git"
    assert _git("clone", url, "copy", cwd=tmp_path).returncode != 0
    answer = ask(server, f"/{path}.git/info/refs?service=git-upload-pack")
    cannot_be = path.startswith(("private/", "unions/"))  # no kind, or no name, of a repository
    assert answer.status == (404 if cannot_be else 401)  # else: ask for a token, there or not
    post = ask(
        server,
        f"/{path}.git/git-upload-pack",
        method="POST",
        body=b"0000",
        content_type="application/x-git-upload-pack-request",
    )
    assert post.status in (401, 404, 405)


def test_a_push_without_a_token_is_refused_with_a_reason(server: Address, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{server[1]}/unions/klgwu.git"
    _git("clone", url, "copy", cwd=tmp_path)
    who = ("-c", "user.name=T", "-c", "user.email=t@hub.example")
    _git(*who, "commit", "--allow-empty", "-m", "Mine", cwd=tmp_path / "copy")
    done = _git("push", "origin", "HEAD", cwd=tmp_path / "copy")
    assert done.returncode != 0
    assert "could not read Username" in done.stderr  # it is asked for one, and cannot ask anybody
    answer = ask(server, "/unions/klgwu.git/info/refs?service=git-receive-pack")
    assert b"The hub's operator gives tokens" in answer.body


@pytest.mark.parametrize(
    ("method", "rest", "status"),
    [
        ("GET", "info/refs?service=git-receive-pack", 401),
        ("POST", "git-receive-pack", 415),
        ("GET", "info/refs", 403),
        ("GET", "info/refs?service=git-upload-pack&service=git-receive-pack", 403),
        ("GET", "info/refs?service=git-upload-archive", 403),
        ("GET", "HEAD", 404),
        ("GET", "config", 404),
        ("GET", "objects/info/packs", 404),
        ("GET", "../mail.git/config", 404),
        ("GET", "info/refs/?service=git-upload-pack", 404),
        ("POST", "info/refs?service=git-upload-pack", 404),
        ("GET", "git-upload-pack", 404),
        ("GET", "", 404),
        ("POST", "git-upload-pack", 415),
    ],
)
def test_nothing_but_smart_reading(server: Address, method: str, rest: str, status: int) -> None:
    answer = ask(server, f"/unions/klgwu.git/{rest}", method=method, body=b"")
    assert answer.status == status
    assert answer.headers["content-type"].startswith("text/plain")


def test_too_long_a_request(server: Address) -> None:
    kind = "application/x-git-upload-pack-request"
    path = "/unions/klgwu.git/git-upload-pack"
    answer = ask(server, path, method="POST", content_type=kind, content_length="99999999")
    assert answer.status == 413


def test_a_zipped_request_in_chunks(server: Address) -> None:
    listing = gzip.compress(b"0014command=ls-refs\n0000")
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (listing[:9], listing[9:]))
    head = (
        b"POST /libraries/books.git/git-upload-pack HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        b"Content-Type: application/x-git-upload-pack-request\r\nContent-Encoding: gzip\r\n"
        b"Git-Protocol: version=2\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    octets = webserver.exchange(server, head + chunks + b"0\r\n\r\n")
    assert b" 200 " in octets.split(b"\r\n")[0]
    assert b"refs/heads/main" in octets


def _children() -> set[str]:
    """The http-backend processes that this process has started."""
    mine = str(os.getpid())
    listed = subprocess.run(
        ["ps", "-e", "-ww", "-o", "pid=", "-o", "ppid=", "-o", "args="],
        capture_output=True,
        text=True,
        check=True,
    )
    rows = (line.split(None, 2) for line in listed.stdout.splitlines())
    return {row[0] for row in rows if row[1] == mine and "http-backend" in row[2]}


def test_a_client_that_leaves_ends_the_child(server: Address) -> None:
    """It sends a part of its question, and goes: the child waiting for the rest goes too."""
    body = b"0098want "
    head = (
        b"POST /libraries/books.git/git-upload-pack HTTP/1.1\r\nHost: x\r\n"
        b"Content-Type: application/x-git-upload-pack-request\r\nContent-Length: 1000\r\n\r\n"
    )
    with socket.create_connection(server, timeout=30) as client:
        client.sendall(head + body)
        _until(lambda: bool(_children()))
    _until(lambda: not _children())


def test_a_client_that_leaves_during_the_answer_ends_the_child(
    hub: Config, server: Address
) -> None:
    head = open_repo(hub.library_repo("books")).ref()
    want = f"0011command=fetch0001000fno-progress0032want {head}\n0009done\n0000".encode()
    request = (
        b"POST /libraries/books.git/git-upload-pack HTTP/1.1\r\nHost: x\r\n"
        b"Content-Type: application/x-git-upload-pack-request\r\nGit-Protocol: version=2\r\n"
        b"Content-Length: %d\r\n\r\n" % len(want)
    )
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(10)
        client.connect(server)
        client.sendall(request + want)
        assert b"200 OK" in client.recv(4096)
        _until(lambda: bool(_children()))
    _until(lambda: not _children())


def test_a_child_that_fails_is_a_500(
    hub: Config, server: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(hub.root / "nowhere"))
    answer = ask(server, "/unions/klgwu.git/info/refs?service=git-upload-pack")
    assert answer.status == 500
    assert b"on our side" in answer.body


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)  # another process must get its turn; there is nothing to wait on


def test_few_at_once_and_few_wait(hub: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """One runs, one waits, the third is told to come back; the waiting one gets its answer."""

    async def scenario() -> list[int]:
        gate, started = asyncio.Event(), asyncio.Event()

        async def held(*_: object) -> None:
            started.set()
            await gate.wait()

        monkeypatch.setattr(web_git, "_relay", held)
        door = Doorkeeper(Access(hub), lambda *_: True)
        git = GitRepositories(hub, {"unions": hub.unions}, door, at_once=1, waiting=1)
        first, second = (asyncio.create_task(_status(git)) for _ in range(2))
        await started.wait()
        while git._clones.admitted < 2:
            await asyncio.sleep(0)
        third = await _status(git)
        gate.set()
        return [await first, await second, third]

    assert asyncio.run(scenario()) == [0, 0, 503]


async def _status(git: GitRepositories) -> int:
    seen = [0]

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            seen[0] = message["status"]

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/unions/klgwu.git/info/refs",
        "path_params": {"kind": "unions", "repo": "klgwu", "rest": "info/refs"},
        "query_string": b"service=git-upload-pack",
        "headers": [],
    }
    await git(scope, receive, send)
    return seen[0]


def test_the_child_sees_nothing_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "x")
    monkeypatch.setenv("GIT_DIR", "/elsewhere")
    request = http_backend.GitRequest(Path("/hub/unions/a.git"), "info/refs", "GET")
    environment = http_backend._environment(request)
    assert "SECRET" not in environment
    assert "GIT_DIR" not in environment
    assert environment["GIT_PROJECT_ROOT"] == "/hub/unions"
