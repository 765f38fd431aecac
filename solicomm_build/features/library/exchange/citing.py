"""How a card is cited, for programs that keep references: the files beside its page, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from solicomm_build.features.library.exchange import bibtex, csl, ris
from solicomm_build.features.library.exchange.published import Published

FILES: Mapping[str, Callable[[Iterable[Published]], bytes]] = {
    "entry.bib": bibtex.encode,
    "entry.ris": ris.encode,
    "entry.json": csl.encode,
}
