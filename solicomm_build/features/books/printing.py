"""A book as PDF, by a child (printer.py)."""

from __future__ import annotations

import os
import subprocess
import sys

from solicomm_build.features.books import paper, printer
from solicomm_build.foundation.errors import StoreError, UsageError
from solicomm_build.post.books.book import Book

WALL_SECONDS = 1200
_INSTALL = (
    "what makes PDF is not installed here. Install it: pip install 'weasyprint>=70,<71' into the "
    "hub's .venv, and apt install libpango-1.0-0 libpangoft2-1.0-0 fonts-dejavu-core; "
    "or write an EPUB with `solicomm epub`, which needs neither"
)


def printed(book: Book) -> bytes:
    """The PDF. Raises UsageError where the program for it is missing, StoreError when it failed or
    took longer than it may. Blocking: about a second for ten pages."""
    command = [sys.executable, "-I", "-m", printer.__name__]
    try:
        done = subprocess.run(
            command,
            input=paper.of(book).encode(),
            capture_output=True,
            timeout=WALL_SECONDS,
            check=False,
            close_fds=True,
            env={"PATH": os.defpath},
        )
    except subprocess.TimeoutExpired as error:
        raise StoreError(f"printing took more than {WALL_SECONDS} s. Choose less") from error
    if done.returncode == printer.MISSING:
        raise UsageError(_INSTALL)
    if done.returncode or not done.stdout.startswith(b"%PDF-"):
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise StoreError(f"printing failed: {said[-1] if said else done.returncode}. Choose less")
    return done.stdout
