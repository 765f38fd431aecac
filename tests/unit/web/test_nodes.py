"""What the web server of a machine without cell 0 answers."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import re
import signal
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from starlette.routing import Route
from starlette.testclient import TestClient

from solicomm_build.cli.serving import apart
from solicomm_build.cli.serving.sharing import APART, Sharing
from solicomm_build.features.cells import webnode
from solicomm_build.foundation.errors import NotKeptError
from solicomm_build.foundation.hub import health, liveness, privatefile
from solicomm_build.foundation.hub.cluster import lease, nodes
from solicomm_build.foundation.hub.cluster.settings import Cluster, Lease
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.liveness import Pulse
from solicomm_build.foundation.hub.privatefile import PrivateFile
from solicomm_build.testing import smallhub
from solicomm_build.testing.ports import free_port
from solicomm_build.testing.webserver import Address
from solicomm_build.web.app import create_app
from solicomm_build.web.nodes.routes import Anywhere
from solicomm_build.web.run import serve_web


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """That of a machine which has no cell."""
    monkeypatch.setattr(health, "stages", lambda config: [])
    made = smallhub.make(tmp_path / "hub")
    made = dataclasses.replace(made, cluster=Cluster("n2", divided=True), http=("127.0.0.1", 0))
    for path in ("index.html", "conferences/water/index.html"):
        (made.public / path).parent.mkdir(parents=True, exist_ok=True)
        (made.public / path).write_text(f"<p>{path}</p>")
    lease.write_owners(made, {0: lease.Owner("n1", 7)})
    return made


def has_cell_0(config: Config) -> None:
    """Gives it cell 0, as etcd does."""
    held = lease.Lease("n2", 8, lease.now() + 600, lease.boot())
    lease.write(config, held)


def test_built_pages_are_as_where_cell_0_is(hub: Config) -> None:
    home, node = TestClient(create_app(hub)), TestClient(create_app(hub, is_node=True))
    for path in ("/", "/conferences/water/", "/conferences/water"):
        for words in ({}, {"accept-encoding": "gzip"}, {"range": "bytes=1-3"}):
            wanted, found = (one.get(path, headers=words) for one in (home, node))
            assert found.status_code == wanted.status_code
            assert found.content == wanted.content
            assert found.headers == wanted.headers


def test_what_it_cannot_know_is_said_to_come_later(hub: Config) -> None:
    node = TestClient(create_app(hub, is_node=True))
    for path in ("/members/", "/login/", "/nothing/", "/libraries/e/k/files/large.pdf"):
        answer = node.get(path)
        assert answer.status_code == 503, path
        assert answer.headers["retry-after"] == "12"
        assert answer.headers["cache-control"] == "no-store"
        assert "Nothing of what you sent" not in answer.text


def test_nothing_is_kept_and_the_page_says_so(hub: Config) -> None:
    node = TestClient(create_app(hub, is_node=True))
    for path in ("/members/", "/conferences/water/", "/passkeys/", "/ap/inbox"):
        answer = node.post(path, data={"text": "x"}, headers={"accept-language": "fr"})
        assert answer.status_code == 503, path
        assert "Rien de ce que vous avez envoyé n’a été gardé." in answer.text


TAKEN = {
    "/confirm/{token}",
    "/conferences/{conference}/",
    "/conferences/{conference}/forms/{form}/",
    "/conferences/{conference}/t/{topic}/",
    "/conferences/{conference}/t/{topic}/page/{page:int}/",
    "/join/{conference}",
    "/login/",
    "/login/{link}",
    "/logout/",
    "/moderate/{token}",
    "/unsubscribe/{token}",
    "/vote/{token}",
}
"""What comes of these are objects for the owner's spools, steps in repositories, and sessions."""


