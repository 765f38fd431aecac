"""The desk's letters about forms; the words are in `letters/`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from solicomm_build.desk.lettering import letter
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Case, Letter
from solicomm_build.features.forms.formaddress import FORM
from solicomm_build.features.forms.formstore import Submission
from solicomm_build.features.forms.values.form import Form
from solicomm_build.foundation.i18n import gettext
from solicomm_build.people.address import FORMS, Purpose, local_part
from solicomm_build.post.conference import Conference

_MOST_BACK = 20_000
_MOST_LEFT = 20


def empty(
    office: Office,
    conference: Conference,
    form: Form,
    to: str,
    lang: str,
    text: str,
    *,
    kind: str,
    tag: str,
) -> Letter:
    """The form to be filled in."""
    page = f"{office.config.url}/conferences/{conference.id}/forms/{form.id}/"
    return _with(
        office,
        "forms/empty",
        conference,
        form,
        to,
        lang,
        text,
        kind,
        tag,
        description=form.description_in(lang),
        all_public=not form.asks_in_private,
        is_elsewhere=bool(conference.home),
        page=page if conference.has_pages else "",
    )


def back(
    office: Office,
    conference: Conference,
    form: Form,
    submission: Submission,
    to: str,
    text: str,
    count: int,
    left: Sequence[str],
    *,
    kind: str,
    tag: str,
) -> Letter:
    """The form as it was filled in, with what is wrong."""
    lang = submission.lang
    return _with(
        office,
        "forms/back",
        conference,
        form,
        to,
        lang,
        text,
        kind,
        tag,
        count=count,
        had_files=bool(submission.attached),
        left=left[:_MOST_LEFT],
    )


def ask(
    office: Office,
    conference: Conference,
    form: Form,
    submission: Submission,
    written: Mapping[str, list[str]],
    token: str,
    *,
    kind: str,
) -> Letter:
    """Did you send this?"""
    lang = submission.lang
    rows = []
    for one in form.fields:
        for value in written.get(one.key, []):
            first, *rest = value.split("\n")
            hidden = "" if one.key in form.public else " " + gettext(lang, "(not public)")
            rows += [f"  {one.label_in(lang)}{hidden}: {first}", *(f"    {row}" for row in rest)]
    return letter(
        office,
        "forms/ask",
        submission.author,
        lang,
        conference=conference.id,
        kind=kind,
        reply_to=local_part(conference.id, Purpose.CONFIRM, token),
        title=form.title_in(lang),
        rows=rows,
        page=f"{office.config.url}/confirm/{token}",
    )


def thanks(
    office: Office,
    conference: Conference,
    form: Form,
    submission: Submission,
    mid: str,
    left: Sequence[str],
    *,
    may_correct: bool = True,
) -> Letter:
    """It was taken. Who is nobody here cannot prove later whose report it is, to correct it."""
    lang = submission.lang
    table = f"{office.config.url}/conferences/{conference.id}/forms/{form.id}/table/"
    return letter(
        office,
        "forms/thanks",
        submission.author,
        lang,
        conference=conference.id,
        reply_to=local_part(conference.id, FORM),
        title=form.title_in(lang),
        report=mid[:10],
        place=conference.title_in(lang),
        table=table if conference.has_pages else "",
        left=left[:_MOST_LEFT],
        may_correct=may_correct,
    )


def which(
    office: Office,
    to: str,
    lang: str,
    name: str,
    offered: Sequence[tuple[Conference, Form]],
    conference: str,
) -> Letter:
    """The forms there are."""
    return letter(
        office,
        "forms/which",
        to,
        lang,
        conference=conference,
        kind=f"forms:{conference}:{name}",
        reply_to=local_part(conference, FORM) if conference else FORMS,
        missing="" if name in ("help", "forms", "form") else name,
        offered=[
            {
                "title": form.title_in(lang),
                "id": form.id,
                "address": office.address(local_part(one.id, FORM)),
            }
            for one, form in offered
        ],
    )


def withdrawn(
    office: Office, conference: Conference, form: Form, to: str, lang: str, case: Case
) -> Letter:
    """The form is not used any more; what was written goes back."""
    title, text = form.title_in(lang), case.message.text
    about = {"title": title, "form": title}
    return _returned(office, "forms/gone", conference, to, lang, text, case.cause, **about)


def gone(office: Office, conference: Conference, submission: Submission) -> Letter:
    """The same, when it was withdrawn before the author confirmed."""
    to, lang, text = submission.author, submission.lang, submission.text
    about = {"title": "", "form": submission.form}
    return _returned(office, "forms/gone", conference, to, lang, text, submission.at, **about)


def not_yours(
    office: Office, conference: Conference, form: Form, to: str, lang: str, text: str, cause: str
) -> Letter:
    """Somebody who may not write there; the `text` that was written goes back."""
    about = {"title": form.title_in(lang), "place": conference.title_in(lang)}
    return _returned(office, "forms/not-yours", conference, to, lang, text, cause, **about)


def _returned(
    office: Office,
    name: str,
    conference: Conference,
    to: str,
    lang: str,
    text: str,
    cause: str,
    **facts: Any,
) -> Letter:
    written = "\n".join(f"> {row}" for row in text[:_MOST_BACK].split("\n"))
    kind = f"form-not:{cause}"
    return letter(
        office, name, to, lang, conference=conference.id, kind=kind, written=written, **facts
    )


def _with(
    office: Office,
    name: str,
    conference: Conference,
    form: Form,
    to: str,
    lang: str,
    text: str,
    kind: str,
    tag: str,
    **facts: Any,
) -> Letter:
    """A letter that goes back with the form in it. The form stands last: what follows would be
    quoted into its last line."""
    return letter(
        office,
        name,
        to,
        lang,
        conference=conference.id,
        kind=kind,
        reply_to=local_part(conference.id, FORM, tag),
        title=form.title_in(lang),
        ref=form.ref,
        form=text.rstrip("\n"),
        plain=True,
        **facts,
    )
