"""What the gate says: every fault has a form, every form a translation, and the places stay."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import solicomm_build
from solicomm_build.foundation import frontmatter, schema
from solicomm_build.foundation.errors import ContentError
from solicomm_build.foundation.language import languagetag
from solicomm_build.gate import faultforms, words

PACKAGE = Path(solicomm_build.__file__).parent
SOURCES = (
    "features/sites/values/site.py",
    "post/editorial/sitepage.py",
    "features/sites/values/sitecheck.py",
    "features/sites/values/sitefiles.py",
    "foundation/frontmatter.py",
    "foundation/schema.py",
    "post/filenames.py",
    "extraction/media.py",
    "gate/conferencefiles.py",
    "features/forms/pushed.py",
    "features/library/libraryfiles.py",
    "foundation/yamlsafe.py",
    "git/quarantine.py",
    "gate/branches.py",
    "gate/conferences.py",
    "gate/events.py",
    "gate/findings.py",
    "gate/history.py",
    "gate/judge.py",
    "features/library/pushed.py",
    "gate/ranks.py",
    "features/sites/pushed.py",
)
_MADE_OF_PARTS = {
    "`x` x",
    "`x` names x, and x is not there",
    "x is missing",
    "x is not a text",
    "x is not a date",
    "x is not a date with a time",
    "x has x items",
    "x needs its language",
    "x: x",
    "x is not understood",
    "x must be one line",
    "x is x long",
    "x holds an invisible control character",
}
"""Sentences whose places hold words of their own; there is a form for each of these, as
`test_every_fault_of_a_file_has_a_form` finds."""
_NAMES = ("fault", "remedy", "_REMEDY", "_PLAIN")
_CALLS = {"ContentError", "fault", "add", "_fault", "_single", "_refuse"}


def _form(node: ast.expr) -> str | None:
    """A literal, or an f-string with x in its places."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values
        )
    return None


def _told(source: str) -> Iterator[str]:
    """The sentences that a module makes faults and remedies of: literals given to what makes
    faults, and to the names `fault` and `remedy`."""
    for node in ast.walk(ast.parse(source)):
        given: list[ast.expr] = []
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).rpartition(".")[2]
            if name in _CALLS:
                given += [*node.args, *(k.value for k in node.keywords if k.arg == "remedy")]
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in _NAMES:
            given.append(node.value)
        for value in given:
            options = [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
            for option in options:
                form = _form(option)
                if form and " " in form:
                    yield form


@pytest.mark.parametrize("file", SOURCES)
def test_every_sentence_has_a_form(file: str) -> None:
    """Else it would be told in English to everybody: add it to gate/faultforms.py."""
    source = (PACKAGE / file).read_text("utf-8")
    missing = {one for one in _told(source) if words.translated(one, "ru") == one}
    assert missing - _MADE_OF_PARTS == set()


FAULTY = """\
schema: solicomm/site@9
text: [x]
odd: "a\\u202eb"
lines: "a\\nb"
long: xxxxxxxx
pattern: a
choice: plane
flag: maybe
integer: many
day: 2025-13
moment: noon
words: [EN]
many: [a, b]
twice: [a, a]
bare: Title
tags: {English: x}
section: x
sections: x
most: [{}, {}]
unknown: x
"""


def test_every_fault_of_a_file_has_a_form() -> None:
    """Whatever the reader of settings and front matter can say, in the language of who pushes."""
    top = schema.open_file(FAULTY, file="x.yaml")
    top.schema("solicomm/site@1")
    top.text("text"), top.text("odd"), top.text("lines"), top.text("long", longest=3)
    top.text("pattern", pattern=languagetag.TAG, example="en"), top.text("gone", required=True)
    top.choice("choice", ("plain", "dark"), "plain"), top.choice("none", ("plain",))
    top.flag("flag"), top.integer("integer", 3), top.partial_date("day"), top.moment("moment")
    top.words("words", pattern=languagetag.TAG), top.words("many", most=1), top.words("twice")
    top.by_language("bare"), top.by_language("tags"), top.by_language("title", required=True)
    top.section("section"), top.sections("sections"), top.sections("most", most=1)
    top.close()
    other = schema.open_file("schema: solicomm/poll@1\n", file="x.yaml")
    other.schema("solicomm/site@1")
    record = frontmatter.Record({"a": "x"}, "x.yaml")
    faults = [*top.faults, *other.faults, record.fault("a"), record.fault("b")]
    assert len(faults) == 26
    for fault in faults:
        for sentence in filter(None, (fault.fault, fault.remedy)):
            assert words.translated(sentence, "ru") != sentence


def test_a_fault_is_told_in_the_language_of_who_pushes() -> None:
    fault = ContentError(
        "`titel` is not a known key",
        file="pages/x.md",
        line=2,
        remedy="Did you mean `title`?",
    )
    assert words.line(fault, "en") == (
        "pages/x.md, line 2: `titel` is not a known key. Did you mean `title`?"
    )
    assert words.line(fault, "es") == (
        "pages/x.md, línea 2: `titel` no es una clave conocida. ¿Quería decir `title`?"
    )
    assert "pages/x.md، السطر 2:" in words.line(fault, "ar-EG")
    assert words.line(fault, "sw").startswith("pages/x.md, line 2:")


def test_what_stands_in_the_places_is_never_read_as_a_form() -> None:
    fault = "no file %(a)s is missing %s"
    assert words.translated(fault, "fr") == "pas de fichier %(a)s is missing %s"


def test_long_lists_are_cut_and_counted() -> None:
    faults = [ContentError("the picture is empty", file=f"media/{n}.png") for n in range(60)]
    lines = words.refusal(faults, "fr")
    assert len([one for one in lines if one.startswith("media/")]) == words.SHOWN
    assert "et 10 autres" in lines
    assert lines[-1].startswith("60 erreurs : rien n’a été pris.")


def test_forms_are_told_apart() -> None:
    assert len(set(faultforms.FORMS)) == len(faultforms.FORMS)
