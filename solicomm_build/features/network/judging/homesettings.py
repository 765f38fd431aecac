"""`conference.yaml` of a conference that has its home elsewhere."""

from __future__ import annotations

import dataclasses

from solicomm_build.post.conference import Conference


def taken(theirs: Conference, here: Conference | None, home: str) -> Conference:
    """The settings of the home as they hold here. Who moderates, which copies are kept for other
    programs and what files may be are this hub's own affair: persons of the home are nobody here,
    and its machine is not ours."""
    own = here or Conference(theirs.id, theirs.title)
    return dataclasses.replace(
        theirs,
        home=home,
        moderators=own.moderators,
        mirror=own.mirror,
        attachments=own.attachments if here else theirs.attachments,
        answer_target_hours=own.answer_target_hours,
        publish_health=own.publish_health,
        raw_mail_days=own.raw_mail_days,
        weekly_summary=False,
    )
