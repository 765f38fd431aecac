"""Builds of a small hub: what is planned, what is written, what fails and how."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest

from solicomm_build.builder import follow, loading, render
from solicomm_build.builder.apart import children
from solicomm_build.builder.contents import Contents
from solicomm_build.builder.cursors import CONSUMER
from solicomm_build.builder.plan import Plan
from solicomm_build.builder.render import Outcome, Renderer
from solicomm_build.builder.run import Builder
from solicomm_build.builder.sources import Planned, Sources
from solicomm_build.foundation import clock, data, i18n
from solicomm_build.foundation.errors import StoreError, WentAwayError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.cursor import Cursor
from solicomm_build.git.repo import create, open_repo
from solicomm_build.git.writer import Change
from solicomm_build.post import conference
from solicomm_build.post.conference import Conference
from solicomm_build.post.pages import HubFacts, Page
from solicomm_build.testing import hubs, manifest, smallhub
from solicomm_build.testing.hubs import mid


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """Two conferences; `bar` has a topic of two posts. Not to be changed."""
    config = smallhub.make(
        tmp_path_factory.mktemp("founded") / "hub",
        *(Conference(name, {"en": name.capitalize()}) for name in ("bar", "ice")),
    )
    hubs.add(config, "bar", [hubs.post("a"), hubs.post("b", "a", minutes=5, author="Bea")])
    return config


@pytest.fixture
def hub(founded: Config, tmp_path: Path) -> Config:
    """A hub of the test's own, not yet built."""
    return replace(founded, root=shutil.copytree(founded.root, tmp_path / "hub"))


@pytest.fixture
def builder(hub: Config) -> Iterator[Builder]:
    made = Builder(hub, data.theme())
    yield made
    made.close()


# what is planned and written


def test_nothing_new_is_idle(hub: Config, builder: Builder) -> None:
    assert not builder.build().idle
    before = manifest.read(hub.public)
    assert builder.build().idle
    again = hubs.build(hub)
    assert again.idle, "a builder that has just started knows it from the state"
    assert manifest.read(hub.public) == before


def test_one_post_writes_few_files(hub: Config, builder: Builder) -> None:
    """A post of this month: one of a month that has ended also makes its download anew. And not of
    the hub's first hour, which all front pages show at once."""
    with clock.fixed(hubs.START + timedelta(hours=2)):
        builder.build()
        hubs.add(hub, "bar", [hubs.post("c", "b", "a", minutes=119)])
        report = builder.build()
    assert 0 < report.written <= 12
    assert report.removed == 0
    assert f'id="{mid("c")}"' in hubs.page(hub, f"/conferences/bar/t/{mid('a')}/")


def plan(hub: Config, found: Contents, sources: Sources, env: str = "env") -> Plan:
    return Plan(hub, sources, found, env, full=False).made()


@pytest.mark.parametrize("full", [False, True])
def test_a_plan_of_nothing_new_is_empty(hub: Config, builder: Builder, full: bool) -> None:
    """What was noted of the last build stands; another theme makes all of it anew."""
    builder.build(full=full)
    sources = Sources(hub)
    noted = dict(
        sources.db.execute("SELECT source, commit_id FROM reflects WHERE source GLOB 'pages *'")
    )
    found = loading.load(hub, sources, loading.tips(hub))
    made = plan(hub, found, sources, noted["pages theme"])
    assert (made.planned, made.reflects, made.with_assets) == ([], {}, False)
    other = plan(hub, found, sources, "another")
    assert other.with_assets
    sections = {"hub", "front", "people", "search", "conference:bar", "conference:ice"}
    assert set(other.reflects) == {*sections, "theme"}
    sources.close()


def test_settings_of_a_conference_rebuild_it_alone(hub: Config, builder: Builder) -> None:
    builder.build()
    before = manifest.read(hub.public)
    settings = conference.encode(Conference("bar", {"en": "Foo"}))
    hubs.commit(hub.conference_repo("bar"), Change(conference.FILE, settings))
    builder.build()
    changed = manifest.differences(before, manifest.read(hub.public))
    sections = {"/".join(path.split("/")[:2]) for path in changed if path.startswith("conf")}
    assert sections == {"conferences/bar"}
    assert "Foo" in hubs.page(hub, f"/conferences/bar/t/{mid('a')}/")
    assert "Foo" in hubs.page(hub, "/")
    assert not any(path.startswith("theme/") for path in changed)


