"""The search index of 1,000, of all and of 100,000 messages: time, memory, size, one new post, and
what a cold query of two words loads; lunr.py and Pagefind beside it where they are installed.

The index is made of the messages' own words by the code that makes a hub's, in processes of its
own on all cores, without git and pages. Memory is that of all of them. Sizes are those of the `.br`
siblings. Queries are two words of a random subject.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import itertools
import json
import os
import random
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from solicomm_build.builder.apart import children
from solicomm_build.features.search import layout
from solicomm_build.features.search.engine import files, segment
from solicomm_build.features.search.engine.document import Document, PlaceName, Row, snippet
from solicomm_build.features.search.engine.finding import find
from solicomm_build.features.search.engine.inverted import Inverted
from solicomm_build.features.search.engine.manifest import CHUNK, Listed, manifest
from solicomm_build.features.search.engine.reader import open_index
from solicomm_build.features.search.inruns import RUN, in_runs
from solicomm_build.features.search.sealing.searchjoined import Joining
from solicomm_build.features.search.searchfolder import IndexFolder
from solicomm_build.features.search.searchstate import Kept
from solicomm_build.message.parse import parse
from tests.bench import process
from tests.bench.corpus import WHOLE, Corpus, load
from tests.bench.result import Result

_QUERIES = 60
_LARGE = 100_000
_PEERS_UP_TO = WHOLE
"""Messages that lunr.py gets; at 17,885 it needs 43 s and a gigabyte."""
_PLACE = "conferences/bar"
_INDEX = "/public/"


def measure(corpus: Corpus) -> Iterator[Result]:
    """All lines; 100,000 only when the whole corpus is asked for."""
    count = len(corpus.messages)
    sizes = [n for n in (1_000, count) if n <= count]
    for size in sorted({*sizes, *([_LARGE] if count >= WHOLE else [])}):
        messages = corpus.first(size) if size <= count else load(size)
        with tempfile.TemporaryDirectory(prefix="solicomm-search-") as folder:
            yield from _measure(Path(folder), messages, size)


def _measure(folder: Path, corpus: Corpus, count: int) -> Iterator[Result]:
    texts = folder / "texts.jsonl"
    with open(texts, "w", encoding="utf-8", errors="replace") as file:
        for message in corpus.messages:
            file.write(json.dumps(_text(message)) + "\n")
    ran = process.run([sys.executable, "-m", "tests.bench.searching", folder])
    said = json.loads(ran.stdout)
    what = f"search index, {count:,} messages"
    goals = ("≤ 25 s", "≤ 500 MiB", "≤ 40 MB") if count == _LARGE else ("", "", "")
    lunr, pagefind = _lunr(texts, count), _pagefind(folder, texts, count)
    yield Result(what, said["seconds"], "s", False, lunr[0], lunr[1], goals[0], said)
    yield Result(f"{what}: memory", ran.tree_pss / 2**20, "MiB", False, goal=goals[1])
    yield Result(
        f"{what}: size", said["size"] / 1e6, "MB", False, pagefind[0], pagefind[1], goals[2]
    )
    yield Result(f"{what}: what is joined besides", said["joined"] / 1e6, "MB", False)
    yield Result(
        f"search, one new post after {count:,}",
        said["post"],
        "s",
        False,
        goal="≤ 0.3 s",
        details={"files": said["post_files"], "octets": said["post_octets"]},
    )
    loaded = _queries(folder / _INDEX.strip("/"), texts, count)
    goal = {WHOLE: "≤ 45 KB with the page", _LARGE: "≤ 100 KB with the page"}.get(count, "")
    yield Result(
        f"cold two-word query, {count:,} messages, median",
        statistics.median(loaded) / 1e3,
        "KB",
        False,
        pagefind[2],
        pagefind[3],
        goal,
        {"p95": sorted(loaded)[int(len(loaded) * 0.95)], "max": max(loaded)},
    )


def _text(message: bytes) -> dict[str, object]:
    read = parse(message)
    own = [line for line in read.text.split("\n") if not line.startswith(">")]
    if "-- " in own:
        own = own[: own.index("-- ")]
    return {
        "title": read.subject,
        "author": read.from_[0].name if read.from_ else "",
        "body": "\n".join(own),
    }


def _id(of: bytes) -> str:
    """Addresses are hashes, which no compression makes shorter."""
    return base64.b32encode(hashlib.sha1(of).digest()).decode("ascii").lower()


def _make(folder: Path) -> None:
    """In a process of its own and its children, as in a full build: the index of all texts in a
    folder, then of one more. Documents come one at a time, as a builder reads them."""
    started, used = time.perf_counter(), os.times()
    placed = IndexFolder(folder, _INDEX)
    placed.workers = children.COUNT
    texts = _Texts(folder / "texts.jsonl")
    slots, listed = layout.layout(len(texts.begins)), list[Listed]()
    for slot in slots:
        listed.append(_segment(placed, texts, slot))
    _manifest(placed, slots, listed)
    seconds, now = time.perf_counter() - started, os.times()
    before = placed.written
    made = _written(folder)
    size, joined = (
        sum(_sent(path) for path in made if path.suffix == suffix) for suffix in (".js", ".bin")
    )
    had = _written(folder)
    started = time.perf_counter()
    texts.begins.append(texts.begins[0])
    after = layout.layout(len(texts.begins))
    kept = listed[: len(after) - 1]
    _manifest(placed, after, [*kept, _segment(placed, texts, after[-1], only_last=True)])
    took, new = time.perf_counter() - started, _written(folder).items() - had.items()
    print(
        json.dumps(
            {
                "seconds": seconds,
                "cpu_seconds": sum(now[:4]) - sum(used[:4]),
                "size": size,
                "joined": joined,
                "files": before,
                "post": took,
                "post_files": placed.written - before,
                "post_octets": sum(_sent(path) for path, _ in new),
            }
        )
    )


def _written(folder: Path) -> dict[Path, int]:
    """The files of the index, with what changes when one is written anew."""
    root = folder / _INDEX.strip("/")
    found = [*root.rglob("*.js"), *root.rglob("*.bin")]
    return {path: path.stat().st_ino for path in found}


class _Texts:
    """The texts of a file as documents; `begins` are the octets at which they begin."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with open(path, "rb") as file:
            self.begins = [0, *itertools.accumulate(len(line) for line in file)][:-1]

    def documents(self, low: int, high: int) -> Iterator[Document]:
        """Those from one number to before another."""
        with open(self._path, "rb") as file:
            for number in range(low, high):
                file.seek(self.begins[number])
                yield _document(number, json.loads(file.readline()))

    def run(self, slot: layout.Slot, low: int, high: int) -> tuple[Inverted, list[Row]]:
        """What some of a segment's documents hold."""
        inverted, rows = Inverted(first=low), list[Row]()
        for document in self.documents(slot.first + low, slot.first + high):
            inverted.add(document, with_words=not slot.small)
            rows.append(document.row)
        return inverted, rows


