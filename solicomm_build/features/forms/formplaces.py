"""Where forms are used: which ones somebody may know of, and fill in."""

from __future__ import annotations

from dataclasses import dataclass

from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Case
from solicomm_build.features.forms import formstore
from solicomm_build.features.forms.values import form as forms
from solicomm_build.features.forms.values import formmail
from solicomm_build.features.forms.values.form import Form
from solicomm_build.features.forms.values.formending import QUOTED
from solicomm_build.features.forms.values.formvalues import Values
from solicomm_build.foundation.types import Proven
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import open_repo
from solicomm_build.post.conference import Conference


@dataclass(frozen=True, slots=True)
class Place:
    """A form where it is used: `withdrawn` when its conference has stopped using it."""

    conference: Conference
    form: Form
    withdrawn: bool = False


def _is_visible(office: Office, conference: Conference, who: Proven | None) -> bool:
    """Whether somebody may know of a conference: everybody of public ones, members of others who
    are not shut out there."""
    if conference.visibility in ("public", "unlisted"):
        return True
    roster = office.roster()
    member = roster.member(who) if who is not None and _is_in(office, conference, who) else None
    return member is not None and not roster.is_shut_out(conference.id, member)


def places(office: Office, case: Case) -> list[Conference]:
    """The conferences whose forms the mail may mean, the author's own first; where it names none,
    without those that are damaged."""
    known = [*office.conferences().values()]
    if case.conference:
        known = [one for one in [office.conference(case.conference)] if one is not None]
    who = case.proof
    seen = [one for one in known if _is_visible(office, one, who)]
    if not case.conference:
        seen = [one for one in seen if one.visibility != "unlisted" or _is_in(office, one, who)]
    return sorted(seen, key=lambda one: not _is_in(office, one, who))


def _is_in(office: Office, conference: Conference, who: Proven | None) -> bool:
    return who is not None and office.roster().is_subscribed(conference.id, who)


def find(office: Office, case: Case, name: str) -> Place | None:
    """The form of this name. One that was in use and is no more is found last."""
    if not name:
        return None
    before = None
    for conference in places(office, case):
        with Reader(open_repo(office.config.conference_repo(conference.id))) as reader:
            ref = forms.in_force(conference.forms).get(name)
            form = formstore.read(reader, ref) if ref else None
            if form is not None:
                return Place(conference, form)
            old = formstore.newest(reader, name)
            if old is not None and before is None:
                before = Place(conference, old, withdrawn=True)
    return before


def offered(office: Office, case: Case) -> list[tuple[Conference, Form]]:
    """The forms that somebody may fill in."""
    found = []
    for conference in places(office, case):
        if conference.forms:
            with Reader(open_repo(office.config.conference_repo(conference.id))) as reader:
                used = formstore.in_force(reader, conference)
            found += [(conference, form) for form in used.values()]
    return found


def may_answer(office: Office, conference: Conference, case: Case) -> bool:
    """Whether a post of this author would be taken, or at least be put before a moderator. Who is
    not proved may, until he is."""
    roster, who = office.roster(), case.proof
    if who is None:
        return True
    if roster.is_banned(conference.id, who):
        return False
    if conference.posting == "announce":
        return roster.role(conference.id, who) in ("moderator", "host")
    if conference.posting == "open" or _is_in(office, conference, who):
        return True
    return conference.rules.nonmembers in ("accept", "hold")


def shows_more(office: Office, place: Place, text: str, values: Values) -> bool:
    """Whether the form shows to everybody what its author wrote into an earlier version, whose
    lines said that only moderators see it."""
    name, version = formmail.named(text, "")
    if name != place.form.id or version in (0, place.form.version):
        return False
    with Reader(open_repo(office.config.conference_repo(place.conference.id))) as reader:
        before = formstore.read(reader, f"{name}@{version}")
    shown = values.keys() & set(place.form.public)
    return bool(shown - set(before.public if before is not None else ()))


def brought_on(text: str, form: Form) -> str:
    """An answer to an earlier version of a form as one to this."""
    rows = text.split("\n")
    for number, row in enumerate(rows):
        bare = QUOTED.sub("", row)
        label, value = formmail.labelled(bare) or ("", "")
        if label and (forms.parse_ref(value.strip()) or ("", 0))[0] == form.id:
            rows[number] = f"{row.removesuffix(bare)}{label}: {form.ref}"
            break
    return "\n".join(rows)
