"""A draft is pushed, seen by who has its address, and by nobody else: not on the web, not by git.

git push origin HEAD:draft → gate → hooks (address, word, bell) → builder → previews/ → web
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from solicomm_build import data, founding
from solicomm_build.config import Config
from solicomm_build.pipeline.run import Builder
from solicomm_build.store import access
from solicomm_build.store.repo import environment
from solicomm_build.testing import webserver
from solicomm_build.testing.webserver import Address, ask


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Config:
    folder = tmp_path_factory.mktemp("preview") / "hub"
    return founding.found_hub(folder, name="Hub", domain="hub.example", sample=True)


@pytest.fixture(scope="module")
def server(hub: Config) -> Iterator[Address]:
    with webserver.running(hub) as address:
        yield address


def git(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    who = {"GIT_AUTHOR_NAME": "Ana", "GIT_AUTHOR_EMAIL": "ana@users.hub.invalid",
           "GIT_COMMITTER_NAME": "Ana", "GIT_COMMITTER_EMAIL": "ana@users.hub.invalid",
           "GIT_ALLOW_PROTOCOL": "http"}  # fmt: skip
    return subprocess.run(
        ["git", *words], cwd=cwd, env=environment() | who, text=True, timeout=60, check=False,
        capture_output=True,
    )  # fmt: skip


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
        assert [record.fault for record in builder.drafts()] == [""]
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
        builder.drafts()
        assert ask(server, said[1]).status == 404
    finally:
        builder.close()


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
