"""A stick: written once, brought up to date, broken off, damaged, and taken up by a new hub."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlsplit

import pytest
from click.testing import CliRunner

from solicomm_build.builder import render
from solicomm_build.builder.apart import children
from solicomm_build.builder.carrying import smallhub
from solicomm_build.cli.hub import same_disk
from solicomm_build.cli.main import main
from solicomm_build.features.pocket.choice import Choice
from solicomm_build.features.pocket.stick import about, checking, founding, sums, writing
from solicomm_build.foundation.errors import SoliCommError, UsageError
from solicomm_build.foundation.hub import hubyaml, identity, ownership
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.git import log
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change
from solicomm_build.message.auth import signature
from solicomm_build.people import grant, grants
from solicomm_build.post import event as events
from solicomm_build.testing import hubs

T = TypeVar("T")
MODERATOR = "p_7h2kqm3x9d"
WATER = Choice(conferences=("formation",), unions=("metal",))


def silent(_what: str, _done: int, _of: int) -> None:
    return None


def put(hub: Config, folder: Path, choice: Choice = WATER) -> writing.Done:
    return writing.write(hub, folder, choice, progress=silent)


@pytest.fixture(scope="module")
def hub(founded_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Config:
    root = shutil.copytree(founded_sample, tmp_path_factory.mktemp("pocket") / "hub")
    config = hubyaml.load(root)
    write(config, "first", "The first words")
    shutil.rmtree(config.state, ignore_errors=True)  # as after a restore
    return config


def write(config: Config, name: str, body: str) -> None:
    hubs.add(config, "formation", [hubs.post(name, body=body)])


@pytest.fixture(scope="module")
def made(hub: Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "stick"
    assert put(hub, folder).written > 50
    return folder


def test_a_restored_hub_that_never_ran_writes_one(made: Path) -> None:
    assert (made / "index.html").is_file()


@pytest.fixture
def stick(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "stick")


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in ("href", "src") and value]


def test_every_link_leads_to_a_file_or_to_the_hub(stick: Path) -> None:
    broken = []
    for page in stick.rglob("*.html"):
        links = _Links()
        links.feed(page.read_text("utf-8"))
        for link in links.found:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc or not parts.path:
                continue
            if parts.path.startswith("/") or not (page.parent / unquote(parts.path)).is_file():
                broken.append((page.name, link))
    assert broken == []


def test_only_what_was_chosen_comes_along_and_nothing_needs_a_server(stick: Path) -> None:
    assert {path.name for path in (stick / "conferences").iterdir()} == {"formation"}
    assert {path.name for path in (stick / "unions").iterdir()} >= {"metal"}
    assert not (stick / "libraries").exists()
    assert not (stick / "people").exists()
    for page in stick.rglob("*.html"):
        text = page.read_text("utf-8")
        assert 'method="post"' not in text, page
        assert "/login/" not in text, page
        assert 'property="og:' not in text, page
        assert 'rel="alternate"' not in text, page


@pytest.mark.parametrize(("lang", "title"), [("", "Union education"), ("ar", "التثقيف النقابي")])
def test_where_to_write_is_called_as_the_reader_calls_it(
    stick: Path, lang: str, title: str
) -> None:
    assert f">{title}</option>" in (stick / lang / "write/index.html").read_text("utf-8")


def test_again_writes_nothing(hub: Config, stick: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in stick.rglob("*") if path.is_file()}
    assert put(hub, stick).written == 0
    assert before == {path: path.stat().st_mtime_ns for path in stick.rglob("*") if path.is_file()}


def test_one_who_has_no_program_of_ours_checks_it(stick: Path) -> None:
    said = about.decode((stick / about.FILE).read_bytes())
    subprocess.run(["sha256sum", "--quiet", "-c", sums.SUMS], cwd=stick, check=True)
    verify = ["ssh-keygen", "-Y", "verify", "-f", sums.SIGNERS, "-I", said.hub]
    with (stick / sums.SUMS).open("rb") as listed:
        subprocess.run(
            [*verify, "-n", sums.NAMESPACE, "-s", sums.SIGNATURE],
            cwd=stick,
            check=True,
            stdin=listed,
            stdout=subprocess.DEVNULL,
        )


def test_whatever_was_changed_taken_away_or_added_is_named(stick: Path) -> None:
    page = stick / "conferences/formation/index.html"
    page.write_bytes(page.read_bytes() + b"x")
    (stick / "index.html").unlink()
    (stick / "outbox" / "mine").mkdir()
    for name in ("autorun.exe", "outbox/autorun.exe", "outbox/mine/a.eml", "outbox/A.EML"):
        (stick / name).write_bytes(b"MZ")
    found = checking.look(stick)
    assert found.changed == ["conferences/formation/index.html"]
    assert found.missing == ["index.html"]
    assert found.foreign == ["autorun.exe", "outbox/autorun.exe", "outbox/mine/a.eml"]
    ran = CliRunner().invoke(main, ["stick", "check", str(stick)])
    assert ran.exit_code == 1
    for name in (*found.changed, *found.missing, *found.foreign):
        assert name in ran.output


def test_a_check_names_letters_that_show_people(stick: Path) -> None:
    (stick / "outbox" / "read").mkdir()
    (stick / "outbox" / "read" / "letter.eml").write_bytes(b"From: ana@union.example\n\nHi\n")
    ran = CliRunner().invoke(main, ["stick", "check", str(stick)])
    assert ran.exit_code == 0
    assert ran.output.rstrip().endswith(
        "outbox/read holds 1 letter with names and addresses: delete it before you hand the stick "
        "on"
    )


def test_a_list_that_a_stranger_wrote_is_not_believed(stick: Path) -> None:
    page = stick / "index.html"
    page.write_bytes(page.read_bytes().replace(b"</h1>", b" of somebody else</h1>"))
    listed = sums.read(stick)
    listed["index.html"] = hashlib.sha256(page.read_bytes()).hexdigest()
    (stick / sums.SUMS).write_bytes(sums.encode(listed))
    found = checking.look(stick)
    assert found.faults
    assert not found.is_sound
    with pytest.raises(SoliCommError, match="changed after it was signed"):
        founding.opened(stick)


def test_the_next_run_brings_back_what_is_gone(hub: Config, stick: Path) -> None:
    (stick / "index.html").unlink()
    page = stick / "conferences/formation/index.html"
    page.write_bytes(page.read_bytes() + b"x")
    assert put(hub, stick).written == 2
    assert checking.look(stick).is_sound


def test_a_run_that_was_broken_off_goes_on(
    hub: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, left = tmp_path / "pulled", [40]
    replace = os.replace

    def pulled(half: str | Path, target: str | Path) -> None:
        if folder in Path(target).parents:
            left[0] -= 1
            if left[0] < 0:
                raise OSError(5, "Input/output error")
        replace(half, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", pulled)
        with pytest.raises(UsageError, match="pulled out"):
            put(hub, folder)
    assert (folder / sums.WRITING).exists()
    lies = next(path for path in folder.rglob("*.html"))
    lies.write_bytes(b"\0" * lies.stat().st_size)  # as a stick has it whose memory was not written
    whole = put(hub, folder)
    assert checking.look(folder).is_sound
    assert 0 < whole.written < whole.files - 30


def test_a_long_history_is_built_in_steps_to_the_same_stick(
    hub: Config, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Broken off at its first step: the next run goes on from there."""
    own = hubs.copied(hub, tmp_path / "hub")
    shutil.rmtree(own.state)
    monkeypatch.setattr(smallhub, "STEP", 1)
    monkeypatch.setattr(render, "_WAVE", 5)

    def broken(work: Callable[[], T]) -> T:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(children, "tied", broken)
        with pytest.raises(KeyboardInterrupt):
            put(own, tmp_path / "stick")
    repo = open_repo(next(own.state.glob("pocket/hub-*/content/conferences/formation.git")))
    stood = repo.ref()
    put(own, tmp_path / "stick")
    assert log.is_ancestor(repo, Oid(str(stood)), Oid(str(repo.ref())))
    assert stood != repo.ref()
    pages = {name: sha for name, sha in sums.read(made).items() if name.endswith(".html")}
    assert pages.items() <= sums.read(tmp_path / "stick").items()


