"""MHonArc (Debian: mhonarc): a page for each mail, with indexes by date and thread."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

from tests.bench.corpus import Corpus


def absent() -> str:
    """What is missing, or nothing."""
    return "" if shutil.which("mhonarc") else "mhonarc is not installed"


def build(corpus: Corpus, folder: Path) -> float:
    """Seconds for all pages of all messages, made anew below `folder`."""
    out = _out(folder)
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    return _run("-outdir", out, corpus.write(folder / "mhonarc.mbox"))


def add(message: bytes, folder: Path) -> float:
    """Seconds to add one message to what `build` made."""
    mail = folder / "one.mbox"
    mail.write_bytes(b"From bench@hub.example Thu Jan  1 00:00:00 1970\n" + message + b"\n")
    return _run("-add", "-outdir", _out(folder), mail)


def _out(folder: Path) -> Path:
    return (folder / "mhonarc").resolve()  # it wants an absolute path


def _run(*words: str | Path) -> float:
    started = time.perf_counter()
    subprocess.run(["mhonarc", "-quiet", *words], check=True, capture_output=True)
    return time.perf_counter() - started
