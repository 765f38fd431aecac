"""A rule of posting: an answer from elsewhere waits for a moderator, whoever wrote it and whatever
the conference takes from others."""

from __future__ import annotations

from solicomm_build.features.fediverse.names import FIELD
from solicomm_build.post.postingcase import Case, Verdict


def _from_elsewhere(case: Case) -> Verdict | None:
    """Mail of ours, which none from outside can be, that was made of an answer (replies.py)."""
    if not case.envelope.ours or case.message.field(FIELD) is None:
        return None
    if case.is_banned:
        return Verdict("discard", "banned", "a moderator banned the author")
    return Verdict("hold", "fediverse", "written on another server, as an answer from there")


RULES = {"loop": _from_elsewhere}
