"""Mail as what site generators take: one Markdown file with front matter for each message."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from solicomm_build.message.parse import parse
from tests.bench.corpus import Corpus

_START = datetime(2020, 1, 1, tzinfo=UTC)


def write(corpus: Corpus, folder: Path, head: Callable[[str, datetime], str]) -> None:
    """Writes all messages into a new folder as `<number>.md`; `head` gives the front matter of a
    title and a date."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for number, raw in enumerate(corpus.messages):
        one(raw, number, folder, head)


def one(raw: bytes, number: int, folder: Path, head: Callable[[str, datetime], str]) -> None:
    """Writes one message: its text as a block of code, so that nobody has to escape it."""
    message = parse(raw)
    words = "".join(c if c.isalnum() or c == " " else " " for c in message.subject)
    title = " ".join(words.split())[:120]
    when = _START + timedelta(minutes=15 * number)
    text = message.text.replace("```", "` ` `")
    body = f"```\n{text}\n```\n"
    (folder / f"{number}.md").write_text(
        head(title or "No subject", when) + body, encoding="utf-8", errors="replace"
    )
