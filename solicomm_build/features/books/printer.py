"""The child that prints: HTML of a book on standard input, PDF on standard output.

Strangers' words and pictures pass through WeasyPrint and Pango here, so it is shut in: it reads the
fonts and nothing of the hub, fetches nothing, and has bounds of time and memory. The only module
that knows WeasyPrint.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path
from typing import Any

from solicomm_build.foundation import confined

MISSING = 69  # EX_UNAVAILABLE: WeasyPrint, or what it needs of the system
MEMORY, SECONDS = 3 << 30, 900
_FONTS = tuple(
    map(Path, ("/etc/fonts", "/usr/share/fonts", "/usr/local/share/fonts", "/var/cache/fontconfig"))
)


def main() -> int:
    """Prints; the exit code says how it went."""
    try:
        import weasyprint
        from weasyprint.urls import URLFetcher
    except (ImportError, OSError):
        return MISSING
    html = sys.stdin.buffer.read().decode("utf-8")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    confined.shut_in((*confined.python_reads(), *_FONTS))
    fetcher: Any = URLFetcher(allowed_protocols=["data"])
    pdf = weasyprint.HTML(string=html, url_fetcher=fetcher).write_pdf(pdf_variant="pdf/ua-1")
    sys.stdout.buffer.write(pdf)
    return 0


if __name__ == "__main__":
    sys.exit(main())
