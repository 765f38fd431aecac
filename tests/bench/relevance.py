"""Known items: how early the very mail that somebody remembers stands among what is found, and its
topic; SQLite's FTS5 and Pagefind (where it is installed) are asked the same of the same texts.

`tests/data/search/known-items.txt` has the queries. MRR is the mean of 1 / place over the queries,
0 where the mail is not among the first ten. By topic, each topic counts once, where its best mail
stands. Every engine is asked for all words first, and for any of them where nothing has all.
"""

from __future__ import annotations

import functools
import http.server
import importlib.util
import json
import re
import sqlite3
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from solicomm_build.features.search.engine.document import Document
from solicomm_build.features.search.engine.finding import find
from solicomm_build.message.parse import parse
from solicomm_build.testing import searching
from tests.bench import process
from tests.bench.corpus import Corpus, load
from tests.bench.result import Result

QUERIES = Path(__file__).parents[1] / "data" / "search" / "known-items.txt"
MESSAGES = 2_000
_DEEP = 100
"""Mails that each engine names: enough for ten topics."""

Engine = Callable[[str], Sequence[int]]


def measure(corpus: Corpus) -> Iterator[Result]:
    """By mail and by topic, against both others."""
    messages = (corpus if len(corpus.messages) == MESSAGES else load(MESSAGES)).messages
    texts = [text_of(message) for message in messages]
    topics = topics_of(messages)
    asked = known_items()
    ours = score(asked, ours_of(texts), topics)
    sqlite = score(asked, sqlite_of(texts), topics)
    pagefind = _pagefind(texts, asked, topics)
    for number, what in enumerate(("mail", "topic")):
        for name, theirs in (("SQLite FTS5", sqlite), ("Pagefind", pagefind)):
            yield Result(
                f"known items, MRR by {what}",
                ours[number],
                "",
                True,
                name if theirs else f"{name}: not installed",
                theirs[number] if theirs else None,
            )


def known_items() -> list[tuple[int, str]]:
    """(number of the mail, what is asked)."""
    lines = QUERIES.read_text("utf-8").splitlines()
    split = [line.split(" ", 1) for line in lines if not line.startswith("#")]
    return [(int(number), words) for number, words in split]


def text_of(message: bytes) -> dict[str, str]:
    """Subject, author and own words of a mail."""
    read = parse(message)
    own = [line for line in read.text.split("\n") if not line.startswith(">")]
    if "-- " in own:
        own = own[: own.index("-- ")]
    author = read.from_[0].name if read.from_ else ""
    return {"title": read.subject, "author": author or "", "body": "\n".join(own)}


def topics_of(messages: Sequence[bytes]) -> list[int]:
    """For each mail the number of the first one of its topic, by what they answer."""
    first: dict[str, int] = {}
    found = []
    for number, message in enumerate(messages):
        head = re.sub(rb"\r?\n[ \t]+", b" ", message.partition(b"\n\n")[0])
        fields = dict[bytes, str]()
        for line in head.split(b"\n"):
            name, _, value = line.partition(b":")
            fields.setdefault(name.lower(), value.decode("latin-1"))
        ids = [
            i
            for name in (b"references", b"in-reply-to", b"message-id")
            for i in re.findall(r"<[^<>\s]+>", fields.get(name, ""))
        ]
        topic = next((first[i] for i in ids if i in first), number)
        first.update(dict.fromkeys((i for i in ids if i not in first), topic))
        found.append(topic)
    return found


def score(
    asked: Sequence[tuple[int, str]], engine: Engine, topics: Sequence[int]
) -> tuple[float, float]:
    """MRR by mail and by topic."""
    by_mail = by_topic = 0.0
    for number, words in asked:
        found = list(engine(words))
        in_topics = list(dict.fromkeys(topics[n] for n in found))
        by_mail += _reciprocal(found, number)
        by_topic += _reciprocal(in_topics, topics[number])
    return by_mail / len(asked), by_topic / len(asked)


