"""What a mail to the desk leads to: whose business its address is. Looks only.

The acts are those of features (hooks.py). The desk itself knows commands and confirmations.
"""

from __future__ import annotations

from solicomm_build.desk import confirming, hooks, letters, proving
from solicomm_build.desk import requests as commands
from solicomm_build.desk.commands import read
from solicomm_build.desk.documents import Documents
from solicomm_build.desk.hooks import Act
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import NOTHING, Case, Plan
from solicomm_build.desk.reading import GONE
from solicomm_build.foundation.watch import LOOK, SECONDS
from solicomm_build.people.address import Purpose


def _commands(office: Office, case: Case) -> Plan:
    return commands.answer(office, case, read(case.message))


def _gone(office: Office, case: Case) -> Plan:
    """The mail was accepted, and what its address was for was removed before it was read."""
    to = case.author
    if not to or office.is_ours(to):
        return NOTHING
    lang = office.language(case)
    return Plan(letters=(letters.gone(office, case.address, to, lang),))


_OWN: dict[str | None, Act] = {
    GONE: Act(_gone, is_short=True),
    None: Act(_commands),
    Purpose.REQUEST: Act(_commands),
    Purpose.CONFIRM: Act(confirming.confirm, is_sent=True),
}


def _act(case: Case) -> Act | None:
    return _OWN.get(case.purpose) or (hooks.acts().get(case.purpose) if case.purpose else None)


def patience(case: Case) -> float:
    """How many seconds of the processor a mail may need beside what its size buys. A stranger's
    gets what every item gets; who is proved may ask for a look through a whole conference. What
    reads more than that buys it (`Watch.buys`)."""
    act = _act(case)
    if act is None or act.is_short or not (case.proven or act.is_sent):
        return SECONDS
    return LOOK


def received(office: Office, case: Case, documents: Documents) -> None:
    """What is done before a mail is looked at. Raises NotYet when it must wait."""
    act = _act(case)
    if act is not None and act.received is not None:
        act.received(office, case, documents)


def handle(office: Office, case: Case) -> Plan:
    """What a mail leads to. Looks only."""
    act = _act(case)
    if act is not None and act.by_tag is not None and case.tag:
        return act.by_tag(office, case)
    if case.automatic:
        return NOTHING
    for posted in hooks.posted(case.purpose):
        plan = posted(office, case)
        if plan is not None:
            return plan
    if act is None:
        return _misplaced(office, case)
    if act.is_proved_first and not (case.proven or case.web or case.tag):
        return proving.first(office, case)
    return act.handle(office, case)


def _misplaced(office: Office, case: Case) -> Plan:
    """A command that went to the list: policy kept it from the members and sent it here."""
    to = case.author
    if not to:
        return NOTHING
    lang = office.language(case, read(case.message).language)
    return Plan(letters=(letters.misplaced(office, case.conference, to, lang),))
