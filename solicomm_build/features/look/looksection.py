"""The page *Look* in My hub: name, sentence, colours, logo and picture of the hub.

For hosts of the whole hub (role `host` at `*`) and the operator of hub.yaml; to everybody else the
address is like any where nothing is. What is kept is `brand:` of hub.yaml, checked as that file
always is (brandfile.py); the pages follow with the next build. It is the one setting that a page
writes, since a picture and a preview are of little use by mail.
"""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Mapping, Sequence
from html import escape

from solicomm_build.extraction import sniff
from solicomm_build.features.look import brandfile
from solicomm_build.features.look.brandfile import ENDINGS, Wish
from solicomm_build.features.look.drawing import drawn
from solicomm_build.foundation import i18n
from solicomm_build.foundation.errors import ConfigError, HubError
from solicomm_build.foundation.hub.brand import LONGEST_SENTENCE, PICTURE_BYTES
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.people.operators import staff
from solicomm_build.web.formdata import Upload
from solicomm_build.web.mine.forms import line, text
from solicomm_build.web.mine.section import DONE, HOME, NOTHING, Change, Section, Visit

THEMES = "#96301f"
"""The colour of links in the theme: who chooses it chooses none."""
_PICTURES = ("logo", "picture")
_SHOWN = 300_000
"""Octets of a picture that the preview shows at most; a larger one is shown when it is kept."""


class Look(Section):
    """The hub's look."""

    name, rank = "look", 80
    most_files = 2 * PICTURE_BYTES

    def title(self, visit: Visit) -> str:
        """What it is called."""
        return gettext(visit.lang, "Look of the hub")

    def short(self, visit: Visit) -> str:
        """That there is such a page."""
        if not self._may(visit):
            return ""
        return text(gettext(visit.lang, "Name, sentence, colours, logo and picture of the hub."))

    def whole(self, visit: Visit, rest: str) -> tuple[str, str] | None:
        """The form, filled in."""
        if rest or not self._may(visit):
            return None
        try:
            found = brandfile.now(self.config)
        except (ConfigError, HubError) as error:
            return self.title(visit), _alert([error.public])
        said = found.brand
        wish = Wish(found.name, said.sentence, said.light, said.dark)
        return self.title(visit), _alert(self._of_build()) + self._form(visit, found, wish)

    def change(self, visit: Visit, rest: str, sent: Mapping[str, str]) -> Change | None:
        """Keeps what was filled in, or shows how it would look."""
        if rest or not self._may(visit):
            return None
        if sent.get("do") not in ("keep", "preview"):
            return NOTHING
        wish, wrong = _wish(visit.lang, self.config, sent, visit.files)
        try:
            found = brandfile.now(self.config)
            wrong += brandfile.faults(self.config, wish)
            if not wrong and sent["do"] == "keep":
                brandfile.keep(self.config, wish)
                return DONE
        except (ConfigError, HubError) as error:
            return Change(wrong=error.public)
        except OSError as error:
            said = gettext(visit.lang, "hub.yaml cannot be written: %(why)s", why=error.strerror)
            return Change(wrong=said)
        shown = _alert(wrong) + ("" if wrong else _preview(visit.lang, wish))
        return Change(shown=shown + self._form(visit, found, wish))

    def _may(self, visit: Visit) -> bool:
        return staff.looks_after(self.config, visit.address, visit.own.roles)

    def _of_build(self) -> list[str]:
        """What the last build says of the pictures."""
        with contextlib.suppress(OSError, ValueError, KeyError):
            noted = json.loads((self.config.state / "build.json").read_bytes())
            said = self.config.root / brandfile.FOLDER
            return [
                f"{place}: {why}"
                for place, why in noted["failures"]
                if str(place).startswith(f"{said.name}/")
            ]
        return []

    def _form(self, visit: Visit, found: Config, wish: Wish) -> str:
        lang = visit.lang
        rows = [line("name", gettext(lang, "Name of the hub"), wish.name, more='maxlength="100"')]
        for tag in found.languages:
            label = gettext(
                lang, "One sentence (%(language)s)", language=i18n.language_name(tag, lang)
            )
            more = f'maxlength="{LONGEST_SENTENCE}" lang="{escape(tag)}"'
            value = wish.sentence.get(tag, "")
            rows.append(line(f"sentence-{tag}", label, value, more=more, dir_="auto"))
        light = gettext(lang, "Colour of links and buttons, by day")
        dark = gettext(lang, "Colour by night, such as #7fd6a8; empty: worked out from the other")
        rows.append(line("light", light, wish.light or THEMES, type_="color"))
        rows.append(line("dark", dark, wish.dark, more='maxlength="7"', dir_="ltr"))
        labels = {"logo": gettext(lang, "Logo"), "picture": gettext(lang, "Picture")}
        for kind in _PICTURES:
            rows.append(_file(lang, kind, labels[kind], getattr(found.brand, kind)))
        keep, see = escape(gettext(lang, "Save")), escape(gettext(lang, "Preview"))
        rows.append(
            f'<p><button type="submit" name="do" value="keep">{keep}</button> <button type="submit"'
            f' name="do" value="preview" class="quiet">{see}</button></p>'
        )
        calm = gettext(
            lang,
            "All pages show it within a minute. Letters have the new name when the hub was started "
            "again.",
        )
        mark = f'<input type="hidden" name="mark" value="{escape(visit.session.mark)}">'
        return (
            f'<form method="post" action="{HOME}{self.name}/" enctype="multipart/form-data">'
            f"{mark}{''.join(rows)}</form>{text(calm)}"
        )


