"""Commands of the shell."""

from __future__ import annotations

from solicomm_build.cli.commands import READ, Command

COMMANDS = (
    Command(
        "epub",
        "Write a conversation as a book for phones and e-readers.",
        READ,
        36,
        "solicomm_build.features.books.epubcommand",
    ),
    Command(
        "print",
        "Write a conversation as a PDF for paper.",
        READ,
        38,
        "solicomm_build.features.books.printcommand",
    ),
)