def test_what_is_sent_anywhere_else_is_refused(hub: Config) -> None:
    app = create_app(hub, is_node=True)
    nodes.confirm(hub, lease.now() + 600)
    routes = [route for route in app.routes if isinstance(route, Route)]
    taken = {one.path.removeprefix("/{lang}") for one in routes if isinstance(one, Anywhere)}
    assert taken == TAKEN
    client, refused = TestClient(app), 0
    for route in routes:
        git = route.path.startswith("/{kind}/{repo}.git")  # a step in a repository
        if isinstance(route, Anywhere) or git or "POST" not in (route.methods or {"POST"}):
            continue
        path = re.sub(r"\{(\w+)(:\w+)?\}", lambda one: "1" if one[2] == ":int" else "x", route.path)
        answer = client.post(path, data={"text": "x"})
        assert answer.status_code in (503, 405), route.path
        refused += answer.status_code == 503
    assert refused > 20


def test_a_proxy_finds_the_machine_with_cell_0(hub: Config) -> None:
    home, node = TestClient(create_app(hub)), TestClient(create_app(hub, is_node=True))
    assert home.get("/healthz?home").text == "ok\n"
    answer = node.get("/healthz?home")
    assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")
    assert node.get("/healthz").text == "ok\n"
    node = TestClient(
        create_app(hub, is_node=True), base_url="http://127.0.0.1", client=("127.0.0.1", 40000)
    )
    said = node.get("/healthz?all").text.splitlines()
    assert said[-2:] == ["web: n2, without cell 0", "roster: not known to be as where cell 0 is"]


def test_each_machine_builds_and_serves_once_it_knows_what_there_is(hub: Config) -> None:
    assert liveness.of_machine(hub.root) == ["follow"]
    (hub.state / lease.FOLDER / liveness.FOLLOWED).touch()
    assert liveness.of_machine(hub.root) == ["bridge", "build", "node", "follow"]
    assert not {"build", "node"} & {*liveness.of_owner(hub.root, 0)}
    assert "web" in liveness.of_owner(hub.root, 0)


def test_it_rests_where_the_server_of_cell_0_runs(hub: Config) -> None:
    has_cell_0(hub)
    pid = os.fork()
    if pid == 0:
        Pulse(hub.state, "web")
        nodes.bell(hub.state).ring()
        signal.pause()
    try:
        while not nodes.has_web(hub):
            pass
        webnode.serve(hub)  # at once
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    assert not nodes.has_web(hub)


