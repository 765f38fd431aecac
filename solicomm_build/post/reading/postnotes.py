"""What the hub says of a post beside its text, in words."""

from __future__ import annotations

from collections.abc import Iterable

from solicomm_build.foundation.i18n import N_, gettext

_NOTES = {
    "charset guessed": N_("Some characters of this message may be shown wrongly."),
    "mid_conflict": N_("Another message with the same Message-ID exists."),
    "unreadable": N_("This message could not be read. A moderator has been told."),
    "hidden": N_("A moderator has hidden this post."),
}
_MARKS = {"late": N_("This post arrived after the topic was closed.")}


def words(lang: str, notes: Iterable[str]) -> list[str]:
    """A sentence for each note that has one: those about the text, then those about the post."""
    told = list(notes)
    return [gettext(lang, table[n]) for table in (_NOTES, _MARKS) for n in told if n in table]
