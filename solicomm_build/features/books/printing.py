"""A book as PDF, by a child (printer.py)."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys

from solicomm_build.features.books import paper, printer
from solicomm_build.foundation.errors import StoreError, UsageError
from solicomm_build.post.books.book import Book

WALL_SECONDS = 1200
_WANTED = "weasyprint>=70,<71"
_PANGO = "libpango-1.0-0 libpangoft2-1.0-0 fonts-dejavu-core"


def how_to_install() -> str:
    """What is missing and the commands that bring it, as they are to be typed on this machine: as
    root where this Python is not the user's; by Debian's pip where it has none, as in our package.
    """
    has_pip = importlib.util.find_spec("pip") is not None
    pip = f"{sys.executable} -m pip" if has_pip else f"python3 -m pip --python {sys.executable}"
    more = _PANGO if has_pip else f"{_PANGO} python3-pip"
    who = "" if os.access(sys.prefix, os.W_OK) else ", as root"
    return (
        f"what makes PDF is not installed here. Install it{who}: apt install {more}; then "
        f"{pip} install '{_WANTED}'. Or write an EPUB with `solicomm epub`, which needs neither"
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
        raise UsageError(how_to_install())
    if done.returncode or not done.stdout.startswith(b"%PDF-"):
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise StoreError(f"printing failed: {said[-1] if said else done.returncode}. Choose less")
    return done.stdout