def test_a_broken_conference_stops_no_other(hub: Config, builder: Builder) -> None:
    builder.build()
    hubs.commit(hub.conference_repo("bar"), Change(conference.FILE, b"id: ["))
    hubs.add(hub, "ice", [hubs.post("i")])
    report = builder.build()
    assert [place for place, _ in report.failures] == ["content/conferences/bar.git"]
    assert (hub.public / "conferences/ice/t" / mid("i") / "index.html").exists()
    assert (hub.public / "conferences/bar/index.html").exists()  # as its last good settings say
    noted = json.loads((hub.state / "build.json").read_text())
    assert noted["failures"][0][0] == "content/conferences/bar.git"


def test_a_post_that_cannot_be_read_is_a_stub(hub: Config, builder: Builder) -> None:
    made = hubs.post("c", "a")
    hubs.commit(hub.conference_repo("bar"), Change(hubs.path_of(made), b"\xff broken"))
    report = builder.build()
    assert report.failures == []
    page = hubs.page(hub, f"/conferences/bar/t/{mid('a')}/")
    assert f'id="{mid("c")}"' in page
    assert "could not be read" in page


def test_a_late_root_leaves_a_way_from_the_old_address(hub: Config, builder: Builder) -> None:
    hubs.add(hub, "ice", [hubs.post("k", "j", minutes=9)])
    builder.build()
    old, new = f"/conferences/ice/t/{mid('j')}/", f"/conferences/ice/t/{mid('i')}/"
    assert f'id="{mid("k")}"' in hubs.page(hub, old)
    hubs.add(hub, "ice", [hubs.post("j", "i", minutes=2)])
    builder.build()
    assert f'id="{mid("k")}"' in hubs.page(hub, new)
    assert f"../{mid('i')}/" in hubs.page(hub, old)
    assert "refresh" in hubs.page(hub, old)


def test_a_deleted_post_is_on_no_page(hub: Config, builder: Builder) -> None:
    secret = hubs.post("s", "a", minutes=7, subject="Secret", body="Unsayable\n", author="Eve")
    hubs.add(hub, "bar", [secret])
    builder.build()
    hubs.remove(hub, "bar", secret)
    builder.build()
    shown = b"".join(p.read_bytes() for p in hub.public.rglob("*") if p.is_file())
    assert mid("s").encode() not in shown
    assert b"Unsayable" not in shown


def test_a_link_to_an_attachment_leads_to_its_octets(hub: Config, builder: Builder) -> None:
    row, change = hubs.attached(b"octets", "año 1 #2 100%.txt")
    made = hubs.post("c", attachments=[row])
    hubs.commit(hub.conference_repo("ice"), hubs.change(made), change)
    builder.build()
    url = f"/conferences/ice/t/{mid('c')}/"
    link = re.search(r'href="([^"]*/files/[^"]*)"', hubs.page(hub, url))
    assert link is not None
    file = (hub.public / url.strip("/") / unquote(link[1])).resolve()
    assert file.read_bytes() == b"octets"


def test_a_redacted_attachment_is_not_served_any_more(hub: Config, builder: Builder) -> None:
    row, change = hubs.attached(b"octets", "secret.txt")
    hubs.commit(hub.conference_repo("ice"), hubs.change(hubs.post("c", attachments=[row])), change)
    builder.build()
    assert list(hub.public.rglob("secret.txt"))
    hubs.commit(hub.conference_repo("ice"), hubs.change(hubs.post("c", body="Redacted\n")))
    builder.build()
    assert not list(hub.public.rglob("secret.txt"))


def test_a_conference_founded_anew_under_its_old_id(hub: Config, builder: Builder) -> None:
    """The commit that was last built is gone altogether; it is read from its beginning."""
    builder.build()
    repo = hub.conference_repo("bar")
    repo.rename(repo.with_name("old"))
    smallhub.add_conference(hub, Conference("bar", {"en": "Bar anew"}))
    hubs.add(hub, "bar", [hubs.post("z")])
    builder.build()
    assert not (hub.public / "conferences/bar/t" / mid("a")).exists()
    assert "Bar anew" in hubs.page(hub, f"/conferences/bar/t/{mid('z')}/")
    assert hubs.differences(hub) == []