def test_a_machine_that_was_away_shows_nothing_before_its_pages_are_made_anew(
    hub: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it has may be erased by now, or for members only."""
    nodes.have_pages(hub)
    nodes.forget(hub)  # `serve` was stopped there
    listens = tmp_path / "listens"

    async def listen(config: Config, *, stop: asyncio.Event, **_: object) -> None:
        listens.touch()
        await stop.wait()

    monkeypatch.setattr(webnode, "serve_web", listen)
    pid = os.fork()
    if pid == 0:
        webnode.serve(hub)
        os._exit(0)
    try:
        time.sleep(4 * webnode._SOON)
        assert not listens.exists()
        nodes.have_pages(hub)
        while not listens.exists():
            assert os.waitpid(pid, os.WNOHANG) == (0, 0)
    finally:
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)


def test_what_was_shown_is_noted_while_it_is_known_and_for_a_while(hub: Config) -> None:
    nodes.have_pages(hub)
    nodes.note_shown(hub)
    assert not nodes.may_show(hub), "nobody knows whether it is current"
    nodes.confirm(hub, lease.now() + 600)
    nodes.note_shown(hub)
    nodes.forget(hub)
    assert nodes.may_show(hub)
    nodes.note_shown(hub)
    noted = hub.state / lease.FOLDER / nodes._SHOWN
    until = json.loads(noted.read_bytes())["until"]
    assert until <= lease.now() + nodes.SHOWN
    for facts in (
        {"until": lease.now() - 1, "boot": lease.boot()},
        {"until": until, "boot": "another start of the machine"},
    ):
        noted.write_text(json.dumps(facts))
        assert not nodes.may_show(hub)


def test_a_machine_that_begins_without_etcd_shows_what_was_confirmed_lately(hub: Config) -> None:
    """And nothing else, nor that when it is too long ago: it may be erased, or for members only."""
    cluster = Cluster("n2", Lease(("http://127.0.0.1:1",)), divided=True)
    hub = dataclasses.replace(hub, cluster=cluster, http=("127.0.0.1", free_port()))
    nodes.have_pages(hub)
    nodes.confirm(hub, lease.now() + 600)
    nodes.note_shown(hub)
    pid = os.fork()
    if pid == 0:
        os._exit(Sharing(hub, lambda part: apart.serve(hub) if part == APART else 70).run())
    try:
        while (answer := _get(hub, "/conferences/water/"))[0] == 0:
            assert os.waitpid(pid, os.WNOHANG) == (0, 0)
        assert (answer[0], answer[2]) == (200, "<p>conferences/water/index.html</p>")
        for path in ("/members/", "/login/", "/nothing/", "/search/?q=x"):
            assert _get(hub, path)[:2] == (503, "12"), path
        said = _get(hub, "/conferences/water/", b"text=x")
        assert said[:2] == (503, "12")
        assert "Nothing of what you sent was kept." in said[2]
        assert _get(hub, "/healthz")[0] == 404, "a proxy goes on to machines that know more"
        (hub.state / lease.FOLDER / nodes._SHOWN).unlink()
        later = _get(hub, "/conferences/water/")
        assert later[:2] == (503, "12")
        assert "Please try again in a minute." in later[2]
    finally:
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)
    assert _get(hub, "/")[0] == 0


def _get(config: Config, path: str, sent: bytes | None = None) -> tuple[int, str, str]:
    """Status, Retry-After and text; status 0 where nobody listens."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{config.http[1]}{path}", sent, 60) as found:
            return found.status, "", found.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.headers.get("retry-after", ""), refused.read().decode()
    except OSError:
        return 0, "", ""


def test_both_servers_of_a_machine_listen_for_a_moment(hub: Config) -> None:
    async def both() -> None:
        first, second = asyncio.Event(), asyncio.Event()
        at: asyncio.Queue[Address] = asyncio.Queue()
        node = asyncio.create_task(serve_web(hub, stop=first, ready=at.put_nowait, is_node=True))
        host, port = await at.get()
        home = asyncio.create_task(
            serve_web(hub, http=(host, port), stop=second, ready=at.put_nowait)
        )
        assert await at.get() == (host, port)
        first.set()
        await node
        address = f"http://{host}:{port}/healthz?home"
        said = await asyncio.to_thread(lambda: urllib.request.urlopen(address, timeout=60).read())
        assert said == b"ok\n"
        second.set()
        await home

    asyncio.run(both())


def test_private_files_are_read_as_they_were_copied_and_left_alone(hub: Config) -> None:
    path = hub.private / "follows.sqlite"
    tables = "CREATE TABLE IF NOT EXISTS f (n INTEGER);"
    writes, reads = (PrivateFile(path, tables, "nothing is lost") for _ in range(2))
    with writes.change() as db:
        db.execute("INSERT INTO f VALUES (1)")
    journal = path.with_name(f"{path.name}-wal")
    before = path.read_bytes(), journal.read_bytes()
    privatefile.only_look()
    try:
        assert reads.all("SELECT n FROM f") == [(1,)], "what is in the journal, too"
        with pytest.raises(NotKeptError), reads.change() as db:
            db.execute("INSERT INTO f VALUES (2)")
        assert PrivateFile(hub.private / "none.sqlite", tables, "").all("SELECT n FROM f") == []
        reads.close()
        assert (path.read_bytes(), journal.read_bytes()) == before
        assert not (hub.private / "none.sqlite").exists()
    finally:
        privatefile.only_look(is_so=False)
    with writes.change() as db:
        db.execute("INSERT INTO f VALUES (3)")
    privatefile.only_look()
    try:
        assert reads.all("SELECT n FROM f") == [(1,), (3,)]
    finally:
        privatefile.only_look(is_so=False)
        writes.close()
        reads.close()