def _wish(
    lang: str, config: Config, sent: Mapping[str, str], files: Sequence[Upload]
) -> tuple[Wish, list[str]]:
    """What was filled in, and what is wrong with the files."""
    pictures, wrong = dict[str, tuple[str, bytes]](), list[str]()
    for one in files:
        ending = ENDINGS.get(sniff.media_type(one.octets[:65_536], one.name))
        if one.field not in _PICTURES:
            continue
        if ending is None or len(one.octets) > PICTURE_BYTES:
            wrong.append(
                gettext(
                    lang,
                    "%(file)s is no picture that can be shown here. Choose a PNG, JPEG, WebP or "
                    "GIF of at most %(most)s MB.",
                    file=one.name,
                    most=i18n.format_number(lang, PICTURE_BYTES // 2**20),
                )
            )
        else:
            pictures[one.field] = (ending, one.octets)
    light, dark = (" ".join(sent.get(key, "").split()).lower() for key in ("light", "dark"))
    light = "" if light == THEMES and not dark else light
    wish = Wish(
        " ".join(sent.get("name", "").split()),
        {
            tag: said
            for tag in config.languages
            if (said := " ".join(sent.get(f"sentence-{tag}", "").split()))
        },
        light,
        dark,
        pictures,
        frozenset(kind for kind in _PICTURES if sent.get(f"no-{kind}") == "1") - pictures.keys(),
    )
    return wish, wrong


def _alert(wrong: Sequence[str]) -> str:
    if not wrong:
        return ""
    rows = "".join(f"<li>{escape(one)}</li>" for one in wrong)
    return f'<div role="alert"><ul>{rows}</ul></div>'


def _preview(lang: str, wish: Wish) -> str:
    sentence = wish.sentence.get(lang) or next(iter(wish.sentence.values()), "")
    head = escape(gettext(lang, "How it would look"))
    rows = [f"<h2>{head}</h2>", drawn(lang, wish.name, sentence, wish.light or THEMES, wish.dark)]
    for kind, (ending, data) in wish.pictures.items():
        if len(data) <= _SHOWN:
            octets = base64.b64encode(data).decode()
            type_ = next(name for name, end in ENDINGS.items() if end == ending)
            size = ' width="160"' if kind == "logo" else ""
            rows.append(f'<p><img src="data:{type_};base64,{octets}" alt=""{size}></p>')
    if wish.pictures:
        rows.append(text(gettext(lang, "Please choose the pictures once more before you save.")))
    return f'<article class="seen">{"".join(rows)}</article>'


def _file(lang: str, kind: str, label: str, there: str) -> str:
    away = escape(gettext(lang, "Take it away"))
    box = (
        f'<p><label><input type="checkbox" name="no-{kind}" value="1"> {away} '
        f'(<bdi dir="ltr">{escape(there)}</bdi>)</label></p>'
        if there
        else ""
    )
    return (
        f'<p class="field"><label>{escape(label)}<br><input type="file" name="{kind}" '
        f'accept="image/png,image/jpeg,image/webp,image/gif"></label></p>{box}'
    )
