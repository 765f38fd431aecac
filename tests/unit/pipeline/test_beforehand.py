"""What pages need is made once, while something else is done, or before children would each."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import brotli
import pytest
from jinja2 import Environment

from solicomm_build.builder import assets, compiled, publish
from solicomm_build.builder.apart import beforehand, finest
from solicomm_build.builder.publish import Publisher
from solicomm_build.builder.render import Renderer
from solicomm_build.builder.run import Builder
from solicomm_build.cli.serving.supervisor import Supervisor
from solicomm_build.foundation import data, safeio
from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import create
from solicomm_build.git.writer import Change
from solicomm_build.post.editorial import calendar, markup
from solicomm_build.testing import hubs, smallhub, warm


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    return smallhub.make(tmp_path / "hub")


@pytest.fixture
def packed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a program keeps static files compressed that was just unpacked."""
    file = tmp_path / "program" / "packed.json"
    monkeypatch.setattr(finest, "with_program", lambda _: file)
    return file


@pytest.fixture
def beside(tmp_path: Path, packed: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a program keeps templates' code that was just unpacked."""
    file = packed.with_name("templates.json")
    monkeypatch.setattr(compiled, "with_program", lambda _: file)
    return file


def test_who_installs_compiles_for_all_hubs(
    hub: Config, beside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every hub did it for itself, before its first page."""
    beforehand.install(data.theme())
    written = beside.stat().st_ino
    beforehand.install(data.theme())
    assert beside.stat().st_ino == written
    assert beside.stat().st_mode & 0o044 == 0o044
    assert beforehand.is_done(hub, data.theme())
    monkeypatch.setattr(Renderer, "compile", lambda _: pytest.fail("compiled again"))
    monkeypatch.setattr(compiled, "made", lambda _theme, work: work())
    monkeypatch.setattr(Environment, "compile", lambda *_: pytest.fail("compiled again"))
    assert hubs.build(hub).failures == []
    assert not compiled.of(hub).exists()


def test_a_damaged_file_of_the_program_holds_nobody_up(hub: Config, beside: Path) -> None:
    beside.parent.mkdir()
    beside.write_text("{}")
    assert not beforehand.is_done(hub, data.theme())
    assert hubs.build(hub).failures == []
    assert compiled.of(hub).exists()


def test_who_installs_compresses_static_files_for_all_hubs(
    tmp_path: Path, packed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every hub did it for itself, for 0.4 s."""

    def written(hub: str) -> dict[str, bytes]:
        names = assets.names(data.theme())
        rows = assets.publish(data.theme(), names, Publisher(tmp_path / hub))
        assert len(rows) == len(names)
        files = (tmp_path / hub).rglob("*.br")
        return {file.name: file.read_bytes() for file in files}

    alone = written("one")
    assert len(alone) > 5
    assets.install(data.theme())
    assert packed.stat().st_mode & 0o044 == 0o044
    with monkeypatch.context() as patched:
        patched.setattr(publish, "_brotli", lambda *_, **__: pytest.fail("compressed again"))
        assert written("two") == alone
    before = packed.stat().st_ino
    assets.install(data.theme())
    assert packed.stat().st_ino == before


@pytest.mark.parametrize("damaged", [b"", b"[]", b"{", None, b'{"a": 1}'])
def test_static_files_are_compressed_where_what_is_kept_is_damaged(
    packed: Path, damaged: bytes | None
) -> None:
    theme, octets = data.theme(), b"body{color:red}" * 200
    finest.keep(theme, [octets])
    kept = packed.read_bytes()
    packed.write_bytes(kept.replace(b'": "', b'": "AAAA') if damaged is None else damaged)
    assert brotli.decompress(finest.kept(theme)(octets)) == octets
    finest.keep(theme, [octets])
    assert packed.read_bytes() == kept


def test_the_first_build_finds_templates_compiled(
    hub: Config, beside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It compiled them itself, before its first page."""
    assert not beside.exists()
    assert not beforehand.is_done(hub, data.theme())
    beforehand.compile_templates(hub, data.theme())
    assert beforehand.is_done(hub, data.theme())
    monkeypatch.setattr(Renderer, "compile", lambda _: pytest.fail("compiled again"))
    monkeypatch.setattr(compiled, "made", lambda _theme, work: work())
    assert hubs.build(hub).failures == []


def test_who_comes_while_they_are_compiled_waits_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, locked = tmp_path / "templates.json", safeio.locked
    theme = tmp_path / "theme"

    @contextlib.contextmanager
    def behind(path: Path) -> Iterator[None]:
        """Gets the lock when another has compiled them."""
        monkeypatch.setattr(safeio, "locked", locked)
        compiled.kept(file, theme, lambda: {"a": b"other"})
        with locked(path):
            yield

    monkeypatch.setattr(compiled, "made", lambda _theme, work: work())
    monkeypatch.setattr(safeio, "locked", behind)
    assert compiled.kept(file, theme, lambda: pytest.fail("compiled twice")) == {"a": b"other"}


def test_a_hub_begins_to_compile_them_once(
    hub: Config, beside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And only where it makes its pages itself, and nobody did it for all hubs."""
    assert not beside.exists()
    forks = list[int]()

    def fork() -> int:
        forks.append(1)
        return 1

    with monkeypatch.context() as patched:
        patched.setattr(os, "fork", fork)
        Supervisor(hub, is_whole=False)._beforehand()
        assert forks == []
        Supervisor(hub)._beforehand()
        assert forks == [1]
    beforehand.compile_templates(hub, data.theme())
    with monkeypatch.context() as patched:
        patched.setattr(os, "fork", fork)
        Supervisor(hub)._beforehand()
    assert forks == [1]


def test_a_child_writes_the_theme_beside_the_pages(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The builder did, after all pages and alone."""
    monkeypatch.setattr(assets, "begin", warm.begin_theme)
    publish, told = assets.publish, hub.root / "told"

    def noted(*args: object) -> object:
        told.write_text(str(os.getpid()))
        return publish(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(assets, "publish", noted)
    report = hubs.build(hub)
    assert int(told.read_text()) != os.getpid()
    assert list((hub.public / "theme").glob("style.*.css.br"))
    assert report.written > len(list((hub.public / "theme").iterdir())) // 3


def test_a_build_whose_theme_was_not_written_is_tried_again(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets, "begin", warm.begin_theme)
    builder = Builder(hub, data.theme())
    try:
        with monkeypatch.context() as patched:
            patched.setattr(assets, "publish", lambda *_: os._exit(9))
            with pytest.raises(StoreError):
                builder.build()
        assert not builder.build().idle
    finally:
        builder.close()
    assert list((hub.public / "theme").glob("style.*.css"))
    assert hubs.differences(hub) == []


def test_what_several_sites_need_is_loaded_once(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each child loaded it. One site has one child: the builder has no need of it."""
    loaded = list[str]()
    monkeypatch.setattr(calendar, "load", lambda: loaded.append("calendar"))
    monkeypatch.setattr(markup, "load", lambda: loaded.append("markup"))
    _add(hub, "docks")
    hubs.build(hub)
    assert loaded == []
    _add(hub, "mines")
    _add(hub, "ships")
    hubs.build(hub)
    assert loaded == ["calendar", "markup"]


def _add(hub: Config, name: str) -> None:
    create(hub.union_repo(name))
    settings = hubs.UNION.replace(b"docks", name.encode())
    hubs.commit(hub.union_repo(name), Change("site.yaml", settings))
