"""The sample network is what it says it is: each file obeys its format, nothing in it is real.

content/ and unions/ as plain files, read through the models as a hub would.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from solicomm_build.features.library import library
from solicomm_build.features.library.cards import entry, entryfile
from solicomm_build.features.polls.values import pollfiles
from solicomm_build.features.sites.values import site
from solicomm_build.foundation.types import SLUG, post_id
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.post import conference
from solicomm_build.post.editorial import markup

ROOT = Path(__file__).parents[2]
CONTENT, UNIONS = ROOT / "content", ROOT / "unions"
CONFERENCES = ("bargaining", "formation", "organising", "solidaridad")
CARDS = sorted((CONTENT / "libraries").glob("*/entries/*/entry.md"))
SITES = sorted(path.parent for path in UNIONS.glob("*/site.yaml"))
LANGUAGES = ("ar", "en", "es", "fr", "pt", "ru")
MAX_PDF = 60_000


def _place(path: Path, base: Path) -> str:
    return path.relative_to(base).as_posix()


def mails(name: str) -> Iterator[Message]:
    """The messages of a sample mbox (mboxrd), with a domain in place of the placeholder."""
    raw = (CONTENT / "mail" / f"{name}.mbox").read_bytes().replace(b"@HUB@", b"@hub.example")
    for part in re.split(rb"(?m)^From [^\n]*\n", raw)[1:]:
        yield parse(re.sub(rb"(?m)^>(>*From )", rb"\1", part.removesuffix(b"\n")))


def read_cards() -> list[entry.Entry]:
    return [entryfile.decode(path.read_bytes(), "/".join(path.parts[-3:])) for path in CARDS]


def test_three_conferences_and_a_list() -> None:
    found = {
        path.parent.name: conference.decode(path.read_bytes(), path.name)
        for path in (CONTENT / "conferences").glob("*/conference.yaml")
    }
    assert sorted(found) == sorted(CONFERENCES)
    assert [key for key, c in found.items() if c.visibility == "members"] == ["bargaining"]
    assert {key: (c.kind, c.posting) for key, c in found.items()} == {
        "bargaining": ("conference", "members"),
        "organising": ("conference", "open"),
        "formation": ("conference", "members"),
        "solidaridad": ("list", "members"),
    }
    assert all(key == c.id for key, c in found.items())
    assert [found[key].languages[0] for key in CONFERENCES] == ["en", "fr", "en", "es"]


@pytest.mark.parametrize("path", CARDS, ids=lambda path: path.parent.name)
def test_a_card_matches_its_files(path: Path) -> None:
    card = entryfile.decode(path.read_bytes(), "/".join(path.parts[-3:]))
    for file in card.files:
        blob = (path.parent / file.name).read_bytes()
        assert hashlib.sha256(blob).hexdigest() == file.sha256
        assert len(blob) == file.size
        assert not file.name.endswith(".pdf") or blob.startswith(b"%PDF-")
        assert len(blob) < MAX_PDF
    assert {p.name for p in path.parent.iterdir()} == {"entry.md", *(f.name for f in card.files)}
    assert card.abstract
    assert entryfile.decode(entryfile.encode(card), path.name) == card


def test_the_library_is_worth_browsing() -> None:
    cards = read_cards()
    assert len(cards) >= 20
    assert len({card.id for card in cards}) == len(cards)
    assert {card.languages[0] for card in cards} >= {"en", "fr", "es", "pt"}
    assert len({card.type for card in cards}) >= 7
    assert sum(file.name.endswith(".pdf") for card in cards for file in card.files) >= 4


def test_cards_lead_to_cards_and_topics_that_exist() -> None:
    cards = read_cards()
    ids = {card.id for card in cards}
    roots = {f"conf:{name}/{post_id(m.msgid or '')}" for name in CONFERENCES for m in mails(name)}
    for card in cards:
        links = card.relations
        assert {*links.replaces, *links.part_of, *links.related, *links.translation_of} <= ids
        assert {*links.discussed_in, *links.report} <= roots
    assert any(card.relations.discussed_in for card in cards)


def test_the_mails_name_cards_that_exist() -> None:
    ids = {card.id for card in read_cards()}
    named = {
        f"lib:{key}"
        for name in CONFERENCES
        for m in mails(name)
        for key in re.findall(r"lib:(\d{4}-[a-z2-7]{8})", m.text)
    }
    assert named
    assert named <= ids


def test_the_library_says_what_it_is() -> None:
    (path,) = (CONTENT / "libraries").glob("*/library.yaml")
    found = library.decode(path.read_bytes())
    assert found.id == path.parent.name
    assert sorted(found.languages) == sorted(LANGUAGES)
    assert found.conference == "organising"


@pytest.mark.parametrize("folder", SITES, ids=lambda path: path.name)
def test_a_union_site_is_whole(folder: Path) -> None:
    found = site.decode_site((folder / "site.yaml").read_bytes(), union=folder.name)
    default = found.languages[0]
    pages = [
        site.decode_page(path.read_bytes(), _place(path, folder), default_lang=default)
        for path in sorted((folder / "pages").glob("*.md"))
    ]
    media = [path.name for path in (folder / "media").iterdir()]
    assert site.check_site(found, pages, media) == []
    assert {page.lang for page in pages} == set(found.languages)
    news = [
        site.decode_news(path.read_bytes(), _place(path, folder), default_lang=default)
        for path in folder.glob("news/*/*.md")
    ]
    assert len({item.slug for item in news}) >= 3
    for path in folder.glob("events/*.md"):
        site.decode_event(path.read_bytes(), _place(path, folder), default_lang=default)
    assert (folder / found.theme.logo).stat().st_size <= 10_000


def test_six_unions_show_the_six_looks_and_some_read_from_right_to_left() -> None:
    found = [site.decode_site((folder / "site.yaml").read_bytes()) for folder in SITES]
    assert sorted(one.theme.preset for one in found) == sorted(site.PRESETS)
    assert all(SLUG.fullmatch(folder.name) for folder in SITES)
    assert list(UNIONS.glob("*/pages/*.ar.md"))


def test_every_page_renders_without_a_dead_link() -> None:
    for folder in SITES:
        slugs = {path.name.split(".")[0] for path in (folder / "pages").glob("*.md")}
        for path in folder.rglob("*.md"):
            dead: list[str] = []

            def resolve(target: str, slugs: set[str] = slugs, dead: list[str] = dead) -> str:
                kind, _, name = target.partition(":")
                known = {"page": slugs, "conference": CONFERENCES, "library": ("agreements",)}
                if (
                    (name not in known.get(kind, ()))
                    if name
                    else kind not in ("news", "events", "join")
                ):
                    dead.append(target)
                return "/x/"

            assert markup.render_page(path.read_text("utf-8"), resolve=resolve)
            assert not dead, path


def test_the_hub_has_its_pages_in_every_language() -> None:
    for slug in ("index", "about", "how-to-take-part"):
        for lang in LANGUAGES:
            path = CONTENT / "site" / f"{slug}.{lang}.md"
            page = site.decode_page(path.read_bytes(), path.name, default_lang="en")
            assert page.summary
            assert page.body


def test_the_mail_is_lively() -> None:
    counts = {name: len(list(mails(name))) for name in CONFERENCES}
    assert counts["organising"] >= 40
    assert counts["formation"] >= 10
    assert counts["solidaridad"] >= 8
    organising = list(mails("organising"))
    assert {m.language for m in organising if m.language} >= {"en", "fr", "es", "ar", "ru"}
    assert {m.text_kind for m in organising} == {"plain", "html"}
    assert sum(len(m.attachments) for m in organising) == 2
    assert any(m.subject.startswith("Re:") and not m.references for m in organising)


@pytest.mark.parametrize("name", CONFERENCES)
def test_the_mail_is_sound(name: str) -> None:
    seen: set[str] = set()
    members = (CONTENT / "members" / f"{name}.txt").read_text("utf-8")
    for message in mails(name):
        assert message.msgid
        assert message.msgid not in seen
        assert set(message.references) <= seen
        assert not message.defects
        assert message.date is not None
        assert (2026, 9) <= (message.date.year, message.date.month) <= (2026, 11)
        assert [box.addr_spec for box in message.to] == [f"{name}@hub.example"]
        assert f"<{message.from_[0].addr_spec}>" in members
        seen.add(message.msgid)


def test_no_real_domain_is_named() -> None:
    files = [p for base in (CONTENT, UNIONS) for p in base.rglob("*") if p.is_file()]
    for path in files:
        if path.suffix in (".pdf", ".png", ".webp"):
            continue
        text = path.read_text("utf-8")
        hosts = re.findall(r"(?:https?://|@)([a-z0-9-]+(?:\.[a-z0-9-]+)+)", text)
        assert all(host.endswith(".example") for host in hosts), (path, hosts)


def test_starters_are_valid_once_filled_in() -> None:
    def filled(name: str) -> bytes:
        text = (CONTENT / "starters" / name).read_text("utf-8")
        title = '"Water: pumps & pipes"' if name.endswith(".yaml") else "Water: pumps & pipes"
        for old, new in (("@ID@", "water"), ("@TITLE@", title), ("@LANG@", "en")):
            text = text.replace(old, new)
        assert "@" not in re.sub(r"\S+@\S+", "", text)
        return text.encode()

    assert conference.decode(filled("conference/conference.yaml")).kind == "conference"
    assert conference.decode(filled("list/conference.yaml")).kind == "list"
    assert library.decode(filled("library/library.yaml")).id == "water"


def test_the_sample_vote_can_be_counted_again() -> None:
    folder = CONTENT / "conferences" / "organising"
    files = {_place(path, folder): path.read_bytes() for path in folder.glob("polls/**/*.yaml")}
    found = pollfiles.assemble("q-evening", files)
    assert found.faults == ()
    assert found.tally is not None
    assert (found.tally.outcome, len(found.tally.rounds)) == ("won", 3)
    assert {*found.poll.question} == {*LANGUAGES}
