"""Hugo (Debian: hugo): a page for each message, a plain layout, a list of all."""

from __future__ import annotations

import shutil
import subprocess
import time
from datetime import datetime
from pathlib import Path

from tests.bench.corpus import Corpus
from tests.bench.peers import pages

_CONFIG = """baseURL = "http://127.0.0.1/"
title = "bench"
disableKinds = ["taxonomy", "term", "RSS", "sitemap"]
"""
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


def _head(title: str, when: datetime) -> str:
    return f'---\ntitle: "{title}"\ndate: {when.isoformat()}\n---\n'


def build(corpus: Corpus, folder: Path) -> float:
    """Seconds for all pages, made anew below `folder`."""
    site = folder / "hugo"
    shutil.rmtree(site, ignore_errors=True)
    pages.write(corpus, site / "content" / "posts", _head)
    layouts = site / "layouts" / "_default"
    layouts.mkdir(parents=True)
    (site / "hugo.toml").write_text(_CONFIG)
    (layouts / "single.html").write_text(_PAGE)
    (layouts / "list.html").write_text(_LIST)
    return again(folder)


def add(message: bytes, number: int, folder: Path) -> float:
    """Seconds until one more message is shown: Hugo looks at all of them."""
    pages.one(message, number, folder / "hugo" / "content" / "posts", _head)
    return again(folder)


def again(folder: Path) -> float:
    """Seconds of a build of what is there, also when nothing is new."""
    started = time.perf_counter()
    subprocess.run(
        ["hugo", "--quiet", "--source", folder / "hugo"], check=True, capture_output=True
    )
    return time.perf_counter() - started