def test_a_rewritten_history_is_read_from_its_beginning(hub: Config, builder: Builder) -> None:
    builder.build()
    repo = open_repo(hub.conference_repo("bar"))
    tip = repo.ref()
    assert tip is not None
    older = repo.git("rev-parse", f"{tip}~1").decode().strip()
    repo.set_ref("refs/heads/main", older, tip)  # type: ignore[arg-type]
    builder.build()
    assert mid("b") not in hubs.page(hub, f"/conferences/bar/t/{mid('a')}/")


def test_the_cursor_follows(hub: Config, builder: Builder) -> None:
    builder.build()
    for name in ("bar", "ice"):
        repo = open_repo(hub.conference_repo(name))
        assert Cursor(repo, CONSUMER).read() == repo.ref()


def test_full_writes_nothing_new(hub: Config, builder: Builder) -> None:
    builder.build()
    stray = hub.public / "stray" / "index.html"
    stray.parent.mkdir()
    stray.write_text("left over")
    report = builder.build(full=True)
    assert (report.written, report.removed) == (0, 1)
    assert not stray.parent.exists()


def test_a_lost_state_costs_time_only(hub: Config, builder: Builder) -> None:
    builder.build()
    before = manifest.read(hub.public)
    shutil.rmtree(hub.state)
    report = hubs.build(hub)
    assert report.written == 0
    assert manifest.read(hub.public) == before


def test_no_page_shows_an_address(hub: Config, builder: Builder) -> None:
    builder.build()
    for path in hub.public.rglob("*.html"):
        assert "@union.example" not in path.read_text()


# what fails


@pytest.fixture(scope="module")
def rendered(founded: Config, tmp_path_factory: pytest.TempPathFactory) -> Config:
    """Whose public/ the renderer's pages go to."""
    return replace(founded, root=tmp_path_factory.mktemp("rendered"))


@pytest.fixture(scope="module")
def renderer(rendered: Config) -> Iterator[Renderer]:
    """One for all tests: to warm up takes long."""
    sources = Sources(rendered)
    rendered.public.mkdir()
    facts = HubFacts("Hub", "hub.example", "https://hub.example", ("en",))
    made = Renderer(sources, facts, data.theme(), _Assets())
    yield made
    sources.close()


@pytest.fixture
def public(renderer: Renderer, rendered: Config) -> Path:
    """The renderer's public/, emptied."""
    shutil.rmtree(rendered.public)
    rendered.public.mkdir()
    return rendered.public


class _Assets(dict[str, str]):
    """Every asset has an address."""

    def __missing__(self, name: str) -> str:
        return f"/theme/{name}"


def planned(url: str, text: str = "fine\n") -> Planned:
    def make() -> Page:
        if text == "dies":
            os.kill(os.getpid(), signal.SIGKILL)
        if text == "exits":
            sys.exit(0)
        if text == "fails":
            raise ValueError(f"no {url}")
        kind = "raw" if text.endswith("\n") else text
        return Page(url, kind, "hub", "en", "", f"key of {url}", {"data": text})

    return Planned(url, "hub", 0, make)


def made(renderer: Renderer, *pages: Planned, known: dict[str, str] | None = None) -> Outcome:
    return renderer.render(pages, known or {}, lambda section, oid: b"")


def test_what_is_made_is_told(public: Path, renderer: Renderer) -> None:
    outcome = made(renderer, planned("/a.txt"), planned("/b.txt"))
    assert [row.path for row in outcome.outputs] == ["a.txt", "b.txt"]
    assert (public / "a.txt").read_text() == "fine\n"
    assert outcome.failures == []


def test_a_known_key_is_not_made_again(public: Path, renderer: Renderer) -> None:
    known = {"a.txt": "key of /a.txt", "b.txt": "an older key"}
    outcome = made(renderer, planned("/a.txt"), planned("/b.txt"), known=known)
    assert outcome.written == ["b.txt"]


@pytest.mark.parametrize("fault", ["fails", "no-such-kind"])
def test_a_page_that_fails_is_a_failure_of_its_own(
    public: Path, renderer: Renderer, fault: str
) -> None:
    """Whether its facts cannot be looked up or its template fails."""
    outcome = made(renderer, planned("/a.txt"), planned("/b/", fault), planned("/c.txt"))
    assert [row.path for row in outcome.outputs] == ["a.txt", "c.txt"]
    ((url, reason),) = outcome.failures
    assert url == "/b/"
    assert "Error" in reason
    assert not (public / "b").exists()


