"""The index of the libraries' cards: what it knows, and that any way of reading gives the same."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from solicomm_build.features.library.cards import entry as entries
from solicomm_build.features.library.cards import entryfile
from solicomm_build.features.library.cards.cardindex import CardIndex
from solicomm_build.features.library.cards.cardrows import Row
from solicomm_build.features.library.cards.entry import Creator, Dates, Entry, Relations, Rights
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo, create
from solicomm_build.git.writer import Change, write_once
from solicomm_build.testing import smallhub

BEGUN = datetime(2026, 1, 1, tzinfo=UTC)


class Library:
    """A library repository to which a test commits, a minute apart."""

    def __init__(self, repo: Repo) -> None:
        self.repo = repo
        self._at = BEGUN

    def commit(self, *changes: Change) -> None:
        self._at += timedelta(minutes=1)
        write_once(self.repo, list(changes), message="Change\n", when=self._at)


def card(key: str, **changes: object) -> Change:
    fields: dict[str, object] = {
        "id": f"lib:{key}",
        "type": "report",
        "title": {"en": f"Report {key}"},
        "languages": ("en",),
        **changes,
    }
    return Change(entries.path(key), entryfile.encode(Entry(**fields)))  # type: ignore[arg-type]


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return smallhub.make(tmp_path / "hub")


@pytest.fixture
def library(config: Config) -> Library:
    return Library(create(config.library_repo("papers")))


@pytest.fixture
def reader(library: Library) -> Iterator[Reader]:
    with Reader(library.repo) as found:
        yield found


@pytest.fixture
def index(config: Config) -> Iterator[CardIndex]:
    with CardIndex(config) as found:
        yield found


def state(index: CardIndex) -> tuple[Sequence[Row], object]:
    facets = [(row.key, index.facets_of("papers", row.key)) for row in index.rows("papers")]
    named = [(row.key, index.naming("papers", row.key)) for row in index.rows("papers")]
    makers = ("union", "registry:metal", "ada")
    made = [(maker, index.made_by("papers", [maker])) for maker in makers]
    return list(index.rows("papers")), (facets, named, made)


def test_cards_are_found_by_what_they_say(
    index: CardIndex, library: Library, reader: Reader
) -> None:
    library.commit(
        card("2025-aaaaaaaa", subjects=("free:water",), countries=("KE",), date=Dates("2025-03")),
        card("2026-bbbbbbbb", creators=(Creator("LMWU", "org"),), publisher="LMWU"),
    )
    touched = index.follow("papers", reader)
    assert touched.everything
    assert touched.keys == {"2025-aaaaaaaa", "2026-bbbbbbbb"}
    assert ("organisation", "LMWU") in touched.facets
    assert index.facets("papers", "language") == [("en", 2)]
    assert [row.key for row in index.lines("papers", ("year", "2025"))] == ["2025-aaaaaaaa"]
    assert index.facets_of("papers", "2026-bbbbbbbb") == [
        ("language", "en"),
        ("organisation", "LMWU"),
        ("type", "report"),
    ]


def test_cards_are_found_by_who_made_them(
    index: CardIndex, library: Library, reader: Reader
) -> None:
    """Names in any case, publishers, ids in the registry; a draft and what went are nobody's."""
    named = (Creator("Metal Workers", "org", "metal"), Creator("Ada", "person"))
    library.commit(
        card("2026-aaaaaaaa", creators=named),
        card("2026-bbbbbbbb", publisher="METAL workers"),
        card("2026-cccccccc", creators=named, status="draft"),
        card("2026-dddddddd", creators=(Creator("metal", "org"),)),
    )
    index.follow("papers", reader)
    assert index.made_by("papers", ["Metal workers"]) == ["2026-aaaaaaaa", "2026-bbbbbbbb"]
    assert index.made_by("papers", ["registry:metal", "ADA"]) == ["2026-aaaaaaaa"]
    assert index.made_by("papers", ["", "registry:"]) == []
    library.commit(card("2026-aaaaaaaa", creators=(Creator("Ada", "person"),)))
    index.follow("papers", reader)
    assert index.made_by("papers", ["Metal workers", "registry:metal"]) == ["2026-bbbbbbbb"]


