"""My card in the directory of people, in My hub: filled in, changed, taken back.

What is sent is the command `card` with the lines of the form below it (cardform.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from solicomm_build.extraction import photo
from solicomm_build.features.people import cardform, elsewhere, peoplecards
from solicomm_build.features.people.cardholders import CardHolders
from solicomm_build.features.people.personcard import LONGEST_ABOUT, LONGEST_LINE, MOST_PHOTO, Card
from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import gettext
from solicomm_build.people.address import SITE
from solicomm_build.web.mine.forms import button, form, line, link, select, text, way, with_files
from solicomm_build.web.mine.section import HOME, NOTHING, Change, Said, Section, Visit

_MOST_PICTURE = 12 << 20
"""Octets of a picture as a telephone takes it; the card gets a small one made of it."""
_LINES = ("name", "union", "country", "languages", "roles", "introduction")


class MyCard(Section):
    """The card of a member."""

    name, rank = "card", 60
    most_files = _MOST_PICTURE

    def title(self, visit: Visit) -> str:
        """What it is called."""
        return gettext(visit.lang, "My card")

    def short(self, visit: Visit) -> str:
        """Where it is, or that there is none."""
        card = self._card(visit)
        if card is None:
            none = gettext(visit.lang, "You have no card in the directory of people.")
            return text(none) + way(f"{HOME}{self.name}/", gettext(visit.lang, "Fill in my card"))
        return f"<p>{link(card.url, card.name)}</p>"

    def whole(self, visit: Visit, rest: str) -> tuple[str, str] | None:
        """The form, filled in."""
        if rest:
            return None
        lang, place = visit.lang, f"{HOME}{self.name}/"
        known = self._card(visit)
        card = known or Card("", visit.session.member.name)
        inside = "".join(self._line(lang, key, card) for key in _LINES)
        yes, no = gettext(lang, "yes"), gettext(lang, "no")
        contact = "on" if card.is_reachable else "off"
        label = cardform.label("contact", lang)
        inside += select("contact", label, {"off": no, "on": yes}, contact)
        if elsewhere.is_networked(self.config):
            label = cardform.label("share", lang)
            inside += select("share", label, {"off": no, "on": yes}, "on" if card.share else "off")
            inside += f"<p><small>{escape(_shared(lang))}</small></p>"
        inside += self._about(lang, card) + self._picture(lang, card)
        publish = gettext(lang, "Show this to everybody") if known is None else ""
        inside += button(publish or gettext(lang, "Save"), "card")
        calm = gettext(
            lang, "Everybody can see what stands here. Leave empty what you do not want to show."
        )
        rows = [text(calm), with_files(form(visit.session, place, inside))]
        if known is not None:
            rows.insert(0, f"<p>{link(known.url, known.name)}</p>")
            away = button(gettext(lang, "Take my card back"), "remove", is_quiet=True)
            rows.append(form(visit.session, place, away))
        return self.title(visit), "".join(rows)

    def change(self, visit: Visit, rest: str, sent: Mapping[str, str]) -> Change | None:
        """The command `card` with what was filled in, or `card remove`."""
        if rest:
            return None
        if sent.get("do") == "remove":
            return Change((Said(SITE, "card remove\n"),))
        if sent.get("do") != "card":
            return NOTHING
        lang = visit.lang
        made = self._card(visit) or Card("", "")
        values = {key: " ".join(sent.get(key, "").split()) for key in _LINES}
        values["contact"] = "yes" if sent.get("contact") == "on" else "no"
        if elsewhere.is_networked(self.config):
            values["share"] = "yes" if sent.get("share") == "on" else "no"
        said = cardform.Said(values, {lang: sent.get("text", "")[:LONGEST_ABOUT]})
        card, bad = cardform.filled(made, said)
        if bad:
            key, value = bad[0]
            named = cardform.label(key, lang)
            wrong = gettext(lang, "This cannot be taken: %(what)s", what=f"{named}: {value}")
            return Change(wrong=wrong)
        networked = elsewhere.is_networked(self.config)
        rows = cardform.shown(card, lang, networked=networked, exact=True).split("\n")
        old = f"  {cardform.label('introduction', lang)}:"
        new = f"{old} {values['introduction']}".rstrip()
        if sent.get("picture") == "off":
            new += f"\n  {cardform.label('photo', lang)}: –"
        rows = [new if row.startswith(old) else row for row in rows]
        files, wrong = self._chosen(visit)
        if wrong:
            return Change(wrong=wrong)
        return Change((Said(SITE, "card\nstop\n\n" + "\n".join(rows) + "\n", files=files),))

    def _chosen(self, visit: Visit) -> tuple[tuple[tuple[str, bytes], ...], str]:
        """The picture that was sent, made small here, so that what the telephone wrote into it is
        kept nowhere; or what is wrong with it."""
        if not visit.files:
            return (), ""
        made = photo.portrait(visit.files[0].octets, MOST_PHOTO)
        if made is not None:
            return (("photo.webp", made),), ""
        what = f"{cardform.label('photo', visit.lang)}: {visit.files[0].name}"
        why = gettext(visit.lang, "we cannot read this picture; send a JPEG or PNG")
        said = gettext(visit.lang, "This cannot be taken: %(what)s", what=f"{what} – {why}")
        return (), said

    def _card(self, visit: Visit) -> Card | None:
        with self.readers.looking() as roster:
            held = roster.ledger(CardHolders).of(visit.number)
        found = peoplecards.one(self.config, held) if held else None
        return found[0] if found else None

    def _line(self, lang: str, key: str, card: Card) -> str:
        value = str(getattr(card, key)) if key not in ("country", "languages") else ""
        if key == "country" and card.country:
            value = i18n.country_name(card.country, lang)
        if key == "languages":
            value = ", ".join(i18n.language_name(tag, lang) for tag in card.languages)
        most = 300 if key == "introduction" else LONGEST_LINE
        needed = " required" if key == "name" else ""
        return line(key, cardform.label(key, lang), value, more=f'maxlength="{most}"{needed}')

    def _picture(self, lang: str, card: Card) -> str:
        """The picture there is, and a field for another."""
        label, rows = escape(cardform.label("photo", lang)), ""
        if card.photo:
            url = f"{card.url}photo.jpg"
            rows = f'<p><img src="{escape(url)}" width="120" height="120" alt="{label}"></p>'
            away = escape(gettext(lang, "Take the picture away"))
            rows += (
                f'<p><label><input type="checkbox" name="picture" value="off"> {away}</label></p>'
            )
        hint = escape(
            gettext(lang, "It becomes a small square, without what the camera wrote into it.")
        )
        return (
            f'{rows}<p class="field"><label>{label}<br><input type="file" name="file" '
            f'accept="image/jpeg,image/png,image/webp,image/gif"></label><br>'
            f"<small>{hint}</small></p>"
        )

    def _about(self, lang: str, card: Card) -> str:
        label, about = escape(cardform.label("about", lang)), escape(card.about.get(lang, ""))
        return (
            f'<p class="field"><label>{label}<br><textarea name="text" rows="5" '
            f'maxlength="{LONGEST_ABOUT}">{about}</textarea></label></p>'
        )


def _shared(lang: str) -> str:
    """What it means that other hubs show a card."""
    return gettext(
        lang,
        "The other hubs of our network show it, too, in words alone. When you take it back, they"
        " take it away as soon as they hear of it, and after thirty days at the latest.",
    )
