"""The child that draws one page of a PDF. `python -m solicomm_build.extraction.pageworker`.

It shuts itself in like the one that reads documents (worker.py), and writes a WebP to its standard
output, nothing when the page cannot be drawn.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from solicomm_build.extraction.worker import limit


def main() -> None:
    """argv: the file's path, the number of the page from 1 on, the picture's width in pixels."""
    path, number, width = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    os.nice(10)  # mail goes first
    limit(path)
    from solicomm_build.extraction import pdf

    sys.stdout.buffer.write(pdf.drawn(path, number, width))


if __name__ == "__main__":
    main()
