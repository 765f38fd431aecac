"""Letters about meetings: invitations, what came of an answer, what moderators hear."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from solicomm_build.features.meetings.bymail import chairing
from solicomm_build.features.meetings.bymail import meetingletters as letters
from solicomm_build.features.meetings.bymail.meetingletters import Invited
from solicomm_build.features.meetings.bymail.meetingtext import Fault
from solicomm_build.features.meetings.meeting import CANCELLED, CHOICES, Meeting
from solicomm_build.testing.deskhub import NOW
from tests.snapshots.kept import Mail
from tests.snapshots.stage import MOD, TOKEN, Stage

STARTS = NOW + timedelta(days=7, hours=3)
MEETING = Meeting(
    "m-abcd2345",
    "Water, and who pays for it",
    STARTS,
    STARTS + timedelta(hours=2),
    "Africa/Nairobi",
    "Union house, room 2",
    at=NOW,
)
MOVED = replace(
    MEETING, starts=STARTS + timedelta(days=1), ends=STARTS + timedelta(days=1, hours=2)
)
OFF = replace(MEETING, sequence=1, state=CANCELLED)


def written(stage: Stage) -> Iterator[tuple[str, Mail]]:
    """Each letter under its name."""
    yield from _to_invited(stage)
    yield from _to_moderators(stage)
    yield from _spoken(stage)


def _about(stage: Stage, meeting: Meeting = MEETING) -> Invited:
    return Invited(stage.office, "water", meeting, stage.office.roster().members[1], MEETING.at)


def _to_invited(stage: Stage) -> Iterator[tuple[str, Mail]]:
    about = _about(stage)
    yield "invitation", letters.invite(about)
    yield "invitation, names shown", letters.invite(_about(stage, replace(MEETING, names=True)))
    yield "changed", letters.invite(_about(stage, replace(MOVED, sequence=1)), MEETING)
    about_moved = _about(stage, replace(MOVED, sequence=1))
    yield "outdated", letters.invite(about_moved, MEETING, outdated=True)
    yield "cancelled", letters.cancelled(_about(stage, OFF))
    for choice in ("", *CHOICES):
        yield f"reminder: {choice}", letters.remind(about, choice)
    yield "reminder on the day", letters.remind(about, "", is_today=True)
    for choice in CHOICES:
        yield f"answered: {choice}", letters.answered(about, choice, foreign=choice == "no")
    yield "unclear", letters.unclear(about, "hm", kind="k")
    yield "over", letters.over(about, kind="k")
    yield "cancelled before", letters.over(_about(stage, OFF), kind="k")
    for wanted in (True, False):
        yield f"wished: {wanted}", letters.wished(about, wanted=wanted)


def _to_moderators(stage: Stage) -> Iterator[tuple[str, Mail]]:
    office, lang = stage.office, stage.lang
    for name, meeting in (("", MEETING), (", names", replace(MEETING, names=True, remind=False))):
        made = letters.preview(office, "water", MOD, lang, meeting, 12, TOKEN, kind="k")
        yield f"preview{name}", made
    codes = (*chairing.FAULTS,)
    said = chairing.worded([Fault(code, "?") for code in codes], lang)
    yield "faulty", letters.faulty(office, "water", MOD, lang, said, kind="k")
    member = office.roster().members[2]
    yield "chair", letters.chair(office, "water", member, lang, MEETING, "set")
    for name, text, how in (
        ("not a moderator", "x", {"sender": "ana@union.example"}),
        ("help", "", {"sender": MOD}),
    ):
        for mail in stage.ask("water-meeting", text, **how):
            yield name, mail


def _spoken(stage: Stage) -> Iterator[tuple[str, Mail]]:
    """One that is set, listed and cancelled."""
    text = "Title: Assembly\nWhen: 2027-03-01 18:00"
    (preview,) = stage.ask("water-meeting", text, sender=MOD)
    told = stage.reply(preview)
    for mail in told:
        yield f"set, to {mail.to[0].addr_spec}", mail
    chair = next(mail for mail in told if "rsvp-chair" in (mail.field("Reply-To") or ""))
    for order in ("list", "minutes\n\nx", "foo", "When: 2027-03-02 18:00", "cancel", "cancel"):
        for mail in stage.reply(chair, order):
            yield f"{order.split()[0]}, to {mail.to[0].addr_spec}", mail
