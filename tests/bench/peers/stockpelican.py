"""Pelican as it comes, with its theme `simple`, feeds off; and with its cache of what it read."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

from tests.bench.corpus import Corpus
from tests.bench.peers import pages

_SETTINGS = """
SITENAME = "bench"
SITEURL = ""
PATH = "content"
TIMEZONE = "UTC"
DEFAULT_LANG = "en"
THEME = "simple"
FEED_ALL_ATOM = CATEGORY_FEED_ATOM = TRANSLATION_FEED_ATOM = None
AUTHOR_FEED_ATOM = AUTHOR_FEED_RSS = None
DEFAULT_PAGINATION = 50
CACHE_CONTENT = LOAD_CONTENT_CACHE = True
CHECK_MODIFIED_METHOD = "mtime"
"""


def absent() -> str:
    """What is missing, or nothing."""
    return "" if importlib.util.find_spec("pelican") else "pelican is not installed"


def _head(title: str, when: datetime) -> str:
    return f"Title: {title}\nDate: {when:%Y-%m-%d %H:%M}\nSlug: p{when:%Y%m%d%H%M}\n\n"


def build(corpus: Corpus, folder: Path) -> float:
    """Seconds for all pages, made anew below `folder`."""
    site = folder / "pelican"
    shutil.rmtree(site, ignore_errors=True)
    pages.write(corpus, site / "content", _head)
    (site / "pelicanconf.py").write_text(_SETTINGS)
    return again(folder)


def add(message: bytes, number: int, folder: Path) -> float:
    """Seconds until one more message is shown, what was read before coming from the cache."""
    pages.one(message, number, folder / "pelican" / "content", _head)
    return again(folder)


def again(folder: Path) -> float:
    """Seconds of a build of what is there."""
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "pelican", "-q", "-s", "pelicanconf.py"],
        cwd=folder / "pelican",
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - started
