"""Which file of a card is the document, and which holds its text. Pure."""

from __future__ import annotations

from solicomm_build.features.library.cards.entry import Entry, File

TEXTS = ("text/plain", "text/markdown")
"""Types of files that are text themselves."""
_READ = ("application/pdf", "application/vnd.", "application/rtf", "text/html")


def main_of(entry: Entry) -> File | None:
    """The file that is the document, else its text; None when there is nothing to read."""
    if entry.status != "published" or entry.rights.access != "open":
        return None
    return entry.main_file or next((file for file in entry.files if file.role == "text"), None)


def text_file_of(entry: Entry) -> File | None:
    """The file with the text of the main file: itself, or what was taken out of it."""
    main = main_of(entry)
    if main is None or main.type in TEXTS:
        return main
    texts = [file for file in entry.files if file.role == "text" and file.type in TEXTS]
    stem = main.name.rpartition(".")[0]
    same = [file for file in texts if file.name.rpartition(".")[0] == stem]
    return next(iter(same or texts), main if main.type.startswith(_READ) else None)
