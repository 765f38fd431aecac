"""Mail to the desk."""

from __future__ import annotations

from solicomm_build.desk.hooks import Act
from solicomm_build.features.polls import voteaddress, voting
from solicomm_build.features.polls.bymail import pollasking

ACTS = {
    voteaddress.POLL: Act(pollasking.asked, is_proved_first=True, is_short=True),
    voteaddress.VOTE: Act(voting.voted, is_short=True),
}
CONFIRMED = {pollasking.ACTION: pollasking.opened, pollasking.ORDER: pollasking.confirmed}
OWED = frozenset({"vote"})
WORK = frozenset({"poll"})
