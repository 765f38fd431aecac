"""The first step of a new hub: its name and its colour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from html import escape

from solicomm_build.features.look import brandfile
from solicomm_build.features.look.brandfile import Wish
from solicomm_build.foundation.hub.brand import LONGEST_SENTENCE
from solicomm_build.foundation.i18n import N_, gettext
from solicomm_build.web.mine.firststep import FirstStep
from solicomm_build.web.mine.forms import line, link
from solicomm_build.web.mine.section import HOME, Visit

THEMES = "#96301f"
COLOURS = {
    THEMES: N_("Red"),
    "#0b5d3b": N_("Green"),
    "#1d4f8c": N_("Blue"),
    "#6b2f7a": N_("Violet"),
    "#7a4a00": N_("Ochre"),
}
"""Colours to choose from, each to be read on all grounds of the theme."""


class NameAndColour(FirstStep):
    """What the hub is called, what it is for in one sentence, and its colour."""

    name, rank = "name", 10

    def title(self, lang: str) -> str:
        """What is done in it."""
        return gettext(lang, "Name and colour")

    def is_done(self, visit: Visit) -> bool:
        """Whether it has a sentence of its own: a name it has from the beginning."""
        return bool(brandfile.now(self.config).brand.sentence)

    def form(self, visit: Visit, sent: Mapping[str, str]) -> str:
        """Name, sentence, colour."""
        lang, now = visit.lang, brandfile.now(self.config)
        first = now.languages[0]
        name = gettext(lang, "Name of the hub")
        label = gettext(lang, "What it is for, in one sentence")
        sentence = sent.get("sentence", now.brand.sentence.get(first, ""))
        more = f'required maxlength="{LONGEST_SENTENCE}"'
        rows = [
            line("name", name, sent.get("name", now.name), more='required maxlength="100"'),
            line("sentence", label, sentence, more=more, dir_="auto"),
        ]
        chosen = sent.get("colour", now.brand.light or THEMES)
        choices = "".join(_choice(lang, value, chosen) for value in COLOURS)
        legend = escape(gettext(lang, "Colour of links and buttons"))
        more = gettext(lang, "Logo, picture and other colours:")
        look = link(f"{HOME}look/", gettext(lang, "Look of the hub"))
        return (
            f"{''.join(rows)}<fieldset><legend>{legend}</legend>{choices}</fieldset>"
            f"<p>{escape(more)} {look}</p>"
        )

    def do(self, visit: Visit, sent: Mapping[str, str]) -> str:
        """Writes them into hub.yaml."""
        now, sentence = brandfile.now(self.config), " ".join(sent.get("sentence", "").split())
        name, colour = " ".join(sent.get("name", "").split()), sent.get("colour", "")
        if not name or not sentence:
            return gettext(visit.lang, "Please write a name and a sentence.")
        first = now.languages[0]
        wish = Wish(name, {**now.brand.sentence, first: sentence}, now.brand.light, now.brand.dark)
        if colour in COLOURS:
            wish = replace(wish, light="" if colour == THEMES else colour, dark="")
        if wrong := brandfile.faults(self.config, wish):
            return wrong[0]
        brandfile.keep(self.config, wish)
        return ""


def _choice(lang: str, value: str, chosen: str) -> str:
    """A colour as it looks, with its name."""
    drawn = (
        f'<svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">'
        f'<rect width="16" height="16" rx="4" fill="{value}"/></svg>'
    )
    mark = " checked" if value == chosen else ""
    name = escape(gettext(lang, COLOURS[value]))
    return f'<label><input type="radio" name="colour" value="{value}"{mark}> {drawn} {name}</label>'
