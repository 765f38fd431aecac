"""Mail to the desk."""

from __future__ import annotations

from solicomm_build.desk.hooks import Act
from solicomm_build.features.polls import voting
from solicomm_build.features.polls.bymail import pollasking
from solicomm_build.people.address import Purpose

ACTS = {
    Purpose.POLL: Act(pollasking.asked, is_proved_first=True, is_short=True),
    Purpose.VOTE: Act(voting.voted, is_short=True),
}
CONFIRMED = {pollasking.ACTION: pollasking.opened, pollasking.ORDER: pollasking.confirmed}
