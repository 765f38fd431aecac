"""A real git pushes to a real web server; what must not come in does not, and says why.

git push http://x:TOKEN@…/unions/<id>.git → web/git.py → git receive-pack → hooks → gate/judge.py
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import shutil
import subprocess
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.features.founding import founding
from solicomm_build.foundation import clock
from solicomm_build.foundation.bell import of_builder
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git import pushes, receiving, refs
from solicomm_build.git.repo import open_repo
from solicomm_build.people import access
from solicomm_build.testing import webserver
from solicomm_build.testing.webserver import Address, ask

UNION = "metal"
OTHERS = ("hogar", "municipal")


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Config:
    return founding.found_hub(
        tmp_path_factory.mktemp("push") / "hub", name="Hub", domain="hub.example", sample=True
    )


@pytest.fixture(scope="module")
def server(hub: Config) -> Iterator[Address]:
    with webserver.running(hub) as address:
        yield address


@pytest.fixture(scope="module")
def token(hub: Config) -> str:
    return access.issue(hub, "ana", [f"unions/{UNION}"], lang="en")[1]


class Copy:
    """A clone of somebody's, and what they do in it."""

    def __init__(self, folder: Path, url: str, *, is_there: bool = False) -> None:
        self.folder, self.url = folder, url
        if not is_there:
            done = git("clone", "-q", url, str(folder))
            assert done.returncode == 0, done.stderr

    def git(self, *words: str, input: bytes | None = None) -> subprocess.CompletedProcess[str]:
        return git(*words, cwd=self.folder, input=input)

    def write(self, path: str, text: str | bytes) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())

    def read(self, path: str) -> str:
        return (self.folder / path).read_text("utf-8")

    def push(self, to: str = "main", *options: str) -> subprocess.CompletedProcess[str]:
        assert self.git("add", "-Af").returncode == 0
        self.git("commit", "-qm", "A change")
        return self.git("push", *options, "origin", f"HEAD:{to}")

    def fresh(self) -> None:
        self.git("fetch", "-q")
        self.git("checkout", "-q", "--detach", "origin/main")
        self.git("clean", "-qfdx")


def git(
    *words: str, cwd: Path | None = None, input: bytes | None = None
) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
        "GIT_AUTHOR_NAME": "Ana",
        "GIT_AUTHOR_EMAIL": "ana@users.hub.invalid",
        "GIT_COMMITTER_NAME": "Ana",
        "GIT_COMMITTER_EMAIL": "ana@users.hub.invalid",
    }
    done = subprocess.run(
        ["git", "-c", "init.defaultBranch=main", *words],
        cwd=cwd,
        env=environment,
        check=False,
        capture_output=True,
        input=input,
        timeout=120,
    )
    out, err = (octets.decode("utf-8", "replace") for octets in (done.stdout, done.stderr))
    return subprocess.CompletedProcess(done.args, done.returncode, out, err)


def url_of(server: Address, token: str, repo: str = f"unions/{UNION}") -> str:
    return f"http://x:{token}@127.0.0.1:{server[1]}/{repo}.git"


@pytest.fixture(scope="module")
def clones() -> dict[str, Path]:
    return {}


@pytest.fixture
def copy(
    hub: Config,
    server: Address,
    token: str,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    clones: dict[str, Path],
) -> Copy:
    """A clone of what is there now: cloned once for each state that the branches are in."""
    url = url_of(server, token)
    state = repr(sorted(refs.everything(hub.union_repo(UNION), "refs/heads/").items()))
    if state not in clones:
        clones[state] = Copy(tmp_path_factory.mktemp("clone") / "copy", url).folder
    folder = shutil.copytree(clones[state], tmp_path / "copy", symlinks=True)
    return Copy(folder, url, is_there=True)


def tip(hub: Config, union: str = UNION) -> str:
    found = open_repo(hub.union_repo(union)).ref()
    assert found is not None
    return found


# -- what is taken ----------------------------------------------------------------------------


