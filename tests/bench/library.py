"""A library of 10,000 cards: all pages made, one new card, a harvest of everything; and the text of
a PDF of 200 pages, with the start of the process that reads it. LIBRARY_BENCH says how many cards.

The cards have two subjects of 100, one of 300 organisations, one of 6 countries, an abstract, no
files. The harvest is sickle's, over HTTP.
"""

from __future__ import annotations

import os
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sickle import Sickle

from solicomm_build.builder import bell
from solicomm_build.extraction.child import extract
from solicomm_build.features.library.cards import entry as entries
from solicomm_build.features.library.cards import entryfile
from solicomm_build.features.library.cards.entry import Creator, Dates, Entry
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from tests.bench.hub import Hub, await_page, hub, served
from tests.bench.result import Result

CARDS = int(os.environ.get("LIBRARY_BENCH", "10000"))
LIBRARY = "papers"
PAGES = 200
_PUSHES = 5
_WHEN = datetime(2026, 11, 1, tzinfo=UTC)
_COUNTRIES = ("KE", "BR", "FR", "IN", "EG", "UA")
_WORDS = (  # noqa: SIM905 - easier to read
    "shift roster agreement members office wages water strike meeting steward hours pay yard gate "
    "letter court safety bread branch vote fund paper company council road clinic port rail"
).split()


def measure() -> Iterator[Result]:
    """Rate, time and size of each."""
    yield _extracted()
    with hub() as place:
        place.run("new", "library", LIBRARY, "--title", "Papers")
        fill(place, CARDS)
        ran = place.run("build", "--full")
        yield Result(
            f"{CARDS:,} cards, all pages made",
            CARDS / ran.seconds,
            "cards/s",
            goal="≥ 800/s",
            details={
                "seconds": ran.seconds,
                "cpu": ran.cpu_seconds,
                "memory_mib": ran.tree_pss / 2**20,
            },
        )
        yield from _one_more(place)
        yield _live(place)
        yield _largest(place)
        yield _harvested(place)


def _extracted() -> Result:
    with tempfile.TemporaryDirectory(prefix="solicomm-pdf-") as folder:
        path = Path(folder) / "long.pdf"
        path.write_bytes(pdf(PAGES))
        started = time.perf_counter()
        facts = extract(path)
        seconds = time.perf_counter() - started
    if facts.fault or facts.pages != PAGES or facts.text is None:
        raise RuntimeError(f"the PDF could not be read: {facts.fault}")
    return Result(
        f"text of a PDF of {PAGES} pages, process and cover included",
        PAGES / seconds,
        "pages/s",
        goal="≥ 50/s",
        details={"seconds": seconds, "characters": len(facts.text)},
    )


def fill(place: Hub, count: int) -> None:
    """Writes so many cards into the library."""
    chance = random.Random(11)
    digits = str.maketrans("01", "zy")
    changes = []
    for number in range(count):
        entry = _card(chance, f"2026-{f'{number:08o}'.translate(digits)}")
        changes.append(Change(entries.path(entry.key), entryfile.encode(entry)))
    _write(place, changes)


def _card(chance: random.Random, key: str) -> Entry:
    subjects = {f"free:{chance.choice(_WORDS)}-{chance.randrange(4)}" for _ in range(2)}
    return Entry(
        f"lib:{key}",
        chance.choice(entries.KINDS),
        {"en": " ".join(chance.choices(_WORDS, k=7)).capitalize()},
        creators=(Creator(f"Union {chance.randrange(300)}", "org"),),
        date=Dates(f"{chance.randrange(1995, 2027)}-05"),
        languages=("en",),
        subjects=tuple(sorted(subjects)),
        countries=(chance.choice(_COUNTRIES),),
        abstract={"en": " ".join(chance.choices(_WORDS, k=60))},
    )


def _write(place: Hub, changes: list[Change], when: datetime = _WHEN) -> None:
    repo = open_repo(hubyaml.load(place.root).library_repo(LIBRARY))
    write_once(repo, changes, message="Fill\n\nSource: cli\n", when=when)