def test_following_again_changes_nothing(
    index: CardIndex, library: Library, reader: Reader
) -> None:
    library.commit(card("2025-aaaaaaaa"))
    index.follow("papers", reader)
    assert index.follow("papers", reader).keys == set()


def test_a_change_touches_the_facets_before_and_after(
    index: CardIndex, library: Library, reader: Reader
) -> None:
    library.commit(card("2025-aaaaaaaa", countries=("KE",)))
    index.follow("papers", reader)
    library.commit(card("2025-aaaaaaaa", countries=("UG",)))
    touched = index.follow("papers", reader)
    assert not touched.everything
    assert {("country", "KE"), ("country", "UG")} <= touched.facets
    [row] = index.rows("papers")
    assert row.stamp - row.added == 60


def test_what_was_public_and_went_stays_as_gone(
    index: CardIndex, library: Library, reader: Reader
) -> None:
    library.commit(card("2025-aaaaaaaa", type="manual"), card("2025-bbbbbbbb", status="draft"))
    library.commit(
        Change(entries.path("2025-aaaaaaaa"), None), Change(entries.path("2025-bbbbbbbb"), None)
    )
    index.follow("papers", reader)
    gone, never = index.rows("papers")
    assert (gone.status, gone.type) == ("gone", "manual")
    assert never.status == "draft"
    assert [row.key for row in index.changed(["papers"])] == ["2025-aaaaaaaa"]
    assert index.facets("papers", "type") == []


def test_a_broken_card_is_named_and_not_listed(
    index: CardIndex, library: Library, reader: Reader
) -> None:
    library.commit(Change(entries.path("2025-aaaaaaaa"), b"---\nid: 7\n---\n"))
    index.follow("papers", reader)
    [row] = index.rows("papers", "broken")
    assert "entries/2025-aaaaaaaa/entry.md" in row.fault
    assert index.count_changed(["papers"]) == 0


def test_newer_versions_are_known_to_the_old(
    index: CardIndex, library: Library, reader: Reader
) -> None:
    library.commit(card("2022-aaaaaaaa"))
    library.commit(card("2025-bbbbbbbb", relations=Relations(replaces=("lib:2022-aaaaaaaa",))))
    index.follow("papers", reader)
    assert index.naming("papers", "2022-aaaaaaaa") == [("replaces", "2025-bbbbbbbb")]
    library.commit(Change(entries.path("2025-bbbbbbbb"), None))
    index.follow("papers", reader)
    assert index.naming("papers", "2022-aaaaaaaa") == []


def test_changes_come_in_batches_by_date(
    index: CardIndex, library: Library, reader: Reader
) -> None:
    library.commit(*(card(f"2025-aaaaaaa{number}") for number in range(2, 6)))
    library.commit(card("2025-aaaaaaa2", title={"en": "Changed"}))
    index.follow("papers", reader)
    first = list(index.changed(["papers"], limit=3))
    last = first[-1]
    rest = list(index.changed(["papers"], after=(last.stamp, last.library, last.key)))
    assert [row.key[-1] for row in [*first, *rest]] == ["3", "4", "5", "2"]
    assert index.count_changed(["papers"], since=first[0].stamp + 1) == 1
    assert list(index.changed(["papers"], type="book")) == []


@pytest.mark.parametrize(
    ("today", "over"),
    [
        ("2026-12-31", ["2025-dddddddd"]),
        ("2027-01-01", ["2025-bbbbbbbb", "2025-dddddddd"]),
        ("2027-03-09", ["2025-bbbbbbbb", "2025-cccccccc", "2025-dddddddd"]),
    ],
)
def test_embargoes_that_are_over_are_known(
    index: CardIndex, library: Library, reader: Reader, today: str, over: list[str]
) -> None:
    def until(key: str, day: str, **more: object) -> Change:
        return card(key, rights=Rights(access="embargo", until=day), **more)

    library.commit(card("2025-aaaaaaaa"), card("2025-22222222", rights=Rights(access="members")))
    library.commit(until("2025-bbbbbbbb", "2027"))
    library.commit(until("2025-cccccccc", "2027-03"))
    library.commit(until("2025-dddddddd", "2026-11-30"))
    library.commit(until("2025-eeeeeeee", "2026", status="draft"))
    index.follow("papers", reader)
    assert index.over("papers", today) == over
    assert index.over("others", today) == []