def _document(number: int, text: Mapping[str, str]) -> Document:
    row = Row(
        text["title"],
        text["author"],
        1_600_000_000 + 900 * number,
        f"t/{_id(b't%d' % number)}/#{_id(b'm%d' % number)}",
        _PLACE,
        "en",
        snippet(text["body"]),
    )
    return Document(row, text["body"], "en")


def _segment(
    placed: IndexFolder, texts: _Texts, slot: layout.Slot, *, only_last: bool = False
) -> Listed:
    inverted, added = Inverted(), list[Row]()
    for part, rows in in_runs(partial(texts.run, slot), slot.count, placed.workers):
        inverted.absorb(part)
        added += rows
    days = [row.time // 86_400 for row in added]
    several = slot.count > RUN and placed.workers > 1
    share = partial(children.spread, count=placed.workers) if several else None
    places = [_PLACE] * len(added)
    built = segment.build(inverted, places, days, small=slot.small, share=share)
    placed.put_each([*built.files.items()], lambda some: some)
    table, first = ("d", slot.first) if slot.small else (f"{built.id}/d", 0)
    rows = [added[old] for old in built.order]
    last = len(rows) - CHUNK if only_last else 0
    placed.put_each(
        [low for low in range(0, len(rows), CHUNK) if low >= last],
        lambda lows: (
            (path, files.wrap(path, segment.columns(rows[low : low + CHUNK])))
            for low in lows
            for path in [f"{table}/{(first + low) // CHUNK}.js"]
        ),
    )
    return Listed(built.entry, table, first, built.dead, built.lengths, built.languages)


def _manifest(placed: IndexFolder, slots: Sequence[layout.Slot], listed: Sequence[Listed]) -> None:
    kept = [
        Kept(
            chain=slot.chain,
            key="",
            shown=str(slot.count),
            small=slot.small,
            first=slot.first,
            entry=dict(one.entry),
            dead=one.dead,
            lengths=one.lengths,
            languages=dict(one.languages),
        )
        for slot, one in zip(slots, listed, strict=True)
    ]
    joined = Joining(placed, None).write([*zip(kept, listed, strict=True)])
    made = manifest(listed, {_PLACE: PlaceName("list", {"en": "Bar"})}, joined=joined)
    placed.put("manifest.js", files.wrap("manifest.js", made))


def _sent(path: Path) -> int:
    sibling = path.with_name(path.name + ".br")
    return (sibling if sibling.exists() else path).stat().st_size


def _queries(public: Path, texts: Path, count: int) -> list[int]:
    """Octets of the index that each query loads when nothing is cached."""
    chance = random.Random(3)
    with open(texts, encoding="utf-8") as file:
        titles = [json.loads(line)["title"].lower() for line in file]
    asked: list[str] = []
    while len(asked) < _QUERIES:
        words = re.findall(r"[a-z]{5,12}", chance.choice(titles))
        if len(words) >= 2:
            asked.append(" ".join(words[:2]))
    sent = []
    for query in asked:
        loaded: dict[str, int] = {}

        def read(path: str, loaded: dict[str, int] = loaded) -> bytes | None:
            loaded[path] = _sent(public / path)
            return (public / path).read_bytes()

        find([open_index(read)], query, "en")
        sent.append(sum(loaded.values()))
    return sent


def _lunr(texts: Path, count: int) -> tuple[str, float | None]:
    if count > _PEERS_UP_TO:
        return "", None
    script = (
        "import json,sys,time,lunr\n"
        "d=[json.loads(l)|{'id':i} for i,l in enumerate(open(sys.argv[1]))]\n"
        "t=time.perf_counter();x=lunr.lunr('id',[dict(field_name='title',boost=2),'author','body'],d)\n"
        "json.dumps(x.serialize());print(time.perf_counter()-t)"
    )
    return "lunr.py", float(process.run([sys.executable, "-c", script, texts]).stdout)


def _pagefind(folder: Path, texts: Path, count: int) -> tuple[str, float | None, str, float | None]:
    """(name, MB of the index; name, KB that a query of two words loads at least) of Pagefind."""
    if importlib.util.find_spec("pagefind") is None:
        return "Pagefind: not installed", None, "Pagefind: not installed", None
    if count > WHOLE:
        return "", None, "", None
    site = folder / "site"
    site.mkdir()
    with open(texts, encoding="utf-8") as file:
        for number, line in enumerate(file):
            text = {
                k: v.replace("&", "&amp;").replace("<", "&lt;") for k, v in json.loads(line).items()
            }
            (site / f"{number}.html").write_text(
                f"<html lang=en><title>{text['title']}</title><body><h1>{text['title']}</h1>"
                f"<p>{text['author']}<pre>{text['body']}</pre>",
                "utf-8",
            )
    process.run([sys.executable, "-m", "pagefind", "--site", site])
    made = site / "pagefind"

    def octets(pattern: str) -> list[int]:
        return [path.stat().st_size for path in made.rglob(pattern)]

    index, fragments = octets("*.pf_index"), octets("*.pf_fragment")
    fixed = sum(
        map(
            sum,
            (
                octets("*.pf_meta"),
                octets("pagefind.js"),
                octets("wasm.en*"),
                octets("pagefind-entry.json"),
            ),
        )
    )
    least = fixed + 2 * statistics.mean(index) + 10 * statistics.mean(fragments)
    return "Pagefind", (sum(index) + sum(fragments) + fixed) / 1e6, "Pagefind", least / 1e3


if __name__ == "__main__":
    _make(Path(sys.argv[1]))