@pytest.mark.parametrize(("times", "fails"), [(1, False), (3, False), (9, True)])
def test_a_page_whose_git_was_killed_is_made_all_the_same(
    public: Path, renderer: Renderer, times: int, fails: bool
) -> None:
    """It kept what it showed before, and no post that was new, until something else changed it."""
    log = public / "log"  # who makes pages may write there alone
    log.touch()

    def make() -> Page:
        if len(log.read_bytes()) < times:
            with log.open("ab") as file:
                file.write(b"x")
            raise WentAwayError("bar.git: git cat-file went away")
        return planned("/b.txt").make()

    outcome = made(renderer, planned("/a.txt"), Planned("/b.txt", "hub", 0, make))
    assert [url for url, _ in outcome.failures] == (["/b.txt"] if fails else [])
    assert (public / "b.txt").exists() is not fails
    assert (public / "a.txt").exists()
    assert [row.path for row in outcome.outputs].count("a.txt") == 1


def test_a_page_that_would_leave_is_a_failure(public: Path, renderer: Renderer) -> None:
    outcome = made(renderer, planned("/../evil.txt"), planned("/a.txt"))
    assert [row.path for row in outcome.outputs] == ["a.txt"]
    assert [url for url, _ in outcome.failures] == ["/../evil.txt"]
    assert not (public.parent / "evil.txt").exists()


