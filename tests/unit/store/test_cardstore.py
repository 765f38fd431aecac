"""Documents come into a library: named, read, kept; and what cannot come in says why."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from solicomm_build.cleaning import child
from solicomm_build.features.founding.founding import new_library
from solicomm_build.features.library.cards.cardstore import CardStore
from solicomm_build.features.library.cards.entry import Dates, Entry, Rights
from solicomm_build.features.library.cards.filestore import IN_GIT
from solicomm_build.features.library.cards.shelving import Incoming, file_name
from solicomm_build.foundation import data
from solicomm_build.foundation.errors import ContentError, ContentErrors, HubError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.reader import Reader
from solicomm_build.testing import knowing, smallhub

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SAMPLE = data.folder("content") / "libraries/agreements/entries"
GUIDE = (SAMPLE / "2026-r6me3tkc/heat-pocket-guide.pdf").read_bytes()


@pytest.fixture
def config(tmp_path: Path) -> Config:
    config = smallhub.make(tmp_path / "hub")
    new_library(config, "papers", title="Papers", lang="en")
    return config


@pytest.fixture
def store(config: Config) -> CardStore:
    return CardStore(config, "papers")


def draft(**changes: object) -> Entry:
    fields: dict[str, object] = {
        "id": "",
        "type": "report",
        "title": {"en": "Heat"},
        "languages": ("en",),
        **changes,
    }
    return Entry(**fields)  # type: ignore[arg-type]


def test_a_document_comes_with_its_text_and_its_first_page(store: CardStore) -> None:
    added = store.add(draft(), [Incoming("Heat GUIDE (final).PDF", GUIDE)], when=NOW)
    assert added.notes == ()
    entry = store.read(added.entry.key)
    assert entry == added.entry
    assert entry.id.startswith("lib:2026-")
    main, text, cover = entry.files
    assert (main.name, main.role) == ("heat-guide-final.pdf", "main")
    assert (main.pages, main.text) == (2, True)
    assert (text.name, text.role) == ("heat-guide-final.txt", "text")
    assert (cover.name, cover.role) == ("cover.webp", "cover")
    with Reader(store.repo) as reader:
        for file in entry.files:
            octets = reader.at("HEAD", f"entries/{entry.key}/{file.name}")
            assert octets is not None
            assert hashlib.sha256(octets).hexdigest() == file.sha256
            assert len(octets) == file.size


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        (
            "Это соглашение между союзом и депо о том, как мы будем работать и что за это есть.",
            "ru",
        ),
        ("Este acuerdo es entre el sindicato y el taller, para todos los que están en él.", "es"),
        ("これは組合と車庫の間の合意です。すべての労働者のためのものです。", "ja"),
        ("17:00 18:00 19:00\n", "en"),
    ],
)
def test_a_document_without_a_label_has_the_language_of_its_words(
    store: CardStore, text: str, lang: str
) -> None:
    unsaid = draft(title={"": "Depot 2026"}, languages=(), abstract={"": "2026"})
    entry = store.add(unsaid, [Incoming("depot.txt", text.encode())], when=NOW).entry
    assert entry.languages == (lang,)
    assert entry.title == {lang: "Depot 2026"}
    assert entry.abstract == {lang: "2026"}
    said = store.add(draft(), [Incoming("other.txt", f"{text} ".encode())], when=NOW).entry
    assert said.languages == ("en",), "what somebody says counts"


def test_a_large_file_lies_outside_git(store: CardStore) -> None:
    large = b"a long report\n" * (IN_GIT // 10)
    added = store.add(draft(), [Incoming("report.txt", large)], when=NOW)
    [file] = added.entry.files
    path = store.files.path(file.sha256)
    assert path is not None
    assert path.read_bytes() == large
    with Reader(store.repo) as reader:
        assert reader.at("HEAD", f"entries/{added.entry.key}/report.txt") is None
    assert not store.files.damaged(file.sha256)
    path.write_bytes(b"changed")
    assert store.files.damaged(file.sha256)


def test_the_same_file_comes_once_unless_it_is_said(store: CardStore) -> None:
    first = store.add(draft(), [Incoming("a.pdf", GUIDE)], when=NOW)
    with pytest.raises(HubError, match=first.entry.id):
        store.add(draft(), [Incoming("b.pdf", GUIDE)], when=NOW)
    assert len(store.rows()) == 1
    store.add(draft(), [Incoming("b.pdf", GUIDE)], when=NOW, twice=True)
    assert len(store.rows()) == 2


@pytest.mark.parametrize(
    ("name", "octets", "words"),
    [
        ("a.pdf", b"", "empty"),
        ("a.pdf", b"MZ\x90\x00\x01", "does not take"),
        ("a.svg", b"<svg xmlns='x'><script/></svg>", "does not take"),
    ],
)
def test_what_cannot_come_in_is_named_and_nothing_is_written(
    store: CardStore, name: str, octets: bytes, words: str
) -> None:
    before = store.repo.ref()
    with pytest.raises(ContentError, match=words) as caught:
        store.add(draft(), [Incoming(name, octets)], when=NOW)
    assert name in caught.value.public
    assert store.repo.ref() == before


def test_a_wrong_date_names_the_field_and_writes_nothing(store: CardStore) -> None:
    before = store.repo.ref()
    with pytest.raises((ContentError, ContentErrors), match="issued"):
        store.add(draft(date=Dates("May 2026")), when=NOW)
    assert store.repo.ref() == before


def test_a_scan_is_said_to_have_no_text(store: CardStore) -> None:
    from tests.unit.extraction.documents import pdf

    added = store.add(draft(), [Incoming("scan.pdf", pdf(2))], when=NOW)
    assert added.entry.files[0].text is False
    assert "is a scan" in added.notes[0]


def test_a_damaged_document_is_kept_as_it_came(store: CardStore) -> None:
    added = store.add(draft(), [Incoming("odd.pdf", b"%PDF-1.4\nnonsense")], when=NOW)
    assert "damaged" in added.notes[0]
    assert [file.name for file in added.entry.files] == ["odd.pdf"]


def test_two_files_of_one_name_get_two_names(store: CardStore) -> None:
    added = store.add(draft(), [Incoming("a.txt", b"one"), Incoming("A.txt", b"two")], when=NOW)
    assert [(file.name, file.role) for file in added.entry.files] == [
        ("a.txt", "main"),
        ("a-2.txt", "annex"),
    ]


def test_a_withdrawn_document_says_why(store: CardStore) -> None:
    key = store.add(draft(), when=NOW).entry.key
    store.withdraw(key, "Replaced in March.", when=NOW)
    entry = store.read(key)
    assert (entry.status, entry.body.strip()) == ("withdrawn", "Replaced in March.")
    with pytest.raises(HubError, match="no lib:2026-aaaaaaaa"):
        store.read("2026-aaaaaaaa")


def test_there_is_no_library_of_that_name(config: Config) -> None:
    with pytest.raises(HubError, match="solicomm new library nowhere"):
        CardStore(config, "nowhere")


@pytest.mark.parametrize(
    ("name", "kind", "becomes"),
    [
        ("../../etc/passwd", "text/plain", "passwd.txt"),
        ("C:\\Users\\ana\\Convenio Ñandú.PDF", "application/pdf", "convenio-nandu.pdf"),
        ("اتفاق.pdf", "application/pdf", "document.pdf"),
        (".htaccess", "text/plain", "htaccess.txt"),
        ("", "image/png", "document.png"),
        ("a" * 300 + ".pdf", "application/pdf", "a" * 80 + ".pdf"),
        ("x\r\nb: c.pdf", "application/pdf", "x-b-c.pdf"),
        ("entry.md", "text/markdown", "entry.md"),
    ],
)
def test_names_fit_a_card(name: str, kind: str, becomes: str) -> None:
    assert file_name(name, kind) == becomes


def test_an_embargo_ends_by_a_commit_on_its_day(store: CardStore) -> None:
    rights = Rights(access="embargo", until="2026-12")
    added = store.add(draft(rights=rights), [Incoming("a.pdf", GUIDE)], when=NOW)
    assert store.end_embargoes("2026-11-30", when=NOW) == []
    assert store.end_embargoes("2026-12-01", when=NOW) == [added.entry.key]
    assert store.read(added.entry.key).rights == Rights()
    assert store.end_embargoes("2026-12-01", when=NOW) == []


def test_cards_whose_embargo_is_not_over_are_not_read(
    store: CardStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There may be ten thousand, which are looked at each day."""
    store.add(draft(), [], when=NOW)
    store.add(draft(rights=Rights(access="members")), [Incoming("a.pdf", GUIDE)], when=NOW)
    monkeypatch.setattr(CardStore, "read", None)
    assert store.end_embargoes("2026-12-01", when=NOW) == []


def test_what_is_not_for_everybody_does_not_lie_in_git(store: CardStore) -> None:
    """Whoever clones a public library would have it."""
    rights = Rights(access="members")
    added = store.add(draft(rights=rights), [Incoming("a.pdf", GUIDE)], when=NOW)
    with Reader(store.repo) as reader:
        names = [one.path for one in reader.tree("HEAD", f"entries/{added.entry.key}")]
    assert names == ["entry.md"]
    [main, *_] = added.entry.files
    kept = store.octets(added.entry, main)
    assert kept == child.clean(GUIDE).octets
    assert hashlib.sha256(kept).hexdigest() == main.sha256


def test_the_words_of_a_document_are_those_of_its_clean_copy(store: CardStore) -> None:
    """Who commented in an office file stands in no text that is made of it, searched or sent."""
    odt = knowing.opendocument()
    entry = store.add(draft(), [Incoming("minutes.odt", odt)], when=NOW).entry
    text = next(file for file in entry.files if file.role == "text")
    said = store.octets(entry, text)
    assert said is not None
    assert b"Minutes of the meeting" in said
    assert not [one for one in knowing.PLANTED if one.encode() in said]
