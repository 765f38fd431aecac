"""A draft is pushed, seen by who has its address, and by nobody else: not on the web, not by git.

git push origin HEAD:draft → gate → hooks (address, word, bell) → builder → previews/ → web
"""

from __future__ import annotations

import http.client
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from solicomm_build.builder.run import Builder
from solicomm_build.features.founding import founding
from solicomm_build.features.sites.rendering.preview import bring_up_to_date
from solicomm_build.foundation import data
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.git.repo import environment, open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.people import access
from solicomm_build.testing import webserver
from solicomm_build.testing.webserver import Address, ask

WHEN = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Config:
    folder = tmp_path_factory.mktemp("preview") / "hub"
    return founding.found_hub(folder, name="Hub", domain="hub.example", sample=True)


@pytest.fixture(scope="module")
def server(hub: Config) -> Iterator[Address]:
    with webserver.running(hub) as address:
        yield address


def git(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    who = {
        "GIT_AUTHOR_NAME": "Ana",
        "GIT_AUTHOR_EMAIL": "ana@users.hub.invalid",
        "GIT_COMMITTER_NAME": "Ana",
        "GIT_COMMITTER_EMAIL": "ana@users.hub.invalid",
        "GIT_ALLOW_PROTOCOL": "http",
    }
    return subprocess.run(
        ["git", *words],
        cwd=cwd,
        env=environment() | who,
        text=True,
        timeout=60,
        check=False,
        capture_output=True,
    )


def test_a_draft(hub: Config, server: Address, tmp_path: Path) -> None:
    token = access.issue(hub, "ana", ["unions/metal"], lang="fr")[1]
    where = f"127.0.0.1:{server[1]}/unions/metal.git"
    assert git("clone", "-q", f"http://x:{token}@{where}", "copy", cwd=tmp_path).returncode == 0
    copy = tmp_path / "copy"
    file = sorted((copy / "pages").glob("*.md"))[0]
    file.write_text(file.read_text("utf-8") + "\n\nZebra crossing.\n", "utf-8")
    assert git("commit", "-qam", "Draft", cwd=copy).returncode == 0
    pushed = git("push", "-q", "origin", "HEAD:refs/heads/strike", cwd=copy)
    assert pushed.returncode == 0, pushed.stderr
    said = re.search(r"http://127\.0\.0\.1:8080(/preview/[a-z2-7]{26}/)", pushed.stderr)
    assert said, pushed.stderr
    builder = Builder(hub, data.theme())
    try:
        builder.build()
        assert [record.fault for record in bring_up_to_date(hub, builder.built)] == [""]
        home = ask(server, said[1])
        assert home.status == 200
        assert "noindex" in home.headers["x-robots-tag"]
        assert "default-src 'none'" in home.headers["content-security-policy"]
        (changed,) = (p for p in hub.previews.rglob("*.html") if b"Zebra" in p.read_bytes())
        url = changed.relative_to(hub.previews).as_posix().removesuffix("index.html")
        assert b"Zebra crossing" in ask(server, f"/{url}").body
        assert not [p for p in hub.public.rglob("*.html") if b"Zebra crossing" in p.read_bytes()]
        for guess in ("/preview/", f"/preview/{'a' * 26}/", "/preview/../records/", "/records/"):
            assert ask(server, guess).status == 404
        anonymous = git("ls-remote", f"http://{where}", cwd=tmp_path).stdout
        assert "refs/heads/main" in anonymous
        assert "strike" not in anonymous
        proactive = ("-c", "http.proactiveAuth=basic", "ls-remote", f"http://x:{token}@{where}")
        assert "strike" in git(*proactive, cwd=tmp_path).stdout
        assert git("push", "-q", "origin", ":strike", cwd=copy).returncode == 0
        bring_up_to_date(hub, builder.built)
        assert ask(server, said[1]).status == 404
    finally:
        builder.close()


@pytest.fixture(scope="module")
def hidden(hub: Config) -> dict[str, str]:
    """What a draft of a site holds and main does not: commit, tree and blob; and those of a draft
    that was deleted."""
    repo = open_repo(hub.union_repo("hogar"))
    found = {}
    for name in ("kept", "deleted"):
        blob = repo.git("hash-object", "-w", "--stdin", input=f"The {name} plan.\n".encode())
        line = f"100644 blob {blob.decode().strip()}\tplan.md\n"
        tree = repo.git("mktree", input=line.encode()).decode().strip()
        commit = (
            repo.git(
                "-c",
                "user.name=a",
                "-c",
                "user.email=a@users.hub.invalid",
                "commit-tree",
                "-m",
                name,
                tree,
            )
            .decode()
            .strip()
        )
        repo.set_ref(f"refs/heads/{name}", Oid(commit), None)
        found |= {f"{name} commit": commit, f"{name} tree": tree}
        found[f"{name} blob"] = blob.decode().strip()
    repo.set_ref("refs/heads/deleted", None, Oid(found["deleted commit"]))
    return found


@pytest.mark.parametrize("version", ["0", "1", "2"])
def test_nobody_fetches_a_draft_by_an_object_s_id(
    hub: Config, server: Address, hidden: dict[str, str], tmp_path: Path, version: str
) -> None:
    url = f"http://127.0.0.1:{server[1]}/unions/hogar.git"
    git("init", "-q", "--bare", "copy", cwd=tmp_path)
    for name, oid in hidden.items():
        words = ("-c", f"protocol.version={version}", "fetch", "-q", url, oid)
        assert git(*words, cwd=tmp_path / "copy").returncode != 0, name
        held = git("cat-file", "-e", oid, cwd=tmp_path / "copy")
        assert held.returncode != 0, name


@pytest.mark.parametrize("word", ["want", "have", "shallow"])
@pytest.mark.parametrize("protocol", ["", "version=1", "version=2"])
def test_git_does_not_say_whether_a_draft_holds_a_file(
    hub: Config, server: Address, hidden: dict[str, str], word: str, protocol: str
) -> None:
    """A file's id follows from its octets: whoever has a document must not learn from it whether
    a draft has it, too."""
    tip = open_repo(hub.union_repo("hogar")).ref()

    def asked(oid: str) -> tuple[int, bytes]:
        if protocol == "version=2":
            said = [b"command=fetch", None, f"want {tip}".encode(), f"{word} {oid}".encode()]
            body = b"".join(b"0001" if s is None else b"%04x%b\n" % (len(s) + 5, s) for s in said)
            body += b"0000"
        else:
            first = f"{word} {oid}\n" if word == "want" else f"want {tip}\n"
            more = "" if word == "want" else f"{word} {oid}\n"
            lines = [first, more, None] if word == "shallow" else [first, None, more]
            body = (
                b"".join(
                    b"0000" if one is None else b"%04x%b" % (len(one) + 4, one.encode())
                    for one in lines
                    if one != ""
                )
                + b"0009done\n"
            )
        headers = {"Content-Type": "application/x-git-upload-pack-request"}
        headers |= {"Git-Protocol": protocol} if protocol else {}
        connection = http.client.HTTPConnection(*server, timeout=30)
        connection.request("POST", "/unions/hogar.git/git-upload-pack", body, headers)
        answer = connection.getresponse()
        octets = answer.read().replace(oid.encode(), b"OID")
        connection.close()
        return answer.status, octets

    nothing = asked("1" * 40)
    for name, oid in hidden.items():
        assert asked(oid) == nothing, name


def test_an_honest_reader_still_fetches_what_is_new(
    hub: Config, server: Address, hidden: dict[str, str], tmp_path: Path
) -> None:
    url = f"http://127.0.0.1:{server[1]}/unions/hogar.git"
    assert git("clone", "-q", "--depth=1", url, "thin", cwd=tmp_path).returncode == 0
    assert git("clone", "-q", url, "copy", cwd=tmp_path).returncode == 0
    write_once(
        open_repo(hub.union_repo("hogar")),
        [Change("pages/zz.md", b"x\n")],
        author_name="Test",
        when=WHEN,
        author_when=WHEN,
        message="New\n",
    )
    for place in ("copy", "thin"):
        assert git("pull", "-q", "--ff-only", cwd=tmp_path / place).returncode == 0, place
        assert (tmp_path / place / "pages" / "zz.md").exists()
    assert git("fetch", "-q", "--unshallow", cwd=tmp_path / "thin").returncode == 0
    assert git("fsck", "--strict", cwd=tmp_path / "thin").returncode == 0


def test_too_many_pushes_in_an_hour_are_refused_with_figures(
    hub: Config, server: Address, tmp_path: Path
) -> None:
    settings = hub.root / "hub.yaml"
    before = settings.read_text("utf-8")
    token = access.issue(hub, "eva", ["unions/hogar"], lang="es")[1]
    url = f"http://x:{token}@127.0.0.1:{server[1]}/unions/hogar.git"
    assert git("clone", "-q", url, "copy", cwd=tmp_path).returncode == 0
    settings.write_text(before.replace("limits:\n", "limits:\n  pushes_an_hour: 2\n"), "utf-8")
    try:
        for name, taken in (("a", True), ("b", True), ("c", False)):
            done = git("push", "-q", "origin", f"HEAD:refs/heads/{name}", cwd=tmp_path / "copy")
            assert (done.returncode == 0) is taken, done.stderr
        assert "hubo 2 envíos en la última hora" in done.stderr
    finally:
        settings.write_text(before, "utf-8")
