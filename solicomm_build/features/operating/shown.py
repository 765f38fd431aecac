"""A proposal in HTML, on the page of a letter and in My hub. Pure."""

from __future__ import annotations

from html import escape

from solicomm_build.features.operating import wording
from solicomm_build.features.operating.proposals import WAITING, Proposal
from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import gettext
from solicomm_build.web.mine import forms


def facts(lang: str, one: Proposal, who: str = "") -> str:
    """What would be done, who asked, and until when."""
    rows = "".join(f"<li><bdi>{escape(row)}</bdi></li>" for row in wording.rows(lang, one))
    listed = f"<ul>{rows}</ul>" if rows else ""
    title = f"<p><strong><bdi>{escape(wording.title(lang, one))}</bdi></strong></p>"
    asked = gettext(lang, "It was asked for by %(who)s.", who=f"\u2068{who or one.address}\u2069")
    if one.state != WAITING:
        return title + listed + forms.text(asked, wording.outcome(lang, one))
    until = gettext(
        lang,
        "If nobody says yes by %(day)s, it is not done.",
        day=i18n.format_datetime(lang, one.until),
    )
    return title + listed + forms.text(asked, until)


def buttons(lang: str, *, is_mine: bool) -> str:
    """Yes and no; who asked can take it back."""
    if is_mine:
        calm = gettext(lang, "You asked for this. Another operator has to say yes.")
        return forms.text(calm) + forms.buttons((gettext(lang, "Take it back"), "no"))
    yes, no = gettext(lang, "Yes, do it"), gettext(lang, "No, do not do it")
    return forms.buttons((no, "no"), (yes, "yes"))
