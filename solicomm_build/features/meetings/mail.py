"""Mail to the desk."""

from __future__ import annotations

from solicomm_build.desk.hooks import Act
from solicomm_build.features.meetings.bymail import answering, chairing
from solicomm_build.features.meetings.rsvpaddress import ANSWER, ASK, CHAIR

ACTS = {
    ASK: Act(chairing.asked, is_proved_first=True, is_short=True),
    ANSWER: Act(answering.answered, by_tag=answering.answered, is_short=True),
    CHAIR: Act(chairing.ordered, by_tag=chairing.ordered, is_short=True),
}
CONFIRMED = {chairing.ACTION: chairing.opened}
