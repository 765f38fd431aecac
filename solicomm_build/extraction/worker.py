"""The child: reads one file and says what it found. `python -m solicomm_build.extraction.worker`.

It limits itself before it opens the file: memory, processor time, no file of more than nothing can
be written, no further process; of the disk it sees that file alone, and no network (confined.py).
What it cannot read, it says; when it is killed, its parent does.
"""

from __future__ import annotations

import resource
import sys
import time
from dataclasses import replace
from pathlib import Path

from solicomm_build.extraction import sniff
from solicomm_build.extraction.facts import MAX_COVER, MAX_TEXT, Facts, encode
from solicomm_build.foundation import confined
from solicomm_build.message import charset
from solicomm_build.message.text import hypertext

MEMORY = 1 << 30
"""Octets of address space; pdfium and Pillow map some 300 MB before they do anything."""
CPU_SECONDS = 60


def limit(path: Path) -> None:
    """Takes from this process what it does not need to read the file at `path`."""
    confined.shut_in((*confined.python_reads(), path))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def read(path: Path, name: str) -> Facts:
    """The facts of the file at `path` that was called `name`."""
    data = path.read_bytes()
    kind = sniff.media_type(data, name)
    if kind == "application/pdf":
        from solicomm_build.extraction import pdf

        return pdf.read(path)
    if kind.startswith("image/"):
        from solicomm_build.extraction import picture

        return picture.read(path, kind)
    if kind.startswith("text/") or kind == "application/json":
        return _text(data, kind)
    if kind in sniff.TYPES and kind.startswith("application/") and "rtf" not in kind:
        from solicomm_build.extraction import office

        return office.read(path, kind)
    return Facts(kind)


def _text(data: bytes, kind: str) -> Facts:
    text, _ = charset.decode(data)
    if kind == "text/html":
        text = hypertext.to_text(text)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return Facts(kind, text=text[:MAX_TEXT], partial=len(text) > MAX_TEXT)


def main() -> None:
    """argv: the file's path and its name."""
    started = time.process_time()
    path, name = Path(sys.argv[1]), sys.argv[2]
    limit(path)
    try:
        facts = read(path, name)
    except (MemoryError, RecursionError):
        facts = Facts(sniff.UNKNOWN, fault="It needs more memory than a document should")
    if len(facts.cover) > MAX_COVER:
        facts = replace(facts, cover=b"")
    facts = replace(facts, seconds=round(time.process_time() - started, 3))
    sys.stdout.buffer.write(encode(facts))


if __name__ == "__main__":
    main()
