"""Whoever runs a command works as the user that the hub belongs to, or is told to."""

from __future__ import annotations

import codecs
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from solicomm_build.cli import owner
from solicomm_build.cli.main import main
from solicomm_build.features.founding import founding
from solicomm_build.foundation.hub import hubyaml, ownership
from solicomm_build.foundation.hub.config import Config
from solicomm_build.testing import smallhub

SOMEBODY = 54321
only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


MAKING = (
    ("new", "list", "rootlist", "--title", "L"),
    ("member", "add", "rootlist", "ana@union.example"),
)


@pytest.fixture(scope="module")
def _loaded(tmp_path_factory: pytest.TempPathFactory) -> None:
    """All that the commands load: SOMEBODY need not be able to read this Python."""
    for name in ("unicode-escape", "idna", "punycode"):
        codecs.lookup(name)
    made = founding.found_hub(
        tmp_path_factory.mktemp("first") / "hub", name="H", domain="hub.example", sample=False
    )
    for words in (*MAKING, ("status",), ("mta-maps",), ("web-config", "nginx")):
        assert CliRunner().invoke(main, [*words, "--hub", str(made.root)]).exit_code == 0


UNREADABLE = owner.unreadable


@pytest.fixture(autouse=True)
def _loaded_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner, "unreadable", lambda: None)


@pytest.fixture
def hub(_loaded: None) -> Iterator[Config]:
    """A hub of SOMEBODY's, where others get by; root's when the tests are not."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))  # pytest's own lets nobody through
    made = founding.found_hub(folder / "hub", name="H", domain="hub.example", sample=False)
    folder.chmod(0o755)
    if os.geteuid() == 0:
        give(made.root, SOMEBODY)
    yield made
    shutil.rmtree(folder)


def give(path: Path, uid: int) -> None:
    for one in (path, *path.rglob("*")):
        os.chown(one, uid, uid, follow_symlinks=False)


def apart(work: Callable[[], Result]) -> tuple[int, str]:
    """Exit code and output of a command in a process of its own, which it may leave as another."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 99
        try:
            done = work()
            os.write(writing, f"{done.output}{done.exception or ''}".encode())
            code = done.exit_code
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as file:
        text = file.read().decode()
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), text


def run(hub: Config, *words: str) -> tuple[int, str]:
    return apart(lambda: CliRunner().invoke(main, [*words, "--hub", str(hub.root)]))


@only_root
def test_what_root_makes_belongs_to_the_hub(hub: Config) -> None:
    for words in MAKING:
        code, text = run(hub, *words)
        assert code == 0, text
    strange = [path for path in hub.root.rglob("*") if path.lstat().st_uid != SOMEBODY]
    assert strange == []
    assert list(ownership.strangers(hub)) == []


@only_root
def test_what_root_founds_belongs_to_the_folders_owner() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        os.chown(folder, SOMEBODY, SOMEBODY)
        new = folder / "hub"
        code, text = apart(lambda: CliRunner().invoke(main, ["init", str(new)]))
        assert code == 0, text
        assert {path.lstat().st_uid for path in (new, *new.rglob("*"))} == {SOMEBODY}


@only_root
def test_another_user_is_told_whom_to_be(hub: Config) -> None:
    def as_other() -> Result:
        os.setuid(SOMEBODY + 1)
        return CliRunner().invoke(main, ["status", "--hub", str(hub.root)])

    code, text = apart(as_other)
    assert code == 77, text
    assert f"belongs to {SOMEBODY}" in text
    assert f"sudo -u {SOMEBODY}" in text


@only_root
@pytest.mark.parametrize(
    "words",
    [
        ("web-config", "nginx", "--out"),
        ("web-config", "caddy", "--out"),
        ("mta-maps", "--out"),
        ("migrate", "redirects", "--nginx"),
        ("migrate", "redirects", "--caddy"),
    ],
)
def test_root_writes_where_only_root_may(hub: Config, tmp_path: Path, words: list[str]) -> None:
    out = tmp_path / "etc"
    code, text = run(hub, *words, str(out))
    assert code == 0, text
    assert out.exists()
    strange = [path for path in hub.root.rglob("*") if path.lstat().st_uid != SOMEBODY]
    assert strange == []  # nothing of root's in the hub