@pytest.mark.parametrize("way", ["dies", "exits"])
def test_a_child_that_dies_is_a_store_error(
    public: Path, renderer: Renderer, way: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(StoreError, match="ended early"):
        made(renderer, planned("/a.txt"), planned("/b.txt", way))
    capfd.readouterr()


def test_all_children_are_waited_for_when_one_dies(
    public: Path, renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody may still be writing when the build is tried again."""
    monkeypatch.setattr(render, "WORKERS", 3)
    fork, forked = children.fork, []

    def noted(*args):  # type: ignore[no-untyped-def]
        forked.append(fork(*args))
        return forked[-1]

    monkeypatch.setattr(children, "fork", noted)
    many = [planned(f"/{number}.txt") for number in range(90)]
    with pytest.raises(StoreError):
        made(renderer, *many, planned("/b.txt", "dies"))
    assert len(forked) == 3
    for child in forked:  # of these only: other tests have children of their own
        with pytest.raises(ChildProcessError):
            os.waitpid(child.pid, os.WNOHANG)
    assert made(renderer, *many).failures == []


def test_posts_that_children_read_make_the_same_pages(
    hub: Config, builder: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many posts at once are read by several processes, also where some go in between."""
    gone = hubs.post("gone", minutes=3)
    hubs.add(hub, "bar", [gone, *(hubs.post(f"n{n}", minutes=n) for n in range(4, 9))])
    hubs.remove(hub, "bar", gone)
    hubs.add(hub, "bar", [hubs.post(f"n{n}", "a", minutes=n) for n in range(9, 20)])
    monkeypatch.setattr(follow, "_CHUNK", 3)
    begin, works = children.begin, []

    def noted(given):  # type: ignore[no-untyped-def]
        works.extend(given)
        return begin(given)

    monkeypatch.setattr(children, "begin", noted)
    builder.build(full=True)
    assert len(works) > 4
    assert not list(hub.public.rglob(f"*{hubs.tid_of(gone)}*"))
    monkeypatch.undo()
    assert hubs.differences(hub) == []


def test_a_child_that_dies_while_reading_leaves_the_index_as_it_was(
    hub: Config,
    builder: Builder,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    builder.build()
    hubs.add(hub, "bar", [hubs.post("c", "a", minutes=9)])
    monkeypatch.setattr(follow, "_CHUNK", 1)
    monkeypatch.setattr(follow, "_read", lambda *_: os._exit(9))
    with pytest.raises(StoreError, match="ended early"):
        builder.build()
    monkeypatch.undo()
    assert not builder.build().idle
    assert hubs.differences(hub) == []
    capfd.readouterr()


def test_a_build_that_was_killed_is_made_up_for(hub: Config, builder: Builder) -> None:
    """The index has moved, the pages have not: the next build knows."""
    builder.build()
    hubs.add(hub, "bar", [hubs.post("c", "a", minutes=9)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Renderer, "render", _killed)
        with pytest.raises(StoreError):
            builder.build()
    assert not hubs.build(hub).idle
    assert hubs.differences(hub) == []


def test_a_post_is_on_its_page_while_the_rest_is_being_planned(
    hub: Config, builder: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    builder.build()
    hubs.add(hub, "bar", [hubs.post("c", "b", "a", minutes=9)])
    planned = Plan.of_days
    seen: list[bool] = []

    def of_days(plan: Plan) -> Plan:
        end = time.monotonic() + 60
        mark = f'id="{mid("c")}"'
        while mark not in hubs.page(hub, f"/conferences/bar/t/{mid('a')}/"):
            assert time.monotonic() < end, "the page waits for what only mentions the post"
            time.sleep(0.01)
        seen.append(mid("c") in hubs.page(hub, "/conferences/bar/"))
        return planned(plan)

    monkeypatch.setattr(Plan, "of_days", of_days)
    builder.build()
    assert seen == [False]
    assert mid("c") in hubs.page(hub, "/conferences/bar/")
    assert hubs.differences(hub) == []


def test_what_children_have_translated_is_known_to_the_next(
    hub: Config, builder: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(i18n, "_said", {})
    builder.build()
    count = i18n.said()
    assert count > 20
    hubs.add(hub, "bar", [hubs.post("c", "b", "a", minutes=9)])
    builder.build()
    assert i18n.said() - count < 5, "a post more says nearly nothing that was not said"


def _children() -> set[str]:
    return {*Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()}


def test_a_plan_that_fails_leaves_nobody_at_work(
    hub: Config, builder: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else what is tried again and what goes on would write the same files."""
    others = _children()
    builder.build()
    hubs.add(hub, "bar", [hubs.post("c", "b", "a", minutes=9)])
    with monkeypatch.context() as patch:
        patch.setattr(Plan, "of_sections", _killed)
        with pytest.raises(StoreError):
            builder.build()
    mine = _children() - others
    programs = [Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0] for pid in mine]
    at_work = {os.path.basename(one) for one in programs if one}  # who ended has no command line
    assert at_work <= {b"git"}, "readers, and no page builder"
    builder.build()
    assert hubs.differences(hub) == []


def _killed(*_args: object, **_more: object) -> Outcome:
    raise StoreError("killed")


def test_a_conference_that_is_being_made_is_passed_over(hub: Config, builder: Builder) -> None:
    create(hub.conference_repo("new"))
    assert builder.build().failures == []


def test_a_lost_state_leaves_no_page_of_what_went_meanwhile(tmp_path: Path) -> None:
    """Pages of deleted posts stayed in public/ until somebody built everything anew."""
    hub = smallhub.make(tmp_path / "hub")
    gone = hubs.post("c")
    hubs.add(hub, "bar", [hubs.post("a"), gone])
    hubs.build(hub)
    hubs.remove(hub, "bar", gone)
    for path in hub.state.glob("pages.sqlite*"):
        path.unlink()
    hubs.build(hub)
    assert not list(hub.public.rglob(f"*{hubs.tid_of(gone)}*"))
    assert hubs.differences(hub) == []


def test_a_builder_goes_on_after_another_built_in_full(hub: Config, builder: Builder) -> None:
    builder.build()
    second = Builder(hub, data.theme())
    try:
        second.build(full=True)
    finally:
        second.close()
    hubs.add(hub, "bar", [hubs.post("after", subject="After the full build")])
    report = builder.build()
    assert report.failures == []
    assert (hub.public / f"conferences/bar/t/{mid('after')}/index.html").exists()
    made = manifest.read(hub.public)
    builder.build(full=True)
    assert manifest.differences(made, manifest.read(hub.public)) == []


def test_a_builder_goes_on_without_its_state(hub: Config, builder: Builder) -> None:
    builder.build()
    for file in hub.state.glob("pages.sqlite*"):
        file.unlink()
    hubs.add(hub, "bar", [hubs.post("after", subject="After the loss")])
    assert builder.build().failures == []
    assert (hub.public / f"conferences/bar/t/{mid('after')}/index.html").exists()
