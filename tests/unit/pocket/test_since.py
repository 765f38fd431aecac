"""A stick of what is new since a day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from solicomm_build.builder.carrying import narrowing
from solicomm_build.cli.main import main
from solicomm_build.features.library.rendering.carried import Selection, carry
from solicomm_build.features.pocket.choice import Choice
from solicomm_build.features.pocket.stick import about, checking, writing
from solicomm_build.foundation import clock, data
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.log import commits
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo, create, open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.testing import hubs

DAY = datetime(2026, 11, 10, tzinfo=UTC)
BEFORE, AFTER = DAY - timedelta(days=2), DAY + timedelta(days=2)
OLD, TALK, BESIDE, NEW = (letter * 32 for letter in "abcd")


def topic(tid: str, name: str) -> str:
    return f"topics/{tid[:2]}/{tid}/{name}"


def committed(repo: Repo, when: datetime, path: str, text: str) -> None:
    write_once(repo, [Change(path, text.encode())], message=f"Take {path}\n", when=when)


def names(repo: Repo, tip: str) -> list[str]:
    return repo.git("ls-tree", "-r", "--name-only", tip).decode().split()


@pytest.fixture
def source(tmp_path: Path) -> Repo:
    repo = create(tmp_path / "source.git")
    committed(repo, BEFORE, "conference.yaml", "title: Water")
    for tid in (OLD, TALK, BESIDE):
        committed(repo, BEFORE, topic(tid, "posts/first.md"), f"first of {tid[0]}")
    committed(repo, BEFORE, topic(TALK, "events/1-x.yaml"), f"kind: merge\ndata: {BESIDE}")
    committed(repo, AFTER, topic(TALK, "posts/second.md"), "an answer")
    committed(repo, AFTER, topic(NEW, "posts/first.md"), "new")
    return repo


def narrowed(
    source: Repo, folder: Path, kind: str = "conferences", since: datetime = DAY
) -> tuple[Repo, str]:
    target = create(folder)
    tip, unit = source.ref(), narrowing.UNITS[kind]
    assert tip is not None
    new = narrowing.narrowed(source, tip, target, unit, since)
    assert new is not None
    return target, new


def test_a_topic_with_something_new_comes_whole_with_what_was_merged_into_it(
    source: Repo, tmp_path: Path
) -> None:
    target, tip = narrowed(source, tmp_path / "small.git")
    assert names(target, tip) == sorted(
        [
            "conference.yaml",
            topic(TALK, "events/1-x.yaml"),
            topic(TALK, "posts/first.md"),
            topic(TALK, "posts/second.md"),
            topic(BESIDE, "posts/first.md"),
            topic(NEW, "posts/first.md"),
        ]
    )


def test_commits_keep_who_when_and_what_was_said_and_go_on_from_those_before(
    source: Repo, tmp_path: Path
) -> None:
    target, tip = narrowed(source, tmp_path / "small.git")
    ours, theirs = (
        {(one.committed, one.author_name, one.message) for one in commits(repo, None, at)}
        for repo, at in ((target, tip), (source, source.ref()))
    )
    assert ours < theirs
    committed(source, AFTER, topic(NEW, "posts/second.md"), "and more")
    again, later = narrowed(source, tmp_path / "again.git")
    assert tip in {one.oid for one in commits(again, None, later)}


def test_a_card_is_as_old_as_its_first_file(tmp_path: Path) -> None:
    repo = create(tmp_path / "library.git")
    committed(repo, BEFORE, "entries/2026-old/entry.md", "old")
    committed(repo, AFTER, "entries/2026-old/entry.md", "old, with another word")
    committed(repo, AFTER, "entries/2026-new/entry.md", "new")
    target, tip = narrowed(repo, tmp_path / "small.git", "libraries")
    assert names(target, tip) == ["entries/2026-new/entry.md"]


def test_pages_lists_search_and_repositories_of_a_stick_hold_what_is_new(
    sample_hub: Config, tmp_path: Path
) -> None:
    day = hubs.START + timedelta(days=30)
    hubs.add(sample_hub, "formation", [hubs.post("ancient", body="A word of long ago.")])
    late = hubs.post("lately", body="A word of these days.", minutes=31 * 24 * 60)
    hubs.add(sample_hub, "formation", [late])
    choice = Choice(conferences=("formation",), since=day)
    stick = tmp_path / "stick"
    writing.write(sample_hub, stick, choice, progress=lambda what, number, of: None)
    assert checking.look(stick).is_sound
    said = about.decode((stick / about.FILE).read_bytes())
    assert said.since == day
    ran = CliRunner().invoke(main, ["init", str(tmp_path / "again"), "--from-stick", str(stick)])
    assert ran.exit_code == 0, ran.output
    assert f"new since {day:%Y-%m-%d}" in ran.output
    taken = open_repo(hubyaml.load(tmp_path / "again").conference_repo("formation"))
    there = names(taken, "main")
    assert any(hubs.mid("lately") in name for name in there)
    assert not any(hubs.mid("ancient") in name for name in there)
    for path in stick.rglob("*"):
        octets = path.read_bytes() if path.is_file() else b""
        assert b"long ago" not in octets, path
    pages = [path.read_text("utf-8") for path in stick.rglob("*.html")]
    assert any("of these days" in page for page in pages)
    tid = hubs.tid_of(hubs.post("ancient"))
    assert not any(f"/t/{tid}/" in page for page in pages)
    again = writing.write(sample_hub, stick, choice, progress=lambda what, number, of: None)
    assert again.written == 0


def test_a_shelf_takes_the_cards_that_a_stick_takes(sample_hub: Config, tmp_path: Path) -> None:
    repo = open_repo(sample_hub.library_repo("agreements"))
    later = clock.now() + timedelta(days=30)
    since = later - timedelta(days=1)
    with Reader(repo) as reader:
        old, other = [one.path for one in reader.tree("main", "entries")][:2]
        card = (reader.at("main", f"entries/{old}/entry.md") or b"").decode()
        changed = (reader.at("main", f"entries/{other}/entry.md") or b"").decode()
    key = "2026-abcd2345"
    committed(repo, later, f"entries/{key}/entry.md", card.replace(old, key))
    committed(repo, later, f"entries/{other}/entry.md", f"{changed}\nMore.\n")
    shelf = tmp_path / "shelf"
    done = carry(sample_hub, "agreements", shelf, Selection(since=since), data.theme())
    assert done.cards == 1
    assert (shelf / "libraries" / "agreements" / key / "index.html").exists()
    target, tip = narrowed(repo, tmp_path / "small.git", "libraries", since)
    cards = {name.split("/")[1] for name in names(target, tip) if name.startswith("entries/")}
    assert cards == {key}