def test_a_page_is_pushed_and_said_where_it_is(hub: Config, copy: Copy) -> None:
    bell = of_builder(hub.state)
    bell.listen()
    copy.write("news/2026/gate-four.en.md", "---\ntitle: Open\ndate: 2026-11-20\n---\nWe walked.\n")
    done = copy.push()
    assert done.returncode == 0, done.stderr
    assert f"remote: In a moment it is here: {hub.url}/unions/{UNION}/" in done.stderr
    assert tip(hub) == copy.git("rev-parse", "HEAD").stdout.strip()
    assert bell.wait(10), "the builder was not woken"
    bell.close()
    row = json.loads((hub.private / pushes.PUSHES).read_text().splitlines()[-1])
    assert (row["person"], row["repo"], row["ref"]) == ("ana", f"unions/{UNION}", "refs/heads/main")
    assert (row["new"], row["grant"][:2]) == (tip(hub), "t-")


def test_a_large_push_comes_in_chunks(copy: Copy, hub: Config) -> None:
    """More than http.postBuffer (1 MB): git sends it chunked, after a question without a body."""
    for number in range(2):
        copy.write(f"media/sound-{number}.mp3", b"ID3" + os.urandom(3_000_000))
    done = copy.push()
    assert done.returncode == 0, done.stderr
    assert tip(hub) == copy.git("rev-parse", "HEAD").stdout.strip()


def test_a_draft_may_be_rewritten_and_deleted_and_main_may_not(hub: Config, copy: Copy) -> None:
    copy.write("pages/plan.en.md", "---\ntitle: Plan\n---\nOne.\n")
    assert copy.push("draft").returncode == 0
    copy.git("commit", "-q", "--amend", "-m", "Another")
    assert copy.git("push", "-f", "origin", "HEAD:draft").returncode == 0
    assert copy.git("push", "origin", ":draft").returncode == 0
    before = tip(hub)
    done = copy.git("push", "origin", ":main")
    assert done.returncode != 0
    assert "main cannot be deleted" in done.stderr
    copy.fresh()
    assert copy.git("commit", "-q", "--amend", "-m", "Another").returncode == 0
    copy.write("pages/plan.en.md", "---\ntitle: Plan\n---\nTwo.\n")
    done = copy.push("main", "-f")
    assert done.returncode != 0
    assert "main only goes forward" in done.stderr
    assert tip(hub) == before


@pytest.mark.parametrize(
    ("ref", "reason"),
    [
        ("refs/tags/v1", "only branches are taken here"),
        ("refs/notes/x", "only branches are taken here"),
        ("refs/solicomm/cursors/pages", "hidden ref"),
        ("refs/heads/UPPER", "a branch cannot be called so"),
        ("refs/heads/a/b", "a branch cannot be called so"),
    ],
)
def test_only_branches_are_taken(copy: Copy, ref: str, reason: str) -> None:
    done = copy.git("push", "origin", f"HEAD:{ref}")
    assert done.returncode != 0
    assert reason in done.stderr


def test_warnings_do_not_refuse(copy: Copy) -> None:
    text = "---\ntitle: Notes\n---\n# One\n\n### Three\n\nA <b>bold</b> word. [here](news)\n"
    copy.write("pages/notes.en.md", text)
    done = copy.push()
    assert done.returncode == 0, done.stderr
    assert "Note: pages/notes.en.md: HTML is shown as it is typed" in done.stderr
    assert "remote: Note: pages/notes.en.md, line 6: the heading jumps" in done.stderr


def test_who_writes_in_a_language_that_the_site_does_not_name_hears_of_it(copy: Copy) -> None:
    copy.write("pages/notes.sw.md", "---\ntitle: x\n---\nx\n")
    done = copy.push()
    assert done.returncode == 0, done.stderr
    said = "Note: pages/notes.sw.md: `languages` in site.yaml does not name `sw`: nobody sees"
    assert said in done.stderr


# -- what is refused --------------------------------------------------------------------------

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"


def _png(width: int, height: int) -> bytes:
    size = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    return PNG + size + b"\x08\x02\0\0\0" + b"\0\0\0\0"


def _link(copy: Copy, path: str, target: str) -> None:
    (copy.folder / path).parent.mkdir(exist_ok=True)
    os.symlink(target, copy.folder / path)


def _submodule(copy: Copy) -> None:
    head = copy.git("rev-parse", "HEAD").stdout.strip()
    copy.git("update-index", "--add", "--cacheinfo", f"160000,{head},pages/inner")


def _page(body: str, front: str = "title: X\n") -> str:
    return f"---\n{front}---\n{body}"


def _site(copy: Copy, old: str, new: str) -> None:
    copy.write("site.yaml", copy.read("site.yaml").replace(old, new))


