"""What a mail to the desk leads to: whose business its address is. Looks only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from solicomm_build.desk import confirming, letters, proving
from solicomm_build.desk import requests as commands
from solicomm_build.desk.commands import read
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import NOTHING, Case, Plan
from solicomm_build.features.forms import formfilling
from solicomm_build.features.library.deposits import delivering, depositing, reviewing
from solicomm_build.features.lists import membership, options
from solicomm_build.features.members import signingin
from solicomm_build.features.moderation import moderation
from solicomm_build.features.people import relaying
from solicomm_build.features.polls import pollasking, voting
from solicomm_build.features.sites.editing import siteediting
from solicomm_build.features.topics import work as topicwork
from solicomm_build.features.weekly import summing as weekly
from solicomm_build.features.weekly.summary import is_meant
from solicomm_build.foundation.watch import SECONDS
from solicomm_build.people.address import Purpose


def patience(case: Case) -> float:
    """How many seconds of the processor a mail may need: those that strangers' text is read in have
    few; what somebody asks for, such as all his data or a topic's move, may be long."""
    return SECONDS if case.purpose in _SHORT else 600.0


def handle(office: Office, case: Case) -> Plan:
    """What a mail leads to. Looks only."""
    if case.purpose is Purpose.LEAVE and case.tag:
        return membership.leave_by_token(office, case)  # the token proves it, whoever sent it
    if case.automatic:
        return NOTHING
    if case.purpose is None and (library := delivering.meant(office, case)):
        return delivering.requested(office, replace(case, library=library))
    if case.purpose is None or case.purpose is Purpose.REQUEST:
        return commands.answer(office, case, read(case.message))
    if case.purpose is Purpose.POST and is_meant(case.message.subject):
        return weekly.summary(office, case)
    if case.purpose in _PROVED_FIRST and not (case.proven or case.web or case.tag):
        return proving.first(office, case)
    act = _ACTS.get(case.purpose or "")
    return act(office, case) if act else _misplaced(office, case)


def _misplaced(office: Office, case: Case) -> Plan:
    """A command that went to the list: policy kept it from the members and sent it here."""
    to = case.author
    if not to:
        return NOTHING
    lang = office.language(case, read(case.message).language)
    return Plan(letters=(letters.misplaced(office, case.conference, to, lang),))


_SHORT = frozenset(
    {
        Purpose.POST,
        Purpose.JOIN,
        Purpose.DIGEST,
        Purpose.NOMAIL,
        Purpose.LEAVE,
        Purpose.LOGIN,
        Purpose.POLL,
        Purpose.VOTE,
        Purpose.FORM,
        Purpose.PERSON,
    }
)
_PROVED_FIRST = frozenset({Purpose.POLL, Purpose.SITE})
"""What is only for people whom the roster or a key names: nothing is looked at before it is proved
who asks, so that everybody gets the same question."""

_ACTS: dict[str, Callable[[Office, Case], Plan]] = {
    Purpose.JOIN: lambda office, case: membership.join(
        office, case, options.chosen(case.message.subject.split())
    ),
    Purpose.DIGEST: lambda office, case: membership.join(office, case, {"digest": "daily"}),
    Purpose.NOMAIL: lambda office, case: membership.join(office, case, {"mail": "off"}),
    Purpose.LEAVE: membership.leave,
    Purpose.CONFIRM: confirming.confirm,
    Purpose.MODERATE: moderation.answered,
    Purpose.DEPOSIT: depositing.deposited,
    Purpose.GET: delivering.requested,
    Purpose.REVIEW: reviewing.answered,
    Purpose.LOGIN: signingin.requested,
    Purpose.POLL: pollasking.asked,
    Purpose.VOTE: voting.voted,
    Purpose.SITE: siteediting.requested,
    Purpose.FORM: formfilling.requested,
    Purpose.TOPIC: topicwork.commanded,
    Purpose.PERSON: relaying.requested,
}
