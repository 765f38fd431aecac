"""What the types of cards are called. Pure."""

from __future__ import annotations

from solicomm_build.foundation.i18n import N_, gettext


def kind_label(kind: str, lang: str) -> str:
    """The name of a type of cards in a language."""
    return gettext(lang, _KINDS[kind]) if kind in _KINDS else kind


_KINDS = {
    "report": N_("Report"),
    "collective-agreement": N_("Collective agreement"),
    "manual": N_("Manual"),
    "brief": N_("Briefing"),
    "law": N_("Law"),
    "award": N_("Award or ruling"),
    "training-module": N_("Training module"),
    "periodical-issue": N_("Periodical issue"),
    "audio": N_("Audio"),
    "dataset": N_("Data set"),
    "poster": N_("Poster"),
    "book": N_("Book"),
}
"""The messages that name the types of cards."""
