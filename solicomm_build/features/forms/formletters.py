"""The desk's letters about forms; the catalogue is `forms.po`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from solicomm_build.desk import letters
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Case, Letter
from solicomm_build.desk.words import line
from solicomm_build.features.forms.formstore import Submission
from solicomm_build.features.forms.values.form import Form
from solicomm_build.foundation.i18n import gettext, ngettext
from solicomm_build.people.address import FORMS, Purpose, local_part
from solicomm_build.post.conference import Conference

_HERE = "\0here\0"
_MOST_BACK = 20_000


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
    subject = gettext(lang, "Form: %(title)s", title=form.title_in(lang))
    return _with(
        office,
        conference,
        form,
        to,
        lang,
        subject,
        text,
        form.description_in(lang),
        gettext(
            lang,
            "Answer this mail: write after each colon, and send it. Leave blank what you "
            "do not know. You may write in any language of this form, and attach "
            "documents.",
        ),
        *_who_sees(form, lang),
        *_by_web(office, conference, form, lang),
        kind=kind,
        tag=tag,
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
    parts = [
        ngettext(
            lang,
            "%(num)s line is not right yet. Above it stands what is wrong, after two exclamation marks. Please correct it and send this mail back; nothing else needs to be written again.",  # noqa: E501
            "%(num)s lines are not right yet. Above them stands what is wrong, after two exclamation marks. Please correct them and send this mail back; nothing else needs to be written again.",  # noqa: E501
            count,
        ),
    ]
    if submission.attached:
        parts.append(gettext(lang, "Please attach your documents again."))
    parts += _left(lang, left)
    subject = gettext(lang, "Please look again: %(title)s", title=form.title_in(lang))
    return _with(office, conference, form, to, lang, subject, text, *parts, kind=kind, tag=tag)


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
    question = gettext(
        lang,
        "Somebody, probably you, filled in the form “%(title)s” with this address. It is "
        "published when you say yes.",
        title=form.title_in(lang),
    )
    how = gettext(
        lang,
        "If it is right, answer this mail: press Reply, then Send. If there is a document that "
        "belongs to it, attach it to your answer.",
    )
    page = gettext(lang, "Or open this page and press the button there:")
    letter = letters.letter(
        office,
        conference.id,
        submission.author,
        lang,
        gettext(lang, "Please confirm: %(title)s", title=form.title_in(lang)),
        question,
        _HERE,
        how,
        f"{page}\n{line(f'{office.config.url}/confirm/{token}')}",
        gettext(lang, "If you did not write this, do nothing. After 14 days it is forgotten."),
        kind=kind,
        reply_to=local_part(conference.id, Purpose.CONFIRM, token),
    )
    return replace(letter, text=letter.text.replace(_HERE, "\n".join(rows)))


def thanks(
    office: Office,
    conference: Conference,
    form: Form,
    submission: Submission,
    mid: str,
    left: Sequence[str],
) -> Letter:
    """It was taken."""
    lang, number = submission.lang, mid[:10]
    taken = gettext(
        lang,
        "Thank you. Your report has the number %(number)s. It goes to “%(list)s” as a message "
        "from you; a moderator may look at it first.",
        number=number,
        list=conference.title_in(lang),
    )
    parts = [taken]
    if conference.has_pages:
        base = f"{office.config.url}/conferences/{conference.id}/forms/{form.id}/table/"
        parts.append(gettext(lang, "All reports, and what they show together:") + "\n" + line(base))
    parts += _left(lang, left)
    parts.append(
        gettext(
            lang,
            "If something has to be corrected, fill in the form again and write this number into "
            "its last line.",
        )
    )
    subject = gettext(lang, "Thank you: %(title)s", title=form.title_in(lang))
    return letters.letter(
        office,
        conference.id,
        submission.author,
        lang,
        subject,
        *parts,
        reply_to=local_part(conference.id, Purpose.FORM),
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
    parts = []
    if name and name not in ("help", "forms", "form"):
        parts.append(gettext(lang, "There is no form called “%(name)s” here.", name=name))
    if offered:
        parts.append(
            gettext(
                lang,
                "To get a form, send a mail to one of these addresses, with the name of the form "
                "as its subject:",
            )
        )
        for one, form in offered:
            address = office.address(local_part(one.id, Purpose.FORM))
            parts.append(f"{form.title_in(lang)}\n{line(form.id)}\n{line(address)}")
    else:
        parts.append(gettext(lang, "There are no forms to fill in here."))
    letter = letters.letter(
        office,
        conference,
        to,
        lang,
        gettext(lang, "Forms"),
        *parts,
        kind=f"forms:{conference}:{name}",
    )
    return replace(letter, reply_to=local_part(conference, Purpose.FORM) if conference else FORMS)


def withdrawn(
    office: Office, conference: Conference, form: Form, to: str, lang: str, case: Case
) -> Letter:
    """The form is not used any more; what was written goes back."""
    why = gettext(
        lang,
        "The form “%(title)s” is not used any more, so we did not take your mail. What "
        "you wrote is below; we kept none of it.",
        title=form.title_in(lang),
    )
    return _returned(office, conference, form, to, lang, case.message.text, why, case.cause)


def gone(office: Office, conference: Conference, submission: Submission) -> Letter:
    """The same, when it was withdrawn before the author confirmed."""
    lang = submission.lang
    why = gettext(
        lang,
        "The form “%(title)s” is not used any more, so we did not take your mail. What "
        "you wrote is below; we kept none of it.",
        title=submission.form,
    )
    return _returned(
        office, conference, None, submission.author, lang, submission.text, why, submission.at
    )


def not_yours(
    office: Office, conference: Conference, form: Form, to: str, lang: str, case: Case
) -> Letter:
    """Somebody who may not write there."""
    why = gettext(
        lang,
        "Only people who may write to “%(list)s” can send this form, so we did not take "
        "your mail. What you wrote is below; we kept none of it.",
        list=conference.title_in(lang),
    )
    return _returned(office, conference, form, to, lang, case.message.text, why, case.cause)


def _returned(
    office: Office,
    conference: Conference,
    form: Form | None,
    to: str,
    lang: str,
    text: str,
    why: str,
    cause: str,
) -> Letter:
    title = form.title_in(lang) if form else gettext(lang, "Forms")
    letter = letters.letter(
        office,
        conference.id,
        to,
        lang,
        gettext(lang, "Not taken: %(title)s", title=title),
        why,
        _HERE,
        kind=f"form-not:{cause}",
    )
    below = "\n".join(f"> {row}" for row in text[:_MOST_BACK].split("\n"))
    return replace(letter, text=letter.text.replace(_HERE, below))


def _with(
    office: Office,
    conference: Conference,
    form: Form,
    to: str,
    lang: str,
    subject: str,
    text: str,
    *parts: str,
    kind: str,
    tag: str,
) -> Letter:
    """A letter that goes back with the form in it. The form stands last: what follows would be
    quoted into its last line."""
    letter = letters.letter(
        office,
        conference.id,
        to,
        lang,
        f"{subject} [{form.ref}]",
        *filter(None, parts),
        _HERE,
        kind=kind,
        reply_to=local_part(conference.id, Purpose.FORM, tag),
    )
    return replace(letter, text=letter.text.replace(_HERE, text.rstrip("\n")))


def _who_sees(form: Form, lang: str) -> list[str]:
    if all(one.key in form.public for one in form.fields):
        return [gettext(lang, "All of it is published.")]
    return [
        gettext(
            lang,
            "It is published with your name. Lines that say so are not public: only the "
            "moderators see them.",
        )
    ]


def _by_web(office: Office, conference: Conference, form: Form, lang: str) -> list[str]:
    if not conference.has_pages:
        return []
    page = f"{office.config.url}/conferences/{conference.id}/forms/{form.id}/"
    return [gettext(lang, "You can also fill it in on this page:") + "\n" + line(page)]


def _left(lang: str, left: Sequence[str]) -> list[str]:
    """Lines that belonged to nothing."""
    if not left:
        return []
    text = gettext(
        lang, "These lines of your mail belong to no line of the form and were left out:"
    )
    return ["\n".join([text, *(line(row) for row in left[:20])])]
