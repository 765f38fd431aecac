"""What gets into the index of the public, and what never does."""

from __future__ import annotations

import base64
import gzip
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from solicomm_build.builder import loading
from solicomm_build.builder.apart import children
from solicomm_build.builder.sources import Sources
from solicomm_build.features.search import index as search
from solicomm_build.features.search import inruns, layout, searchdocs, searchfolder
from solicomm_build.features.search.engine import joined, segment
from solicomm_build.features.search.engine.finding import find
from solicomm_build.features.search.engine.reader import open_index
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.writer import Change
from solicomm_build.post import conference as conferences
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, searching, smallhub


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """The hub, made once. Not to be changed: take `hub`."""
    made = smallhub.make(
        tmp_path_factory.mktemp("built") / "hub",
        Conference("bar", {"en": "Bar"}),
        Conference("cellar", {"en": "Cellar"}, kind="list", visibility="unlisted"),
        Conference("vault", {"en": "Vault"}, visibility="members"),
    )
    for name in ("bar", "cellar", "vault"):
        hubs.add(
            made,
            name,
            [
                hubs.post(
                    name,
                    subject=f"Subject{name} here",
                    author=f"Author{name}",
                    body=f"Bodies{name} and ornithopters.\n",
                ),
            ],
        )
    hubs.build(made)
    indexed(made)
    return made


@pytest.fixture
def hub(built: Config, tmp_path: Path) -> Config:
    return hubs.copied(built, tmp_path / "hub")


def indexed(hub: Config, *, settle: bool = True, full: bool = False) -> search.Done:
    sources = Sources(hub)
    found = loading.load(hub, sources, loading.tips(hub), None)
    sources.close()
    return search.update(hub, found, settle=settle, full=full)


def everything(root: Path) -> str:
    """All that the files of an index say, binary ones unpacked."""
    said = []
    for file in root.rglob("*.js"):
        text = file.read_text("utf-8")
        said.append(text)
        for packed in re.findall(r'"(H4sI[A-Za-z0-9+/=]+)"', text):
            said.append(gzip.decompress(base64.b64decode(packed)).decode("utf-8", "replace"))
    for file in root.rglob(joined.ROWS):
        said.append(file.read_text("utf-8"))
    for file in root.rglob(joined.TERMS):
        said += [data.decode("utf-8", "replace") for data in searching.pieces(file.read_bytes())]
    return "\n".join(said).lower()


def test_what_is_not_public_is_in_no_file(hub: Config) -> None:
    said = everything(hub.public / "search" / "index")
    for word in ("subjectbar", "authorbar", "bodiesbar", "conferences/bar"):
        assert word in said
    for name in ("cellar", "vault"):
        assert name not in said


def test_only_what_is_public_is_found(hub: Config) -> None:
    root = hub.public / "search" / "index"

    def read(path: str) -> bytes | None:
        file = root / path
        return file.read_bytes() if file.exists() else None

    hits = find([open_index(read)], "ornithopters", "en").hits
    assert [hit.row.place for hit in hits] == ["conferences/bar"]


def test_a_conference_that_closes_is_gone_from_every_file(hub: Config) -> None:
    repo = hub.conference_repo("bar")
    settings = conferences.encode(Conference("bar", {"en": "Bar"}, visibility="members"))
    hubs.commit(repo, Change(conferences.FILE, settings))
    hubs.build(hub)
    indexed(hub)
    said = everything(hub.public / "search" / "index")
    assert "subjectbar" not in said
    assert "conferences/bar" not in said


def test_children_make_the_same_index(hub: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    hubs.add(hub, "bar", [hubs.post(f"n{n}", body=f"Number {n} of the same\n") for n in range(9)])
    hubs.build(hub)
    indexed(hub)
    alone = everything(hub.public / "search" / "index")
    begin, works = children.begin, []

    def noted(given):  # type: ignore[no-untyped-def]
        works.extend(given)
        return begin(given)

    monkeypatch.setattr(children, "begin", noted)
    monkeypatch.setattr(inruns, "RUN", 2)
    monkeypatch.setattr(search, "RUN", 2)
    indexed(hub, full=True)
    assert len(works) > 4
    assert everything(hub.public / "search" / "index") == alone


def test_making_it_again_writes_nothing(hub: Config) -> None:
    assert indexed(hub).written == 0


def test_a_large_segment_that_stayed_as_it_is_is_not_made_anew(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "BASE", 16)
    monkeypatch.setattr(layout, "MIDDLE", 4)
    monkeypatch.setattr(searchfolder, "CHUNK", 2)
    monkeypatch.setattr(search, "QUICK", 5)
    hubs.add(hub, "bar", [hubs.post(f"old{n}", minutes=n) for n in range(22)])
    hubs.build(hub)
    indexed(hub)
    hubs.add(hub, "bar", [hubs.post(f"new{n}", minutes=60 + n) for n in range(6)])
    hubs.build(hub)
    assert not indexed(hub, settle=False).settled
    build, sizes = segment.build, []

    def noted(index, places, days, **more):  # type: ignore[no-untyped-def]
        sizes.append(len(days))
        return build(index, places, days, **more)

    monkeypatch.setattr(segment, "build", noted)
    assert indexed(hub).settled
    assert sorted(sizes) == [1, 12]


def octets(root: Path) -> dict[Path, bytes]:
    return {file.relative_to(root): file.read_bytes() for file in root.rglob("*.*")}


def test_an_index_that_was_taken_away_is_made_anew(hub: Config) -> None:
    root = hub.public / "search" / "index"
    before = octets(root)
    shutil.rmtree(root)
    indexed(hub)
    assert octets(root) == before


def test_several_processes_write_the_same_files(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    hubs.add(hub, "bar", [hubs.post(f"n{n}", body=f"Number {n} of the same\n") for n in range(9)])
    hubs.build(hub)
    indexed(hub)
    root = hub.public / "search" / "index"
    before = octets(root)
    shutil.rmtree(root)
    alone = indexed(hub, full=True)
    shutil.rmtree(root)
    monkeypatch.setattr(searchfolder, "MANY", 2)
    monkeypatch.setattr(children, "COUNT", 3)
    assert indexed(hub, full=True) == alone
    assert octets(root) == before


def test_an_index_that_is_carried_has_few_files_and_none_of_those_before(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Earlier versions had two documents a file, on a hub and, before that, on a stick."""
    monkeypatch.setattr(layout, "MIDDLE", 16)
    more = [hubs.post(f"more{n}", subject="More", body="More ornithopters.\n") for n in range(30)]
    hubs.add(hub, "bar", more)
    hubs.build(hub)
    root, carried = hub.public / "search" / "index", replace(hub, carried="hub")
    with monkeypatch.context() as before:
        before.setattr(searchfolder, "CHUNK", 2)
        before.setattr(searchdocs, "VERSION", "7")
        indexed(hub)
    known = [len(chunks(root))]
    for each in (hub, carried):
        indexed(each)
        here = chunks(root)
        indexed(each, full=True)
        assert here == chunks(root)
        known.append(len(here))
    assert known == [16, 4, 2]
    assert not list(root.rglob("*.bin"))
    found = find([open_index(lambda path: (root / path).read_bytes())], "ornithopters", "en")
    assert found.total == 32, "what is unlisted came along because somebody asked for it"


def chunks(root: Path) -> set[str]:
    """The files of an index's tables."""
    return {file.relative_to(root).as_posix() for file in root.rglob("d/*.js")}