BAD: dict[str, tuple[Callable[[Copy], object], str]] = {
    "symlink": (
        lambda c: _link(c, "pages/x.en.md", "/etc/passwd"),
        "pages/x.en.md: this is a symbolic link. Put the file itself in its place",
    ),
    "symlink of a folder": (lambda c: _link(c, "more", "/etc"), "more: this is a symbolic link"),
    "gitattributes": (
        lambda c: c.write(".gitattributes", "* filter=x\n"),
        ".gitattributes: hidden files are not taken",
    ),
    "hidden below": (
        lambda c: c.write("pages/.mailmap", "x"),
        "pages/.mailmap: hidden files are not taken",
    ),
    "python": (
        lambda c: c.write("pelicanconf.py", "import os\n"),
        "pelicanconf.py: programs, styles and HTML are not taken",
    ),
    "template": (
        lambda c: c.write("pages/x.html", "<script>1</script>"),
        "pages/x.html: programs, styles and HTML are not taken",
    ),
    "no place": (lambda c: c.write("notes/x.md", "x"), "notes/x.md: this file has no place"),
    "deep": (lambda c: c.write("pages/" + "a/" * 9 + "x.md", "x"), "nested too deeply"),
    "capitals": (
        lambda c: [c.write("pages/Twin.md", _page("x")), c.write("pages/twin.md", _page("x"))],
        "pages/twin.md: the name differs from Twin.md only by capital letters",
    ),
    "not NFC": (
        lambda c: c.write("pages/cafe\u0301.md", _page("x")),
        "Unicode's composed form",
    ),
    "large file": (
        lambda c: c.write("media/big.jpg", b"\xff\xd8\xff" + os.urandom(9_000_000)),
        "media/big.jpg: the file has 9,000,003 bytes. At most 8,388,608",
    ),
    "large push": (
        lambda c: c.write("media/big.jpg", os.urandom(30_000_000)),
        "pack exceeds maximum",
    ),
    "front matter of 10 MB": (
        lambda c: c.write("pages/x.en.md", _page("x", f"title: {'x' * 10_000_000}\n")),
        "pages/x.en.md: the file has 10,000,017 bytes",
    ),
    "alias bomb": (
        lambda c: c.write("site.yaml", "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n"),
        "site.yaml, line 1: anchors and aliases (& and *) are refused",
    ),
    "alias bomb in a page": (
        lambda c: c.write("pages/x.en.md", _page("x", "title: &a x\nsummary: *a\n")),
        "pages/x.en.md, line 2: anchors and aliases",
    ),
    "other union": (
        lambda c: _site(c, "union: metal", "union: municipal"),
        "site.yaml, line 2: `union: municipal` is another union's name. Write `union: metal`",
    ),
    "unknown key": (
        lambda c: c.write("pages/x.en.md", _page("x", "title: X\nsave_as: ../../index.html\n")),
        "pages/x.en.md, line 3: `save_as` is not a known key",
    ),
    "template key": (
        lambda c: c.write("pages/x.en.md", _page("x", "titel: X\n")),
        "Did you mean `title`?",
    ),
    "not UTF-8": (
        lambda c: c.write("pages/x.en.md", b"---\ntitle: X\n---\n\xff\xfe\n"),
        "pages/x.en.md, line 4: the file is not UTF-8",
    ),
    "NUL": (lambda c: c.write("pages/x.en.md", _page("a\0b")), "line 4: the file holds a NUL"),
    "bidi": (
        lambda c: c.write("pages/x.en.md", _page("pay \u202eevil\n")),
        "pages/x.en.md, line 4: the line holds an invisible control character",
    ),
    "javascript link": (
        lambda c: c.write("pages/x.en.md", _page("\n[go](javascript:alert(1))\n")),
        "pages/x.en.md, line 5: `javascript:alert(1)` is no link here",
    ),
    "dead link": (
        lambda c: c.write("pages/x.en.md", _page("[go](page:nowhere)\n")),
        "pages/x.en.md, line 4: `page:nowhere` leads nowhere",
    ),
    "dead menu": (
        lambda c: _site(c, "page:about}", "page:abuot}"),
        "`page:abuot` leads nowhere",
    ),
    "no words for a picture": (
        lambda c: c.write("pages/x.en.md", _page("![](media/logo.png)\n")),
        "pages/x.en.md, line 4: the picture media/logo.png has no text description (alt)",
    ),
    "slow Markdown": (
        lambda c: c.write("pages/x.en.md", _page("[" * 60_000)),
        "too many marks in one paragraph",
    ),
    "drawing": (
        lambda c: c.write("media/x.svg", "<svg onload='alert(1)'/>"),
        "media/x.svg: a picture of this kind is not taken",
    ),
    "drawing in disguise": (
        lambda c: c.write("media/x.png", "<svg onload='alert(1)'/>"),
        "media/x.png: the file is called PNG and is something else",
    ),
    "30,000 x 30,000 pixels": (
        lambda c: c.write("media/x.png", _png(30_000, 30_000)),
        "media/x.png: the picture has 30000 x 30000 pixels",
    ),
    "removed page": (
        lambda c: [(c.folder / f"pages/about.{lang}.md").unlink() for lang in ("en", "ru", "ar")],
        "`page:about` leads nowhere",
    ),
    "a page where the news are": (
        lambda c: c.write("pages/news.en.md", _page("x")),
        "pages/news.en.md: the page has the same address as /news/",
    ),
    "two pages at one address": (
        lambda c: c.write("pages/about.md", _page("x")),
        "pages/about.md: the page has the same address as pages/about.en.md",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_refused_with_a_reason(hub: Config, copy: Copy, name: str) -> None:
    make, reason = BAD[name]
    before = {union: tip(hub, union) for union in (UNION, *OTHERS)}
    make(copy)
    done = copy.push()
    assert done.returncode != 0, done.stderr
    shown = done.stderr.replace("remote: ", "").replace(" \n", "\n")
    assert reason in shown, done.stderr
    assert {union: tip(hub, union) for union in (UNION, *OTHERS)} == before


def test_a_submodule_is_refused(hub: Config, copy: Copy) -> None:
    _submodule(copy)
    copy.git("commit", "-qm", "x")
    done = copy.git("push", "origin", "HEAD:main")
    assert done.returncode != 0
    assert "pages/inner: this is another repository (a submodule)" in done.stderr


def test_what_one_commit_adds_and_the_next_takes_away_is_refused(copy: Copy) -> None:
    _link(copy, "pages/x.en.md", "/etc/passwd")
    copy.git("add", "-A")
    copy.git("commit", "-qm", "in")
    (copy.folder / "pages/x.en.md").unlink()
    done = copy.push()
    assert done.returncode != 0
    assert "this is a symbolic link" in done.stderr


def test_all_mistakes_are_listed(copy: Copy) -> None:
    copy.write("pages/a.en.md", "---\ntitel: A\nsumary: B\n---\n[x](page:no)\n")
    copy.write("media/x.svg", "<svg/>")
    copy.write("events/b.en.md", "---\ntitle: B\nstarts: tomorrow\n---\n")
    first = copy.push()
    assert "1 mistake: nothing was taken" in first.stderr  # names come before contents
    (copy.folder / "media/x.svg").unlink()
    copy.git("reset", "-q", "--soft", "origin/main")
    done = copy.push()
    assert done.stderr.count("pages/a.en.md, line") == 4, done.stderr  # head and text at once
    assert "`page:no` leads nowhere" in done.stderr
    assert "events/b.en.md, line 3: " in done.stderr


@pytest.mark.parametrize("path", ["../x.md", "pages/../../x.md", ".git/config", "pages//x.md"])
def test_paths_that_lead_out_are_refused(hub: Config, copy: Copy, path: str) -> None:
    """No git writes such a tree, so it is written by hand, folder by folder."""
    blob = copy.git("hash-object", "-w", "--stdin", input=b"x").stdout.strip()
    *folders, name = path.split("/")
    tree = _tree(copy, {name: ("100644", blob)})
    for folder in reversed(folders):
        tree = _tree(copy, {folder: ("40000", tree)})
    commit = copy.git("commit-tree", tree, "-p", "HEAD", "-m", "x").stdout.strip()
    before = tip(hub)
    done = copy.git("push", "origin", f"{commit}:main")
    assert done.returncode != 0
    assert "remote:" in done.stderr or "fatal: empty filename" in done.stderr  # of his own git
    assert tip(hub) == before


def _tree(copy: Copy, entries: dict[str, tuple[str, str]]) -> str:
    """A tree object as it is on the wire: mode, name, NUL, 20 octets of id."""
    octets = b"".join(
        f"{mode} {name}\0".encode() + bytes.fromhex(oid) for name, (mode, oid) in entries.items()
    )
    done = copy.git("hash-object", "-w", "-t", "tree", "--stdin", "--literally", input=octets)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_git_bomb_is_refused_at_once(hub: Config, copy: Copy) -> None:
    """Ten trees of ten entries each stand for ten thousand million files."""
    blob = copy.git("hash-object", "-w", "--stdin", input=b"x").stdout.strip()
    tree = _tree(copy, {f"x{n}.md": ("100644", blob) for n in range(10)})
    for _ in range(9):
        tree = _tree(copy, {f"d{n}": ("40000", tree) for n in range(10)})
    commit = copy.git("commit-tree", tree, "-p", "HEAD", "-m", "x").stdout.strip()
    before = tip(hub)
    began = time.monotonic()
    done = copy.git("push", "origin", f"{commit}:main")
    assert done.returncode != 0
    assert "remote: " in done.stderr
    assert "changes more than 50000 files" in done.stderr or "mistakes" in done.stderr
    assert time.monotonic() - began < 60
    assert tip(hub) == before


def test_addresses_in_commits_are_refused(copy: Copy) -> None:
    copy.write("pages/y.en.md", _page("x"))
    copy.git("add", "-A")
    copy.git("-c", "user.name=A", "commit", "-qm", "x", "--author", "Ana <ana@real-union.org>")
    done = copy.git("push", "origin", "HEAD:main")
    assert done.returncode != 0
    assert "the commits name the e-mail address ana@real-union.org" in done.stderr


# -- who may ----------------------------------------------------------------------------------


def test_without_a_token_nothing_is_pushed(hub: Config, server: Address, copy: Copy) -> None:
    copy.write("pages/y.en.md", _page("x"))
    before = tip(hub)
    copy.git("remote", "set-url", "origin", url_of(server, "x"))
    assert copy.push().returncode != 0
    bare = f"http://127.0.0.1:{server[1]}/unions/{UNION}.git"
    copy.git("remote", "set-url", "origin", bare)
    assert copy.push().returncode != 0
    assert tip(hub) == before


def test_a_token_opens_its_repositories_only(hub: Config, server: Address, tmp_path: Path) -> None:
    token = access.issue(hub, "eva", ["unions/hogar"], lang="es")[1]
    copy = Copy(tmp_path / "copy", url_of(server, token, "unions/metal"))  # everybody may read it
    copy.write("pages/y.en.md", _page("x"))
    done = copy.push()
    assert done.returncode != 0
    assert "unions/hogar" in done.stderr
    assert "403" in done.stderr


def test_a_token_for_reading_does_not_push(hub: Config, server: Address, tmp_path: Path) -> None:
    token = access.issue(hub, "mirror", [f"unions/{UNION}"], write=False)[1]
    copy = Copy(tmp_path / "copy", url_of(server, token))
    copy.write("pages/y.en.md", _page("x"))
    done = copy.push()
    assert "This token is for reading only" in done.stderr


def test_what_is_for_members_needs_a_token(hub: Config, server: Address, tmp_path: Path) -> None:
    founding.new_conference(
        hub,
        "closed",
        kind="conference",
        title="Closed",
        posting="members",
        lang="en",
        visibility="members",
    )
    assert (
        git(
            "clone", f"http://127.0.0.1:{server[1]}/conferences/closed.git", cwd=tmp_path
        ).returncode
        != 0
    )
    token = access.issue(hub, "ben", ["conferences/closed"], write=False)[1]
    Copy(tmp_path / "copy", url_of(server, token, "conferences/closed"))
    other = access.issue(hub, "eva", ["unions/hogar"])[1]
    url = url_of(server, other, "conferences/closed")
    assert git("clone", url, cwd=tmp_path).returncode != 0


def test_a_revoked_token_stops_at_once(hub: Config, server: Address, tmp_path: Path) -> None:
    grant, token = access.issue(hub, "leaver", [f"unions/{UNION}"])
    copy = Copy(tmp_path / "copy", url_of(server, token))
    copy.write("pages/z.en.md", _page("x"))
    assert copy.push().returncode == 0
    assert [one.id for one in access.revoke(hub, "leaver")] == [grant.id]
    copy.write("pages/z.en.md", _page("y"))
    assert copy.push().returncode != 0


def test_an_expired_token_opens_nothing(hub: Config, server: Address, tmp_path: Path) -> None:
    over = clock.now() - timedelta(seconds=1)
    token = access.issue(hub, "old", [f"unions/{UNION}"], expires=over)[1]
    answer = _ask_to_push(server, token)
    assert answer.status == 401


def _ask_to_push(server: Address, token: str) -> webserver.Answer:
    word = base64.b64encode(f"x:{token}".encode()).decode()
    path = f"/unions/{UNION}.git/info/refs?service=git-receive-pack"
    return ask(server, path, authorization=f"Basic {word}")


def test_many_wrong_tokens_are_slowed_and_a_good_one_is_not(hub: Config, token: str) -> None:
    with webserver.running(hub) as server:
        statuses = [_ask_to_push(server, f"wrong-{n}").status for n in range(25)]
        assert statuses[0] == 401
        assert statuses[-1] == 429
        assert _ask_to_push(server, token).status == 200


def test_refusals_come_in_the_pushers_language(
    hub: Config, server: Address, tmp_path: Path
) -> None:
    token = access.issue(hub, "eva", ["unions/hogar"])[1]  # no language: the union's, Spanish
    copy = Copy(tmp_path / "copy", url_of(server, token, "unions/hogar"))
    copy.write("pages/x.es.md", "---\ntitel: X\n---\n")
    done = copy.push()
    assert "pages/x.es.md, línea 2: " in done.stderr, done.stderr
    assert "error" in done.stderr


def test_a_zipped_push_is_understood(hub: Config, server: Address, token: str) -> None:
    """What git asks first, a flush, as gzip and in chunks."""
    word = base64.b64encode(f"x:{token}".encode()).decode()
    body = gzip.compress(b"0000")
    head = (
        f"POST /unions/{UNION}.git/git-receive-pack HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        "Content-Type: application/x-git-receive-pack-request\r\nContent-Encoding: gzip\r\n"
        f"Authorization: Basic {word}\r\nTransfer-Encoding: chunked\r\n\r\n"
    ).encode()
    chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    assert b" 200 " in webserver.exchange(server, head + chunks).split(b"\r\n")[0]


# -- other ways in ----------------------------------------------------------------------------


def test_a_push_by_path_passes_the_gate(hub: Config, tmp_path: Path) -> None:
    copy = Copy(tmp_path / "copy", str(hub.union_repo("municipal")))
    copy.write("pages/x.html", "<b>x</b>")
    done = copy.push()
    assert done.returncode != 0
    assert "programs, styles and HTML are not taken" in done.stderr
    copy.fresh()
    copy.write("pages/more.en.md", _page("x"))
    done = copy.push()
    assert done.returncode == 0, done.stderr
    row = json.loads((hub.private / pushes.PUSHES).read_text().splitlines()[-1])
    assert row["person"] == "operator"


def test_without_its_hook_nothing_is_taken_over_http(hub: Config, copy: Copy) -> None:
    (hub.hooks / "pre-receive").unlink()
    copy.write("pages/x.html", "<b>x</b>")
    done = copy.push()
    assert done.returncode != 0
    assert "programs, styles and HTML are not taken" in done.stderr
    assert tuple(sorted(p.name for p in hub.hooks.iterdir()))[::-1] == receiving.HOOKS


def test_a_bomb_of_one_large_tree_ends_by_itself(hub: Config, copy: Copy) -> None:
    """A tree of 60 MB that is 60 KB on the wire: refused, and the server answers on."""
    blob = copy.git("hash-object", "-w", "--stdin", input=b"x").stdout.strip()
    entry = bytes.fromhex(blob)
    octets = b"".join(b"100644 f%09d.md\0" % n + entry for n in range(200_000))
    assert len(zlib.compress(octets)) < len(octets)
    done = copy.git("hash-object", "-w", "-t", "tree", "--stdin", "--literally", input=octets)
    commit = copy.git("commit-tree", done.stdout.strip(), "-p", "HEAD", "-m", "x").stdout.strip()
    before = tip(hub)
    pushed = copy.git("push", "origin", f"{commit}:main")
    assert pushed.returncode != 0
    assert "a folder holds too many files" in pushed.stderr
    assert tip(hub) == before
