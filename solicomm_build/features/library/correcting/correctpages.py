"""How a card looks to who corrects it: its fields, its history. HTML; texts are escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from starlette.responses import Response

from solicomm_build.features.library.cards.cardchange import Seen, Version
from solicomm_build.features.library.correcting import cardedit
from solicomm_build.features.library.deposits import cardfields, depositform
from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import N_, gettext, ngettext
from solicomm_build.web.mine import forms
from solicomm_build.web.plainpage import page
from solicomm_build.web.signedin import Session

MOST_WORDS = 2000
_SAID = {
    "save": N_("The card is corrected. Its page shows it in a moment."),
    "withdraw": N_("The document is withdrawn. Its page says so in a moment."),
    "back": N_("The card is as it was. Its page shows it in a moment."),
    "same": N_("Nothing was different, so nothing has changed."),
}
_SOURCES = {
    "web": N_("on the page"),
    "mail": N_("by mail"),
    "push": N_("by git"),
    "cli": N_("by command"),
    "import": N_("from a list"),
    "harvest": N_("from another library"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A card to be corrected: where it is and as what it was seen; who looks, and whether that is
    one who decides (`rules`); the fields as they are, what is wrong, and what the page says."""

    lang: str
    library: str
    seen: Seen
    session: Session | None
    rules: bool
    values: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
    notice: str = ""
    wrong: str = ""
    words: str = ""
    name: str = ""
    address: str = ""
    changes: Sequence[tuple[str, str, str]] = ()

    @property
    def title(self) -> str:
        return self.seen.entry.title_in(self.lang)

    @property
    def url(self) -> str:
        """The card's own page."""
        return f"/libraries/{self.library}/{self.seen.entry.key}/"

    @property
    def here(self) -> str:
        """The page on which it is corrected."""
        return f"{self.url}correct/"


def card(shown: Shown, status: int = 200) -> Response:
    """The page with the fields: for who decides all of them, for others a proposal."""
    lang, rows = shown.lang, [_told(shown)]
    ways = [forms.link(shown.url, gettext(lang, "See the card"))]
    if shown.rules:
        ways.append(forms.link(f"{shown.url}history/", gettext(lang, "Its history")))
    rows.append(f"<p>{' · '.join(ways)}</p>")
    if shown.seen.entry.status == "withdrawn":
        gone = gettext(lang, "This document was withdrawn.")
        rows.append(f"<p><strong>{escape(gone)}</strong></p>")
    rows.append(_ruled(shown) if shown.rules else _proposal(shown))
    heading = gettext(lang, "Correct a card")
    return page(lang, f"{heading}: {shown.title}", "".join(rows), status)


def history(shown: Shown, versions: Sequence[Version], names: Mapping[str, str]) -> Response:
    """How the card came to be as it is, each change with the way back. `names` are of members."""
    lang, rows = shown.lang, [_told(shown)]
    see = forms.link(shown.url, gettext(lang, "See the card"))
    correct = forms.link(shown.here, gettext(lang, "Correct it"))
    rows.append(f"<p>{see} · {correct}</p>")
    for number, one in enumerate(versions):
        before = versions[number + 1] if number + 1 < len(versions) else None
        rows.append(_version(shown, one, before, number, names))
    heading = gettext(lang, "History")
    return page(lang, f"{heading}: {shown.title}", "".join(rows))


def proposed(shown: Shown, address: str) -> Response:
    """What happens with a proposal."""
    lang = shown.lang
    if shown.session:
        text = gettext(
            lang,
            "Thank you. Your proposal is with those who look after the library. You hear from them "
            "at %(address)s.",
            address=address,
        )
    else:
        text = gettext(
            lang,
            "Thank you. In a few minutes you get a mail at %(address)s. Press its button; only "
            "then is your proposal handed in.",
            address=address,
        )
    see = forms.link(shown.url, gettext(lang, "See the card"))
    return page(lang, gettext(lang, "Thank you"), f"{forms.text(text)}<p>{see}</p>")


def told(lang: str, text: str, status: int, link: str = "") -> Response:
    """One sentence."""
    more = f"<p>{forms.link(link, link)}</p>" if link else ""
    return page(lang, gettext(lang, "Correct a card"), f"<p>{escape(text)}</p>{more}", status)


def notice(lang: str, said: str) -> str:
    """What a page says after a press."""
    return gettext(lang, _SAID[said]) if said in _SAID else ""


# -- pieces -----------------------------------------------------------------------------------


def _told(shown: Shown) -> str:
    """What stands above all: what was done, with the way back, or what is wrong."""
    lang, wrong = shown.lang, shown.wrong
    if shown.faults and not wrong:
        wrong = ngettext(
            lang,
            "%(num)s line is not right yet. What is wrong stands above it.",
            "%(num)s lines are not right yet. What is wrong stands above them.",
            len(shown.faults),
        )
    if wrong:
        rows = _differences(lang, shown.changes)
        return (
            f'<div class="wrong" role="alert"><p><strong>{escape(wrong)}</strong></p>{rows}</div>'
        )
    return f'<p role="status"><strong>{escape(shown.notice)}</strong></p>' if shown.notice else ""