def test_a_folder_with_other_things_is_left_alone(hub: Config, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"mine")
    with pytest.raises(UsageError, match="holds other things"):
        put(hub, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["photo.jpg"]


def test_a_stick_of_another_hub_stays_that_hubs(sample_hub: Config, stick: Path) -> None:
    before = (stick / sums.SUMS).read_bytes()
    (sample_hub.keys / identity.KEY).unlink()  # else a copy of the same hub
    with pytest.raises(UsageError, match="is a stick of"):
        put(sample_hub, stick)
    assert (stick / sums.SUMS).read_bytes() == before
    assert checking.look(stick).is_sound


def test_a_link_that_somebody_made_on_a_stick_leads_nobody_out(
    hub: Config, stick: Path, tmp_path: Path
) -> None:
    page = stick / "conferences/formation/index.html"
    outside = tmp_path / "outside"
    page.parent.rename(outside)
    page.parent.symlink_to(outside)
    before = {path: path.read_bytes() for path in outside.rglob("*") if path.is_file()}
    with pytest.raises(UsageError, match="link that leads out"):
        put(hub, stick)
    assert checking.look(stick).foreign == ["conferences/formation"]
    page.parent.unlink()
    mine = tmp_path / "mine"
    mine.write_bytes(b"mine")
    (stick / "index.html").unlink()
    (stick / "index.html").symlink_to(mine)
    page.parent.mkdir()
    (page.parent / "index.html.part").symlink_to(mine)
    with pytest.raises(UsageError, match="could not be written"):
        put(hub, stick)
    (page.parent / "index.html.part").unlink()
    put(hub, stick)
    assert checking.look(stick).is_sound
    assert mine.read_bytes() == b"mine"
    assert before == {path: path.read_bytes() for path in outside.rglob("*") if path.is_file()}


def test_a_list_that_this_hub_did_not_sign_takes_nothing_away(hub: Config, stick: Path) -> None:
    (stick / "photo.jpg").write_bytes(b"a photo of somebody")
    listed = sums.read(stick)
    (stick / sums.SUMS).write_bytes(sums.encode({**listed, "photo.jpg": "0" * 64}))
    assert put(hub, stick).removed == 0
    assert checking.look(stick).foreign == ["photo.jpg"]


def test_too_small_a_stick_is_said_before_anything_is_written(hub: Config, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Choose less with"):
        writing.write(hub, tmp_path / "small", WATER, size=1000, progress=silent)
    assert not [*(tmp_path / "small").rglob("*.html")]


def test_what_is_not_for_everybody_cannot_be_chosen(hub: Config, tmp_path: Path) -> None:
    for name in ("nowhere", "bargaining"):  # no such one; one for members
        with pytest.raises(UsageError, match="not there, or not for everybody"):
            put(hub, tmp_path / "x", Choice(conferences=(name,)))


def test_a_new_post_costs_a_small_bundle_and_becomes_a_hub(
    hub: Config, stick: Path, tmp_path: Path
) -> None:
    write(hub, "second", "A second thought")
    done = put(hub, stick)
    assert 0 < done.written < done.files // 2
    said = about.decode((stick / about.FILE).read_bytes())
    one = said.repositories["content/conferences/formation.git"]
    assert one.tip == open_repo(hub.conference_repo("formation")).ref()
    ran = CliRunner().invoke(main, ["init", str(tmp_path / "again"), "--from-stick", str(stick)])
    assert ran.exit_code == 0, ran.output
    assert "members" in ran.output
    again = hubyaml.load(tmp_path / "again")
    assert again.name == hub.name
    for path, bundled in said.repositories.items():
        if path != "content/site.git":
            assert open_repo(again.root / path).ref() == bundled.tip


def test_a_stick_with_a_damaged_bundle_becomes_no_hub(stick: Path, tmp_path: Path) -> None:
    bundle = next(stick.rglob("formation*.bundle"))
    octets = bytearray(bundle.read_bytes())
    octets[len(octets) // 2] ^= 1
    bundle.write_bytes(octets)
    ran = CliRunner().invoke(main, ["init", str(tmp_path / "again"), "--from-stick", str(stick)])
    assert ran.exit_code != 0
    assert "not as it was written" in ran.output
    assert not (tmp_path / "again").exists()


def test_what_was_hidden_stays_hidden_on_a_stick_and_in_the_hub_it_becomes(
    sample_hub: Config, tmp_path: Path
) -> None:
    hubs.add(sample_hub, "formation", [hubs.post("bad", body="An insult.\n")])
    key = grants.key_of(sample_hub)
    fact = grant.signed(
        grant.Grant(
            MODERATOR, "formation", "moderator", hubs.START - timedelta(days=7), "operator"
        ),
        key,
    )
    hubs.commit(
        sample_hub.site_repo,
        Change(grant.path(fact), grant.encode(fact)),
        Change(grant.PUBLIC_KEY, signature.public(key).hex().encode()),
    )
    hide = events.make("hide", at=hubs.START, by=MODERATOR, data={"post": hubs.mid("bad")})
    tid = hubs.tid_of(hubs.post("bad"))
    place = sample_hub.conference_repo("formation")
    hubs.commit(place, Change(events.path(tid, hide), events.encode(hide)))
    put(sample_hub, tmp_path / "stick")
    shown = [*(tmp_path / "stick").rglob("*.html")]
    assert not any("An insult." in page.read_text("utf-8") for page in shown)
    again = tmp_path / "again"
    ran = CliRunner().invoke(main, ["init", str(again), "--from-stick", str(tmp_path / "stick")])
    assert ran.exit_code == 0, ran.output
    config = hubyaml.load(again)
    hubs.build(config)
    assert "An insult." not in hubs.page(config, f"/conferences/formation/t/{tid}/")
    grants.key_of(config)  # a key of its own, with the first role that is given here
    hubs.build(config, full=True)
    assert "An insult." not in hubs.page(config, f"/conferences/formation/t/{tid}/")


def test_a_stick_that_is_not_mounted_is_asked_about(
    hub: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = writing.Done(0, 0, 0, 0, 0)
    monkeypatch.setattr(writing, "write", lambda *_, **_more: done)
    folder = tmp_path / "stick" / "hub"
    words = ["stick", str(folder), "--hub", str(hub.root)]
    first = CliRunner().invoke(main, words)
    assert first.exit_code == 0
    assert f"{folder} is on the same disk as the hub: is the stick mounted?" in first.stderr
    folder.mkdir(parents=True)
    assert "mounted" not in CliRunner().invoke(main, words).output


def test_a_folder_on_another_disk_is_asked_nothing(hub: Config) -> None:
    assert same_disk(hub.root, Path("/proc/none/hub")) == ""


def test_who_may_not_write_is_told_as_whom_the_command_runs(
    hub: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    user = ownership.name_of(os.geteuid())
    monkeypatch.setattr(Path, "iterdir", refuse)
    said = f"the command runs as {user}. Mount it with -o uid={user}"
    with pytest.raises(UsageError, match=re.escape(said)):
        put(hub, tmp_path)
