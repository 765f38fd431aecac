"""The pages that are on a stick alone, and the words they say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from pelican.plugins.solicomm.generator import PageGenerator, Presenter
from pelican.plugins.solicomm.search import stemmers

from solicomm_build.foundation.i18n import gettext
from solicomm_build.post.pages import HubFacts, Page


def write(page: Page, hub: HubFacts) -> Mapping[str, Any]:
    """The page to write on."""
    lang = page.lang
    return {
        "places": [
            {"address": address, "title": title, "lang": tongue}
            for address, title, tongue in page.facts["places"]
        ],
        "script": page.facts["script"],
        "domain": hub.domain,
        "say": json.dumps(_sentences(lang), ensure_ascii=False),
        "words": _words(lang),
    }


def _sentences(lang: str) -> dict[str, str]:
    """What the script says, by the name it knows it by; `{n}` is what it saved."""
    return {
        "saved": gettext(
            lang,
            "Saved as {n}, where this browser saves files. Put it into the folder outbox of the "
            "stick, or bring it to the hub in any other way.",
        ),
        "put": gettext(lang, "{n} is in the folder outbox of the stick."),
        "chosen": gettext(lang, "Letters go into the folder outbox of the stick from now on."),
        "wrongFolder": gettext(
            lang, "This folder has no folder outbox. Choose the one that holds these pages."
        ),
        "wrongDisk": gettext(
            lang,
            "It could not be saved: the stick is full, locked, or was pulled out. Your text is "
            "still here.",
        ),
        "wrongText": gettext(lang, "Please write something first."),
        "wrongSubject": gettext(lang, "Please say in a few words what it is about."),
        "wrongEmail": gettext(
            lang, "Please type your e-mail address: there you are asked whether you wrote it."
        ),
        "wrongFiles": gettext(
            lang, "That is too much: ten pictures at most, eight megabytes together."
        ),
    }


def _words(lang: str) -> dict[str, str]:
    """What the page itself says."""
    return {
        "why": gettext(
            lang,
            "What you write here becomes a small file, a letter, which travels back with the "
            "stick. The hub that reads it asks you by mail whether the letter is yours; answer "
            "yes, and it is posted.",
        ),
        "lost": gettext(
            lang,
            "This page sends nothing. When you close it, it forgets what you have not saved.",
        ),
        "to": gettext(lang, "Where it belongs"),
        "answers": gettext(lang, "An answer in:"),
        "subject": gettext(lang, "Subject"),
        "text": gettext(lang, "Text"),
        "name": gettext(lang, "Your name"),
        "email": gettext(lang, "Your e-mail address"),
        "files": gettext(lang, "Pictures"),
        "save": gettext(lang, "Save the letter"),
        "choose": gettext(lang, "Save straight onto the stick"),
        "written": gettext(lang, "Your letters"),
        "all": gettext(lang, "Save all in one file"),
        "hand": gettext(lang, "Without this form"),
        "mail": gettext(
            lang,
            "Write to one of these addresses with a mail program. It keeps your mail until there "
            "is a connection, and sends it then.",
        ),
        "editor": gettext(
            lang,
            "Or write this with any text editor, with your own words, and save it in the folder "
            "outbox of the stick under a name that ends in .eml. An empty line comes before the "
            "text.",
        ),
        "sample_name": gettext(lang, "Your name"),
    }


def update(page: Page, _hub: HubFacts) -> Mapping[str, Any]:
    """The page that brings the stick up to date."""
    lang = page.lang
    return {
        "script": page.facts["script"],
        "say": json.dumps(_progress(lang), ensure_ascii=False),
        "words": {
            "why": gettext(
                lang,
                "An update is a small file that somebody sent you, or a few of them: its parts. "
                "Everything is compared before anything on this stick is changed.",
            ),
            "choose": gettext(
                lang,
                "Choose the update here, all of its parts, and then the folder of this stick.",
            ),
            "old": gettext(
                lang,
                "This browser cannot write into folders, so a small script does it. On a "
                "telephone, do this on a computer. Chromium, Chrome and Edge on a computer can do "
                "it by themselves, where scripts are allowed.",
            ),
            "files": gettext(lang, "The update"),
            "begin": gettext(lang, "Choose the folder of this stick, and begin"),
            "progress": gettext(lang, "How far it is"),
            "hand": gettext(lang, "With a small script"),
            "put": gettext(
                lang,
                "Save the update, all of its parts, into the folder of this stick: the one with "
                "index.html.",
            ),
            "lies": gettext(lang, "The script is on the stick; here it can be read and saved:"),
            "python": gettext(
                lang, "Open a terminal in the folder of the stick, and run it. It needs Python:"
            ),
        },
    }


def _progress(lang: str) -> dict[str, str]:
    """What the script says of an update."""
    return {
        "doing": gettext(lang, "Working. Leave the stick in, and this page open."),
        "done": gettext(
            lang,
            "Done: {n} files were written, {m} taken away. Have your system eject the stick before "
            "you pull it out.",
        ),
        "same": gettext(lang, "This stick has all of it already."),
        "stopped": gettext(lang, "Nothing was changed."),
        "unsigned": gettext(
            lang,
            "This browser cannot look who signed the update. Take it only from somebody you trust. "
            "Go on?",
        ),
        "wrongNone": gettext(lang, "Choose the file first."),
        "wrongZip": gettext(lang, "This is damaged, or no update of a stick. Get it anew."),
        "wrongFile": gettext(
            lang,
            "The update was applied before, and {n} on this stick is damaged or missing. It comes "
            "back when the stick is written anew where it comes from.",
        ),
        "wrongParts": gettext(lang, "Parts are missing. Choose all {n} together."),
        "wrongState": gettext(
            lang,
            "This update is for a stick at {n}, and this one is at {m}. Ask for an update from "
            "there, and send the file stick.yaml in the folder _stick along.",
        ),
        "wrongOlder": gettext(
            lang,
            "This update is older than the stick: of {n}, and the stick is of {m}. Keep the stick "
            "as it is.",
        ),
        "wrongSign": gettext(
            lang,
            "The signature is not of the hub that wrote this stick. Do not trust it. Nothing was "
            "changed.",
        ),
        "wrongFolder": gettext(
            lang, "This is not the folder of a stick. Choose the one that holds these pages."
        ),
        "wrongDisk": gettext(
            lang,
            "It was broken off: the stick is full, locked, or was pulled out. Do the same again: "
            "it goes on.",
        ),
    }


def sealed(page: Page, _hub: HubFacts) -> Mapping[str, Any]:
    """The page that opens a package of a conference for members."""
    lang = page.lang
    return {
        "scripts": page.facts["scripts"],
        "stemmers": stemmers(),
        "say": json.dumps(_opening(lang), ensure_ascii=False),
        "words": {
            "why": gettext(
                lang,
                "Here is what a group has written for its members alone. It opens with five words, "
                "which its members were given by another way than this stick.",
            ),
            "old": gettext(
                lang,
                "This needs a browser that runs scripts and can decipher: Firefox, Chromium, "
                "Chrome, Edge and Safari of the last years can. Where these pages come from an "
                "address with http: they cannot; open them from the stick itself.",
            ),
            "words": gettext(lang, "The five words"),
            "open": gettext(lang, "Open"),
            "lock": gettext(lang, "Close and forget"),
            "topics": gettext(lang, "All topics"),
            "more": gettext(lang, "More posts"),
            "query": gettext(lang, "Words in posts and names of files"),
            "search": gettext(lang, "Search"),
            "back": gettext(lang, "What was found"),
            "limits": gettext(lang, "What this can do, and what it cannot"),
        },
        "limits": _limits(lang),
    }


def _opening(lang: str) -> dict[str, str]:
    """What the script says of a package."""
    return {
        "opening": gettext(lang, "Opening. This takes a moment."),
        "at": gettext(lang, "As it was on {n}."),
        "wrongWords": gettext(
            lang,
            "These words do not open it. Compare each letter: there are five words of five letters "
            "each. Every package has words of its own; this one is called {n}.",
        ),
        "wrongOther": gettext(
            lang,
            "This folder holds parts of two packages. Copy the whole folder from the stick again, "
            "or have the stick written again.",
        ),
        "wrongMissing": gettext(
            lang,
            "A file of this package is missing. Copy the whole stick, not parts of it, or have it "
            "written again.",
        ),
        "wrongFile": gettext(
            lang,
            "A file of this package was changed or is damaged. Have this stick checked, or written "
            "again.",
        ),
        "files": gettext(lang, "Attachments"),
        "fetching": gettext(lang, "Opening piece {n} of {m}."),
        "reading": gettext(lang, "Reading posts: part {n} of {m}."),
        "found": gettext(lang, "Posts with these words: {n}"),
        "nothing": gettext(lang, "Nothing here has these words."),
    }


def _limits(lang: str) -> list[str]:
    """What whoever types the words should know before."""
    return [
        gettext(
            lang,
            "Whoever alters the script of this page can read what you type. So have the stick "
            "checked first: solicomm stick check.",
        ),
        gettext(
            lang,
            "Nothing can be taken back: whoever has a copy and the words can read it, also after "
            "they left the group.",
        ),
        gettext(
            lang,
            "Without the words one sees how many files there are, about how large they are, and of "
            "which hub they are. One sees no name and no text.",
        ),
        gettext(
            lang,
            "This page stores nothing: when it is closed, words, posts and pictures are forgotten. "
            "A file that you save is no longer sealed: delete it when you have read it.",
        ),
        gettext(
            lang,
            "The search reads posts and the names of files, not what is in the files. Files of "
            "more than 64 MB stay at the hub.",
        ),
    ]


class StickGenerator(PageGenerator):
    """Pages of the section `stick`."""

    kind = "stick"
    presenters: ClassVar[Mapping[str, Presenter]] = {
        "write": write,
        "update": update,
        "sealed": sealed,
    }
