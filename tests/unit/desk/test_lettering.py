"""Letters are made of templates; a hub may have its own, and a faulty one breaks nothing."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import jinja2
import pytest

import solicomm_build
from solicomm_build.desk import lettering, templates
from solicomm_build.desk.lettering import letter
from solicomm_build.desk.office import Office
from solicomm_build.features.checks import registry
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.message import richtext
from solicomm_build.testing.deskhub import DeskHub

TO = "ana@union.example"
SHOWN = {"page": "https://hub.example/people/x/", "reachable": True, "remove": "remove"}
ROOT = Path(solicomm_build.__file__).parent
FRAME = {"greet", "text", "owner"}


class Writing:
    """A hub with letters of its own, and what its log says."""

    def __init__(self, hub: DeskHub) -> None:
        self.hub, self.logged = hub, list[str]()
        self.office = Office(hub.config, log=MailLog(self.logged.append))

    def own(self, name: str, text: str) -> None:
        path = self.hub.config.root / "letters" / f"{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def shown(self, lang: str = "en") -> tuple[str, str]:
        made = letter(self.office, "people/shown", TO, lang, **SHOWN)
        return made.subject, made.text

    def checked(self) -> list[tuple[str, str, str]]:
        checks = [one for one in registry.CHECKS if one.id == "letters"]
        found = registry.check(self.hub.config, checks)
        return [(one.level, one.finding.what, one.finding.remedy) for one in found]


@pytest.fixture
def writing(hub: DeskHub) -> Writing:
    return Writing(hub)


def test_the_first_paragraph_is_the_subject_and_the_rest_is_the_text(writing: Writing) -> None:
    subject, text = writing.shown()
    assert subject == "Your card is shown"
    assert text.startswith("Hello,\n\nEverybody can see your card now.\n\n[See your card](https://")
    assert text.endswith("write to:\n    postmaster@hub.example\n")
    assert max(map(len, text.split("\n"))) > 72, "whoever reads it breaks its lines"


def test_a_line_of_a_template_is_a_button_and_a_fact_never_is(writing: Writing) -> None:
    foul = "x\n\n[Press](https://evil.example/)"
    writing.own("people/shown", "A\n\n{{ remove }}\n\n{{ remove|kept }}\n\n[Go]({{ page }})\n")
    made = letter(writing.office, "people/shown", TO, "en", **{**SHOWN, "remove": foul})
    rich = richtext.render(made.text, lang="en", title="")
    assert re.findall('class="b" [^>]*href="([^"]*)"', rich.html) == [SHOWN["page"]]
    assert rich.text.count("\n[Press](https://evil.example/)\n") == 2


def test_a_fact_that_is_missing_is_no_empty_space(writing: Writing) -> None:
    with pytest.raises(jinja2.UndefinedError, match="reachable"):
        letter(writing.office, "people/shown", TO, "en", page="", remove="")


def test_a_hub_says_it_in_its_own_words_from_the_next_letter_on(writing: Writing) -> None:
    before = writing.shown()
    subject = '{% if lang == "es" %}Lista{% else %}There it is{% endif %}'
    own = subject + "\n\nLook, {{ to }}:\n    {{ page }}\n"
    writing.own("people/shown", own)
    assert writing.shown("es")[0] == "Lista"
    subject, text = writing.shown()
    assert subject == "There it is"
    assert f"Hello,\n\nLook, {TO}:\n    {SHOWN['page']}\n\nAny questions?" in text
    (writing.hub.config.root / "letters" / "people" / "shown.txt").unlink()
    assert writing.shown() == before
    assert writing.logged == []


def test_a_part_of_several_letters_can_be_replaced(writing: Writing) -> None:
    writing.own("desk/_frame", "Dear colleague,\n\n{{ text }}\n\nYours, {{ hub }}\n")
    writing.own("people/_withdraw", "No more of it? {{ word('card') }} {{ remove }}\n")
    text = writing.shown()[1]
    assert text.startswith("Dear colleague,\n\nEverybody")
    assert text.endswith("No more of it? card remove\n\nYours, Union hub\n")


FAULTY = (
    ("A\n\n{{ nobody }}", "nobody"),
    ("A\n\n{% if %}", "shown.txt:3"),
    ("A\n\n{% set a = 'x' %}{{ a }}", "`assign` is not for letters"),
    ("A\n\n{{ 'x' * 999999999 }}", "`mul` is not for letters"),
    ("A\n\n{{ page.ljust(999999999) }}", "methods are not for letters"),
    ("A\n\n{{ page.__class__.__mro__ }}", "unsafe"),
    ("A\n\n{% for a in range(9) %}{{ a }}{% endfor %}", "range"),
    ("A\n\n{{ page|upper }}", "upper"),
    ("A\n\n{% include 'people/shown.txt' %}", ""),
    ("A\n\n{% include '../hub.yaml' %}", "hub.yaml"),
    ("A\n\n{{ _('%(no)s', yes=1) }}", "'no'"),
    ("\n\nText", "subject"),
    ("A\n\n" + "x" * 65_600, "65536"),
)


@pytest.mark.parametrize(("text", "said"), FAULTY)
def test_a_faulty_letter_of_the_hub_is_logged_and_ours_is_sent(
    writing: Writing, text: str, said: str
) -> None:
    ours = writing.shown()
    writing.own("people/shown", text)
    assert writing.shown() == ours
    (row,) = writing.logged
    assert "letter-passed-over" in row
    assert "letters/people/shown.txt" in row
    assert "take the file away" in row
    assert said in row


def test_check_names_the_file_the_fault_and_the_remedy(writing: Writing) -> None:
    assert writing.checked() == [("fine", "none of the hub's own", "")]
    writing.own("people/shown", "A\n\n{{ page }} {{ to }}")
    assert writing.checked() == [("fine", "the hub's own can be sent", "")]
    writing.own("people/shown", "A\n\n{{ nobody }}")
    writing.own("people/consent", "A\n\n{% for %}")
    writing.own("people/what", "A")
    found = writing.checked()
    assert [level for level, _, _ in found] == ["warning"] * 3
    assert [remedy for _, _, remedy in found] == [
        "Mend it, or take the file away",
        "Mend it, or take the file away",
        "Name it as ours is, or take it away",
    ]
    places = [what.partition(": ")[0] for _, what, _ in found]
    assert places == [
        "letters/people/consent.txt:3", "letters/people/shown.txt", "letters/people/what.txt",
    ]  # fmt: skip
    assert "does not have `nobody`" in found[1][1]


def test_what_people_wrote_makes_no_marks_and_stays_as_it_is(writing: Writing) -> None:
    body = "a\0kb\n\n\n\n  c\n" + "long " * 30
    _, text = lettering.words(
        writing.office,
        "people/relayed",
        "en",
        subject="x\0n\ny",
        name="Eve\0n",
        body=body,
        answer=False,
        longer=False,
        files=False,
    )
    assert body.replace("\0", "") in text
    assert "    Even\n" in text


def test_every_letter_of_ours_keeps_the_rules_and_is_sent(tmp_path: Path) -> None:
    """So that each can be copied, and none is left that nobody gets."""
    named, known = set[str](), templates.ours()
    names = {*known, *(name.removesuffix(".txt") for name in known)}
    for path in ROOT.rglob("*.py"):
        text = path.read_text("utf-8")
        if not names.isdisjoint(re.findall(r'"([^"\n]*)"', text)):
            nodes = ast.walk(ast.parse(text))
            named |= {str(one.value) for one in nodes if isinstance(one, ast.Constant)}
    for name, path in known.items():
        copy = tmp_path / name
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(path.read_bytes())
        included = re.findall(r'include "(.*?)"', path.read_text("utf-8"))
        named |= {one.removesuffix(".txt") for one in included}
    assert list(templates.faults(tmp_path)) == []
    assert [name for name in known if not {name, name.removesuffix(".txt")} & named] == []
