"""What somebody wrote on a page, and what is wrong with it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from solicomm_build.foundation.i18n import format_size, gettext
from solicomm_build.foundation.oneline import LONGEST_NAME, LONGEST_SUBJECT, file_name, one_line
from solicomm_build.foundation.types import Mailbox
from solicomm_build.message.values import Attachment
from solicomm_build.post import admission, attachedfiles, sounds
from solicomm_build.post.conference import AttachmentRules
from solicomm_build.web import givenaddress
from solicomm_build.web.formdata import Sent, Upload
from solicomm_build.web.mediatype import of_upload

LONGEST_TEXT = 100_000
"""Characters of one text. A long novel's chapter has 30,000; mail has its own bound."""
MOST_FILES = 10
"""Files that come with one text."""
_KEY = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Written:
    """A form as it was filled in: texts as they were typed, one line where there is one line."""

    text: str = ""
    subject: str = ""
    name: str = ""
    email: str = ""
    to: str = ""
    files: tuple[Attachment, ...] = ()
    kept: str = ""
    """The token under which files are kept for the form's next coming."""
    before: int = 0
    """How many of the files were kept before; they come first."""
    key: str = ""
    """What a phone called the text that waited there, 32 hex digits: sent twice, it comes once."""
    is_lost: bool = False
    """Whether files that were kept are not there any more."""

    @property
    def author(self) -> Mailbox:
        """Who says to have written it."""
        return Mailbox(self.name, self.email)

    def by(self, author: Mailbox) -> Written:
        """The same from somebody who is known."""
        return replace(self, name=author.name, email=author.addr_spec)


def of(sent: Sent) -> Written:
    """What a form of ours holds."""
    files = tuple(
        Attachment(name, _type(one, name), one.octets)
        for one in sent.files
        for name in [file_name(one.name)]
        if one.field == "file"
    )
    return Written(
        sent.get("text"),
        one_line(sent.get("subject"), LONGEST_SUBJECT),
        one_line(sent.get("name"), LONGEST_NAME),
        givenaddress.read(sent.get("email")[:320]),
        sent.get("to").strip(),
        files,
        sent.get("kept").strip()[:64],
        key=sent.get("key") if _KEY.fullmatch(sent.get("key")) else "",
    )


def _type(upload: Upload, name: str) -> str:
    """The type of a file by its name; what a telephone recorded is a sound where it says so, since
    the name of such a file may be a film's."""
    if upload.type.startswith("audio/"):
        return upload.type
    return of_upload(name).partition(";")[0]


def faults(written: Written, rules: AttachmentRules, lang: str, *, is_new: bool) -> list[str]:
    """Why it cannot be taken, in words: nothing is wrong when there are none."""
    found = []
    if is_new and not written.subject:
        found.append(gettext(lang, "Please write a subject."))
    if not written.text.strip() and not written.files:
        found.append(gettext(lang, "Please write something."))
    if is_too_long(written):
        found.append(gettext(lang, "This text is too long. Please shorten it, or attach a file."))
    if not written.name:
        found.append(gettext(lang, "Please write the name that you want to be shown by."))
    if wrong := givenaddress.wrong(written.email, lang):
        found.append(wrong)
    return found + wrong_files(written.files, rules, lang)


def is_too_long(written: Written) -> bool:
    """Whether there is more text than a post from a page may have."""
    return len(written.text) > LONGEST_TEXT


def wrong_files(files: Sequence[Attachment], rules: AttachmentRules, lang: str) -> list[str]:
    """What is wrong with the files, in words."""
    return list(_files(files, rules, lang))


def most_bytes(rules: AttachmentRules) -> int:
    """How many octets the files of one text may have together."""
    return max(rules.max_bytes, rules.sound_bytes)


def too_large(large: Sequence[tuple[str, int]], rules: AttachmentRules, lang: str) -> list[str]:
    """Which files, by names and octets, did not come, since they do not fit; in words."""
    if not large:
        return []
    most = format_size(lang, most_bytes(rules))
    said = gettext(lang, "The files are too large: together at most %(size)s.", size=most)
    return [said, *(_left_out(lang, name, size) for name, size in large)]


def _left_out(lang: str, name: str, size: int) -> str:
    shown = format_size(lang, size)
    return gettext(lang, "This one was left out: %(name)s (%(size)s)", name=name, size=shown)


def _too_long(lang: str, name: str, most: int) -> str:
    return gettext(
        lang,
        "This recording is too large: %(name)s. At most %(size)s are taken. Say it in several "
        "short ones, or record it as a voice note (opus, m4a): ten minutes of speech are about "
        "2 MB.",
        name=name,
        size=format_size(lang, most),
    )


def _files(files: Sequence[Attachment], rules: AttachmentRules, lang: str) -> Iterable[str]:
    if len(files) > MOST_FILES:
        yield gettext(lang, "At most %(num)s files go with one text.", num=MOST_FILES)
        return
    if sum(len(one.payload) for one in files) > most_bytes(rules):
        most = format_size(lang, most_bytes(rules))
        yield gettext(lang, "The files are too large: together at most %(size)s.", size=most)
        room = most_bytes(rules)
        for one in files:
            room -= len(one.payload)
            if room < 0:
                yield _left_out(lang, one.name, len(one.payload))
                room += len(one.payload)
    for one in files:
        if attachedfiles.is_program(one) or not (
            admission.is_too_large(one, rules) or admission.admitted(one, rules)
        ):
            yield gettext(lang, "A file of this kind is not taken: %(name)s", name=one.name)
        elif admission.is_too_large(one, rules) and sounds.is_sound(one.name, one.type):
            yield _too_long(lang, one.name, rules.sound_bytes)
        elif not attachedfiles.is_what_it_says(one):
            yield gettext(lang, "This file is not what its name says: %(name)s", name=one.name)