def _ruled(shown: Shown) -> str:
    """All fields with *Save*, and below them the way to withdraw it."""
    lang = shown.lang
    fields = cardfields.html(lang, shown.values, (), shown.faults)
    more = "".join(
        cardfields.written(
            key,
            cardedit.label(key, lang),
            cardedit.hint(key, lang),
            shown.values.get(key, ""),
            shown.faults.get(key, ""),
            rows=3 if key in cardedit.LINES else 0,
        )
        for key in cardedit.LABELS
    )
    is_open = " open" if any(key in shown.faults for key in cardedit.LABELS) else ""
    fold = escape(gettext(lang, "All the rest"))
    more = f'<div class="field"><details{is_open}><summary>{fold}</summary>{more}</details></div>'
    save = forms.button(gettext(lang, "Save the card"), "save")
    hidden = _hidden(shown)
    form = f'<form class="form" method="post" action="{shown.here}">{hidden}{fields}{more}{save}'
    return f"{form}</form>{_withdrawing(shown)}"


def _withdrawing(shown: Shown) -> str:
    lang = shown.lang
    if shown.seen.entry.status == "withdrawn":
        return ""
    hint = gettext(lang, "Everybody can read it on the page that stays in its place.")
    label = gettext(lang, "Why")
    inside = cardfields.written("words", label, hint, shown.words, shown.faults.get("words", ""))
    inside += forms.button(gettext(lang, "Withdraw the document"), "withdraw", is_quiet=True)
    fold = escape(gettext(lang, "Withdraw"))
    form = f'<form class="form" method="post" action="{shown.here}">{_hidden(shown)}{inside}</form>'
    return f"<details><summary>{fold}</summary>{form}</details>"


def _proposal(shown: Shown) -> str:
    """The fields that anybody may propose to correct."""
    lang = shown.lang
    calm = gettext(
        lang,
        "Correct what is wrong and send it. Those who look after the library decide, and you hear "
        "from them by mail.",
    )
    rows = [f"<p>{escape(calm)}</p>", cardfields.html(lang, shown.values, (), shown.faults)]
    hint = gettext(lang, "How you know it, for example. Those who look after the library read it.")
    label = gettext(lang, "A word about it")
    wrong = shown.faults.get("words", "")
    rows.append(cardfields.written("words", label, hint, shown.words, wrong, rows=3))
    rows.append(_whose(shown))
    rows.append(forms.button(gettext(lang, "Propose it"), "propose"))
    inside = _hidden(shown) + "".join(rows)
    return f'<form class="form" method="post" action="{shown.here}">{inside}</form>'


def _whose(shown: Shown) -> str:
    lang = shown.lang
    if shown.session:
        address = shown.session.member.address
        said = gettext(lang, "You are signed in as %(address)s.", address=address)
        return f"<p>{escape(said)}</p>"
    rows = []
    for name, kind, label, value in (
        ("name", "text", gettext(lang, "Your name"), shown.name),
        ("email", "email", gettext(lang, "Your e-mail address"), shown.address),
    ):
        wrong = shown.faults.get(name, "")
        side = "ltr" if kind == "email" else "auto"
        control = (
            f'<input id="f-{name}" name="{name}" type="{kind}" required maxlength="254" '
            f'dir="{side}" autocomplete="{name}" value="{escape(value)}"'
            f"{cardfields.told(name, '', wrong)}>"
        )
        rows.append(cardfields.framed(name, label, "", wrong, control))
    return "".join(rows)


def _hidden(shown: Shown) -> str:
    found: dict[str, str] = {"of": shown.seen.blob}
    if shown.session:
        found["mark"] = shown.session.mark
    return "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in found.items()
    )


def _version(
    shown: Shown, one: Version, before: Version | None, number: int, names: Mapping[str, str]
) -> str:
    """One change: when, by whom, how it came in, and what was different then."""
    lang = shown.lang
    when = i18n.format_datetime(lang, one.at)
    said = [f'<time datetime="{i18n.isodate(one.at)}">{escape(when)}</time>']
    if who := names.get(one.by, ""):
        said.append(f"<bdi>{escape(who)}</bdi>")
    if one.source in _SOURCES:
        said.append(escape(gettext(lang, _SOURCES[one.source])))
    rows = [f"<h2>{' · '.join(said)}</h2>", _what(lang, one, before)]
    target = before if number == 0 else one
    words = gettext(lang, "Undo") if number == 0 else gettext(lang, "As it was here")
    if number != 1 and target is not None and target.entry is not None and shown.session:
        button = forms.button(words, "back")
        where = f"{shown.url}history/"
        rows.append(forms.form(shown.session, where, button, of=shown.seen.blob, to=target.blob))
    return f"<article>{''.join(rows)}</article>"


def _what(lang: str, one: Version, before: Version | None) -> str:
    if one.entry is None:
        return forms.text(gettext(lang, "The card could not be read then."))
    if before is None:
        return forms.text(gettext(lang, "The card came into the library."))
    was = before.entry
    rows = _differences(lang, list(cardedit.differences(was, one.entry, lang)))
    if was is not None and was.status != one.entry.status:
        text = (
            gettext(lang, "The document was withdrawn.")
            if one.entry.status == "withdrawn"
            else gettext(lang, "The document was published.")
        )
        rows = forms.text(text) + rows
    return rows or forms.text(gettext(lang, "Its files changed, or how it was looked at."))


def _differences(lang: str, changes: Iterable[tuple[str, str, str]]) -> str:
    """Fields with what they said before and after."""
    rows = "".join(
        f"<div><dt>{escape(label)}</dt><dd><del><bdi>{_or_none(old)}</bdi></del>"
        f" → <ins><bdi>{_or_none(new)}</bdi></ins></dd></div>"
        for label, old, new in changes
    )
    return f'<dl class="facts">{rows}</dl>' if rows else ""


def _or_none(text: str) -> str:
    return escape(text or depositform.NOTHING)
