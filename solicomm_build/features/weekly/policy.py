"""Rules of posting: a moderator's summary of the week goes to the desk, which marks and pins it."""

from __future__ import annotations

from solicomm_build.features.weekly import summary
from solicomm_build.message.auth.authorship import is_automatic, passed_on
from solicomm_build.post.postingcase import Case, Verdict


def _is_summary(case: Case) -> bool:
    """Whether it is one that the desk acts on: what a program sent or passed on is a post."""
    if is_automatic(case.message) or passed_on(case.message):
        return False
    is_first = not case.envelope.ours and not case.to_topic
    return is_first and summary.is_meant(case.message.subject)


def _moderators(case: Case) -> Verdict | None:
    """A moderator's summary of the week is for the desk (summing.py), when it names the list: else
    nothing tells that its author wrote to it."""
    if not (case.is_moderator and case.is_addressed) or not _is_summary(case):
        return None
    return Verdict("answer", "weekly-summary", "a moderator's summary of the week")


RULES = {"emergency": _moderators}
ORDERS = (_is_summary,)
