"""Rules of posting: `follow`, `unfollow` and `mute` in answer to a topic are for the desk, whoever
writes them, and no post."""

from __future__ import annotations

from solicomm_build.features.following import words
from solicomm_build.message.auth.authorship import is_automatic, passed_on
from solicomm_build.post.postingcase import Case, Verdict


def _wish(case: Case) -> Verdict | None:
    if not case.to_topic or is_automatic(case.message) or passed_on(case.message):
        return None
    if words.read(case.message) is None:
        return None
    return Verdict("answer", "follow", "a wish about a topic", about_topic=True)


RULES = {"emergency": _wish}
