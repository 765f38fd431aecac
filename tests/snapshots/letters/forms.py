"""Letters about forms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from solicomm_build.features.forms import formletters as letters
from solicomm_build.features.forms import formstore
from solicomm_build.features.forms.formstore import Submission
from solicomm_build.features.forms.values import form as forms
from solicomm_build.features.forms.values import formfile
from solicomm_build.features.forms.values.formwords import Wrong
from solicomm_build.foundation import data
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.message.values import Message
from solicomm_build.post import conference as settings
from solicomm_build.testing import smallhub
from tests.snapshots.kept import Mail, shown
from tests.snapshots.stage import ANA, TOKEN, Stage

FORM = "collective-agreement"
GOOD = (
    "Form: collective-agreement@1\nUnion: Hogar Digno\nEmployer: Acme Ltd\nCountry: Kenya\n"
    "Sector: I\nIn force from: 2026-05-01\nIn force until: 2028-04-30\n"
)
BAD = (
    "Form: collective-agreement@1\nUnion: \nEmployer: Acme Ltd\nCountry: Atlantis\n"
    "Sector: nothing at all\nWorkers covered: many\nWomen among them: 1.234\n"
    "In force from: 03.04.26\nIn force until: 2026-02-30\nWage rise: 2026; 3; 5 XXX; 7\n"
    "Wage rise: 2026; x\nEmployer: Other Ltd\nDispute before it: sulking\nUnoin: typing error\n"
    "Corrects report: abcdefghij\n"
)
CODES = (
    "number",
    "whole",
    "two-ways",
    "large",
    "money",
    "currency",
    "day",
    "year",
    "no-day",
    "boolean",
    "country",
    "sector",
    "choice",
    "card",
    "long",
    "short",
    "less",
    "more",
    "rows-more",
    "rows-fewer",
    "semicolon",
    "row-missing",
    "missing",
    "le",
    "ge",
    "gt",
    "lt",
    "when",
    "twice",
    "parts",
    "report",
)
FACTS = {"one": "1", "other": "2", "code": "XXX", "most": "9", "least": "3", "row": "2"}


def written(stage: Stage) -> Iterator[tuple[str, Mail]]:
    """Each letter under its name."""
    form = _used(stage)
    office, lang = stage.office, stage.lang
    conference = office.conference("talk")
    board = office.conference("board")
    assert conference is not None
    assert board is not None
    given = Submission("talk", FORM, GOOD, ANA, "Ana Paz", lang, "2026-11-24T12:00:00+00:00", ())
    with_file = replace(given, attached=(("scan.pdf", "application/pdf", b"x"),))
    public = replace(form, public=tuple(one.key for one in form.fields))
    for one, of in ((form, conference), (public, board)):
        yield (
            f"empty, in {of.id}",
            letters.empty(office, of, one, ANA, lang, "Form: x\nUnion:", kind="x", tag="b" * 26),
        )
    for count, left, what in ((1, (), given), (3, ("Greetings", "Ana"), with_file)):
        yield (
            f"back: {count}",
            letters.back(
                office,
                conference,
                form,
                what,
                ANA,
                "!! wrong\nUnion:",
                count,
                left,
                kind="x",
                tag="",
            ),
        )
    values = {"union": ["Hogar Digno"], "workers": ["1200"], "remarks": ["One\nTwo"]}
    yield "ask", letters.ask(office, conference, form, given, values, TOKEN, kind="x")
    for of, left in ((conference, ("Greetings",)), (board, ())):
        yield f"thanks, in {of.id}", letters.thanks(office, of, form, given, "c" * 32, left)
    for name, offered, where in (
        ("nothing", [(conference, form)], "talk"),
        ("", [(conference, form)], ""),
        ("help", [], ""),
    ):
        made = letters.which(office, ANA, lang, name, offered, where)
        yield f"which: {name}, {len(offered)}", made
    wrong = "\n".join(f"{code}: {Wrong(code, **FACTS).said(lang)}" for code in CODES)
    yield "all that can be wrong", wrong
    yield "gone", letters.gone(office, conference, given)
    yield from _spoken(stage)


def _used(stage: Stage) -> forms.Form:
    """Puts the sample form into the conference, and in force."""
    hub = stage.hub
    repo = open_repo(hub.config.conference_repo("talk"))
    before = settings.decode(smallhub.files(repo.path)[settings.FILE])
    text = (data.folder("content") / "forms" / f"{FORM}@1.yaml").read_bytes()
    changes = [
        Change(settings.FILE, settings.encode(replace(before, forms=(f"{FORM}@1",)))),
        Change(forms.path(f"{FORM}@1"), text),
    ]
    write_once(repo, changes, message="Forms\n", when=hub.now)
    return formfile.decode(text, forms.path(f"{FORM}@1"))


def _spoken(stage: Stage) -> Iterator[tuple[str, Mail]]:
    """The way of a form by mail."""
    lang = stage.lang
    for name, text, subject, how in (
        ("template", "", f"{FORM} {lang}", {}),
        ("with faults", BAD, f"Re: {FORM} {lang}", {}),
        ("good", GOOD, f"Re: {FORM} {lang}", {}),
        ("good, of nobody proven", GOOD, f"Re: {FORM} {lang}", {"proven": False}),
    ):
        for mail in stage.ask("forms", text, subject=subject, **how):
            yield f"spoken: {name}", _unnumbered(stage, mail)
    hub = stage.hub
    repo = open_repo(hub.config.conference_repo("talk"))
    before = settings.decode(smallhub.files(repo.path)[settings.FILE])
    _set(stage, replace(before, posting="announce"))
    for mail in stage.ask("talk-form", GOOD, subject=f"Re: {FORM} {lang}"):
        yield "spoken: not yours", mail
    _set(stage, replace(before, forms=()))
    for mail in stage.ask("talk-form", GOOD, subject=f"Re: {FORM} {lang}"):
        yield "spoken: withdrawn", mail


def _unnumbered(stage: Stage, mail: Message) -> str:
    """A letter without the numbers of reports, which are drawn by lot."""
    text = shown(mail)
    for answer in formstore.private_answers(stage.hub.config, "talk"):
        text = text.replace(answer.mid[:10], "REPORT")
    return text


def _set(stage: Stage, after: settings.Conference) -> None:
    repo = open_repo(stage.hub.config.conference_repo("talk"))
    write_once(
        repo, [Change(settings.FILE, settings.encode(after))], message="Set\n", when=stage.hub.now
    )
