"""The page of a button in mail that asks back: what it asks, and what happens then. Pure."""

from __future__ import annotations

from html import escape

from starlette.responses import Response

from solicomm_build.foundation.i18n import gettext
from solicomm_build.people.membership import TokenFacts
from solicomm_build.web.plainpage import page

ANSWERABLE = ("join", "invite", "stay", "leave", "undo", "form-answer", "wrote")
"""What tokens are for that can be said yes to here."""


def asked(lang: str, facts: TokenFacts, title: str, about: str) -> Response:
    """The question behind a token of one of these actions, with its button. `title` is what the
    list is called, `about` what it is about, where that may be told."""
    question = _questions(lang)[facts.action] % {"list": title}
    button = escape(_buttons(lang).get(facts.action, gettext(lang, "Yes, I want that")))
    told = [f"<p>{escape(about)}</p>" if about else ""]
    if facts.action != "wrote":
        whose = escape(gettext(lang, "It is about this address:"))
        told.append(f'<p>{whose} <bdi dir="ltr">{escape(facts.address)}</bdi></p>')
    told += [f"<p>{escape(one)}</p>" for one in _next(lang).get(facts.action, ())]
    press = f'<form method="post"><p><button type="submit">{button}</button></p></form>'
    calm = gettext(lang, "If you do not want it, close this page: nothing happens then.")
    inside = f"<p><strong>{escape(question)}</strong></p>{''.join(told)}{press}"
    return page(lang, gettext(lang, "Please confirm"), f"{inside}<p>{escape(calm)}</p>")


def _questions(lang: str) -> dict[str, str]:
    join = gettext(lang, "Do you want to join %(list)s?")
    leave = gettext(lang, "Do you want to leave %(list)s?")
    back = gettext(lang, "Do you want to be back in %(list)s?")
    form = gettext(lang, "Do you want to publish your report in %(list)s?")
    stay = gettext(lang, "Do you want to go on getting the mail of %(list)s?")
    both = {"join": join, "invite": join, "leave": leave, "undo": back}
    wrote = gettext(lang, "Did you write this message to %(list)s?")
    return {**both, "stay": stay, "form-answer": form, "wrote": wrote}


def _buttons(lang: str) -> dict[str, str]:
    join = gettext(lang, "Yes, put me on it")
    return {
        "join": join,
        "invite": join,
        "undo": join,
        "leave": gettext(lang, "Yes, take me off"),
        "stay": gettext(lang, "Yes, I stay"),
        "form-answer": gettext(lang, "Yes, publish it"),
        "wrote": gettext(lang, "Yes, I wrote it"),
    }


def _next(lang: str) -> dict[str, tuple[str, ...]]:
    """What happens after the press."""
    joined = (
        gettext(lang, "Then a mail welcomes you, and says how to write to everybody."),
        gettext(lang, "Each mail has a link by which you leave with one press."),
    )
    return {
        "join": joined,
        "invite": joined,
        "undo": joined,
        "leave": (
            gettext(lang, "Then nothing of it comes to you any more. You can always come back."),
        ),
        "stay": (gettext(lang, "Then all goes on as before."),),
        "form-answer": (gettext(lang, "Then everybody can read it, without your address."),),
        "wrote": (gettext(lang, "Then it goes on its way; without your yes it does not."),),
    }