def test_following_a_commit_starts_no_git(
    index: CardIndex, library: Library, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.commit(card("2025-aaaaaaaa"))
    index.follow("papers", reader)
    monkeypatch.setattr(Repo, "succeeds", None)
    library.commit(card("2025-bbbbbbbb"))
    assert index.follow("papers", reader).keys == {"2025-bbbbbbbb"}


def test_a_card_costs_the_same_in_a_large_library(
    index: CardIndex, library: Library, reader: Reader
) -> None:
    """Steps of the database for one card more, and for what a card is listed under."""

    def steps(key: str) -> int:
        library.commit(card(key, subjects=(f"free:{key}",), countries=("KE",)))
        taken = []
        index._db.set_progress_handler(lambda: taken.append(1), 10)
        index.follow("papers", reader)
        assert len(index.facets_of("papers", key)) == 4
        index._db.set_progress_handler(None, 0)
        return len(taken)

    steps("2025-aaaaaaaa")
    few = steps("2025-bbbbbbbb")
    letters = "abcdefghijklmnop"
    keys = [f"2026-{one}{other}aaaaaa" for one in letters for other in letters]
    library.commit(*(card(key, countries=("KE",)) for key in keys))
    index.follow("papers", reader)
    assert steps("2025-cccccccc") < few * 2


def test_who_knows_more_is_not_set_back(index: CardIndex, library: Library, reader: Reader) -> None:
    library.commit(card("2025-aaaaaaaa"))
    early = library.repo.ref(MAIN)
    library.commit(card("2025-bbbbbbbb"))
    index.follow("papers", reader)
    assert index.follow("papers", reader, early).keys == set()
    assert [row.key for row in index.lines("papers", start=1)] == ["2025-bbbbbbbb"]


def test_a_rewritten_history_is_read_from_its_beginning(
    config: Config, index: CardIndex, library: Library, reader: Reader
) -> None:
    library.commit(card("2025-aaaaaaaa"))
    index.follow("papers", reader)
    library.repo.git("update-ref", "-d", MAIN)
    library.commit(card("2025-bbbbbbbb"))
    assert index.follow("papers", reader).everything
    assert [row.key for row in index.rows("papers")] == ["2025-bbbbbbbb"]


def test_a_damaged_file_is_made_anew(config: Config, library: Library, reader: Reader) -> None:
    library.commit(card("2025-aaaaaaaa"))
    (config.state / "cards.sqlite").parent.mkdir(exist_ok=True)
    (config.state / "cards.sqlite").write_bytes(b"no database" * 100)
    with CardIndex(config) as index:
        assert index.follow("papers", reader).keys == {"2025-aaaaaaaa"}


@pytest.mark.parametrize("seed", range(8))
def test_commit_by_commit_or_all_at_once_is_the_same(
    config: Config, library: Library, reader: Reader, seed: int
) -> None:
    chance = random.Random(seed)
    keys = [f"2025-aaaaaaa{number}" for number in range(2, 6)]
    with CardIndex(config) as index:
        for _ in range(14):
            key = chance.choice(keys)
            status = chance.choice(["published", "draft", "withdrawn"])
            change = chance.choice(
                [
                    card(
                        key,
                        status=status,
                        type=chance.choice(["report", "book"]),
                        creators=(
                            chance.choice([Creator("Union", "org", "metal"), Creator("Ada")]),
                        ),
                        relations=Relations(related=(f"lib:{chance.choice(keys)}",)),
                    ),
                    Change(entries.path(key), None),
                    Change(entries.path(key), b"broken"),
                    Change(f"entries/{key}/a.txt", b"%d" % chance.randrange(9)),
                ]
            )
            library.commit(change)
            if chance.random() < 0.6:
                index.follow("papers", reader)
        index.follow("papers", reader)
        followed = state(index)
    (config.state / "cards.sqlite").unlink()
    with CardIndex(config) as index:
        index.follow("papers", reader)
        assert state(index) == followed