@only_root
@pytest.mark.parametrize("words", [("web-config", "nginx"), ("mta-maps",)])
def test_what_root_writes_into_the_hub_is_the_hubs(hub: Config, words: list[str]) -> None:
    assert run(hub, *words)[0] == 0
    assert {path.lstat().st_uid for path in hub.root.rglob("*")} == {SOMEBODY}


@only_root
def test_a_place_where_the_hubs_user_may_not_write_is_said(hub: Config, tmp_path: Path) -> None:
    def as_owner() -> Result:
        os.setuid(SOMEBODY)
        words = ["web-config", "nginx", "--out", "/etc/solicomm-test", "--hub", str(hub.root)]
        return CliRunner().invoke(main, words)

    code, text = apart(as_owner)
    assert code == 77, text
    assert "/etc/solicomm-test: Permission denied" in text
    assert "Traceback" not in text


@only_root
def test_the_name_and_the_home_are_the_owners(hub: Config) -> None:
    def look() -> Result:
        owner.become(hub.root)
        assert os.getresuid() == (SOMEBODY,) * 3
        assert os.getresgid() == (SOMEBODY,) * 3
        assert os.getgroups() == []
        assert os.environ["HOME"] == str(hub.root)
        return CliRunner().invoke(main, ["--version"])

    assert apart(look)[0] == 0


def test_ones_own_hub_is_left_as_it_is(tmp_path: Path) -> None:
    made = smallhub.make(tmp_path / "hub")
    owner.become(made.root)
    assert owner.by_owner(made.root, lambda: {"a": "b"}) == {"a": "b"}


@only_root
def test_a_refusal_of_the_owner_is_said(hub: Config) -> None:
    def refused() -> dict[str, str]:
        raise hubyaml.ConfigError([])

    with pytest.raises(owner.HubError):
        owner.by_owner(hub.root, refused)


@only_root
@pytest.mark.parametrize("server", ["caddy", "nginx"])
def test_web_config_works_as_the_hubs_user_and_by_its_examples(hub: Config, server: str) -> None:
    """certbot's folder is root's alone; /etc/caddy and /etc/nginx/conf.d are written by root."""
    with (hub.root / "hub.yaml").open("a") as file:
        file.write("pages: {domain: unions.example}\n")
    settings = (hub.root / "hub.yaml").read_text()
    (hub.root / "hub.yaml").write_text(
        settings.replace('url: "http://127.0.0.1:8080"', "url: https://hub.example")
    )
    closed = hub.root.parent / "letsencrypt"
    (closed / "live").mkdir(parents=True)
    closed.chmod(0o700)
    options = ["--certificates", str(closed / "live"), "--hub", str(hub.root)]

    def as_owner() -> Result:
        os.setuid(SOMEBODY)
        return CliRunner().invoke(main, ["web-config", server, *options])

    code, text = apart(as_owner)
    assert (code, "Needs" in text) == (0, False), text
    assert ("as if they were there" in text) == (server == "nginx"), text
    etc = hub.root.parent / "etc"
    code, text = run(hub, "web-config", server, "--out", str(etc))
    assert code == 0, text
    assert [path.stat().st_uid for path in etc.iterdir()] == [0]


@only_root
@pytest.mark.parametrize("part", ["executable", "module"])
def test_a_program_that_the_owner_cannot_read_is_named_before_anything_is_done(
    hub: Config, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    """As with a Python in the home of root: the next module that is loaded would be a traceback."""
    closed = hub.root.parent / "closed"
    closed.mkdir(mode=0o700)
    (closed / "python3").touch()
    (closed / "os.py").touch()
    if part == "executable":
        monkeypatch.setattr(owner.sys, "executable", str(closed / "python3"))
    else:
        monkeypatch.setattr(owner, "__file__", str(closed / "os.py"))
        monkeypatch.setattr(owner.sys, "executable", "")
    monkeypatch.setattr(owner.os, "__file__", "/etc/passwd")
    monkeypatch.setattr(owner, "unreadable", UNREADABLE)
    code, text = run(hub, "new", "list", "rootlist", "--title", "L")
    assert code == 77, text
    assert f"cannot read {closed}" in text
    assert "Install it where everybody may read" in text
    assert "Traceback" not in text
    assert not (hub.conferences / "rootlist.git").exists()
