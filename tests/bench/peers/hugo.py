"""Hugo (Debian: hugo): a page for each message, a plain layout, a list of all.

Bare, and on the same work as ours: with its feeds and sitemap, then Pagefind over its pages, then
gzip and brotli of every file that a server compresses, at our levels, on all cores. Both write many
files with one process (xargs); gzip is libdeflate's, the quickest in Debian.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from solicomm_build.builder.publish import BROTLI_QUALITY
from tests.bench.corpus import Corpus
from tests.bench.peers import pages

_BARE = ("taxonomy", "term", "RSS", "sitemap")
_CONFIG = """baseURL = "http://127.0.0.1/"
title = "bench"
disableKinds = [{without}]
"""
_GZIP_LEVEL = 6
_KINDS = ("html", "xml", "json", "css", "js", "svg", "txt")
"""What is compressed. Pagefind's index is already."""
_AT_ONCE = "32"
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{{ .Title }}</title>
</head><body><h1>{{ .Title }}</h1><p>{{ .Date.Format "2 January 2006" }}</p>{{ .Content }}
</body></html>
"""
_LIST = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>bench</title></head>
<body><ul>{{ range first 50 .Pages }}<li><a href="{{ .RelPermalink }}">{{ .Title }}</a></li>
{{ end }}</ul></body></html>
"""


def absent() -> str:
    """What is missing, or nothing."""
    return "" if shutil.which("hugo") else "hugo is not installed"


def absent_whole() -> str:
    """What is missing for the same work as ours, or nothing."""
    tools = [name for name in ("hugo", "libdeflate-gzip", "brotli") if shutil.which(name) is None]
    if importlib.util.find_spec("pagefind_bin") is None:
        tools.append("Pagefind")
    return f"{' and '.join(tools)}: not installed" if tools else ""


@dataclass(frozen=True, slots=True)
class Steps:
    """Seconds that each piece of the same work took."""

    pages: float
    index: float
    gzip: float
    brotli: float

    @property
    def whole(self) -> float:
        """All of it."""
        return self.pages + self.index + self.gzip + self.brotli


def _head(title: str, when: datetime) -> str:
    return f'---\ntitle: "{title}"\ndate: {when.isoformat()}\n---\n'


def build(corpus: Corpus, folder: Path) -> float:
    """Seconds for all pages, made anew below `folder`."""
    _lay_out(corpus, folder, _BARE)
    return again(folder)


def build_whole(corpus: Corpus, folder: Path) -> Steps:
    """Pages, feeds, search index, gzip and brotli, made anew below `folder`. Raises RuntimeError
    when a page lacks one of its siblings."""
    _lay_out(corpus, folder, ("taxonomy", "term"))
    pages_made = again(folder)
    public = folder / "hugo" / "public"
    pagefind = importlib.import_module("pagefind_bin").get_executable()
    indexed = _ran([pagefind, "--site", public])
    zipped = _compressed(public, "libdeflate-gzip", "-k", f"-{_GZIP_LEVEL}")
    squeezed = _compressed(public, "brotli", "-k", "-q", str(BROTLI_QUALITY))
    for page in public.rglob("*.html"):
        if not all(page.with_name(page.name + end).exists() for end in (".gz", ".br")):
            raise RuntimeError(f"{page.name} has no compressed siblings")
    if not any((public / "pagefind").glob("index/*.pf_index")):
        raise RuntimeError("Pagefind made no index")
    return Steps(pages_made, indexed, zipped, squeezed)


def _compressed(public: Path, *command: str) -> float:
    """Seconds of a tool for all files, on all cores."""
    named = " -o ".join(f"-name '*.{kind}'" for kind in _KINDS)
    cores = len(os.sched_getaffinity(0))
    found = f"find . -type f \\( {named} \\) -print0"
    return _ran(
        ["sh", "-c", f"{found} | xargs -0 -P{cores} -n{_AT_ONCE} {' '.join(command)}"], public
    )


def _ran(command: list[str | Path], place: Path | None = None) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, cwd=place)
    return time.perf_counter() - started


def _lay_out(corpus: Corpus, folder: Path, without: tuple[str, ...]) -> None:
    site = folder / "hugo"
    if site.exists():  # removed, it would slow down who makes files next (hub.py)
        site.rename(folder / f"hugo-{time.time_ns()}")
    pages.write(corpus, site / "content" / "posts", _head)
    layouts = site / "layouts" / "_default"
    layouts.mkdir(parents=True)
    names = ", ".join(f'"{name}"' for name in without)
    (site / "hugo.toml").write_text(_CONFIG.format(without=names))
    (layouts / "single.html").write_text(_PAGE)
    (layouts / "list.html").write_text(_LIST)


def add(message: bytes, number: int, folder: Path) -> float:
    """Seconds until one more message is shown: Hugo looks at all of them."""
    pages.one(message, number, folder / "hugo" / "content" / "posts", _head)
    return again(folder)


def again(folder: Path) -> float:
    """Seconds of a build of what is there, also when nothing is new."""
    return _ran(["hugo", "--quiet", "--source", folder / "hugo"])