def _one_more(place: Hub) -> Iterator[Result]:
    """One card more: the builder's run, and how many files of the library it wrote."""
    entry = _card(random.Random(12), "2026-aaaaaaaa")
    later = _WHEN + timedelta(days=1)  # cards stand in the order in which they came
    _write(place, [Change(entries.path(entry.key), entryfile.encode(entry))], later)
    before = _changed(place)
    ran = place.run("build", "--once")
    written = sorted(name for name, at in _changed(place).items() if before.get(name) != at)
    yield Result(
        f"one card more after {CARDS:,}, process included",
        ran.seconds,
        "s",
        False,
        goal="≤ 0.3 s",
        details={"cpu": ran.cpu_seconds},
    )
    ours = [name for name in written if name.startswith(f"libraries/{LIBRARY}/")]
    details = {"names": ours, "others": len(written) - len(ours)}
    yield Result(
        "files of a library that one card more writes, .br aside",
        len(ours),
        "files",
        False,
        goal="≤ 19",
        details=details,
    )


def _live(place: Hub) -> Result:
    """One card more while the hub is served: from its commit to its page on the disk. The builder
    is rung for, as whoever publishes a card or takes a push does."""
    took = []
    config = hubyaml.load(place.root)
    with served(place), closing(bell.of(config)) as builder:
        time.sleep(3)  # the builder's first look
        for number in range(_PUSHES):
            entry = _card(random.Random(13 + number), f"2026-bbbbbbb{'abcde'[number]}")
            page = place.root / f"public/libraries/{LIBRARY}/{entry.key}/index.html"
            started = time.monotonic()
            change = Change(entries.path(entry.key), entryfile.encode(entry))
            _write(place, [change], _WHEN + timedelta(days=2 + number))
            builder.ring()
            await_page(page)
            took.append(time.monotonic() - started)
    return Result(
        f"one card more after {CARDS:,}, committed to live",
        statistics.median(took),
        "s",
        False,
        goal="≤ 0.3 s",
        details={"seconds": took},
    )


def _changed(place: Hub) -> dict[str, tuple[int, int]]:
    """(inode, time of change) of all public files, packed siblings aside."""
    public = place.root / "public"
    found = {}
    for path in public.rglob("*"):
        if path.is_file() and path.suffix not in (".br", ".gz"):
            facts = path.stat()
            found[path.relative_to(public).as_posix()] = facts.st_ino, facts.st_mtime_ns
    return found


def _largest(place: Hub) -> Result:
    pages = (place.root / "public/libraries" / LIBRARY).rglob("*.html")
    sizes = {path: path.stat().st_size for path in pages}
    path = max(sizes, key=lambda one: sizes[one])
    details = {"page": path.as_posix(), "pages": len(sizes)}
    return Result(
        "the largest page of the catalogue",
        sizes[path] / 1024,
        "KB",
        False,
        goal="≤ 30 KB",
        details=details,
    )


def _harvested(place: Hub) -> Result:
    with served(place) as running:
        client = Sickle(f"http://127.0.0.1:{running.http}/oai")
        started = time.perf_counter()
        records = client.ListRecords(metadataPrefix="oai_dc", set=f"library:{LIBRARY}")
        count = sum(1 for _ in records)
        seconds = time.perf_counter() - started
    if count != CARDS + 1 + _PUSHES:
        raise RuntimeError(f"{count:,} records came of {CARDS + 1 + _PUSHES:,}")
    return Result(f"harvest of {count:,} records by sickle", seconds, "s", False, goal="≤ 60 s")


def pdf(pages: int) -> bytes:
    """A PDF of text: 40 rows of 12 words on each page (ISO 32000-1 7.5, written by hand)."""
    chance = random.Random(5)
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(pages))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {pages}/Kids[{kids}]>>".encode(),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    for number in range(pages):
        rows = (" ".join(chance.choices(_WORDS, k=12)) for _ in range(40))
        text = "".join(f"({row}) Tj T*\n" for row in rows)
        content = f"BT /F1 11 Tf 16 TL 50 780 Td\n{text}ET".encode()
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents {5 + 2 * number} 0 R"
            "/Resources<</Font<</F1 3 0 R>>>>>>".encode()
        )
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(content), content))
    data, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    head = b"xref\n0 %d\n0000000000 65535 f \n" % size
    tail = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, len(data))
    return data + head + table + tail