def _reciprocal(found: Sequence[int], wanted: int) -> float:
    return 1 / (found.index(wanted) + 1) if wanted in found[:10] else 0.0


def ours_of(texts: Sequence[dict[str, str]]) -> Engine:
    """The index as a hub makes it, of one segment."""
    documents: list[Document | None] = [
        searching.document(text["body"], text["title"], text["author"], url=str(number))
        for number, text in enumerate(texts)
    ]
    index = searching.index_of(documents)
    return lambda words: [int(hit.row.url) for hit in find([index], words, "en", _DEEP).hits]


def sqlite_of(texts: Sequence[dict[str, str]]) -> Engine:
    """FTS5 with its English stemmer and its own weights."""
    db = sqlite3.connect(":memory:")
    db.execute(
        "CREATE VIRTUAL TABLE t USING fts5(title, author, body, tokenize='porter unicode61')"
    )
    db.executemany("INSERT INTO t VALUES (:title, :author, :body)", texts)

    def ask(words: str) -> list[int]:
        quoted = [f'"{word}"' for word in re.findall(r"\w+", words)]
        for operator in (" ", " OR "):
            rows = db.execute(
                "SELECT rowid FROM t WHERE t MATCH ? ORDER BY bm25(t), rowid LIMIT ?",
                (operator.join(quoted), _DEEP),
            ).fetchall()
            if rows:
                return [row - 1 for (row,) in rows]
        return []

    return ask


def _pagefind(
    texts: Sequence[dict[str, str]], asked: Sequence[tuple[int, str]], topics: Sequence[int]
) -> tuple[float, float] | None:
    if importlib.util.find_spec("pagefind") is None:
        return None
    with tempfile.TemporaryDirectory(prefix="solicomm-known-") as folder:
        site = Path(folder)
        for number, text in enumerate(texts):
            safe = {k: v.replace("&", "&amp;").replace("<", "&lt;") for k, v in text.items()}
            (site / f"{number}.html").write_text(
                f"<html lang=en><title>{safe['title']}</title><body><h1>{safe['title']}</h1>"
                f"<p>{safe['author']}<pre>{safe['body']}</pre>",
                "utf-8",
                "replace",
            )
        (site / "ask.html").write_text("<!doctype html><title>x</title>")
        process.run([sys.executable, "-m", "pagefind", "--site", site])
        answers = _asked_in_chromium(site, [words for _, words in asked])
    return score(asked, lambda words: answers[words], topics)


_ASK = """async queries => {
  const pagefind = await import("/pagefind/pagefind.js"); const all = {};
  for (const q of queries) {
    const tried = [q, ...q.split(" ")];
    let results = (await pagefind.search(q)).results;
    if (!results.length) {  // any of the words: the sum of what each is worth
      const sums = new Map();
      for (const word of q.split(" ")) for (const r of (await pagefind.search(word)).results)
        sums.set(r.id, {data: r.data, score: (sums.get(r.id)?.score || 0) + r.score});
      results = [...sums.values()].sort((x, y) => y.score - x.score);
    }
    const urls = await Promise.all(results.slice(0, %d).map(async r => (await r.data()).url));
    all[q] = urls.map(url => parseInt(url.split("/").pop())).filter(n => !isNaN(n));
  }
  return JSON.stringify(all);
}"""


def _asked_in_chromium(site: Path, queries: Sequence[str]) -> dict[str, list[int]]:
    from playwright.sync_api import sync_playwright

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=str(site))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with sync_playwright() as browsers:
            browser = browsers.chromium.launch(
                executable_path="/usr/bin/chromium", args=["--no-sandbox"]
            )
            page = browser.new_page()
            page.goto(f"http://127.0.0.1:{server.server_port}/ask.html")
            said = page.evaluate(_ASK % _DEEP, list(queries))
            browser.close()
    finally:
        server.shutdown()
        server.server_close()
    found: dict[str, list[int]] = json.loads(said)
    return found
